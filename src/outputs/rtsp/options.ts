/**
 * What can be set for the RTSP server, and the limits that cannot.
 */
import { z } from 'zod';
import { publicSystemSetting, setting } from '../../base/setting.ts';

/** More accounts than devices and people of a site that speak RTSP. */
const maxUsers = 100;
const port = z.int().min(0).max(65_535);
const path = z
  .string()
  .max(100)
  .regex(/^(?:[\w.-]+(?:\/[\w.-]+)*)?$/, {
    error: 'must be letters, digits, dots, dashes and underscores, with / between parts and not around them',
  });

const rtspAuthKinds = ['sha-256', 'md5', 'basic'] as const;
export type RtspAuthKind = (typeof rtspAuthKinds)[number];

const userSchema = z.strictObject({
  name: z.string().min(1).max(100).meta({ description: 'Name to log in with' }),
  password: z.string().min(1).max(200).meta({ description: 'Its password' }),
});

const tls = z
  .strictObject({
    port: port.default(8322).meta({ description: 'TCP port of RTSPS' }),
    certificate: z
      .string()
      .min(1)
      .optional()
      .meta({ description: 'File of the certificate chain, PEM; the certificate of https when absent' }),
    key: z.string().min(1).optional().meta({ description: 'File of its private key, PEM' }),
  })
  .refine(({ certificate, key }) => (certificate === undefined) === (key === undefined), {
    path: ['key'],
    error: '`certificate` and `key` go together',
  });

export const rtspOption = z
  .strictObject({
    enabled: z.boolean().default(true).meta({ description: 'Whether cameras can be watched over RTSP' }),
    network: z.boolean().default(false).meta({
      description:
        'Whether other devices of the network reach it, whatever `host` is; never on a server without accounts',
    }),
    port: port.default(8554).meta({ description: 'TCP port of RTSP; 0 lets the system choose a free one' }),
    path: path.default('').meta({
      description:
        'First part of every address, for example `live`: `rtsp://host:8554/live` is then the first camera, ' +
        '`rtsp://host:8554/live/<camera>` any. Addresses without it go on to work',
    }),
    tls: tls
      .optional()
      .meta({ description: 'RTSPS (RTSP over TLS); off when absent. `{}` is enough to switch it on' }),
    users: z
      .array(userSchema)
      .max(maxUsers)
      .default([])
      .meta({
        description:
          'Who may watch and send over RTSP with every camera, besides the device accounts of the dashboard; without ' +
          '`accounts`, everybody who reaches the port when empty',
      }),
    auth: z
      .array(z.enum(rtspAuthKinds))
      .min(1)
      .default(['sha-256', 'md5'])
      .meta({
        description:
          'Ways to log in that are offered: Digest with `sha-256` or `md5`, and `basic`, which sends the password ' +
          'readable unless RTSPS is used',
      }),
    udp: z
      .boolean()
      .default(true)
      .meta({ description: 'Whether media may go over UDP; with false only over the RTSP connection' }),
    multicast: z
      .strictObject({
        enabled: z.boolean().default(false).meta({ description: 'Whether viewers may ask for multicast' }),
        address: z
          .ipv4()
          .refine((address) => /^2(?:2[4-9]|3\d)\./.test(address), {
            error: 'must be a multicast address, 224.0.0.0 to 239.255.255.255',
          })
          .default('239.255.83.76')
          .meta({ description: 'Group that media is sent to' }),
        port: z
          .int()
          .min(1024)
          .max(60_000)
          .default(20_000)
          .meta({ description: 'First UDP port of the group; each camera takes the next eight' }),
        ttl: z
          .int()
          .min(1)
          .max(255)
          .default(1)
          .meta({ description: 'How many routers packets may pass; 1 stays in the local network' }),
      })
      .prefault({})
      .meta({ description: 'One copy of the media for all viewers of a local network' }),
  })
  .prefault({})
  .meta({ description: 'The RTSP server' });

export type RtspOptions = z.infer<typeof rtspOption>;

