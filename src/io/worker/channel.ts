/**
 * One end of the pipe between the server and a worker process: whole messages in and out.
 *
 * Writing never waits: what does not fit the queue is refused, and the caller decides what to leave out.
 */
import type { Duplex } from 'node:stream';
import { headerBytes, maxPayloadBytes, messageHeader, messageKind, MessageParser } from './framing.ts';

/** About half a minute of a 2 Mbit/s stream; whoever reads that slowly is stuck. */
const maxQueuedBytes = 8 * 1024 * 1024;

export interface ChannelHooks {
  message(kind: number, payload: Uint8Array): void;
  /** Once, when no more can come. A fault says what nonsense the other end talked. Not after `close`. */
  closed(fault: string | undefined): void;
}

export class WorkerChannel {
  readonly #pipe: Duplex;
  readonly #hooks: ChannelHooks;
  readonly #parser = new MessageParser();
  #open = true;

  constructor(pipe: Duplex, hooks: ChannelHooks) {
    this.#pipe = pipe;
    this.#hooks = hooks;
    pipe.on('data', (chunk: Uint8Array) => this.#read(chunk));
    pipe.on('error', () => this.#end(undefined));
    pipe.on('close', () => this.#end(undefined));
    pipe.on('end', () => this.#end(undefined));
  }

  /** Bytes written that the other end has not taken. */
  get queuedBytes(): number {
    return this.#pipe.writableLength;
  }

  /** False when the message was not taken: the queue is full, or the channel is closed. */
  send(kind: number, payload: Uint8Array = new Uint8Array()): boolean {
    if (payload.length > maxPayloadBytes) throw new RangeError('worker message above the limit');
    if (!this.#open || this.queuedBytes + headerBytes + payload.length > maxQueuedBytes) return false;
    this.#pipe.cork();
    this.#pipe.write(messageHeader(kind, payload.length));
    if (payload.length > 0) this.#pipe.write(payload);
    this.#pipe.uncork();
    return true;
  }

  sendJson(message: object): boolean {
    return this.send(messageKind.json, Buffer.from(JSON.stringify(message)));
  }

  close(): void {
    this.#open = false;
    this.#pipe.destroy();
  }

  #read(chunk: Uint8Array): void {
    if (!this.#open) return;
    const messages = this.#parser.push(chunk);
    if (!messages.ok) {
      this.#end(messages.error);
      return;
    }
    for (const { kind, payload } of messages.value) {
      if (this.#open) this.#hooks.message(kind, payload);
    }
  }

  #end(fault: string | undefined): void {
    if (!this.#open) return;
    this.close();
    this.#hooks.closed(fault);
  }
}
