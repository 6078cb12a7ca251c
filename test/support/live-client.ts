/**
 * A program that watches over the live WebSocket, on the `ws` package: it keeps all it is told, and the media by feed.
 */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { ClientMessage, ServerMessage } from '../../src/api/contract/live.ts';
import { livePath, liveProtocol } from '../../src/api/contract/live.ts';

/** A binary message; the head is described in `src/outputs/live/messages.ts`. */
export interface LiveMedia {
  readonly kind: 'init' | 'fragment' | 'jpeg';
  readonly key: boolean;
  readonly feed: number;
  readonly captureMs: number;
  readonly payload: Buffer;
  readonly arrivedMs: number;
}

type Said<T extends ServerMessage['type']> = Extract<ServerMessage, { type: T }>;

const headBytes = 24;
const kinds = [undefined, 'init', 'fragment', 'jpeg'] as const;
const waitMs = 15_000;

export class LiveClient {
  readonly socket: WebSocket;
  readonly told: ServerMessage[] = [];
  readonly media: LiveMedia[] = [];
  closed: { readonly code: number; readonly reason: string } | undefined;
  #changed = Promise.withResolvers<void>();

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.media.push(readMedia(data));
      else this.told.push(JSON.parse(data.toString()) as ServerMessage);
      this.#wake();
    });
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
      this.#wake();
    });
    // What the server refuses ends in `close`.
    socket.on('error', () => undefined);
  }

  /** @param serverUrl of HTTP. */
  static async open(serverUrl: string, headers: Record<string, string> = {}): Promise<LiveClient> {
    const socket = new WebSocket(liveUrl(serverUrl), liveProtocol, { headers });
    const client = new LiveClient(socket);
    await once(socket, 'open');
    return client;
  }

  say(message: ClientMessage): this {
    this.socket.send(JSON.stringify(message));
    return this;
  }

  said<T extends ServerMessage['type']>(type: T, channel?: number): Said<T>[] {
    const ofType = this.told.filter((message): message is Said<T> => message.type === type);
    return channel === undefined ? ofType : ofType.filter((message) => message.channel === channel);
  }

  /** Media of the feeds that the channel was given. */
  mediaOf(channel: number): LiveMedia[] {
    const feeds = new Set(this.said('tracks', channel).map(({ feed }) => feed));
    return this.media.filter(({ feed }) => feeds.has(feed));
  }

  /** @throws when it has not come true in time. */
  async until(what: string, isTrue: () => boolean, withinMs = waitMs): Promise<void> {
    const late = AbortSignal.timeout(withinMs);
    while (!isTrue()) {
      if (late.aborted)
        throw new Error(`It never was so: ${what}. Told: ${JSON.stringify(this.told.slice(-5))}`);
      await Promise.race([this.#changed.promise, once(late, 'abort')]);
    }
  }

  /** Takes nothing more from the network, like a viewer whose radio is gone. */
  stopReading(): void {
    this.socket.pause();
  }

  readOn(): void {
    this.socket.resume();
  }

  leave(): void {
    this.socket.terminate();
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

/** The HTTP status with which an upgrade is refused; undefined when it is not. */
export async function refusedWith(
  serverUrl: string,
  headers: Record<string, string>,
): Promise<number | undefined> {
  const socket = new WebSocket(liveUrl(serverUrl), liveProtocol, { headers });
  const status = await new Promise<number | undefined>((resolve) => {
    socket.on('open', () => resolve(undefined));
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode));
    socket.on('error', () => undefined);
  });
  socket.terminate();
  return status;
}

export function liveUrl(serverUrl: string): string {
  return `${serverUrl.replace(/^http/, 'ws')}${livePath}`;
}

function readMedia(message: Buffer): LiveMedia {
  const kind = kinds[message.readUInt8(0)];
  if (!kind) throw new Error(`There is no kind ${message.readUInt8(0)} of media`);
  return {
    kind,
    key: (message.readUInt8(1) & 1) === 1,
    feed: message.readUInt32BE(4),
    captureMs: message.readDoubleBE(8),
    payload: message.subarray(headBytes),
    arrivedMs: Date.now(),
  };
}
