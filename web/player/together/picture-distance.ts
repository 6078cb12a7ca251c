/**
 * How far apart the pictures of a video are. In: the media time of each that is shown, in any order, some left out. Out:
 * the shortest distance, which is one picture on.
 */
/** Less is the same picture with another rounding. */
const leastMs = 8;
/** More is a jump. */
const mostMs = 2500;

export class PictureDistance {
  #lastMs: number | undefined;
  #ms: number | undefined;

  /** Undefined until two pictures were seen. */
  get ms(): number | undefined {
    return this.#ms;
  }

  /** @param mediaMs of the picture that is shown now */
  see(mediaMs: number): void {
    const apartMs = Math.abs(mediaMs - (this.#lastMs ?? mediaMs));
    this.#lastMs = mediaMs;
    if (apartMs >= leastMs && apartMs <= mostMs) this.#ms = Math.min(this.#ms ?? Infinity, apartMs);
  }

  /** Other footage: it may have been another camera then. */
  forget(): void {
    this.#lastMs = undefined;
    this.#ms = undefined;
  }
}
