/**
 * The newest seconds of a camera in memory, so that a recording can begin before what caused it.
 *
 * In:  every piece while nothing is recorded. Out, at once: whole GOPs, the first beginning with a keyframe, at least
 * as long as asked when there was so much and it fits into the limit.
 */
import { endMs, type Piece } from './piece.ts';

/** 30 s of an 8 Mbit/s camera. With higher rates the time gets shorter, not the memory larger. */
const maxBytes = 32 * 1024 * 1024;

export class PreBuffer {
  #pieces: Piece[] = [];
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** @param keepMs how much shall stay; 0: the GOP that lasts */
  push(piece: Piece, keepMs: number): void {
    // What comes after a hole can be played alone, and nobody asked for what was before it.
    if (piece.break) this.clear();
    if (this.#pieces.length === 0 && !piece.fragment.key) return;
    this.#pieces.push(piece);
    this.#bytes += piece.fragment.bytes.length;
    this.#trim(endMs(piece) - keepMs);
  }

  /** All there is; nothing stays. */
  take(): readonly Piece[] {
    const pieces = this.#pieces;
    this.clear();
    return pieces;
  }

  clear(): void {
    this.#pieces = [];
    this.#bytes = 0;
  }

  #trim(neededFromMs: number): void {
    for (let next = this.#secondKey(); next !== undefined; next = this.#secondKey()) {
      const second = this.#pieces[next];
      const isNeeded = second === undefined || second.fragment.startMs > neededFromMs;
      if (isNeeded && this.#bytes <= maxBytes) return;
      for (const { fragment } of this.#pieces.splice(0, next)) this.#bytes -= fragment.bytes.length;
    }
    // One GOP that is larger than all that may be kept.
    if (this.#bytes > maxBytes) this.clear();
  }

  #secondKey(): number | undefined {
    const index = this.#pieces.findIndex(({ fragment }, at) => at > 0 && fragment.key);
    return index === -1 ? undefined : index;
  }
}
