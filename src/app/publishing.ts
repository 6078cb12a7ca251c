/**
 * Who may send media to which camera: finds the push source that a publisher means.
 *
 * In:  the source maker asks for push sources; servers of RTSP and WHIP announce publishers. A camera is meant by
 * its id (`cam_…`, or `cam_….sub` for its second source), or by its name where only one camera has it.
 */
import type { Clock } from '../base/clock.ts';
import { err, ok } from '../base/result.ts';
import type { Publish } from '../hub/publishing.ts';
import { cameraOfStream } from '../hub/stream-id.ts';
import { PushSource } from '../sources/push/source.ts';

/** What has to be known of a camera. */
export interface PublishCamera {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly source: { readonly kind: string };
  readonly sub: { readonly kind: string } | null;
}

/** Looks cameras up. */
export interface PublishCameras {
  get(id: string): PublishCamera | undefined;
  list(): readonly PublishCamera[];
}

export class Publishing {
  readonly #clock: Clock;
  readonly #reorderMs: (streamId: string) => number;
  /** Sources that a stream listens to, by the stream's id. */
  readonly #open = new Map<string, PushSource>();
  #cameras: PublishCameras | undefined;

  /** @param reorderMs how long packets for a stream may wait for those that they overtook. */
  constructor(clock: Clock, reorderMs: (streamId: string) => number) {
    this.#clock = clock;
    this.#reorderMs = reorderMs;
  }

  /** Cameras come later than the sources they are made with. */
  serve(cameras: PublishCameras): void {
    this.#cameras = cameras;
  }

  source(streamId: string): PushSource {
    return new PushSource({
      clock: this.#clock,
      onOpen: (source) => void this.#open.set(streamId, source),
      onClose: (source) => {
        if (this.#open.get(streamId) === source) this.#open.delete(streamId);
      },
    });
  }

  readonly publish: Publish = (name, publisher) => {
    const meant = this.#find(name);
    if (!meant) return err({ kind: 'unknown' });
    if (meant.input.kind !== 'push') return err({ kind: 'not-push' });
    if (!meant.camera.enabled) return err({ kind: 'disabled' });
    const { streamId } = meant;
    const taken = this.#open.get(streamId)?.publish(publisher) ?? err({ kind: 'disabled' });
    return taken.ok ? ok({ ...taken.value, reorderMs: () => this.#reorderMs(streamId) }) : taken;
  };

  /** Id of the camera that a client means by `name`; undefined when there is none. */
  cameraOf(name: string): string | undefined {
    return this.#find(name)?.camera.id;
  }

  #find(name: string) {
    const camera = this.#cameras?.get(cameraOfStream(name) ?? '') ?? this.#named(name);
    if (!camera) return undefined;
    const isSub = cameraOfStream(name) === camera.id && name !== camera.id;
    const input = isSub ? camera.sub : camera.source;
    return input ? { camera, input, streamId: isSub ? name : camera.id } : undefined;
  }

  #named(name: string): PublishCamera | undefined {
    const named = this.#cameras?.list().filter((camera) => camera.name === name) ?? [];
    return named.length === 1 ? named[0] : undefined;
  }
}
