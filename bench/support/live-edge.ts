/**
 * The end of a live playlist: what is newest, and what to ask for next.
 */
import type { Buffer } from 'node:buffer';
import { parseMediaPlaylist } from '../../src/media/hls/parse.ts';

export interface LiveEdge {
  /** Segment and part that come next; a segment may end before, then its first part is the next segment's. */
  readonly nextMsn: number;
  readonly nextPart: number;
  readonly newestPart: string;
  readonly newestPartSeconds: number;
  /** It begins with a keyframe, and is larger than others. */
  readonly newestIsKey: boolean;
}

/** @throws when it is not a live playlist with parts. */
export function readLiveEdge(text: string): LiveEdge {
  const read = parseMediaPlaylist(text);
  if (!read.ok) throw new Error(`playlist, line ${read.error.line}: ${read.error.reason}`);
  const { segments, mediaSequence, skippedSegments } = read.value;
  const last = segments.at(-1);
  const newest = last?.parts.at(-1);
  if (!last || !newest) throw new Error('a live playlist without parts');
  const lastMsn = mediaSequence + skippedSegments + segments.length - 1;
  return {
    nextMsn: last.whole ? lastMsn + 1 : lastMsn,
    nextPart: last.whole ? 0 : last.parts.length,
    newestPart: newest.uri,
    newestPartSeconds: newest.durationSeconds,
    newestIsKey: newest.independent,
  };
}

/** Every viewer gets the same bytes: they are read once. */
export class SharedReading {
  #text = '';
  #edge: LiveEdge | undefined;

  read(body: Buffer | undefined): LiveEdge {
    const text = body?.toString('latin1') ?? '';
    if (this.#edge && text === this.#text) return this.#edge;
    this.#text = text;
    this.#edge = readLiveEdge(text);
    return this.#edge;
  }
}
