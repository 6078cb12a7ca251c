/**
 * Small pictures of what is being recorded, one every 10 s, so that a timeline can be dragged over.
 *
 * In:  which cameras record now. Out: JPEG files to the thumb packs. Promises: a camera that gives no picture is asked
 * again 10 s later and nothing else happens; few are made at one time; recording never waits for it.
 */
import type { Clock, Timer } from '../base/clock.ts';
import type { CameraId } from '../base/ids.ts';
import type { UnixMs } from '../base/units.ts';

export interface ThumbParts {
  readonly clock: Clock;
  /** Cameras that record now. */
  readonly recording: () => Iterable<CameraId>;
  /** The newest picture of a camera, small; undefined when there is none. Never rejects. */
  readonly picture: (
    camera: CameraId,
  ) => Promise<{ readonly bytes: Uint8Array; readonly captureMs: UnixMs } | undefined>;
  /** Keeps it. Never rejects. */
  readonly keep: (camera: CameraId, captureMs: UnixMs, jpeg: Uint8Array) => Promise<void>;
}

const everyMs = 10_000;
const lookEveryMs = 1000;
/** The worker decodes one after the other anyway. */
const maxAtOnce = 2;

export class Thumbs {
  readonly #parts: ThumbParts;
  /** When each was last asked, on the monotonic clock. */
  readonly #askedMs = new Map<CameraId, number>();
  /** Of the last picture that was kept. */
  readonly #keptMs = new Map<CameraId, UnixMs>();
  #running = 0;
  #timer: Timer;

  constructor(parts: ThumbParts) {
    this.#parts = parts;
    this.#timer = parts.clock.after(lookEveryMs, () => this.#look());
  }

  close(): void {
    this.#timer.cancel();
  }

  #look(): void {
    const { clock, recording } = this.#parts;
    this.#timer = clock.after(lookEveryMs, () => this.#look());
    const nowMs = clock.monotonicMs();
    const cameras = new Set(recording());
    this.#forgetOthers(cameras);
    const askedMs = (camera: CameraId): number => this.#askedMs.get(camera) ?? -Infinity;
    const due = [...cameras].filter((camera) => nowMs - askedMs(camera) >= everyMs);
    // Where they take too long for all, each still gets its turn.
    due.sort((a, b) => (askedMs(a) < askedMs(b) ? -1 : 1));
    for (const camera of due.slice(0, maxAtOnce - this.#running)) {
      this.#askedMs.set(camera, nowMs);
      void this.#make(camera);
    }
  }

  async #make(camera: CameraId): Promise<void> {
    this.#running += 1;
    try {
      const made = await this.#parts.picture(camera);
      // A camera with keyframes further apart than this gives the same picture again.
      if (!made || made.captureMs === this.#keptMs.get(camera)) return;
      this.#keptMs.set(camera, made.captureMs);
      await this.#parts.keep(camera, made.captureMs, made.bytes);
    } finally {
      this.#running -= 1;
    }
  }

  #forgetOthers(cameras: ReadonlySet<CameraId>): void {
    for (const camera of this.#askedMs.keys()) {
      if (cameras.has(camera)) continue;
      this.#askedMs.delete(camera);
      this.#keptMs.delete(camera);
    }
  }
}
