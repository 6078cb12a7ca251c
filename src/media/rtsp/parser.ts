/**
 * RTSP 1.0 from a TCP byte stream: requests, responses, and media frames between them (RFC 2326, 4 and 10.12).
 *
 * In: chunks, cut anywhere. Out: whole messages and frames in order; how the stream was cut makes no difference.
 * A frame that lies whole in a chunk shares its bytes; others are copied once.
 * Garbage ends the stream with a fault that says what stood where. With `resynchronise` it is skipped instead,
 * up to a limit, because some cameras write half a frame when their send buffer is full.
 */
import { readHead, type Head } from './head.ts';
import type { InterleavedFrame, RtspRequest, RtspResponse } from './message.ts';
import { interleavedHeaderBytes } from './message.ts';

/** Bytes that belonged to nothing and were left out. */
interface Skipped {
  readonly kind: 'skipped';
  readonly bytes: number;
  /** Where in the stream they began, from 0. */
  readonly offset: number;
  readonly reason: string;
}

/** The stream cannot be read any further; always the last item. */
interface RtspFault {
  readonly kind: 'fault';
  /** Plain words, with the bytes found. */
  readonly reason: string;
  /** Where in the stream, from 0. */
  readonly offset: number;
}

export type RtspItem = RtspRequest | RtspResponse | InterleavedFrame | Skipped | RtspFault;

/** Start line and headers. Digest challenges and long RTP-Info of real cameras stay below 4 KiB. */
export const maxHeadBytes = 16 * 1024;
/** Session descriptions are a few KiB; parameter sets may make them tens. */
export const maxBodyBytes = 256 * 1024;
/** Skipped in one go, about one large picture: whoever sends more garbage is not a camera with a full buffer. */
export const maxSkippedBytes = 1024 * 1024;
/** While looking for the next frame, a channel above this is taken for garbage: cameras use 0 to 7. */
const maxPlausibleChannel = 31;

const dollar = 0x24;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const none = new Uint8Array(0);

/** What stands at a position: a whole item, the beginning of one, or neither. */
type Found =
  | { readonly kind: 'whole'; readonly item: RtspItem; readonly end: number }
  /** `totalBytes` as far as known yet; undefined: unknown before the next line end. */
  | { readonly kind: 'partial'; readonly totalBytes: number | undefined }
  | { readonly kind: 'garbage'; readonly reason: string };

export class RtspParser {
  #resynchronise: boolean;
  /** Beginning of an item whose end has not come; `#heldBytes` of it are filled. */
  #held: Uint8Array = none;
  #heldBytes = 0;
  /** How long the held item will be, as far as known. */
  #needBytes: number | undefined;
  /** Stream offset of the first held byte. */
  #offset = 0;
  /** Set while looking for the next item after garbage. */
  #skipping: { readonly offset: number; readonly reason: string } | undefined;
  #failed = false;

  constructor(options: { readonly resynchronise: boolean }) {
    this.#resynchronise = options.resynchronise;
  }

  /** From now on garbage is skipped: for a dialogue that must be clean, followed by media that may not be. */
  resynchronise(): void {
    this.#resynchronise = true;
  }

  /** Takes the next chunk; returns what it completed. After a fault, nothing more comes. */
  push(chunk: Uint8Array): readonly RtspItem[] {
    const items: RtspItem[] = [];
    let rest = chunk;
    while (rest.length > 0 && !this.#failed) {
      rest = this.#heldBytes === 0 ? this.#readWhole(rest, items) : this.#readHeld(rest, items);
    }
    return items;
  }

