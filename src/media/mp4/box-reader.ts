/**
 * Reading boxes and their fields from bytes that may be anything. Nothing throws:
 * a field past the end reads as 0 and is remembered, a box that does not fit ends the list.
 */

/** A box within the bytes it was read from; offsets count from their start. */
export interface Box {
  readonly type: string;
  readonly offset: number;
  /** Where the fields or the inner boxes begin. */
  readonly contentOffset: number;
  readonly endOffset: number;
}

export interface BoxList {
  readonly boxes: readonly Box[];
  /** Where the whole boxes stop: the end, or the first byte of one that is damaged or not all there. */
  readonly wholeEnd: number;
}

/** The boxes side by side from `start` to `end`, not the ones inside them (ISO/IEC 14496-12, 4.2). */
export function readBoxes(bytes: Uint8Array, start = 0, end = bytes.length): BoxList {
  const boxes: Box[] = [];
  let offset = start;
  while (offset < end) {
    const box = readBox(bytes, offset, end);
    if (!box) break;
    boxes.push(box);
    offset = box.endOffset;
  }
  return { boxes, wholeEnd: offset };
}

/** The boxes inside one that holds nothing but boxes. */
export function innerBoxes(bytes: Uint8Array, box: Box): readonly Box[] {
  return readBoxes(bytes, box.contentOffset, box.endOffset).boxes;
}

/** The first box at a path of types below `box`, for example `mdia`, `mdhd`. */
export function findBox(bytes: Uint8Array, box: Box, ...path: readonly string[]): Box | undefined {
  let found: Box | undefined = box;
  for (const type of path) {
    if (!found) return undefined;
    found = innerBoxes(bytes, found).find((inner) => inner.type === type);
  }
  return found;
}

/** Reads a box's fields in order. */
export class FieldReader {
  readonly #view: DataView;
  readonly #end: number;
  #offset: number;
  #failed = false;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#end = Math.min(end, bytes.length);
    this.#offset = start;
  }

  static of(bytes: Uint8Array, box: Box): FieldReader {
    return new FieldReader(bytes, box.contentOffset, box.endOffset);
  }

  /** A field was asked for that is not there. */
  get failed(): boolean {
    return this.#failed;
  }

  get offset(): number {
    return this.#offset;
  }

  u8(): number {
    const at = this.#take(1);
    return at === undefined ? 0 : this.#view.getUint8(at);
  }

  u16(): number {
    const at = this.#take(2);
    return at === undefined ? 0 : this.#view.getUint16(at);
  }

  u32(): number {
    const at = this.#take(4);
    return at === undefined ? 0 : this.#view.getUint32(at);
  }

  i32(): number {
    const at = this.#take(4);
    return at === undefined ? 0 : this.#view.getInt32(at);
  }

  /** 64 bits; above 2^53 - 1 it counts as failed. */
  u64(): number {
    const high = this.u32();
    const value = high * 2 ** 32 + this.u32();
    if (!Number.isSafeInteger(value)) this.#failed = true;
    return value;
  }

  fourcc(): string {
    return String.fromCharCode(this.u8(), this.u8(), this.u8(), this.u8());
  }

  /** The version and flags of a FullBox. */
  versionAndFlags(): { readonly version: number; readonly flags: number } {
    const word = this.u32();
    return { version: word >>> 24, flags: word & 0xffffff };
  }

  skip(count: number): void {
    this.#take(count);
  }

  #take(count: number): number | undefined {
    const at = this.#offset;
    if (at + count > this.#end) {
      this.#failed = true;
      return undefined;
    }
    this.#offset = at + count;
    return at;
  }
}

function readBox(bytes: Uint8Array, offset: number, end: number): Box | undefined {
  const fields = new FieldReader(bytes, offset, end);
  const size = fields.u32();
  const type = fields.fourcc();
  const sizeBytes = size === 1 ? fields.u64() : size === 0 ? end - offset : size;
  const contentOffset = fields.offset;
  const endOffset = offset + sizeBytes;
  if (fields.failed || endOffset < contentOffset || endOffset > end) return undefined;
  return { type, offset, contentOffset, endOffset };
}
