/**
 * The RTSP connection as a stream of messages: one socket, read and written within limits.
 *
 * In:  a connected socket, bytes to send. Out: whole messages and frames, and at most one fault, the last word.
 * Promise: what does not begin like RTSP is told at once; a far side that does not read is cut off.
 */
import type { Socket } from 'node:net';
import type { Clock } from '../../base/clock.ts';
import type { SourceFault } from '../../hub/source.ts';
import { faultOfSocketError } from '../../io/net/fault.ts';
import type { RtspItem } from '../../media/rtsp/parser.ts';
import { RtspParser } from '../../media/rtsp/parser.ts';
import type { RtspLimits } from './limits.ts';
import * as words from './words.ts';

export interface WireEvents {
  items(items: readonly RtspItem[]): void;
  fault(fault: SourceFault): void;
}

const firstWord = new TextEncoder().encode('RTSP/');
const webWord = 'HTTP/';

export class Wire {
  readonly #socket: Socket;
  readonly #where: string;
  readonly #limits: RtspLimits;
  readonly #events: WireEvents;
  readonly #parser = new RtspParser({ resynchronise: false });
  /** The first bytes, until they are enough to tell what answers. */
  #opening: number[] | undefined = [];
  #closed = false;

  constructor(socket: Socket, where: string, limits: RtspLimits, events: WireEvents) {
    this.#socket = socket;
    this.#where = where;
    this.#limits = limits;
    this.#events = events;
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('error', (error) => this.#fail(faultOfSocketError(error, `The camera at ${where}`)));
    socket.on('close', () => this.#fail(words.cutOff(where)));
    socket.on('end', () => this.#fail(words.cutOff(where)));
  }

  get bytesReceived(): number {
    return this.#socket.bytesRead;
  }

  /** The camera's own address, without a name. */
  get remoteAddress(): string {
    return this.#socket.remoteAddress ?? '';
  }

  /** The address of ours that the camera is reached from. */
  get localAddress(): string {
    return this.#socket.localAddress ?? '';
  }

  send(bytes: Uint8Array): void {
    if (this.#closed) return;
    this.#socket.write(bytes);
    if (this.#socket.writableLength > this.#limits.maxUnsentBytes) this.#fail(words.doesNotRead(this.#where));
  }

  /** From now on damaged frames are skipped: some cameras write half of one when their send buffer is full. */
  forgiveDamage(): void {
    this.#parser.resynchronise();
  }

  /** Says a last word, if any, and closes; nothing is told afterwards. */
  close(clock: Clock, farewell?: Uint8Array): void {
    if (this.#closed) return;
    this.#closed = true;
    if (!farewell) {
      this.#socket.destroy();
      return;
    }
    const timer = clock.after(this.#limits.farewellMs, () => this.#socket.destroy());
    this.#socket.removeAllListeners('data').resume();
    this.#socket.once('close', () => timer.cancel()).end(farewell);
  }

  #onData(chunk: Buffer): void {
    if (this.#closed || !this.#beginsLikeRtsp(chunk)) return;
    const items = this.#parser.push(chunk);
    if (items.length > 0) this.#events.items(items);
  }

  #beginsLikeRtsp(chunk: Buffer): boolean {
    const opening = this.#opening;
    if (!opening) return true;
    for (const byte of chunk) {
      if (opening.length === 0 && (byte === 0x0d || byte === 0x0a)) continue;
      opening.push(byte);
      if (opening.length === firstWord.length) break;
    }
    if (opening.every((byte, index) => (byte & 0xdf) === ((firstWord[index] ?? 0) & 0xdf))) {
      if (opening.length === firstWord.length) this.#opening = undefined;
      return true;
    }
    const isHttp = opening.every((byte, index) => byte === webWord.charCodeAt(index));
    if (isHttp && opening.length < webWord.length) return true;
    this.#fail(words.notRtsp(this.#where, isHttp));
    return false;
  }

  #fail(fault: SourceFault): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.destroy();
    this.#events.fault(fault);
  }
}
