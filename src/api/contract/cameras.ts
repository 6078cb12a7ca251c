/**
 * Cameras as the API shows them. One schema checks requests, makes the OpenAPI document and types the web client.
 */
import { z } from 'zod';
import { recordingPolicySchema, recordingStateSchema } from './recording.ts';
import { isOneLine, notOneLine } from './text.ts';

export const cameraIdSchema = z
  .string()
  .regex(/^cam_[0-9a-hjkmnp-tv-z]{16}$/, 'a camera id looks like cam_ and 16 letters and digits')
  .meta({ description: 'Identifier of a camera', example: 'cam_0123456789abcdef' });

export const sourceInputSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('rtsp'),
    url: z
      .string()
      .max(2048)
      .regex(/^rtsps?:\/\//i, 'must begin with rtsp:// or rtsps://')
      .meta({
        description:
          'Address of the stream. User name and password may stand in it; they are never shown again.',
      }),
    transport: z.enum(['auto', 'tcp', 'udp']).default('auto'),
    verifyTls: z.boolean().default(true).meta({ description: 'Check the certificate of an rtsps:// camera' }),
  }),
  z.strictObject({
    kind: z.literal('file'),
    path: z
      .string()
      .min(1)
      .max(1024)
      .meta({ description: 'MP4, MPEG-TS or MKV file, relative to the media folder' }),
  }),
  z.strictObject({ kind: z.literal('demo') }),
  z
    .strictObject({ kind: z.literal('push') })
    .meta({ description: 'Media is sent to this server: RTSP (RECORD) or WHIP, see `links`' }),
]);
export type SourceInput = z.infer<typeof sourceInputSchema>;

const startModeSchema = z.enum(['on-demand', 'always']).meta({
  description:
    'on-demand: connect for the first viewer. always: stay connected, so the picture starts at once',
});

const latencySchema = z
  .enum(['low', 'normal', 'high'])
  .nullable()
  .meta({
    description:
      'How much delay viewers accept, so that a poor network does not show: about 100, 500 or 2000 ms from the ' +
      'camera to the screen. null: as the setting `streamLatencyMode` of the server says',
  });

export const externalIdSchema = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .refine((id) => !/\p{C}/u.test(id), { error: 'must not hold control or invisible characters' })
  .meta({ description: 'Name under which a provisioning system knows it; unique', example: 'door-1' });

const cameraFields = {
  name: z.string().trim().min(1).max(100).refine(isOneLine, notOneLine),
  location: z
    .string()
    .trim()
    .max(200)
    .refine(isOneLine, notOneLine)
    .meta({ description: 'Where it hangs, in words; may be empty' }),
  enabled: z.boolean(),
  source: sourceInputSchema,
  start: startModeSchema,
  closeAfterMs: z
    .int()
    .min(1000)
    .max(3_600_000)
    .meta({ description: 'On demand: stay connected so long after the last viewer left' }),
  maxReaders: z
    .int()
    .min(0)
    .max(100_000)
    .meta({ description: 'Viewers of each source at one time; 0 means no limit' }),
  latency: latencySchema,
  sub: sourceInputSchema
    .nullable()
    .meta({ description: 'A second, smaller source of the same picture, for tiles and small screens' }),
  recording: recordingPolicySchema,
};

export const cameraCreateSchema = z.strictObject({
  ...cameraFields,
  location: cameraFields.location.default(''),
  enabled: cameraFields.enabled.default(true),
  start: cameraFields.start.default('on-demand'),
  closeAfterMs: cameraFields.closeAfterMs.default(10_000),
  maxReaders: cameraFields.maxReaders.default(0),
  latency: cameraFields.latency.default(null),
  sub: cameraFields.sub.default(null),
  recording: cameraFields.recording.prefault({}),
  externalId: externalIdSchema.nullable().optional(),
});
export type CameraCreate = z.infer<typeof cameraCreateSchema>;

/** Any subset; `source` and `sub` replace the old one whole. A `***` user part in its URL keeps the stored credentials. */
export const cameraChangeSchema = z
  .strictObject({ ...cameraFields, externalId: externalIdSchema.nullable() })
  .partial();
