/**
 * What can be set for streams; joined into the settings by `settings/schema.ts`.
 */
import { z } from 'zod';

export const healthOption = z
  .strictObject({
    maxDrops: z.int().min(0).max(1_000_000).default(100).meta({
      description: 'Frames kept from slow viewers within a minute; a stream with more is called fair',
    }),
    maxErrors: z.int().min(0).max(1_000_000).default(10).meta({
      description:
        'Damaged frames, lost connections and failed answers to viewers within a minute; a stream with more is called fair',
    }),
    stalledWithReaders: z.boolean().default(true).meta({
      description: 'A stream whose picture stands still while somebody watches is called bad; otherwise fair',
    }),
  })
  .prefault({})
  .meta({ description: 'When a stream is called unhealthy' });

export type HealthRules = z.infer<typeof healthOption>;