/** What may be changed while it runs. */
export const rtspSettings = {
  rtspEnabled: setting({
    ...publicSystemSetting,
    schema: z.boolean(),
    default: true,
    scope: 'server',
    group: 'RTSP',
    title: 'RTSP server',
    description: 'Whether cameras can be watched, and sent to, over RTSP.',
    effect: 'reconnects-viewers',
    effectNote: 'Switching it off ends everybody who watches or sends over RTSP.',
    startup: ['rtsp', 'enabled'],
  }),
  rtspPort: setting({
    ...publicSystemSetting,
    schema: port,
    default: 8554,
    scope: 'server',
    group: 'RTSP',
    title: 'Port',
    description: 'TCP port of RTSP; 0 lets the system choose a free one.',
    effect: 'new-viewers',
    effectNote: 'Who watches now stays connected at the old port until they leave.',
    startup: ['rtsp', 'port'],
  }),
  rtspNetwork: setting({
    ...publicSystemSetting,
    schema: z.boolean(),
    default: false,
    scope: 'server',
    group: 'RTSP',
    title: 'Other devices',
    description:
      'Whether RTSP listens for other devices of the network, not on the address of the dashboard alone. They need a ' +
      'device account or a token.',
    effect: 'new-viewers',
    effectNote: 'Who watches now stays connected.',
    startup: ['rtsp', 'network'],
  }),
  rtspPath: setting({
    ...publicSystemSetting,
    schema: path,
    default: '',
    scope: 'server',
    group: 'RTSP',
    title: 'Path',
    description:
      'First part of every address. With `live`, `rtsp://host:8554/live` is the first camera and ' +
      '`rtsp://host:8554/live/<camera>` any. Addresses without it go on to work.',
    effect: 'new-viewers',
    startup: ['rtsp', 'path'],
  }),
  rtspUdp: setting({
    ...publicSystemSetting,
    schema: z.boolean(),
    default: true,
    scope: 'server',
    group: 'RTSP',
    title: 'Media over UDP',
    description: 'Off, media goes only over the RTSP connection itself.',
    effect: 'new-viewers',
    startup: ['rtsp', 'udp'],
  }),
  rtspMulticastEnabled: setting({
    ...publicSystemSetting,
    schema: z.boolean(),
    default: false,
    scope: 'server',
    group: 'RTSP',
    title: 'Multicast',
    description: 'Whether viewers may ask for one copy of the media for all of a local network.',
    effect: 'new-viewers',
    startup: ['rtsp', 'multicast', 'enabled'],
  }),
} as const;

/** RTP payload; with headers of RTP, UDP and IP it passes tunnels and PPPoE (1,492) without being cut. */
export const maxPayloadBytes = 1400;
/** Tracks of one camera that are offered. */
export const maxLanes = 4;
/** Kept of the GOP for new readers: 4 s of 64 Mbit/s. Larger GOPs begin at the next keyframe. */
export const maxCachedBytes = 32 * 1024 * 1024;
/** 60 s at 30 fps with sound: as many as the hub keeps. */
export const maxCachedChunks = 6000;
/** RFC 3550, 6.2: the least interval of reports. */
export const reportMs = 5000;

/** A reader may be so far behind, with the limits below. */
export const mostBehindMs = 2000;
/** A large keyframe fits. */
export const leastBudgetBytes = 1024 * 1024;
/** 2 s of 32 Mbit/s. */
export const mostBudgetBytes = 8 * 1024 * 1024;
/** A connection that has taken nothing for so long is closed. */
export const stalledMs = 10_000;
/** Nobody who plays lets so much wait (budget and kept GOP); whoever asks on and on without reading does. */
export const maxUnreadBytes = 64 * 1024 * 1024;
/** A client that was told goodbye and does not close its side is cut off. */
export const closingMs = 2000;
/** Channels besides the usual one that a unit is kept for; made for each reader over it, or they would fill memory. */
export const maxKeptChannels = 2;
/** How often connections are looked at. */
export const checkMs = 1000;

/** Announced in `Session`; RFC 2326, 12.37. Over TCP the connection itself shows who is alive. */
export const sessionTimeoutSeconds = 60;
/** Room for a keep-alive that was sent late. */
export const sessionGraceMs = 5000;
/** Connections at one time; each costs a descriptor and about 20 KB. */
export const maxConnections = 4000;
/** Requests that wait behind a slow one on one connection. */
export const maxWaitingRequests = 16;
/** Wrong passwords on one connection, then it is closed. */
export const maxLoginFailures = 5;
/** How long DESCRIBE waits for a camera that is being connected; players give up at about 10 s. */
export const describeWaitMs = 9000;
export const statePollMs = 50;