export type CameraChange = z.infer<typeof cameraChangeSchema>;

/**
 * A camera as the configuration file or a provisioning system wants it. What is absent stays as it is, so that it can
 * be changed in the dashboard; a new camera gets the default.
 */
export const cameraDeclarationSchema = z.strictObject({
  externalId: externalIdSchema.optional(),
  name: cameraFields.name,
  source: cameraFields.source,
  location: cameraFields.location.optional(),
  enabled: cameraFields.enabled.optional().meta({ default: true }),
  start: cameraFields.start.optional().meta({ default: 'on-demand' }),
  closeAfterMs: cameraFields.closeAfterMs.optional().meta({ default: 10_000 }),
  maxReaders: cameraFields.maxReaders.optional().meta({ default: 0 }),
  latency: cameraFields.latency.optional().meta({ default: null }),
  sub: cameraFields.sub.optional(),
  recording: cameraFields.recording.optional(),
});
export type CameraDeclaration = z.infer<typeof cameraDeclarationSchema>;

const trackSchema = z.object({
  kind: z.enum(['video', 'audio']),
  codec: z.string().meta({ description: 'h264, h265, mjpeg, aac, opus, g711', example: 'h264' }),
  codecString: z.string().nullable().meta({ description: 'RFC 6381, null when it cannot be carried in MP4' }),
  width: z.int().nullable(),
  height: z.int().nullable(),
  framesPerSecond: z.number().nullable(),
  sampleRateHz: z.int().nullable(),
  channels: z.int().nullable(),
  playable: z.boolean().meta({ description: 'False when browsers get no such track yet' }),
  note: z.string().nullable().meta({ description: 'Why it is not playable, in plain words' }),
});
export type TrackInfo = z.infer<typeof trackSchema>;

export const cameraStateSchema = z.enum([
  'disabled',
  'idle',
  'connecting',
  'live',
  'stalled',
  'offline',
  'error',
]);
export type CameraState = z.infer<typeof cameraStateSchema>;

export const streamStatusSchema = z.object({
  state: cameraStateSchema,
  reason: z.string().nullable().meta({ description: 'Plain words for anything but live and idle' }),
  sinceMs: z.number().meta({ description: 'In this state since; Unix ms' }),
  nextTryMs: z.number().nullable().meta({ description: 'Next attempt to connect; Unix ms' }),
  lastPictureMs: z.number().nullable().meta({ description: 'Capture time of the newest picture; Unix ms' }),
  transport: z.string().nullable(),
  tracks: z.array(trackSchema),
  stats: z.object({
    bitrateBps: z.number(),
    framesPerSecond: z.number(),
    gopSeconds: z.number().nullable(),
    keyframeAgeMs: z.number().nullable(),
    readers: z.int(),
    viewers: z.int().meta({ description: 'People watching, over all outputs' }),
    viewersByOutput: z.object({
      hls: z.int(),
      live: z.int().meta({ description: 'The live WebSocket' }),
      rtsp: z.int(),
      webrtc: z.int(),
      mjpeg: z.int(),
    }),
    bytesReceived: z.number(),
    bytesSent: z.number().meta({ description: 'To all viewers there are and were' }),
    unitsReceived: z.number(),
    packetsLost: z.number(),
    damaged: z.number(),
    unitsDropped: z.number().meta({ description: 'Kept from readers that were too slow' }),
    reconnects: z.int(),
    errors: z
      .int()
      .meta({ description: 'Damaged frames, lost connections and failed answers to viewers together' }),
    uptimeSeconds: z
      .number()
      .nullable()
      .meta({ description: 'How long media has flowed on this connection; null without one' }),
    lastError: z.string().nullable(),
    lastErrorMs: z.number().nullable(),
  }),
  health: z.object({
    level: z.enum(['good', 'fair', 'bad']),
    reasons: z.array(z.string()),
  }),
});
export type StreamStatus = z.infer<typeof streamStatusSchema>;

