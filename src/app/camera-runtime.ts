/**
 * The cameras of the API, run by the hub: one stream for each enabled camera.
 */
import { isDeepStrictEqual } from 'node:util';
import { endViewerOf, viewersOf } from '../api/camera-viewers.ts';
import type { RecordingState } from '../api/contract/recording.ts';
import type { CameraViewer, ProbeResult, SourceInput, StreamStatus } from '../api/contract/cameras.ts';
import type { CameraRuntime, RuntimeCamera } from '../api/runtime.ts';
import { disabledStatus } from '../api/runtime.ts';
import type { Clock } from '../base/clock.ts';
import type { CameraId } from '../base/ids.ts';
import type { Hub } from '../hub/hub.ts';
import type { LatencyMode } from '../hub/latency.ts';
import type { Recordings } from '../recording/recordings.ts';
import type { Source } from '../hub/source.ts';
import { subStreamId } from '../hub/stream-id.ts';
import type { ViewerEnd } from '../hub/viewers.ts';
import type { Prober } from './probe.ts';

/** Makes the way in that an address asks for. @param streamId of the stream that it feeds */
export type MakeSource = (input: SourceInput, streamId: string) => Source;

export interface HubCamerasParts {
  readonly hub: Hub;
  readonly clock: Clock;
  readonly makeSource: MakeSource;
  readonly prober: Prober;
  readonly recordings: Pick<Recordings, 'apply' | 'remove' | 'report'>;
  /** Of the whole server, for cameras without one of their own. */
  readonly latency: () => LatencyMode;
  /** A camera was deleted. */
  readonly onRemove?: (id: CameraId) => void;
}

const nothingToProbe: ProbeResult = {
  ok: false,
  fault: 'unsupported',
  message: 'Such a camera is not connected to: it sends to this server. Save it, then send to its address.',
};

interface Running {
  readonly camera: RuntimeCamera;
  /** When it was disabled, for its status; Unix ms. */
  readonly sinceMs: number;
}

export class HubCameras implements CameraRuntime {
  readonly #parts: HubCamerasParts;
  readonly #running = new Map<CameraId, Running>();

  constructor(parts: HubCamerasParts) {
    this.#parts = parts;
  }

  apply(camera: RuntimeCamera): void {
    const known = this.#running.get(camera.id);
    const stillOff = known?.camera.enabled === false && !camera.enabled;
    const sinceMs = stillOff ? known.sinceMs : this.#parts.clock.nowMs();
    this.#running.set(camera.id, { camera, sinceMs });
    this.#run(camera.id, camera, [known?.camera.source, camera.source]);
    this.#run(subStreamId(camera.id), camera, [known?.camera.sub, camera.sub]);
    this.#parts.recordings.apply(camera);
  }

  #run(
    id: string,
    camera: RuntimeCamera,
    [before, input]: readonly (SourceInput | null | undefined)[],
  ): void {
    const { hub, makeSource } = this.#parts;
    if (!camera.enabled) return hub.remove(id, 'The camera was switched off.');
    if (!input) return hub.remove(id, 'The camera has no second source any more.');
    // Nobody can be asked to send: whoever pushes is taken whenever it comes.
    const start = input.kind === 'push' ? 'always' : camera.start;
    const policy = { ...camera, start, latency: camera.latency ?? this.#parts.latency() };
    const stream = hub.get(id);
    if (!stream) return void hub.add(id, makeSource(input, id), policy);
    stream.configure(policy);
    // Viewers stay: they see a discontinuity where the new address begins.
    if (!isDeepStrictEqual(before, input)) stream.replaceSource(makeSource(input, id));
  }

  /** That of the server is another now. */
  latencyChanged(): void {
    for (const { camera } of this.#running.values()) if (camera.latency === null) this.apply(camera);
  }

  remove(id: CameraId): void {
    this.#running.delete(id);
    this.#parts.onRemove?.(id);
    this.#parts.recordings.remove(id);
    this.#parts.hub.remove(id, 'The camera was deleted.');
    this.#parts.hub.remove(subStreamId(id), 'The camera was deleted.');
  }

  status(id: CameraId): StreamStatus {
    const stream = this.#parts.hub.get(id);
    return stream?.status() ?? disabledStatus(this.#running.get(id)?.sinceMs ?? this.#parts.clock.nowMs());
  }

  subStatus(id: CameraId): StreamStatus | null {
    const known = this.#running.get(id);
    if (!known?.camera.sub) return null;
    return this.#parts.hub.get(subStreamId(id))?.status() ?? disabledStatus(known.sinceMs);
  }

  recordingState(id: CameraId): RecordingState {
    return this.#parts.recordings.report(id)?.state ?? 'off';
  }

  viewers(id: CameraId): CameraViewer[] {
    return viewersOf(this.#parts.hub, id);
  }

  endViewer(id: CameraId, viewer: string): ViewerEnd {
    return endViewerOf(this.#parts.hub, id, viewer);
  }

  async probe(input: SourceInput, signal: AbortSignal): Promise<ProbeResult> {
    const { prober, makeSource } = this.#parts;
    return input.kind === 'push' ? nothingToProbe : prober.probe(makeSource(input, 'probe'), signal);
  }
}
