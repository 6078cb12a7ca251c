/**
 * The cameras of the API, run by the hub: one stream for each enabled camera.
 */
import { isDeepStrictEqual } from 'node:util';
import type { ProbeResult, SourceInput, StreamStatus } from '../api/contract/cameras.ts';
import type { CameraRuntime, RuntimeCamera } from '../api/runtime.ts';
import { disabledStatus } from '../api/runtime.ts';
import type { Clock } from '../base/clock.ts';
import type { CameraId } from '../base/ids.ts';
import type { Hub } from '../hub/hub.ts';
import type { Source } from '../hub/source.ts';
import type { Prober } from './probe.ts';

/** Makes the way in that an address asks for. */
export type MakeSource = (input: SourceInput) => Source;

export interface HubCamerasParts {
  readonly hub: Hub;
  readonly clock: Clock;
  readonly makeSource: MakeSource;
  readonly prober: Prober;
}

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
    const { hub, makeSource } = this.#parts;
    const known = this.#running.get(camera.id);
    const stillOff = known?.camera.enabled === false && !camera.enabled;
    const sinceMs = stillOff ? known.sinceMs : this.#parts.clock.nowMs();
    this.#running.set(camera.id, { camera, sinceMs });
    const stream = hub.get(camera.id);
    if (!camera.enabled) return hub.remove(camera.id, 'The camera was switched off.');
    if (!stream) return void hub.add(camera.id, makeSource(camera.source), camera);
    stream.configure(camera);
    // Viewers stay: they see a discontinuity where the new address begins.
    if (!isDeepStrictEqual(known?.camera.source, camera.source))
      stream.replaceSource(makeSource(camera.source));
  }

  remove(id: CameraId): void {
    this.#running.delete(id);
    this.#parts.hub.remove(id, 'The camera was deleted.');
  }

  status(id: CameraId): StreamStatus {
    const stream = this.#parts.hub.get(id);
    return stream?.status() ?? disabledStatus(this.#running.get(id)?.sinceMs ?? this.#parts.clock.nowMs());
  }

  probe(source: SourceInput, signal: AbortSignal): Promise<ProbeResult> {
    return this.#parts.prober.probe(this.#parts.makeSource(source), signal);
  }
}
