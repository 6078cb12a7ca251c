/**
 * Segments that were made ready, in memory only, so that nothing of them outlives the server or a deletion. The ones used
 * longest ago go first.
 */
import type { MadeSegment } from './media.ts';

export class SegmentCache {
  readonly #maxBytes: number;
  /** By clip, then by part; the order of use is kept in `#order`. */
  readonly #segments = new Map<string, MadeSegment>();
  #bytes = 0;
  #evicted = 0;

  /** @param maxBytes of all segments together; 0 keeps none */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#segments.size;
  }

  /** Segments that had to go for others. */
  get evicted(): number {
    return this.#evicted;
  }

  get(key: string): MadeSegment | undefined {
    const segment = this.#segments.get(key);
    if (!segment) return undefined;
    this.#segments.delete(key);
    this.#segments.set(key, segment);
    return segment;
  }

  /** Without counting as a use. */
  has(key: string): boolean {
    return this.#segments.has(key);
  }

  put(key: string, segment: MadeSegment): void {
    this.delete(key);
    if (segment.bytes.length > this.#maxBytes) return;
    this.#segments.set(key, segment);
    this.#bytes += segment.bytes.length;
    for (const oldest of this.#segments.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.delete(oldest);
      this.#evicted += 1;
    }
  }

  delete(key: string): void {
    this.#bytes -= this.#segments.get(key)?.bytes.length ?? 0;
    this.#segments.delete(key);
  }
}
