/**
 * Turns camera states into events: at once when a state changes, every two seconds while live and someone listens.
 */
import type { Clock, Timer } from '../base/clock.ts';
import type { CameraId } from '../base/ids.ts';
import type { StreamStatus } from './contract/cameras.ts';
import type { EventFeed } from './event-feed.ts';

/** A camera that comes up passes through several states; one event tells the last of them. */
const settleMs = 50;
const repeatMs = 2000;

/** What is asked of the cameras. */
export interface Statuses {
  ids(): Iterable<CameraId>;
  /** Undefined when the camera is gone. */
  status(id: CameraId): StreamStatus | undefined;
  /** Of its second source; null when it has none. */
  subStatus(id: CameraId): StreamStatus | null;
}

export class StatusEvents {
  readonly #feed: EventFeed;
  readonly #clock: Clock;
  readonly #statuses: Statuses;
  readonly #changed = new Set<CameraId>();
  #settling: Timer | undefined;
  #repeating: Timer;
  #closed = false;

  constructor(feed: EventFeed, clock: Clock, statuses: Statuses) {
    this.#feed = feed;
    this.#clock = clock;
    this.#statuses = statuses;
    this.#repeating = clock.after(repeatMs, () => this.#repeat());
  }

  /** The camera is in another state than before. */
  changed(id: CameraId): void {
    if (this.#closed) return;
    this.#changed.add(id);
    this.#settling ??= this.#clock.after(settleMs, () => this.#flush());
  }

  close(): void {
    this.#closed = true;
    this.#settling?.cancel();
    this.#repeating.cancel();
  }

  #flush(): void {
    this.#settling = undefined;
    for (const id of this.#changed) this.#publish(id, () => true);
    this.#changed.clear();
  }

  #repeat(): void {
    this.#repeating = this.#clock.after(repeatMs, () => this.#repeat());
    if (this.#feed.listeners === 0) return;
    for (const id of this.#statuses.ids()) this.#publish(id, (status) => status?.state === 'live');
  }

  /** Both sources in one event: a listener that resumes gets the newest event of each camera only. */
  #publish(cameraId: CameraId, wanted: (status: StreamStatus | null) => boolean): void {
    const status = this.#statuses.status(cameraId);
    if (!status) return;
    const subStatus = this.#statuses.subStatus(cameraId);
    if (!wanted(status) && !wanted(subStatus)) return;
    this.#feed.publish({ type: 'camera.status', cameraId, status, subStatus });
  }
}
