/**
 * Bits out of bytes, most significant first, with the Exp-Golomb codes of H.264 (9.1) and H.265 (9.2).
 *
 * In:  bytes with emulation prevention already removed.
 * Out: numbers. Past the end every bit is 0 and `failed` stays true, so a parser checks once, at its end.
 * Promise: never throws, takes bounded work per call. Loops over a count that was read need their own limit.
 */

/** Leading zeros of the longest code that fits 32 bits (H.264, 9.1). */
const maxLeadingZeros = 31;

export class BitReader {
  readonly #bytes: Uint8Array;
  readonly #endBit: number;
  #position = 0;
  #failed = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#endBit = bytes.length * 8;
  }

  /** True once something was read that is not there, or a code was too long. */
  get failed(): boolean {
    return this.#failed;
  }

  get bitsLeft(): number {
    return this.#endBit - this.#position;
  }

  /** u(1) */
  bit(): 0 | 1 {
    if (this.#position >= this.#endBit) {
      this.#failed = true;
      return 0;
    }
    const byte = this.#bytes[this.#position >> 3] ?? 0;
    const bit = (byte >> (7 - (this.#position & 7))) & 1;
    this.#position += 1;
    return bit === 1 ? 1 : 0;
  }

  /** u(1) as a yes or no. */
  flag(): boolean {
    return this.bit() === 1;
  }

  /** u(n), n from 0 to 32; unsigned. */
  bits(count: number): number {
    let value = 0;
    for (let left = count; left > 0; left -= 1) value = value * 2 + this.bit();
    return value;
  }

  skip(bits: number): void {
    if (bits > this.bitsLeft) this.#failed = true;
    this.#position = Math.min(this.#position + bits, this.#endBit);
  }

  /** ue(v): 0 to 2^32 - 2. */
  ue(): number {
    let zeros = 0;
    while (this.bit() === 0) {
      zeros += 1;
      if (this.#failed || zeros > maxLeadingZeros) {
        this.#failed = true;
        return 0;
      }
    }
    return 2 ** zeros - 1 + this.bits(zeros);
  }

  /** se(v): code 1 is 1, 2 is -1, 3 is 2, and so on. */
  se(): number {
    const code = this.ue();
    if (code === 0) return 0;
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }
}
