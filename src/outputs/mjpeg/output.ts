/**
 * Motion JPEG over HTTP (multipart/x-mixed-replace): what every browser shows in an `<img>`, and every old program reads.
 *
 * In: a stream, wishes, and a connection. Out: JPEG files as they are made, each with its capture time. Promise: who is
 * slow leaves pictures out and never has more than one on its way; the next one it gets is always the newest.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type {
  MovingPictureOptions,
  Picture,
  PictureFault,
  PictureSink,
  Pictures,
} from '../../hub/pictures.ts';
import type { AttachRefusal } from '../../hub/reader.ts';
import type { Stream } from '../../hub/stream.ts';
import type { Viewer, ViewerFigures } from '../../hub/viewers.ts';
import { unknownNetwork } from '../../hub/viewers.ts';
import { boundary, partHead } from './part.ts';

/** One HTTP answer, as far as this output cares. */
export interface MjpegSocket {
  /** IP address. */
  readonly address: string;
  /** User agent. */
  readonly client: string;
  /** Status and headers; once, before the first bytes. @param contentType of the whole answer */
  begin(contentType: string): void;
  /** Both leave in one write. `taken` is called when the network has them. */
  write(head: string, body: Uint8Array, tail: string, taken: () => void): void;
  end(): void;
  /** The client is gone, or `end` is through. */
  onClose(run: () => void): void;
}

export type MjpegStream = Pick<Stream, 'admitViewer' | 'status'>;

/** Connecting to the camera and starting the worker take their time; then people want to know why nothing comes. */
const firstPictureWithinMs = 10_000;
const lookEveryMs = 250;
/** The newest picture is sent again, so that no proxy takes a still camera for a dead one. */
const repeatAfterMs = 10_000;

export interface MjpegParts<S extends MjpegStream> {
  readonly clock: Clock;
  readonly watch: (
    stream: S,
    options: MovingPictureOptions,
    sink: PictureSink,
  ) => ReturnType<Pictures['watch']>;
}

/** Resolves with the first picture, or with why there is none; `closed` when the client did not wait for it. */
export function sendPictures<S extends MjpegStream>(
  parts: MjpegParts<S>,
  stream: S,
  options: MovingPictureOptions,
  socket: MjpegSocket,
): Promise<Result<void, PictureFault | AttachRefusal>> {
  return new Promise((resolve) => {
    const viewer = new MjpegViewer(parts.clock, stream, socket, resolve);
    const admitted = stream.admitViewer(viewer);
    if (!admitted.ok) return resolve(err(admitted.error));
    viewer.onLeave(() => admitted.value.leave());
    const watching = parts.watch(stream, options, viewer);
    if (!watching.ok) return viewer.refuse(watching.error);
    viewer.onLeave(() => watching.value.close());
    viewer.start();
  });
}

class MjpegViewer implements PictureSink, Viewer {
  readonly output = 'mjpeg';
  readonly address: string;
  readonly client: string;
  readonly transport = 'Motion JPEG over HTTP';
  readonly #clock: Clock;
  readonly #stream: MjpegStream;
  readonly #socket: MjpegSocket;
  readonly #settle: (result: Result<void, PictureFault | AttachRefusal>) => void;
  readonly #leaves: (() => void)[] = [];
  #phase: 'waiting' | 'showing' | 'over' = 'waiting';
  #timer: Timer | undefined;
  #newest: Picture | undefined;
  /** It has not been written yet: the one before is still on its way. */
  #newestWaits = false;
  #onItsWay = false;
  #bytesSent = 0;
  #skipped = 0;

  constructor(
    clock: Clock,
    stream: MjpegStream,
    socket: MjpegSocket,
    settle: (result: Result<void, PictureFault | AttachRefusal>) => void,
  ) {
    this.#clock = clock;
    this.#stream = stream;
    this.#socket = socket;
    this.#settle = settle;
    this.address = socket.address;
    this.client = socket.client;
  }

  start(): void {
    this.#socket.onClose(() => this.#close());
    this.#lookOut(this.#clock.monotonicMs() + firstPictureWithinMs);
  }

  onLeave(run: () => void): void {
    this.#leaves.push(run);
  }

  refuse(fault: PictureFault): void {
    if (this.#phase !== 'waiting') return;
    this.#settle(err(fault));
    this.#close();
  }

  figures(): ViewerFigures {
    return { bytesSent: this.#bytesSent, unitsDropped: this.#skipped, errors: 0, network: unknownNetwork };
  }

  end(): void {
    this.ended('An operator ended this viewing.');
  }

  picture(picture: Picture): void {
    if (this.#phase === 'over') return;
    if (this.#newestWaits) this.#skipped += 1;
    this.#newest = picture;
    this.#newestWaits = true;
    if (this.#phase === 'waiting') this.#begin();
    if (!this.#onItsWay) this.#send();
  }

  ended(reason: string): void {
    if (this.#phase === 'waiting') return this.refuse({ kind: 'no-picture', message: reason });
    this.#close();
    this.#socket.end();
  }

  /** Until the first picture: a camera that is away is not waited for. */
  #lookOut(untilMs: number): void {
    const { state, reason } = this.#stream.status();
    if (state === 'offline' || state === 'error' || this.#clock.monotonicMs() >= untilMs) {
      const message = reason ?? `No picture came within ${firstPictureWithinMs / 1000} s.`;
      return this.refuse({ kind: 'no-picture', message });
    }
    this.#timer = this.#clock.after(lookEveryMs, () => this.#lookOut(untilMs));
  }

  #begin(): void {
    this.#phase = 'showing';
    this.#socket.begin(`multipart/x-mixed-replace; boundary=${boundary}`);
    this.#settle(ok(undefined));
  }

  #send(): void {
    const picture = this.#newest;
    if (!picture || this.#phase !== 'showing') return;
    const head = this.#bytesSent === 0 ? `--${boundary}\r\n${partHead(picture)}` : partHead(picture);
    // The boundary that follows tells browsers that the picture is whole: without it they show it one picture later.
    const tail = `\r\n--${boundary}\r\n`;
    this.#newestWaits = false;
    this.#onItsWay = true;
    this.#bytesSent += head.length + picture.bytes.length + tail.length;
    this.#timer?.cancel();
    this.#socket.write(head, picture.bytes, tail, () => this.#taken());
  }

  #taken(): void {
    this.#onItsWay = false;
    if (this.#newestWaits) this.#send();
    else if (this.#phase === 'showing') this.#timer = this.#clock.after(repeatAfterMs, () => this.#send());
  }

  #close(): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    this.#timer?.cancel();
    for (const leave of this.#leaves) leave();
    // Only the first word counts: a client that left before its first picture is told nothing.
    this.#settle(ok(undefined));
  }
}
