/**
 * Which picture of a `<video>` is on the screen. In: a seek that is awaited. Out: the media time of each picture that is
 * shown, and never one from before the seek.
 */

/** Where a picture is not reported, the seek itself counts, so long after its end. */
const unreportedMs = 300;
/** A picture stands for so long at most: cameras send one in two seconds, or more. */
const longestPictureSeconds = 2.5;
const usualFrameSeconds = 1 / 25;
/** Less is no picture of a camera, but the same one with another rounding. */
const leastFrameSeconds = 0.008;
/** After a seek the new picture is on the screen by then. */
const settledMs = 70;
/** Pictures that are further apart are not stepped through. */
const longestStepSeconds = 2.5;
/** Just before the picture that is seen: on the one before, however long that lasted. */
const beforeSeconds = 0.005;

export class SeekWatch {
  readonly #video: HTMLVideoElement;
  readonly #onFrame: (seconds: number) => void;
  /** The place that was sought; undefined: no picture counts. */
  #expected: number | undefined;
  /** It has been reached. */
  #open = false;
  #seconds: number | undefined;
  #frameSeconds = usualFrameSeconds;
  #handle = 0;
  #timer: number | undefined;
  #stepTimer: number | undefined;

  constructor(video: HTMLVideoElement, onFrame: (seconds: number) => void) {
    this.#video = video;
    this.#onFrame = onFrame;
    video.addEventListener('seeked', this.#onSeeked);
    if ('requestVideoFrameCallback' in video) this.#handle = video.requestVideoFrameCallback(this.#onPicture);
    else (video as HTMLVideoElement).addEventListener('timeupdate', this.#onTime);
  }

  /** Pictures count from this one on. @param seconds undefined: none until the next call. */
  expect(seconds: number | undefined): void {
    window.clearTimeout(this.#timer);
    window.clearTimeout(this.#stepTimer);
    this.#open = false;
    this.#expected = seconds;
  }

  /**
   * To the picture after or before the one that is seen. How far away the next one is nobody knows: cameras are not
   * regular. The shortest distance that was seen cannot miss it; where it falls short it is lengthened.
   */
  step(by: 1 | -1, seek: (seconds: number) => void): void {
    const from = this.#seconds;
    if (from === undefined) return;
    window.clearTimeout(this.#stepTimer);
    if (by === -1) seek(Math.max(0, from - beforeSeconds));
    else this.#stepOn(from, from + 1.25 * this.#frameSeconds, seek);
  }

  #stepOn(from: number, to: number, seek: (seconds: number) => void): void {
    seek(to);
    const look = (): void => {
      if (this.#seconds !== from || to > from + longestStepSeconds) return;
      if (this.#video.seeking) this.#stepTimer = window.setTimeout(look, settledMs);
      else this.#stepOn(from, to + 0.75 * this.#frameSeconds, seek);
    };
    this.#stepTimer = window.setTimeout(look, settledMs);
  }

  stop(): void {
    window.clearTimeout(this.#timer);
    window.clearTimeout(this.#stepTimer);
    this.#video.removeEventListener('seeked', this.#onSeeked);
    this.#video.removeEventListener('timeupdate', this.#onTime);
    if (this.#handle !== 0) this.#video.cancelVideoFrameCallback(this.#handle);
  }

  readonly #onPicture: VideoFrameRequestCallback = (_now, { mediaTime }) => {
    this.#handle = this.#video.requestVideoFrameCallback(this.#onPicture);
    const apart = mediaTime - (this.#seconds ?? mediaTime);
    if (apart >= leastFrameSeconds && apart < this.#frameSeconds) this.#frameSeconds = apart;
    this.#seconds = mediaTime;
    this.#report();
  };

  readonly #onTime = (): void => {
    this.#seconds = this.#video.currentTime;
    this.#report();
  };

  readonly #onSeeked = (): void => {
    this.#report();
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => {
      if (this.#open || this.#expected === undefined || this.#video.seeking) return;
      this.#seconds = this.#video.currentTime;
      this.#report();
    }, unreportedMs);
  };

  #report(): void {
    const seconds = this.#seconds;
    if (seconds === undefined) return;
    if (!this.#open) {
      const expected = this.#expected;
      if (expected === undefined || this.#video.seeking) return;
      if (seconds > expected + 0.15 || seconds < expected - longestPictureSeconds) return;
      this.#open = true;
    }
    this.#onFrame(seconds);
  }
}
