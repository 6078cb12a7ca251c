/**
 * Finding cameras: a search of the networks this server stands in, and what one device says of its streams.
 */
import { z } from 'zod';

export const scanRequestSchema = z.strictObject({
  rtsp: z.boolean().default(false).meta({
    description:
      'Also knock at the RTSP ports of every address of the own private networks: finds cameras that know no ONVIF',
  }),
});
export type ScanRequest = z.infer<typeof scanRequestSchema>;

const foundCameraSchema = z.object({
  kind: z.enum(['onvif', 'rtsp']).meta({ description: 'What it answered to' }),
  address: z.string().meta({ description: 'Where the answer came from', example: '192.168.1.20' }),
  ask: z.string().meta({ description: 'What to send as `address` to ask for its streams' }),
  name: z.string(),
  hardware: z.string(),
  location: z.string(),
  xaddrs: z.array(z.string()).meta({ description: 'Addresses of its ONVIF service, as it believes' }),
  alreadyAdded: z.string().nullable().meta({ description: 'Id of the camera that is there already' }),
});
export type FoundCamera = z.infer<typeof foundCameraSchema>;

export const scanSchema = z.object({
  state: z.enum(['none', 'running', 'done']).meta({ description: 'none: nobody has searched yet' }),
  startedMs: z.number().nullable(),
  devices: z.array(foundCameraSchema),
  networks: z.array(z.string()).meta({ description: 'Searched, as address and prefix' }),
  knocked: z
    .array(z.string())
    .meta({ description: 'Private networks whose RTSP ports were tried; empty when not asked for' }),
});
export type Scan = z.infer<typeof scanSchema>;

export const deviceStreamsRequestSchema = z.strictObject({
  address: z
    .string()
    .trim()
    .min(1)
    .max(512)
    .regex(/^[^@\s]+$/, 'must be an address alone: user name and password have fields of their own')
    .meta({
      description: 'Host, perhaps with a port, or the http address of its ONVIF service',
      example: '192.168.1.20',
    }),
  user: z.string().max(128).default(''),
  password: z
    .string()
    .max(256)
    .default('')
    .meta({ description: 'Sent to this device only, and once when it is wrong; never in an answer' }),
});
export type DeviceStreamsRequest = z.infer<typeof deviceStreamsRequestSchema>;

const deviceStreamSchema = z.object({
  name: z.string(),
  lens: z.string().meta({ description: 'Streams of one lens show the same; a recorder has several' }),
  url: z.string().meta({ description: 'rtsp: without credentials' }),
  codec: z.string().meta({ description: 'h264, h265, jpeg, …; empty when the device does not say' }),
  width: z.int().nullable(),
  height: z.int().nullable(),
  framesPerSecond: z.number().nullable(),
  bitrateBps: z.number().nullable().meta({ description: 'As set in the device; measured by a probe' }),
  keyframeSeconds: z.number().nullable(),
  hasSound: z.boolean(),
  role: z.enum(['main', 'sub']).nullable().meta({ description: 'What it is best used for' }),
  reason: z.string().nullable().meta({ description: 'Why' }),
});
export type DeviceStream = z.infer<typeof deviceStreamSchema>;

export const deviceStreamsSchema = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    way: z.enum(['onvif', 'rtsp']).meta({ description: 'rtsp: well-known addresses were tried' }),
    maker: z.string(),
    model: z.string(),
    firmware: z.string(),
    hasPtz: z.boolean(),
    snapshotUrl: z.string().nullable(),
    streams: z.array(deviceStreamSchema),
    notes: z
      .array(z.string())
      .meta({ description: 'What is odd about it and worth knowing, in plain words' }),
  }),
  z.object({
    ok: z.literal(false),
    fault: z
      .string()
      .meta({ description: 'wrong-password, locked, refused, timeout, not-onvif, not-found …' }),
    message: z.string().meta({ description: 'Plain words: what is wrong and what to do' }),
  }),
]);
export type DeviceStreams = z.infer<typeof deviceStreamsSchema>;
