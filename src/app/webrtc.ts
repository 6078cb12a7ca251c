/**
 * WebRTC in this server: which camera means which stream, and where its workers listen.
 */
import type { CameraService } from '../api/camera-service.ts';
import type { WebRtcApi } from '../api/routes/webrtc.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { err } from '../base/result.ts';
import type { Hub } from '../hub/hub.ts';
import { defaultLatency, latencyFigures } from '../hub/latency.ts';
import type { Random } from '../io/random.ts';
import { WebRtcOutput } from '../outputs/webrtc/output.ts';
import type { WebRtcRefusal } from '../outputs/webrtc/stream.ts';
import type { LiveSettings } from '../settings/live/live-settings.ts';
import type { Settings } from '../settings/schema.ts';
import type { Publishing } from './publishing.ts';

export interface WebRtcCore {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly hub: Hub;
  readonly cameras: CameraService;
  readonly publishing: Publishing;
  readonly live: LiveSettings;
}

export interface RunningWebRtc {
  readonly parts: { readonly webrtc: WebRtcApi };
  /** None while it is switched off. */
  workers(): WebRtcOutput['workers'];
  close(): Promise<void>;
}

/** Its output goes and comes with the settings; the routes are there in any case. */
export function startWebRtc(core: WebRtcCore, settings: Settings): RunningWebRtc {
  const options = settings.webrtc;
  const { hub, cameras, live } = core;
  let output = options.enabled ? makeOutput(core, settings) : undefined;
  live.observe(['webrtcEnabled', 'webrtcPort', 'webrtcWorkers'], async () => {
    const before = output;
    output = undefined;
    await before?.close('The settings of WebRTC were changed.');
    if (options.enabled) output = makeOutput(core, settings);
  });
  const webrtc: WebRtcApi = {
    watch: async (camera, source, client) => {
      if (!output) return err(switchedOff);
      // The smaller source falls back to the other where there is none, as on the live WebSocket.
      const sub = source === 'sub' ? hub.get(`${camera}.sub`) : undefined;
      const stream = sub ?? hub.get(camera);
      return stream ? output.watch(stream, client) : err(noStream(cameras.hasStream(camera)));
    },
    publish: async (camera, client) => output?.publish(camera, client) ?? err(switchedOff),
    end: (session, reason) => output?.end(session, reason) ?? false,
    get iceServers() {
      return options.iceServers;
    },
    defaultCamera: (mayWatch) => cameras.defaultCamera(mayWatch)?.id,
  };
  return { parts: { webrtc }, workers: () => output?.workers ?? [], close: async () => output?.close() };
}

function makeOutput(core: WebRtcCore, { host, webrtc: options }: Settings): WebRtcOutput {
  const { clock, log, random, hub, publishing } = core;
  return new WebRtcOutput({
    clock,
    log,
    random,
    publish: publishing.publish,
    reorderMs: (camera) => latencyFigures[hub.get(camera)?.latency ?? defaultLatency].reorderMs,
    address: host === 'localhost' ? '127.0.0.1' : host,
    options,
  });
}

const switchedOff: WebRtcRefusal = {
  status: 404,
  code: 'webrtc-off',
  detail: 'WebRTC is switched off on this server.',
};

function noStream(exists: boolean): WebRtcRefusal {
  return exists
    ? { status: 503, code: 'camera-disabled', detail: 'The camera is switched off.', state: 'disabled' }
    : { status: 404, code: 'camera-not-found', detail: 'There is no such camera.' };
}