  /** Reads items out of the chunk and holds what is left. */
  #readWhole(chunk: Uint8Array, items: RtspItem[]): Uint8Array {
    let at = 0;
    while (at < chunk.length && !this.#failed) {
      const end = this.#step(chunk, at, items);
      if (end === undefined) {
        this.#hold(chunk.subarray(at));
        break;
      }
      this.#offset += end - at;
      at = end;
    }
    return none;
  }

  /** Adds to the held item no more than it needs; returns the rest of the chunk. */
  #readHeld(chunk: Uint8Array, items: RtspItem[]): Uint8Array {
    const wanted =
      this.#needBytes === undefined ? chunk.indexOf(lineFeed) + 1 : this.#needBytes - this.#heldBytes;
    const taken = wanted > 0 && wanted < chunk.length ? wanted : chunk.length;
    this.#append(chunk.subarray(0, taken));
    const rest = chunk.subarray(taken);
    if (this.#needBytes !== undefined && this.#heldBytes < this.#needBytes) return rest;
    const held = this.#held.subarray(0, this.#heldBytes);
    const end = this.#step(held, 0, items);
    if (end === undefined) return rest;
    this.#heldBytes = 0;
    this.#held = none;
    this.#offset += end;
    if (end === held.length) return rest;
    const joined = new Uint8Array(held.length - end + rest.length);
    joined.set(held.subarray(end));
    joined.set(rest, held.length - end);
    return joined;
  }

  /** Reads one item, or skips. Returns where to go on; undefined when more bytes are needed. */
  #step(bytes: Uint8Array, at: number, items: RtspItem[]): number | undefined {
    if (this.#skipping !== undefined) return this.#search(bytes, at, items, this.#skipping);
    const first = bytes[at];
    if (first === lineFeed || first === carriageReturn) return at + 1;
    const found = first === dollar ? readFrame(bytes, at) : readMessage(bytes, at);
    switch (found.kind) {
      case 'whole':
        items.push(found.item);
        return found.end;
      case 'partial':
        this.#needBytes = found.totalBytes;
        return undefined;
      case 'garbage':
        if (!this.#resynchronise) return this.#fail(items, found.reason, this.#offset);
        this.#skipping = { offset: this.#offset, reason: found.reason };
        return at + 1;
    }
  }

  /** Looks for the next plausible beginning of an item. */
  #search(
    bytes: Uint8Array,
    at: number,
    items: RtspItem[],
    skipping: { readonly offset: number; readonly reason: string },
  ): number | undefined {
    for (let start = at; start < bytes.length; start += 1) {
      const skipped = this.#offset + start - at - skipping.offset;
      if (skipped > maxSkippedBytes) {
        return this.#fail(items, `${skipping.reason}; nothing readable followed`, skipping.offset);
      }
      const likely = looksLikeStart(bytes, start);
      if (likely === false) continue;
      if (likely === 'undecided') {
        if (start > at) return start;
        this.#needBytes = bytes.length - at + 1;
        return undefined;
      }
      this.#skipping = undefined;
      items.push({ kind: 'skipped', bytes: skipped, ...skipping });
      return start;
    }
    return bytes.length;
  }

  #fail(items: RtspItem[], reason: string, offset: number): undefined {
    items.push({ kind: 'fault', reason, offset });
    this.#failed = true;
    this.#held = none;
    this.#heldBytes = 0;
    return undefined;
  }

  /** Starts holding; a known length is reserved at once so that it is copied only once. */
  #hold(bytes: Uint8Array): void {
    if (this.#failed) return;
    this.#held = new Uint8Array(Math.max(this.#needBytes ?? 1024, bytes.length));
    this.#held.set(bytes);
    this.#heldBytes = bytes.length;
  }

  #append(bytes: Uint8Array): void {
    const length = this.#heldBytes + bytes.length;
    if (length > this.#held.length) {
      const larger = new Uint8Array(Math.max(this.#needBytes ?? 0, 2 * length));
      larger.set(this.#held.subarray(0, this.#heldBytes));
      this.#held = larger;
    }
    this.#held.set(bytes, this.#heldBytes);
    this.#heldBytes = length;
  }
}

function readFrame(bytes: Uint8Array, at: number): Found {
  if (bytes.length - at < interleavedHeaderBytes) {
    return { kind: 'partial', totalBytes: interleavedHeaderBytes };
  }
  const start = at + interleavedHeaderBytes;
  const end = start + (((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0));
  if (end > bytes.length) return { kind: 'partial', totalBytes: end - at };
  const item: InterleavedFrame = {
    kind: 'frame',
    channel: bytes[at + 1] ?? 0,
    payload: bytes.subarray(start, end),
  };
  return { kind: 'whole', item, end };
}

function readMessage(bytes: Uint8Array, at: number): Found {
  const read = readHead(bytes, at, maxHeadBytes);
  if (read.kind === 'partial') return { kind: 'partial', totalBytes: undefined };
  if (read.kind === 'garbage') return read;
  const head: Head = read.head;
  if (head.bodyBytes > maxBodyBytes) {
    return { kind: 'garbage', reason: `a body of ${String(head.bodyBytes)} bytes is too long` };
  }
  const end = read.end + head.bodyBytes;
  if (end > bytes.length) return { kind: 'partial', totalBytes: end - at };
  return {
    kind: 'whole',
    item: { ...head.start, headers: head.headers, body: bytes.subarray(read.end, end) },
    end,
  };
}

const rtspWord = new TextEncoder().encode('RTSP/1.');

/** A frame on a low channel that carries RTP version 2, or a response. */
function looksLikeStart(bytes: Uint8Array, at: number): boolean | 'undecided' {
  if (bytes[at] === dollar) {
    const channel = bytes[at + 1];
    const payload = bytes[at + 4];
    if (channel !== undefined && channel > maxPlausibleChannel) return false;
    return payload === undefined ? 'undecided' : payload >>> 6 === 2;
  }
  for (const [index, letter] of rtspWord.entries()) {
    const byte = bytes[at + index];
    if (byte === undefined) return 'undecided';
    if (byte !== letter) return false;
  }
  return true;
}
