/**
 * The sample tables of one track of a progressive MP4 file, as they grow.
 *
 * In:  samples in decoding order, in chunks that lie together in the file. Out: the boxes of `stbl` but for `stsd`.
 * Rows are kept as the bytes they will be in the file, in blocks that are never copied: a day of 25 pictures a second
 * takes 10 to 40 MB. Box numbers are those of ISO/IEC 14496-12:2022.
 */
import { BoxWriter } from './box-writer.ts';

export interface MovieSample {
  /** Decoding time, in ticks of the track; not below that of the sample before. */
  readonly dts: number;
  readonly pts: number;
  /** Decoding can start here. */
  readonly key: boolean;
  readonly sizeBytes: number;
}

/** `stts` and `stsc` say how long and how many in 32 bits. */
const maxField = 2 ** 32 - 1;

export class SampleTables {
  readonly #sizes = new Rows(1);
  readonly #durations = new Runs(2);
  readonly #shifts = new Runs(2);
  readonly #keys = new Rows(1);
  readonly #chunkOffsets = new Rows(2);
  readonly #chunkSamples = new ChunkRuns();
  #firstDts = 0;
  #lastDts = 0;
  #inChunk = 0;
  #chunks = 0;
  #isShifted = false;
  #hasNegativeShift = false;

  get samples(): number {
    return this.#sizes.count;
  }

  /** Decoding time of the first sample: where the media time of the file is 0. */
  get firstDts(): number {
    return this.#firstDts;
  }

  /** What follows lies together, from `offsetBytes` of the file on. */
  beginChunk(offsetBytes: number): void {
    this.#endChunk();
    this.#chunkOffsets.push(Math.floor(offsetBytes / 2 ** 32), offsetBytes % 2 ** 32);
    this.#chunks += 1;
  }

  add({ dts, pts, key, sizeBytes }: MovieSample): void {
    if (this.samples === 0) this.#firstDts = dts;
    else this.#durations.add(Math.min(dts - this.#lastDts, maxField));
    this.#lastDts = dts;
    this.#sizes.push(sizeBytes);
    const shift = pts - dts;
    this.#isShifted ||= shift !== 0;
    this.#hasNegativeShift ||= shift < 0;
    this.#shifts.add(shift >>> 0);
    if (key) this.#keys.push(this.samples);
    this.#inChunk += 1;
  }

  /** No more will come; the last sample lasts so long. Returns how long all of them last. */
  finish(lastDurationTicks: number): number {
    this.#endChunk();
    if (this.samples === 0) return 0;
    this.#durations.add(Math.min(lastDurationTicks, maxField));
    return this.#lastDts + lastDurationTicks - this.#firstDts;
  }

  /** Whole boxes, in pieces. To be called once, after `finish`. */
  boxes(): readonly Uint8Array[] {
    const { samples } = this;
    const isKeyOnly = this.#keys.count === samples;
    return [
      ...table('stts', 0, this.#durations.rows), // 8.6.1.2
      ...(this.#isShifted ? table('ctts', this.#hasNegativeShift ? 1 : 0, this.#shifts.rows) : []), // 8.6.1.3
      ...(isKeyOnly ? [] : table('stss', 0, this.#keys)), // 8.6.2: absent when every sample is one
      ...table('stsc', 0, this.#chunkSamples.rows), // 8.7.4
      ...table('stsz', 0, this.#sizes, 0), // 8.7.3: sample_size 0, each has its own
      ...table('co64', 0, this.#chunkOffsets), // 8.7.5
    ];
  }

  #endChunk(): void {
    if (this.#chunks > 0) this.#chunkSamples.add(this.#chunks, this.#inChunk);
    this.#inChunk = 0;
  }
}

/** A FullBox of rows. @param before a field that stands before the count of entries */
function table(type: string, version: number, rows: Rows, before?: number): Uint8Array[] {
  const headBytes = before === undefined ? 16 : 20;
  const head = new BoxWriter(headBytes);
  head.u32(headBytes + rows.bytes);
  head.fourcc(type);
  head.u32(version * 0x1000000);
  if (before !== undefined) head.u32(before);
  head.u32(rows.count);
  return [head.written(), ...rows.blocks()];
}

/** Rows of 32-bit fields, big-endian. */
class Rows {
  readonly #fields: number;
  readonly #blocks: DataView[] = [];
  #block = new DataView(new ArrayBuffer(firstBlockBytes));
  #used = 0;
  count = 0;

  constructor(fields: number) {
    this.#fields = fields;
  }

  get bytes(): number {
    return this.count * this.#fields * 4;
  }

  push(first: number, second = 0, third = 0): void {
    const rowBytes = this.#fields * 4;
    if (this.#used + rowBytes > this.#block.byteLength) this.#nextBlock();
    const at = this.#used;
    this.#block.setUint32(at, first);
    if (this.#fields > 1) this.#block.setUint32(at + 4, second);
    if (this.#fields > 2) this.#block.setUint32(at + 8, third);
    this.#used += rowBytes;
    this.count += 1;
  }

  /** Of the last row. */
  setFirst(value: number): void {
    this.#block.setUint32(this.#used - this.#fields * 4, value);
  }

  blocks(): Uint8Array[] {
    const last = new DataView(this.#block.buffer, 0, this.#used);
    return [...this.#blocks, last].map((view) => new Uint8Array(view.buffer, 0, view.byteLength));
  }

  #nextBlock(): void {
    this.#blocks.push(new DataView(this.#block.buffer, 0, this.#used));
    this.#block = new DataView(new ArrayBuffer(blockBytes));
    this.#used = 0;
  }
}

const firstBlockBytes = 4096;
const blockBytes = 256 * 1024;

/** How often a value comes in a row, and the value. */
class Runs {
  readonly rows: Rows;
  #value = 0;
  #length = 0;

  constructor(fields: number) {
    this.rows = new Rows(fields);
  }

  add(value: number): void {
    if (this.#length > 0 && value === this.#value) {
      this.#length += 1;
      this.rows.setFirst(this.#length);
      return;
    }
    this.#value = value;
    this.#length = 1;
    this.rows.push(1, value);
  }
}

/** From which chunk on a chunk has how many samples; all are of the first description. */
class ChunkRuns {
  readonly rows = new Rows(3);
  #samples = -1;

  add(chunk: number, samples: number): void {
    if (samples === this.#samples) return;
    this.#samples = samples;
    this.rows.push(chunk, samples, 1);
  }
}
