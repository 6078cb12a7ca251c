/**
 * Viewers of the live WebSocket, in a process of their own: what they cost is not the server's.
 *
 * Program: `connect` opens them and returns when each has had a picture; `report` tells what came since the last one;
 * `record` returns the pictures of one GOP as they came; `leave` closes all.
 */
import { WebSocket } from 'ws';
import { liveProtocol } from '../../src/api/contract/live.ts';
import type { ServerMessage } from '../../src/outputs/live/messages.ts';
import { binaryKind } from '../../src/outputs/live/messages.ts';
import { serveParent, sharedNowMs } from './program.ts';

export interface LiveRequest {
  readonly url: string;
  readonly camera: string;
  readonly viewers: number;
}

export interface LiveReport {
  readonly atMs: number;
  readonly bytes: number;
  readonly pictures: number;
  /** Of the viewer that got fewest. */
  readonly leastPictures: number;
  /** Pictures that the server says it left out. */
  readonly dropped: number;
  /** Presentation times that did not grow by one picture. */
  readonly jumps: number;
  /** What the server complained of, and sockets that closed. */
  readonly problems: readonly string[];
}

const firstPictureWithinMs = 30_000;
/** So many are opened at one time. */
const arrivingAtOnce = 20;
/** Where things lie in a binary message; see `binaryMessage`. */
const flagsOffset = 1;
const presentationOffset = 16;
/** Twice the time between pictures at 25 a second, less what rounding may do. */
const jumpMs = 79;

class Viewer {
  readonly #socket: WebSocket;
  #lastMs = Number.NaN;
  bytes = 0;
  pictures = 0;
  dropped = 0;
  jumps = 0;
  problems: string[] = [];
  onPicture: ((message: Uint8Array) => void) | undefined;

  constructor({ url, camera }: LiveRequest) {
    this.#socket = new WebSocket(url, liveProtocol, { perMessageDeflate: false });
    this.#socket.on('open', () =>
      this.#socket.send(JSON.stringify({ type: 'subscribe', channel: 1, camera, format: 'mp4' })),
    );
    this.#socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.#onBinary(data);
      else this.#onText(JSON.parse(data.toString()) as ServerMessage);
    });
    this.#socket.on('error', (error) => this.problems.push(error.message));
    this.#socket.on('close', (code) => this.problems.push(`closed with ${code}`));
  }

  leave(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.terminate();
  }

  #onBinary(message: Buffer): void {
    this.bytes += message.length;
    if (message[0] !== binaryKind.fragment) return;
    this.pictures += 1;
    const presentationMs = message.readDoubleBE(presentationOffset);
    if (Math.abs(presentationMs - this.#lastMs) > jumpMs) this.jumps += 1;
    this.#lastMs = presentationMs;
    this.onPicture?.(message);
  }

  #onText(message: ServerMessage): void {
    if (message.type === 'drop') this.dropped += message.units;
    if (message.type === 'problem') this.problems.push(message.detail);
  }
}

let viewers: Viewer[] = [];

async function connect(request: LiveRequest): Promise<void> {
  while (viewers.length < request.viewers) {
    const some = Array.from(
      { length: Math.min(arrivingAtOnce, request.viewers - viewers.length) },
      () => new Viewer(request),
    );
    viewers.push(...some);
    await Promise.all(some.map(firstPicture));
  }
}

async function firstPicture(viewer: Viewer): Promise<void> {
  const deadline = sharedNowMs() + firstPictureWithinMs;
  while (viewer.pictures === 0) {
    if (viewer.problems.length > 0) throw new Error(viewer.problems.join('; '));
    if (sharedNowMs() > deadline) throw new Error('no picture came');
    await new Promise((wake) => setTimeout(wake, 10));
  }
}

function report(): LiveReport {
  const sum = (of: (viewer: Viewer) => number) => viewers.reduce((total, viewer) => total + of(viewer), 0);
  const told = {
    atMs: sharedNowMs(),
    bytes: sum(({ bytes }) => bytes),
    pictures: sum(({ pictures }) => pictures),
    leastPictures: Math.min(...viewers.map(({ pictures }) => pictures)),
    dropped: sum(({ dropped }) => dropped),
    jumps: sum(({ jumps }) => jumps),
    problems: viewers.flatMap(({ problems }) => problems),
  };
  for (const viewer of viewers) {
    viewer.bytes = viewer.pictures = viewer.dropped = viewer.jumps = 0;
    viewer.problems = [];
  }
  return told;
}

/** From one keyframe up to the next. */
function record(): Promise<Uint8Array[]> {
  const [viewer] = viewers;
  const messages: Uint8Array[] = [];
  return new Promise((done) => {
    if (!viewer) throw new Error('nobody watches');
    viewer.onPicture = (message) => {
      const isKey = message[flagsOffset] === 1;
      if (isKey && messages.length > 0) {
        viewer.onPicture = undefined;
        done(messages);
      } else if (isKey || messages.length > 0) messages.push(Uint8Array.from(message));
    };
  });
}

serveParent({
  connect,
  report,
  record,
  leave: () => {
    for (const viewer of viewers) viewer.leave();
    viewers = [];
  },
});
