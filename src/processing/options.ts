/**
 * What can be set for pictures; joined into the settings by `settings/schema.ts`.
 */
import { z } from 'zod';
import { mediaSetting, setting, systemSetting } from '../base/setting.ts';

/** Each is a pipeline of the media worker, which takes 64 in all; stills and demo cameras need some. */
const mostEncoders = 48;

const encoders = z.int().min(1).max(mostEncoders);

export const picturesOption = z
  .strictObject({
    maxEncoders: encoders.default(16).meta({
      description:
        'Moving pictures (Motion JPEG) at one time: each camera, size, quality and rate counts once, however many ' +
        'watch it. All of them share one processor core',
    }),
  })
  .prefault({})
  .meta({ description: 'Pictures made of streams' });

export type PictureSettings = z.infer<typeof picturesOption>;

/** `1280x720`; both sides even, as 4:2:0 wants them. */
const resolution = z.string().regex(/^(?:source|[1-9]\d{1,2}[02468]x[1-9]\d{1,2}[02468])$/, {
  error: 'must be `source` or width and height, even and of three or four digits, for example 1280x720',
});

const notYet = {
  ...mediaSetting,
  scope: 'both',
  effect: 'not-active-yet',
  effectNote: 'What is not active yet is kept, and acts as soon as this server encodes streams anew.',
} as const;

/** What may be changed while it runs. */
export const processingSettings = {
  streamResolution: setting({
    ...notYet,
    schema: resolution,
    default: 'source',
    group: 'Picture',
    title: 'Resolution',
    description: 'Width and height, for example 1280x720; `source`: as the camera sends it.',
  }),
  streamFramerate: setting({
    ...notYet,
    schema: z.int().min(0).max(120),
    default: 0,
    unit: 'fps',
    group: 'Picture',
    title: 'Frame rate',
    description: 'Pictures a second; 0: as the camera sends them.',
  }),
  streamBitrate: setting({
    ...notYet,
    schema: z.int().min(0).max(100_000),
    default: 0,
    unit: 'kbit/s',
    group: 'Picture',
    title: 'Bitrate',
    description: 'Of the picture; 0: as resolution and frame rate ask for.',
  }),
  streamAlignment: setting({
    ...notYet,
    schema: z.enum(['au', 'nal']),
    default: 'au',
    group: 'Picture',
    title: 'Alignment',
    description:
      '`au`: an encoded picture is handed on whole. `nal`: each of its units as soon as it is there.',
  }),
  videoEncoder: setting({
    ...notYet,
    schema: z.enum(['auto', 'x264', 'x265', 'nvenc', 'vaapi', 'qsv', 'v4l2', 'videotoolbox']),
    default: 'auto',
    group: 'Encoder',
    title: 'Encoder',
    description: '`auto` takes what this machine has in hardware, else x264.',
  }),
  encoderProfile: setting({
    ...notYet,
    schema: z.enum(['baseline', 'main', 'high']),
    default: 'main',
    group: 'Encoder',
    title: 'Profile',
    description: 'Of H.264: `baseline` for very old players, `high` for the best picture.',
  }),
  encoderPreset: setting({
    ...notYet,
    schema: z.enum(['ultrafast', 'superfast', 'veryfast', 'faster', 'fast', 'medium', 'slow']),
    default: 'veryfast',
    group: 'Encoder',
    title: 'Preset',
    description: 'Slower makes a better picture of the same bitrate, and takes more of the processor.',
  }),
  pipEnabled: setting({
    ...notYet,
    schema: z.boolean(),
    default: false,
    group: 'Picture in picture',
    title: 'Picture in picture',
    description: 'Shows the second source of a camera within the first.',
  }),
  pipLayout: setting({
    ...notYet,
    schema: z.enum(['top-left', 'top-right', 'bottom-left', 'bottom-right', 'side-by-side']),
    default: 'bottom-right',
    group: 'Picture in picture',
    title: 'Layout',
    description: 'Where the second picture stands.',
  }),
  picturesMaxEncoders: setting({
    ...systemSetting,
    schema: encoders,
    default: 16,
    scope: 'server',
    group: 'Pictures',
    title: 'Motion JPEG at one time',
    description:
      'Each camera, size, quality and rate counts once, however many watch it. All of them share one processor core.',
    effect: 'new-viewers',
    startup: ['pictures', 'maxEncoders'],
  }),
} as const;
