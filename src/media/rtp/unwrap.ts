/**
 * Counters that wrap, made into numbers that do not (RFC 3550, 5.1: 16 bits of sequence, 32 of time).
 * Of all numbers with the same low bits the one nearest to a reference is chosen,
 * so reordered packets go back a little and a wrap goes on.
 */

/** The number nearest to `near` whose low 16 bits are `wrapped`. */
export function unwrap16(wrapped: number, near: number): number {
  return near + (((wrapped - near) << 16) >> 16);
}

/** The number nearest to `near` whose low 32 bits are `wrapped`. */
export function unwrap32(wrapped: number, near: number): number {
  return near + ((wrapped - near) | 0);
}

/** Unwraps a run of values, each near to the one before. */
export class Unwrapper {
  readonly #bits: 16 | 32;
  readonly #jumpLimit: number;
  #last: number | undefined;
  #jumped = false;

  /** @param jumpLimit a step larger than this, in either direction, is reported as a jump. */
  constructor(bits: 16 | 32, jumpLimit: number) {
    this.#bits = bits;
    this.#jumpLimit = jumpLimit;
  }

  /** The first value stays as it is. */
  next(wrapped: number): number {
    const last = this.#last ?? wrapped;
    const value = this.#bits === 16 ? unwrap16(wrapped, last) : unwrap32(wrapped, last);
    this.#jumped = Math.abs(value - last) > this.#jumpLimit;
    this.#last = value;
    return value;
  }

  /** Whether the value given last lay further from its predecessor than the limit: a camera that started anew. */
  get jumped(): boolean {
    return this.#jumped;
  }
}
