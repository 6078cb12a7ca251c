/**
 * Viewers that are given what is kept of their stream: a bit each, in turn, so that neither the way nor this process is
 * flooded.
 */
import type { Viewer } from './viewer.ts';

const everyMs = 4;
/** About 60 Mbit/s: a keyframe within 10 ms, four seconds of 4 Mbit/s within 300 ms. */
const packetsEach = 24;
/** Of those that catch up, in one turn. */
const viewersAtOnce = 12;

export class CatchUp {
  #viewers: Viewer[] = [];
  #running = false;

  /** Until it has caught up. Nothing happens when it is known. */
  add(viewer: Viewer): void {
    if (!viewer.isCatchingUp || this.#viewers.includes(viewer)) return;
    this.#viewers.push(viewer);
    if (!this.#running) setTimeout(this.#run, 0);
    this.#running = true;
  }

  remove(viewer: Viewer): void {
    this.#viewers = this.#viewers.filter((other) => other !== viewer);
  }

  readonly #run = (): void => {
    const turn = this.#viewers.splice(0, viewersAtOnce);
    for (const viewer of turn) {
      viewer.catchUp(packetsEach);
      if (viewer.isCatchingUp) this.#viewers.push(viewer);
    }
    this.#running = this.#viewers.length > 0;
    if (this.#running) setTimeout(this.#run, everyMs);
  };
}
