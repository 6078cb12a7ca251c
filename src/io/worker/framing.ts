/**
 * Messages over a byte pipe between the server and a worker process.
 *
 * On the wire: length of the payload (32 bits, big endian) | kind (8 bits) | payload.
 * In: chunks as the pipe delivers them, cut anywhere. Out: whole messages in order. A length above the limit
 * ends the conversation, because nothing after it can be trusted; what is held back is at most one message.
 */
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';

/** A 4K keyframe of a generous camera has about 2 MB. */
export const maxPayloadBytes = 8 * 1024 * 1024;
export const headerBytes = 5;

/** Kinds below 16 belong to the conversation itself, the others to the program. */
export const messageKind = { ping: 0, pong: 1, json: 2, firstOwn: 16 } as const;

export interface WorkerMessage {
  readonly kind: number;
  /** Shares the chunk's bytes when the message lay whole within it. */
  readonly payload: Uint8Array;
}

/** The bytes before a payload. */
export function messageHeader(kind: number, payloadBytes: number): Uint8Array {
  const header = new Uint8Array(headerBytes);
  new DataView(header.buffer).setUint32(0, payloadBytes);
  header[4] = kind;
  return header;
}

export class MessageParser {
  readonly #header = new Uint8Array(headerBytes);
  #headerFilled = 0;
  /** Of a message that spans chunks. */
  #payload: Uint8Array | undefined;
  #payloadFilled = 0;
  #failure: string | undefined;

  /** Messages completed by this chunk, oldest first. After an error every further call returns it again. */
  push(chunk: Uint8Array): Result<readonly WorkerMessage[], string> {
    const messages: WorkerMessage[] = [];
    let at = 0;
    while (this.#failure === undefined && at < chunk.length) {
      at += this.#payload ? this.#fillPayload(chunk, at) : this.#fillHeader(chunk, at);
      if (this.#headerFilled < headerBytes) break;
      if (!this.#payload) at += this.#beginPayload(chunk, at);
      this.#takeWhole(messages);
    }
    return this.#failure === undefined ? ok(messages) : err(this.#failure);
  }

  #fillHeader(chunk: Uint8Array, at: number): number {
    const part = chunk.subarray(at, at + headerBytes - this.#headerFilled);
    this.#header.set(part, this.#headerFilled);
    this.#headerFilled += part.length;
    return part.length;
  }

  #fillPayload(chunk: Uint8Array, at: number): number {
    if (!this.#payload) return 0;
    const part = chunk.subarray(at, at + this.#payload.length - this.#payloadFilled);
    this.#payload.set(part, this.#payloadFilled);
    this.#payloadFilled += part.length;
    return part.length;
  }

  /** The header is whole: takes what this chunk has of the payload, without copying when that is all of it. */
  #beginPayload(chunk: Uint8Array, at: number): number {
    const length = new DataView(this.#header.buffer).getUint32(0);
    if (length > maxPayloadBytes) {
      this.#failure = `a message of ${length} bytes was announced; the limit is ${maxPayloadBytes}`;
      return 0;
    }
    const inChunk = chunk.subarray(at, at + length);
    if (inChunk.length === length) {
      this.#payload = inChunk;
    } else {
      this.#payload = new Uint8Array(length);
      this.#payload.set(inChunk);
    }
    this.#payloadFilled = inChunk.length;
    return inChunk.length;
  }

  #takeWhole(messages: WorkerMessage[]): void {
    if (!this.#payload || this.#payloadFilled < this.#payload.length) return;
    messages.push({ kind: this.#header[4] ?? 0, payload: this.#payload });
    this.#payload = undefined;
    this.#headerFilled = 0;
  }
}
