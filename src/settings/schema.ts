/**
 * All start-up settings: one zod schema checks them, types them and makes `docs/reference/`.
 */
import { isIP } from 'node:net';
import { z } from 'zod';
import { accountsOption } from '../accounts/options.ts';
import { camerasOption, embedOriginsOption, hostOption, isLoopbackHost, portOption } from '../api/options.ts';
import type { StorageOptions } from '../archive/options.ts';
import { storageOption } from '../archive/options.ts';
import { healthOption } from '../hub/options.ts';
import { logLevels } from '../io/log.ts';
import { rtspOption } from '../outputs/rtsp/options.ts';
import { webrtcOption } from '../outputs/webrtc/options.ts';
import { clipsOption, exportsOption, streamOption } from '../playback/options.ts';
import { picturesOption } from '../processing/options.ts';

/** More rules than anyone keeps in a file; each is checked at every connection. */
const maxAllowedNetworks = 100;

const networkSchema = z.string().refine(isNetwork, {
  error: 'must be an address or a network, for example 192.168.1.20 or 10.0.0.0/8',
});

const everySetting = z.strictObject({
  host: hostOption,
  port: portOption,
  accounts: accountsOption,
  data: z
    .string()
    .min(1)
    .default('./data')
    .meta({ description: 'Folder of the database and everything else the server keeps; made when missing' }),
  media: z.string().min(1).optional().meta({
    description:
      'Folder of the video files that cameras of the kind `file` may play; `<data>/media` when absent',
  }),
  storage: storageOption,
  cameras: camerasOption,
  embedOrigins: embedOriginsOption,
  network: z
    .strictObject({
      allow: z.array(networkSchema).max(maxAllowedNetworks).default([]).meta({
        description:
          'Addresses and networks of cameras that are refused otherwise: loopback, link-local and cloud metadata',
      }),
    })
    .prefault({})
    .meta({ description: 'Which camera addresses may be connected to' }),
  hls: z
    .strictObject({
      partMs: z.int().min(100).max(1000).default(200).meta({
        description: 'Length of an LL-HLS part in milliseconds; 500 suits viewers behind a CDN',
      }),
      segmentMs: z.int().min(500).max(10_000).default(2000).meta({
        description: 'A segment ends at the first keyframe at this length or after it, in milliseconds',
      }),
    })
    .prefault({})
    .meta({ description: 'Live playback over HTTP' }),
  rtsp: rtspOption,
  webrtc: webrtcOption,
  pictures: picturesOption,
  clips: clipsOption,
  exports: exportsOption,
  stream: streamOption,
  health: healthOption,
  log: z
    .strictObject({
      level: z
        .enum(logLevels)
        .default('info')
        .meta({ description: 'Lines below this level are not written' }),
      format: z
        .enum(['lines', 'json'])
        .default('lines')
        .meta({ description: '`lines` for people, `json` for machines' }),
    })
    .prefault({})
    .meta({ description: 'The log, on standard error' }),
});

export const settingsSchema = everySetting.refine(({ accounts, host }) => accounts || isLoopbackHost(host), {
  path: ['accounts'],
  error:
    'can be false only while `host` is 127.0.0.1, ::1 or localhost: on any other address everyone who reaches it ' +
    'could watch and change the cameras',
});

/** As checked, with defaults; paths are absolute, `media` and the volumes are filled in. */
export interface Settings extends z.infer<typeof settingsSchema> {
  readonly media: string;
  readonly storage: StorageOptions;
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  if (bits === undefined) return true;
  return /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
}
