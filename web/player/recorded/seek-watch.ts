/**
 * Which picture of a `<video>` is on the screen. In: a seek that is awaited. Out: the media time of each picture that is
 * shown, and never one from before the seek.
 */

/** Where a picture is not reported, the seek itself counts, so long after its end. */
const unreportedMs = 300;
/** A picture stands for so long at most: cameras send one in two seconds, or more. */
const longestPictureSeconds = 2.5;
const usualFrameSeconds = 1 / 25;

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
    this.#open = false;
    this.#expected = seconds;
  }

  /** A place in the middle of the picture after or before the one that is seen. */
  beside(by: 1 | -1): number | undefined {
    if (this.#seconds === undefined) return undefined;
    return Math.max(0, this.#seconds + (by + 0.5) * this.#frameSeconds);
  }

  stop(): void {
    window.clearTimeout(this.#timer);
    this.#video.removeEventListener('seeked', this.#onSeeked);
    this.#video.removeEventListener('timeupdate', this.#onTime);
    if (this.#handle !== 0) this.#video.cancelVideoFrameCallback(this.#handle);
  }

  readonly #onPicture: VideoFrameRequestCallback = (_now, { mediaTime }) => {
    this.#handle = this.#video.requestVideoFrameCallback(this.#onPicture);
    const apart = mediaTime - (this.#seconds ?? mediaTime);
    // Pictures may be left out: the shortest distance lately is the true one.
    if (apart > 0.004 && apart < 1) {
      this.#frameSeconds = apart < this.#frameSeconds ? apart : this.#frameSeconds * 0.98 + apart * 0.02;
    }
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
