/**
 * What can be set for WebRTC, and the limits that cannot.
 */
import { isIP } from 'node:net';
import { z } from 'zod';
import { publicSystemSetting, setting } from '../../base/setting.ts';

/** More cores than a server of this kind has. */
const maxWorkers = 32;
/** Each becomes a candidate that every viewer tries. */
const maxPublicAddresses = 8;
const maxIceServers = 8;

const iceServerSchema = z.strictObject({
  urls: z
    .array(
      z
        .string()
        .max(300)
        // It is told in a header, which carries nothing else.
        .regex(/^(?:stuns?|turns?):[!#-;=?-~]+$/i, 'must begin with stun:, stuns:, turn: or turns:'),
    )
    .min(1)
    .max(4)
    .meta({ description: 'For example `stun:stun.example:3478` or `turn:turn.example:3478?transport=udp`' }),
  username: z.string().max(200).optional().meta({ description: 'Of a TURN server' }),
  credential: z.string().max(200).optional().meta({
    description: 'Its password; every viewer is told it, so use one that expires or does nothing else',
  }),
});

const port = z.int().min(0).max(65_535);
const workers = z.int().min(1).max(maxWorkers);
const publicAddresses = z
  .array(z.string().refine((text) => isIP(text) !== 0, { error: 'must be an IP address' }))
  .max(maxPublicAddresses);
const iceServers = z.array(iceServerSchema).max(maxIceServers);
const connectionsPerAddress = z.int().min(1).max(10_000);

export const webrtcOption = z
  .strictObject({
    enabled: z.boolean().default(true).meta({ description: 'Whether cameras can be watched over WebRTC' }),
    port: port.default(8189).meta({
      description:
        'UDP port of all viewers; with several workers each takes the next one. 0 lets the system choose free ones',
    }),
    workers: workers
      .default(1)
      .meta({ description: 'Processes that send; each carries about 200 viewers on a core of its own' }),
    publicAddresses: publicAddresses
      .default([])
      .meta({ description: 'Addresses of this server as viewers see it, when a router translates them' }),
    iceServers: iceServers
      .default([])
      .meta({ description: 'STUN and TURN servers that browsers are told to use' }),
    connectionsPerAddress: connectionsPerAddress.default(250).meta({
      description: 'Viewers from one IP address at one time; many may stand behind one router or proxy',
    }),
  })
  .prefault({})
  .meta({ description: 'WebRTC: watching with WHEP, sending with WHIP' });

export type WebRtcOptions = z.infer<typeof webrtcOption>;

const anew = 'Everybody who watches or sends over WebRTC is ended once; players come back by themselves.';
const webrtcSetting = { ...publicSystemSetting, scope: 'server', group: 'WebRTC' } as const;

/** What may be changed while it runs. */
export const webrtcSettings = {
  webrtcEnabled: setting({
    ...webrtcSetting,
    schema: z.boolean(),
    default: true,
    title: 'WebRTC',
    description: 'Whether cameras can be watched, and sent to, over WebRTC.',
    effect: 'reconnects-viewers',
    effectNote: 'Switching it off ends everybody who uses it; browsers go on over the live WebSocket.',
    startup: ['webrtc', 'enabled'],
  }),
  webrtcIceServers: setting({
    ...webrtcSetting,
    schema: iceServers,
    default: [],
    title: 'STUN and TURN servers',
    description: 'That browsers are told to use. Everybody who may watch is told the passwords in it, too.',
    effect: 'new-viewers',
    startup: ['webrtc', 'iceServers'],
  }),
  webrtcPublicAddresses: setting({
    ...webrtcSetting,
    schema: publicAddresses,
    default: [],
    title: 'Public addresses',
    description: 'IP addresses of this server as viewers see it, when a router translates them.',
    effect: 'new-viewers',
    startup: ['webrtc', 'publicAddresses'],
  }),
  webrtcPort: setting({
    ...webrtcSetting,
    schema: port,
    default: 8189,
    title: 'Port',
    description: 'UDP port of all viewers; with several workers each takes the next one. 0: any free one.',
    effect: 'reconnects-viewers',
    effectNote: anew,
    startup: ['webrtc', 'port'],
  }),
  webrtcWorkers: setting({
    ...webrtcSetting,
    schema: workers,
    default: 1,
    title: 'Workers',
    description: 'Processes that send; each carries about 200 viewers on a core of its own.',
    effect: 'reconnects-viewers',
    effectNote: anew,
    startup: ['webrtc', 'workers'],
  }),
  webrtcConnectionsPerAddress: setting({
    ...webrtcSetting,
    schema: connectionsPerAddress,
    default: 250,
    title: 'Viewers from one address',
    description: 'At one time; many may stand behind one router or proxy.',
    effect: 'new-viewers',
    startup: ['webrtc', 'connectionsPerAddress'],
  }),
} as const;

/** About 200 viewers of 4 Mbit/s fill a core. */
export const maxConnectionsPerWorker = 200;
/** A camera that is being connected is waited for so long; players give up at about 10 s. */
export const tracksWaitMs = 8000;
export const statePollMs = 50;
/** A worker that is being started, on a slow machine. */
export const workerWaitMs = 5000;
/** Making an answer takes milliseconds. */
export const answerWaitMs = 3000;
/** Offers of one address: a page of many tiles asks for all at one time. */
export const offersPerSecond = 10;
export const mostSavedOffers = 64;
/** Of all addresses together: each costs this server and its worker some milliseconds. */
export const allOffersPerSecond = 40;
export const mostSavedOffersOfAll = 120;
/** Addresses that are remembered; one that is forgotten may begin anew. */
export const maxAddresses = 4096;
