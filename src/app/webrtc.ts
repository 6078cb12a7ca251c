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
import type { Settings } from '../settings/schema.ts';
import type { Publishing } from './publishing.ts';

export interface WebRtcCore {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly hub: Hub;
  readonly cameras: CameraService;
  readonly publishing: Publishing;
}

export interface RunningWebRtc {
  /** Empty when it is switched off. */
  readonly parts: { readonly webrtc?: WebRtcApi };
  close(): Promise<void>;
}

export function startWebRtc(core: WebRtcCore, settings: Settings): RunningWebRtc {
  const options = settings.webrtc;
  if (!options.enabled) return { parts: {}, close: async () => undefined };
  const { clock, log, random, hub, cameras, publishing } = core;
  const output = new WebRtcOutput({
    clock,
    log,
    random,
    publish: publishing.publish,
    reorderMs: (camera) => latencyFigures[hub.get(camera)?.latency ?? defaultLatency].reorderMs,
    address: settings.host === 'localhost' ? '127.0.0.1' : settings.host,
    options,
  });
  const webrtc: WebRtcApi = {
    watch: async (camera, source, client) => {
      // The smaller source falls back to the other where there is none, as on the live WebSocket.
      const sub = source === 'sub' ? hub.get(`${camera}.sub`) : undefined;
      const stream = sub ?? hub.get(camera);
      return stream ? output.watch(stream, client) : err(noStream(cameras.hasStream(camera)));
    },
    publish: (camera, client) => output.publish(camera, client),
    end: (session, reason) => output.end(session, reason),
    iceServers: output.iceServers,
    defaultCamera: (mayWatch) => cameras.defaultCamera(mayWatch)?.id,
  };
  return { parts: { webrtc }, close: () => output.close() };
}

function noStream(exists: boolean): WebRtcRefusal {
  return exists
    ? { status: 503, code: 'camera-disabled', detail: 'The camera is switched off.', state: 'disabled' }
    : { status: 404, code: 'camera-not-found', detail: 'There is no such camera.' };
}