const linksSchema = z.object({
  hls: z.string(),
  hlsSub: z.string().nullable().meta({ description: 'Of the second source' }),
  snapshot: z.string(),
  mjpeg: z.string(),
  whep: z.string().meta({ description: 'WebRTC, to watch' }),
  whip: z.string().nullable().meta({ description: 'WebRTC, to send; null unless the camera is pushed to' }),
  rtsp: z
    .string()
    .nullable()
    .meta({
      description:
        'To watch and, when the camera is pushed to, to send. `localhost` stands for the host that this answer ' +
        'came from; null when there is no RTSP server',
    }),
});

export const cameraSchema = z.object({
  id: cameraIdSchema,
  ...cameraFields,
  // As it is stored: an older version took any text.
  name: z.string(),
  location: z.string().meta({ description: 'Where it hangs, in words; may be empty' }),
  source: sourceInputSchema
    .nullable()
    .meta({ description: 'Null, as `sub`, for who may not change the camera: it tells where the camera is' }),
  externalId: z
    .string()
    .nullable()
    .meta({ description: 'Name under which a provisioning system knows it; null otherwise' }),
  managed: z
    .enum(['file'])
    .nullable()
    .meta({ description: 'file: the configuration file declares it; it cannot be deleted here' }),
  managedFields: z
    .array(z.string())
    .meta({ description: 'What the configuration file says of it; that cannot be changed here' }),
  createdMs: z.number(),
  changedMs: z.number(),
  status: streamStatusSchema,
  subStatus: streamStatusSchema.nullable().meta({ description: 'Of the second source; null without one' }),
  recordingState: recordingStateSchema,
  links: linksSchema,
});
export type Camera = z.infer<typeof cameraSchema>;
/** For who may change it. */
export type FullCamera = Camera & { readonly source: SourceInput };

export const cameraViewerSchema = z.object({
  id: z.string().meta({ description: 'Unique within its camera', example: 'main-viewer-1' }),
  source: z.enum(['main', 'sub']),
  output: z.enum(['hls', 'live', 'rtsp', 'webrtc', 'mjpeg']),
  address: z.string().meta({ description: 'IP address; empty when unknown' }),
  client: z.string().meta({ description: 'What it calls itself (user agent)' }),
  transport: z.string().meta({ example: 'RTP over TCP' }),
  sinceMs: z.number(),
  bitrateBps: z.number(),
  bytesSent: z.number(),
  unitsDropped: z.number().meta({ description: 'Kept from it because it was too slow' }),
  errors: z.number(),
  network: z
    .object({
      lossRatio: z.number().nullable().meta({ description: 'Packets lost lately, 0 to 1' }),
      roundTripMs: z.number().nullable(),
      jitterMs: z.number().nullable(),
      estimatedBps: z.number().nullable().meta({ description: 'What the way would carry' }),
    })
    .meta({ description: 'Null where its protocol does not tell' }),
  endable: z.boolean().meta({ description: 'Whether it can be ended' }),
});
export type CameraViewer = z.infer<typeof cameraViewerSchema>;

export const probeRequestSchema = z.strictObject({
  source: sourceInputSchema,
  cameraId: cameraIdSchema
    .optional()
    .meta({ description: 'While changing this camera: its stored credentials stand in for `***@`' }),
});
export type ProbeRequest = z.infer<typeof probeRequestSchema>;

/** Preview works without saving: see `previewHls`. */
export const probeResultSchema = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    tracks: z.array(trackSchema),
    framesPerSecond: z.number().nullable().meta({ description: 'Measured' }),
    gopSeconds: z
      .number()
      .nullable()
      .meta({ description: 'Measured between two keyframes; null when only one came' }),
    bitrateBps: z.number(),
    transport: z.string(),
    advice: z.array(z.string()).meta({ description: 'For example: keyframe interval is longer than 4 s' }),
    previewHls: z
      .string()
      .meta({ description: 'Playlist of the probed source, alive for a minute after the last request' }),
  }),
  z.object({
    ok: z.literal(false),
    fault: z.string().meta({
      description:
        'wrong-password, refused, no-route, timeout, not-found, not-rtsp, protocol, unsupported, tls, forbidden-address, file …',
    }),
    message: z.string().meta({ description: 'Plain words: what is wrong and what to do' }),
  }),
]);
export type ProbeResult = z.infer<typeof probeResultSchema>;
