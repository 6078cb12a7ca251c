/**
 * All start-up settings: one zod schema checks them, types them and makes `docs/reference/`.
 */
import { z } from 'zod';
import { accountsOption, oidcOption } from '../accounts/options.ts';
import {
  allowPlainHttpOption,
  basePathOption,
  camerasOption,
  embedOriginsOption,
  hostOption,
  isLoopbackHost,
  portOption,
  proxyOption,
  publicNamesOption,
  rateLimitOption,
} from '../api/options.ts';
import type { StorageOptions } from '../archive/options.ts';
import { storageOption } from '../archive/options.ts';
import { healthOption } from '../hub/options.ts';
import { httpsOption } from '../io/tls/options.ts';
import { hlsOption } from '../outputs/hls/options.ts';
import { rtspOption } from '../outputs/rtsp/options.ts';
import { webrtcOption } from '../outputs/webrtc/options.ts';
import { clipsOption, exportsOption, streamOption } from '../playback/options.ts';
import { picturesOption } from '../processing/options.ts';
import { logOption, networkOption } from './options.ts';

const everySetting = z.strictObject({
  host: hostOption,
  port: portOption,
  accounts: accountsOption,
  oidc: oidcOption,
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
  https: httpsOption,
  publicNames: publicNamesOption,
  allowPlainHttp: allowPlainHttpOption,
  proxy: proxyOption,
  basePath: basePathOption,
  rateLimit: rateLimitOption,
  embedOrigins: embedOriginsOption,
  network: networkOption,
  hls: hlsOption,
  rtsp: rtspOption,
  webrtc: webrtcOption,
  pictures: picturesOption,
  clips: clipsOption,
  exports: exportsOption,
  stream: streamOption,
  health: healthOption,
  log: logOption,
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
