/**
 * `POST /api/v1/storage/test`: whether footage can be written, and how fast.
 */
import { z } from 'zod';

const volumeTestSchema = z.object({
  path: z.string(),
  fault: z
    .string()
    .nullable()
    .meta({ description: 'What is wrong and what to do, in plain words; null: it works' }),
  writeBytesPerSecond: z.number().nullable(),
  syncMs: z
    .number()
    .nullable()
    .meta({ description: 'Until a write survives a power cut, in milliseconds; the median' }),
  freeBytes: z.number(),
  totalBytes: z.number(),
  usableBytes: z.number().meta({ description: 'Of the free ones, without what is always kept free' }),
});
export type VolumeTest = z.infer<typeof volumeTestSchema>;

/** No body: every volume. */
export const storageTestInputSchema = z
  .object({
    folder: z
      .string()
      .min(1)
      .max(4096)
      .meta({ description: 'This folder instead, whole path: whether it could be one of `storageFolders`' }),
  })
  .nullish();

export const storageTestSchema = z.object({ volumes: z.array(volumeTestSchema) });
