/**
 * Big-endian writing into one buffer whose size was reckoned before. Boxes nest by
 * `open` and `close`; the size field is filled in on closing (ISO/IEC 14496-12, 4.2).
 * Writing past the end throws: the reckoning was wrong, which is a bug.
 */
const halfRange = 2 ** 32;

export class BoxWriter {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(capacityBytes: number) {
    this.#bytes = new Uint8Array(capacityBytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Begins a box of a four-letter type; returns its place, for `close`. */
  open(type: string): number {
    const at = this.#offset;
    this.#offset += 4;
    this.fourcc(type);
    return at;
  }

  /** Begins a FullBox. `flags` has 24 bits. */
  openFull(type: string, version: number, flags: number): number {
    const at = this.open(type);
    this.u32(version * 0x1000000 + flags);
    return at;
  }

  close(at: number): void {
    this.#view.setUint32(at, this.#offset - at);
  }

  fourcc(type: string): void {
    for (let index = 0; index < 4; index += 1) this.u8(type.charCodeAt(index));
  }

  u8(value: number): void {
    this.#view.setUint8(this.#offset, value);
    this.#offset += 1;
  }

  u16(value: number): void {
    this.#view.setUint16(this.#offset, value);
    this.#offset += 2;
  }

  u32(value: number): void {
    this.#view.setUint32(this.#offset, value);
    this.#offset += 4;
  }

  i32(value: number): void {
    this.#view.setInt32(this.#offset, value);
    this.#offset += 4;
  }

  /** A non-negative safe integer as 64 bits. Divided, because bit operators would cut it to 32. */
  u64(value: number): void {
    this.u32(Math.floor(value / halfRange));
    this.u32(value % halfRange);
  }

  /** A number with 16 bits before and 16 after the point; 0 when it does not fit. */
  fixed16(value: number): void {
    this.u32(value <= 0xffff ? Math.round(value * 0x10000) : 0);
  }

  zeros(count: number): void {
    this.#offset += count;
  }

  bytes(value: Uint8Array): void {
    this.#bytes.set(value, this.#offset);
    this.#offset += value.length;
  }

  get offset(): number {
    return this.#offset;
  }

  /** What has been written, without a copy. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#offset);
  }
}
