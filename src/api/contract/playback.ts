/**
 * Playback sessions, stills of the past, and exports as the API shows them.
 */
import { z } from 'zod';

/** Unix milliseconds as a number, or ISO 8601 with a zone. */
const momentSchema = z.union([z.number(), z.iso.datetime({ offset: true })]).meta({
  description: 'Unix milliseconds, or ISO 8601 with a time zone',
});

/** `POST /api/v1/playback/start` */
export const playbackStartSchema = z.strictObject({
  camera_id: z.string(),
  start_time: momentSchema,
  end_time: momentSchema,
  format: z
    .enum(['auto', 'ts', 'fmp4', 'hls'])
    .default('auto')
    .meta({ description: 'auto and hls: MPEG-TS segments for H.264 with AAC, fMP4 for everything else' }),
});

export const playbackSessionSchema = z.object({
  session_id: z.string(),
  camera_id: z.string(),
  start_time: z.iso.datetime(),
  end_time: z.iso.datetime(),
  format: z.enum(['ts', 'fmp4']),
  url: z.string().meta({ description: 'Of the playlist' }),
  expires_at: z.iso.datetime(),
  segment_ids: z.array(z.int()).meta({ description: 'Indexes of the segments there are now' }),
  growing: z.boolean().meta({ description: 'The range is still being recorded' }),
});
export type PlaybackSession = z.infer<typeof playbackSessionSchema>;

export const playbackExtendSchema = z.strictObject({ duration_seconds: z.int().min(1).max(86_400) });

/** `POST /api/v1/playback/live` */
export const playbackLiveSchema = z.strictObject({
  camera_id: z.string(),
  format: z.enum(['hls', 'rtsp', 'webrtc']).default('hls'),
});
export const playbackLiveAnswerSchema = z.object({
  session_id: z.string(),
  camera_id: z.string(),
  format: z.enum(['hls', 'rtsp', 'webrtc']),
  url: z.string(),
  expires_at: z.iso.datetime(),
});

/**
 * `GET /api/v1/cameras/{id}/thumbs?from&to`: small pictures, one every 10 s, an hour to a file. A picture is the bytes
 * `[offsets[i], offsets[i] + sizes[i])` of its pack, a JPEG file 320 pixels wide.
 */
export const thumbsSchema = z.object({
  packs: z.array(
    z.object({
      url: z.string().meta({ description: 'Of the pack; ask for byte ranges' }),
      fromMs: z.number(),
      bytes: z.number(),
      growing: z.boolean(),
      timesMs: z.array(z.number()),
      offsets: z.array(z.int()),
      sizes: z.array(z.int()),
    }),
  ),
});
export type Thumbs = z.infer<typeof thumbsSchema>;

/*
 * `GET /api/v1/cameras/{id}/frame.jpg?at&width&quality&exact=true|false`: one picture of the past as a JPEG file.
 * `GET /api/v1/cameras/{id}/keyframe?at`: the keyframe at or before a moment as it is stored (AVCC/HVCC), for WebCodecs.
 * Headers of both: x-capture-time (ISO 8601); of the second: x-codec (RFC 6381), x-codec-description (avcC or hvcC as
 * base64), x-width, x-height.
 */

/** `POST /api/v1/exports` */
export const exportCreateSchema = z.strictObject({
  cameraIds: z.array(z.string()).min(1).max(32),
  startMs: z.number(),
  endMs: z.number(),
  cut: z.enum(['keyframe', 'exact']).default('keyframe').meta({
    description:
      'keyframe: begins at the keyframe at or before the start. exact: the same media, shown from exactly the start (edit list)',
  }),
});
export const exportSchema = z.object({
  id: z.string(),
  cameraIds: z.array(z.string()),
  startMs: z.number(),
  endMs: z.number(),
  cut: z.enum(['keyframe', 'exact']),
  state: z.enum(['waiting', 'running', 'done', 'failed']),
  progress: z.number().min(0).max(1),
  bytes: z.number().meta({ description: 'Expected; of the files when done' }),
  fault: z.string().nullable(),
  files: z.array(
    z.object({ name: z.string(), url: z.string(), bytes: z.number(), cameraId: z.string().nullable() }),
  ),
  createdMs: z.number(),
  expiresMs: z.number().nullable().meta({ description: 'When its files are deleted; null until it is over' }),
});
export type Export = z.infer<typeof exportSchema>;

/** `GET /api/v1/exports/key`: to be noted somewhere else, and given to `sightline verify-export --key`. */
export const exportKeySchema = z.object({
  publicKey: z.string().meta({ description: '`ed25519:` and the key as base64' }),
});

/** `POST /api/v1/exports/estimate`: shown before starting. */
export const exportEstimateSchema = z.object({
  bytes: z.number(),
  recordedMs: z.number(),
  gaps: z.int(),
});
export type ExportEstimate = z.infer<typeof exportEstimateSchema>;
