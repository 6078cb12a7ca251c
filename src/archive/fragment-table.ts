/**
 * The fragment table of a recording as a few bytes for each fragment: varints (LEB128), signed ones folded
 * (0, -1, 1, -2 … as 0, 1, 2, 3 …), most of them differences from what the fragment before lets one expect.
 * Any bytes can be read: what is no table gives undefined.
 */
import { unixMs } from '../base/units.ts';
import type { FragmentEntry } from './types.ts';

const version = 1;

/** A recording has a few hundred at most; more is no table of ours. */
const maxEntries = 1_000_000;

/** A varint of a safe integer is never longer. */
const maxVarintBytes = 8;
const maxEntryBytes = 5 * maxVarintBytes;

/**
 * @param entries in the order of the file; whole milliseconds, whole bytes, durations to the microsecond
 */
export function packFragments(entries: readonly FragmentEntry[]): Uint8Array {
  const out = new VarintWriter(2 * maxVarintBytes + entries.length * maxEntryBytes);
  out.unsigned(version);
  out.unsigned(entries.length);
  let before = nothingBefore;
  for (const entry of entries) {
    const durationUs = Math.round(entry.durationMs * 1000);
    const gapBytes = entry.offsetBytes - before.endBytes;
    out.signed(entry.startMs - before.endMs);
    out.signed(durationUs - before.durationUs);
    out.signed(gapBytes - before.gapBytes);
    out.unsigned(entry.sizeBytes);
    out.unsigned(entry.frames * 2 + (entry.key ? 1 : 0));
    before = placeOf(entry, durationUs, gapBytes);
  }
  return out.written();
}

/** The table again; undefined when the bytes are no table. */
export function unpackFragments(packed: Uint8Array): readonly FragmentEntry[] | undefined {
  const fields = new VarintReader(packed);
  const known = fields.unsigned() === version;
  const count = fields.unsigned();
  if (!known || count > maxEntries) return undefined;
  const entries: FragmentEntry[] = [];
  let before = nothingBefore;
  for (let index = 0; index < count && !fields.failed; index += 1) {
    const startMs = unixMs(before.endMs + fields.signed());
    const durationUs = before.durationUs + fields.signed();
    const gapBytes = before.gapBytes + fields.signed();
    const sizeBytes = fields.unsigned();
    const framesAndKey = fields.unsigned();
    const entry: FragmentEntry = {
      startMs,
      durationMs: durationUs / 1000,
      offsetBytes: before.endBytes + gapBytes,
      sizeBytes,
      key: framesAndKey % 2 === 1,
      frames: Math.floor(framesAndKey / 2),
    };
    entries.push(entry);
    before = placeOf(entry, durationUs, gapBytes);
  }
  return fields.failed || !fields.atEnd || !entries.every(isPossible) ? undefined : entries;
}

/** What the next fragment is expected to follow. */
interface Before {
  readonly endMs: number;
  readonly durationUs: number;
  readonly endBytes: number;
  /** Between the end of a fragment and the next one: mostly the same in a file. */
  readonly gapBytes: number;
}

const nothingBefore: Before = { endMs: 0, durationUs: 0, endBytes: 0, gapBytes: 0 };

function placeOf(entry: FragmentEntry, durationUs: number, gapBytes: number): Before {
  return {
    endMs: entry.startMs + Math.round(durationUs / 1000),
    durationUs,
    endBytes: entry.offsetBytes + entry.sizeBytes,
    gapBytes,
  };
}

function isPossible(entry: FragmentEntry): boolean {
  return (
    Number.isSafeInteger(entry.startMs) &&
    Number.isSafeInteger(entry.offsetBytes) &&
    entry.offsetBytes >= 0 &&
    entry.durationMs >= 0
  );
}

class VarintWriter {
  readonly #bytes: Uint8Array;
  #length = 0;

  constructor(capacityBytes: number) {
    this.#bytes = new Uint8Array(capacityBytes);
  }

  unsigned(value: number): void {
    let left = value;
    while (left >= 128) {
      this.#bytes[this.#length] = (left % 128) + 128;
      this.#length += 1;
      left = Math.floor(left / 128);
    }
    this.#bytes[this.#length] = left;
    this.#length += 1;
  }

  signed(value: number): void {
    this.unsigned(value < 0 ? -value * 2 - 1 : value * 2);
  }

  written(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}

class VarintReader {
  readonly #bytes: Uint8Array;
  #offset = 0;
  #failed = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get failed(): boolean {
    return this.#failed;
  }

  get atEnd(): boolean {
    return this.#offset === this.#bytes.length;
  }

  unsigned(): number {
    let value = 0;
    let factor = 1;
    for (let index = 0; index < maxVarintBytes; index += 1) {
      const byte = this.#bytes[this.#offset];
      if (byte === undefined) break;
      this.#offset += 1;
      value += (byte % 128) * factor;
      if (byte < 128) {
        if (!Number.isSafeInteger(value)) break;
        return value;
      }
      factor *= 128;
    }
    this.#failed = true;
    return 0;
  }

  signed(): number {
    const folded = this.unsigned();
    return folded % 2 === 1 ? -Math.floor(folded / 2) - 1 : folded / 2;
  }
}
