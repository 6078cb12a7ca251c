/**
 * Notices each new picture on the screen. In: a `<video>`. Out: what is known of it.
 * A running `currentTime` proves nothing: it runs on over a frozen picture in some browsers.
 */
import type { ShownFrame } from './transport.ts';

export class FrameWatch {
  readonly #video: HTMLVideoElement;
  readonly #onFrame: (frame: ShownFrame) => void;
  readonly #callbacks: boolean;
  #handle = 0;
  #frames = 0;
  #stopped = false;

  constructor(video: HTMLVideoElement, onFrame: (frame: ShownFrame) => void) {
    this.#video = video;
    this.#onFrame = onFrame;
    this.#callbacks = 'requestVideoFrameCallback' in video;
    this.#frames = video.getVideoPlaybackQuality().totalVideoFrames;
    if (this.#callbacks) this.#listen();
  }

  /** For browsers that do not call back; harmless in the others. */
  poll(): void {
    if (this.#callbacks || this.#stopped) return;
    const frames = this.#video.getVideoPlaybackQuality().totalVideoFrames;
    if (frames !== this.#frames && this.#video.readyState >= 2) {
      this.#onFrame({ mediaTime: this.#video.currentTime });
    }
    this.#frames = frames;
  }

  stop(): void {
    this.#stopped = true;
    if (this.#callbacks) this.#video.cancelVideoFrameCallback(this.#handle);
  }

  #listen(): void {
    this.#handle = this.#video.requestVideoFrameCallback((_now, frame) => {
      if (this.#stopped) return;
      this.#onFrame(frame);
      this.#listen();
    });
  }
}
