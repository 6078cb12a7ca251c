/**
 * What can be set for clips of remote clients and for exports; joined into the settings by `settings/schema.ts`.
 */
import { z } from 'zod';
import { setting, systemSetting } from '../base/setting.ts';

const keepHours = z
  .number()
  .min(0.1)
  .max(24 * 365);

export const exportsOption = z
  .strictObject({
    keepHours: keepHours.default(24).meta({
      description:
        'Exported films are deleted so long after they were made. They are plain files in `<data>/exports`, also when ' +
        'recordings are sealed',
    }),
  })
  .prefault({})
  .meta({ description: 'Footage that was exported' });

const gibibyte = 1024 ** 3;

const maxUploadBytes = z
  .int()
  .min(1024)
  .max(64 * gibibyte);
const unfinishedHours = z
  .number()
  .min(0.01)
  .max(24 * 30);
const maxAgeDays = z.number().positive().max(36_500);
const maxBytes = z.int().positive();

export const clipsOption = z
  .strictObject({
    maxUploadBytes: maxUploadBytes
      .default(2 * gibibyte)
      .meta({ description: 'The largest clip that is taken, in bytes' }),
    unfinishedHours: unfinishedHours
      .default(24)
      .meta({ description: 'An upload that was interrupted can be resumed for so long' }),
    maxAgeDays: maxAgeDays
      .nullable()
      .default(null)
      .meta({ description: 'Clips are deleted when they are older; null: no limit' }),
    maxBytes: maxBytes.nullable().default(null).meta({
      description: 'The oldest clips are deleted when all together have more bytes; null: no limit',
    }),
  })
  .prefault({})
  .meta({ description: 'Clips that remote clients upload' });

const clipSetting = {
  ...systemSetting,
  scope: 'server',
  group: 'Clips and exports',
  effect: 'at-once',
} as const;

/** What may be changed while it runs. */
export const playbackSettings = {
  exportsKeepHours: setting({
    ...clipSetting,
    schema: keepHours,
    default: 24,
    unit: 'hours',
    title: 'Exports are kept',
    description: 'Exported films are deleted so long after they were made.',
    startup: ['exports', 'keepHours'],
  }),
  clipsMaxUploadBytes: setting({
    ...clipSetting,
    schema: maxUploadBytes,
    default: 2 * gibibyte,
    unit: 'bytes',
    title: 'Largest clip',
    description: 'That a client may upload. Uploads under way are not ended.',
    startup: ['clips', 'maxUploadBytes'],
  }),
  clipsUnfinishedHours: setting({
    ...clipSetting,
    schema: unfinishedHours,
    default: 24,
    unit: 'hours',
    title: 'Interrupted uploads are kept',
    description: 'So long they can be resumed. Applies to uploads that begin from now on.',
    startup: ['clips', 'unfinishedHours'],
  }),
  clipsMaxAgeDays: setting({
    ...clipSetting,
    schema: maxAgeDays,
    default: null,
    none: 'No limit',
    unit: 'days',
    title: 'Clips are kept',
    description: 'Clips that are older are deleted.',
    effectNote: 'Older ones are deleted within a minute.',
    startup: ['clips', 'maxAgeDays'],
  }),
  clipsMaxBytes: setting({
    ...clipSetting,
    schema: maxBytes,
    default: null,
    none: 'No limit',
    unit: 'bytes',
    title: 'All clips together',
    description: 'The oldest go when there is more.',
    effectNote: 'The oldest ones are deleted within a minute.',
    startup: ['clips', 'maxBytes'],
  }),
} as const;

/** `1000k`, `1.5M` or plain bits per second. */
const bitratePattern = /^(\d+(?:\.\d+)?)([kKmM]?)$/;
const minBitsPerSecond = 50_000;
const maxBitsPerSecond = 50_000_000;

/** Undefined when the text is no bitrate. */
export function bitsPerSecond(text: string): number | undefined {
  const [, number, unit = ''] = bitratePattern.exec(text) ?? [];
  if (number === undefined) return undefined;
  const factors: Readonly<Record<string, number>> = { k: 1000, m: 1_000_000 };
  return Math.round(Number(number) * (factors[unit.toLowerCase()] ?? 1));
}

const evenPixels = (least: number, most: number) =>
  z
    .int()
    .min(least)
    .max(most)
    .refine((pixels) => pixels % 2 === 0, { error: 'must be even' });

export const streamOption = z
  .strictObject({
    width: evenPixels(16, 4096).default(854).meta({ description: 'Of the picture, in pixels; even' }),
    height: evenPixels(16, 2304).default(480).meta({ description: 'Of the picture, in pixels; even' }),
    video_bitrate: z
      .string()
      .refine((text) => inRange(bitsPerSecond(text)), {
        error: 'must be between 50k and 50M, for example 1000k or 2.5M',
      })
      .default('1000k')
      .meta({ description: 'Of the picture; sound comes on top' }),
    video_codec: z
      .string()
      .regex(/^[a-z0-9_]{1,40}$/, { error: 'must be the name of an FFmpeg encoder, for example libx264' })
      .default('libx264')
      .meta({
        description:
          'FFmpeg encoder for H.264 or H.265, for example `libx264`, `libx265`, `h264_nvenc`. One that is not there is ' +
          'replaced by `libx264`, with a warning',
      }),
    frame_rate: z
      .number()
      .min(1)
      .max(60)
      .default(25)
      .meta({ description: 'Pictures a second; others are left out or repeated' }),
    look_ahead: z
      .int()
      .min(0)
      .max(100)
      .default(10)
      .meta({ description: 'So many clips are made ready before a viewer comes to them' }),
    cache: z
      .strictObject({
        enabled: z.boolean().default(true).meta({ description: 'Keep what was made ready, in memory only' }),
        max_size_bytes: z
          .int()
          .min(0)
          .max(64 * gibibyte)
          .default(100 * 1024 * 1024)
          .meta({ description: 'Of all clips together; the ones used longest ago go first' }),
      })
      .prefault({})
      .meta({ description: 'Clips that were made ready for viewers' }),
  })
  .prefault({})
  .meta({ description: 'How clips are shown under /stream: all in one size, rate and codec' });

export type StreamSettings = z.infer<typeof streamOption>;

function inRange(bits: number | undefined): boolean {
  return bits !== undefined && bits >= minBitsPerSecond && bits <= maxBitsPerSecond;
}
