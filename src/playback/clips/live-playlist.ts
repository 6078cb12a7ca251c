/**
 * The text of a live playlist (RFC 8216): segments are added at its end and leave at its start.
 *
 * Promises: the sequence numbers count every segment that left, the discontinuity sequence every discontinuity;
 * what was listed once never changes; no fewer than three target durations stay, once they were there.
 */
import { targetDurationSeconds } from './parts.ts';

export interface ListedSegment {
  readonly uri: string;
  /** Capture time of its first picture; Unix ms. */
  readonly startMs: number;
  readonly durationMs: number;
  /** It does not continue the one before. */
  readonly discontinuity: boolean;
}

/** EXT-X-INDEPENDENT-SEGMENTS needs 6 (section 7). */
const playlistVersion = 6;
/** 6.2.2: a server must not remove a segment if less than this would stay. */
const leastMs = 3 * targetDurationSeconds * 1000;

export class LivePlaylist {
  readonly #segments: ListedSegment[] = [];
  #sequence: number;
  /** From 0: hls.js keeps an array that is so long. */
  #discontinuities = 0;

  /** @param firstSequence above every number that a playlist at this address ever had */
  constructor(firstSequence: number) {
    this.#sequence = firstSequence;
  }

  get segments(): readonly ListedSegment[] {
    return this.#segments;
  }

  add(segment: ListedSegment): void {
    this.#segments.push({ ...segment, discontinuity: segment.discontinuity && this.#segments.length > 0 });
  }

  /** Segments that `isPast` leave, oldest first, as far as the rule allows. */
  trim(isPast: (segment: ListedSegment) => boolean): void {
    let left = this.#segments.reduce((sum, { durationMs }) => sum + durationMs, 0);
    for (let first = this.#segments[0]; first && isPast(first); first = this.#segments[0]) {
      left -= first.durationMs;
      if (left < leastMs) return;
      this.#segments.shift();
      this.#sequence += 1;
      // The tag stands before the next segment then, and leaves with it.
      if (first.discontinuity) this.#discontinuities += 1;
    }
  }

  text(): string {
    const lines = [
      '#EXTM3U',
      `#EXT-X-VERSION:${playlistVersion}`,
      `#EXT-X-TARGETDURATION:${targetDurationSeconds}`,
      `#EXT-X-MEDIA-SEQUENCE:${this.#sequence}`,
      `#EXT-X-DISCONTINUITY-SEQUENCE:${this.#discontinuities}`,
      '#EXT-X-INDEPENDENT-SEGMENTS',
    ];
    for (const { uri, startMs, durationMs, discontinuity } of this.#segments) {
      if (discontinuity) lines.push('#EXT-X-DISCONTINUITY');
      lines.push(
        `#EXT-X-PROGRAM-DATE-TIME:${new Date(startMs).toISOString()}`,
        `#EXTINF:${(durationMs / 1000).toFixed(3)},`,
        uri,
      );
    }
    lines.push('');
    return lines.join('\n');
  }
}
