/**
 * What can be set for pictures; joined into the settings by `settings/schema.ts`.
 */
import { z } from 'zod';

/** Each is a pipeline of the media worker, which takes 64 in all; stills and demo cameras need some. */
const mostEncoders = 48;

export const picturesOption = z
  .strictObject({
    maxEncoders: z
      .int()
      .min(1)
      .max(mostEncoders)
      .default(16)
      .meta({
        description:
          'Moving pictures (Motion JPEG) at one time: each camera, size, quality and rate counts once, however many ' +
          'watch it. All of them share one processor core',
      }),
  })
  .prefault({})
  .meta({ description: 'Pictures made of streams' });

export type PictureSettings = z.infer<typeof picturesOption>;
