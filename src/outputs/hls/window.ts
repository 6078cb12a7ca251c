/**
 * The newest minute of media, ready to be sent: init segments, parts, and segments as the list of their parts.
 *
 * In:  parts and the ends of segments, in order. Out: the listed segments, and bodies by file name.
 * Promises: what was listed is never changed; sequence numbers only grow; memory is bounded by time and bytes.
 */
import type { UnixMs } from '../../base/units.ts';
import { keptTargets, listedTargets, maxWindowBytes, minListedSegments } from './options.ts';

export interface Init {
  readonly uri: string;
  readonly bytes: Uint8Array;
  /** RFC 6381 names of its tracks. */
  readonly codecs: string;
  readonly picture: { readonly widthPixels: number; readonly heightPixels: number } | undefined;
}

export interface Part {
  readonly uri: string;
  readonly seconds: number;
  readonly independent: boolean;
  readonly body: Uint8Array;
}

export interface Segment {
  readonly msn: number;
  readonly uri: string;
  readonly init: Init;
  readonly discontinuity: boolean;
  /** Capture time of its first picture. */
  readonly wallMs: UnixMs;
  readonly parts: Part[];
  seconds: number;
  bytes: number;
  open: boolean;
}

/** Where a playlist ends: the segment in progress, and how many of its parts are there. */
export interface Position {
  readonly msn: number;
  readonly part: number;
}

export class Window {
  readonly #targetDurationSeconds: number;
  /** Oldest first; the first `#unlisted` of them have left the playlist. */
  readonly #segments: Segment[] = [];
  readonly #bodies = new Map<string, readonly Uint8Array[]>();
  #unlisted = 0;
  #bytes = 0;
  #discontinuitySequence: number;
  #version = 0;

  constructor(targetDurationSeconds: number, discontinuitySequence: number) {
    this.#targetDurationSeconds = targetDurationSeconds;
    this.#discontinuitySequence = discontinuitySequence;
  }

  /** Grows with each change that a playlist shows. */
  get version(): number {
    return this.#version;
  }

  get discontinuitySequence(): number {
    return this.#discontinuitySequence;
  }

  /** For a playlist that follows this one. */
  get nextDiscontinuity(): number {
    return (
      this.#discontinuitySequence + this.listed().filter(({ discontinuity }) => discontinuity).length + 1
    );
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Oldest first; only the last may be open. */
  listed(): readonly Segment[] {
    return this.#segments.slice(this.#unlisted);
  }

  get newest(): Segment | undefined {
    return this.#segments.at(-1);
  }

  body(name: string): readonly Uint8Array[] | undefined {
    return this.#bodies.get(name);
  }

  /** The segment is listed with its first part. */
  addPart(segment: Segment, part: Part): void {
    if (segment.parts.length === 0) {
      this.#segments.push(segment);
      this.#bodies.set(segment.init.uri, [segment.init.bytes]);
    }
    segment.parts.push(part);
    segment.seconds += part.seconds;
    segment.bytes += part.body.length;
    this.#bytes += part.body.length;
    this.#bodies.set(part.uri, [part.body]);
    this.#trim();
    this.#version += 1;
  }

  /** Only of a segment that has parts. */
  closeSegment(segment: Segment): void {
    segment.open = false;
    this.#bodies.set(
      segment.uri,
      segment.parts.map((part) => part.body),
    );
    this.#version += 1;
  }

  /** Undefined while there is nothing. */
  end(): Position | undefined {
    const { newest } = this;
    if (!newest) return undefined;
    return newest.open ? { msn: newest.msn, part: newest.parts.length } : { msn: newest.msn + 1, part: 0 };
  }

  /**
   * Does the playlist hold that part, or without `part` that whole segment? A part after the last one of a
   * closed segment stands for the first of the next (RFC 8216bis, 6.2.5.2).
   */
  has(msn: number, part: number | undefined): boolean {
    const end = this.end();
    if (!end) return false;
    if (part === undefined || msn > end.msn) return msn < end.msn;
    if (msn === end.msn) return part < end.part;
    if (msn < end.msn - 1) return true;
    const before = this.#segments.findLast((segment) => segment.msn === msn);
    return part < (before?.parts.length ?? 0) || end.part > 0;
  }

  #trim(): void {
    const keepListedSeconds = listedTargets * this.#targetDurationSeconds;
    const keepSeconds = keepListedSeconds + keptTargets * this.#targetDurationSeconds;
    let total = this.#segments.reduce((sum, segment) => sum + segment.seconds, 0);
    let listedTotal = this.#segments.slice(this.#unlisted).reduce((sum, segment) => sum + segment.seconds, 0);
    for (let first = this.#segments[this.#unlisted]; first; first = this.#segments[this.#unlisted]) {
      if (!this.#mayUnlist(listedTotal - first.seconds >= keepListedSeconds)) break;
      listedTotal -= first.seconds;
      this.#unlisted += 1;
      if (first.discontinuity) this.#discontinuitySequence += 1;
    }
    for (let first = this.#segments[0]; first && this.#unlisted > 0; first = this.#segments[0]) {
      if (this.#bytes <= maxWindowBytes && total - first.seconds < keepSeconds) break;
      total -= first.seconds;
      this.#drop(first);
    }
  }

  #mayUnlist(longEnough: boolean): boolean {
    const listed = this.#segments.length - this.#unlisted;
    if (listed <= minListedSegments) return false;
    return longEnough || this.#bytesListed() > maxWindowBytes;
  }

  #bytesListed(): number {
    let bytes = 0;
    for (let at = this.#unlisted; at < this.#segments.length; at += 1)
      bytes += this.#segments[at]?.bytes ?? 0;
    return bytes;
  }

  #drop(first: Segment): void {
    this.#segments.shift();
    this.#unlisted -= 1;
    this.#bytes -= first.bytes;
    this.#bodies.delete(first.uri);
    for (const part of first.parts) this.#bodies.delete(part.uri);
    const isUsed = this.#segments.some((segment) => segment.init.uri === first.init.uri);
    if (!isUsed) this.#bodies.delete(first.init.uri);
  }
}
