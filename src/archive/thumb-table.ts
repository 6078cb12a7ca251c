/**
 * Which small picture is where in its pack: twelve bytes for each, big-endian. Capture time after the pack's first
 * (milliseconds), offset of its piece in the stored file, size of its JPEG file; 32 bits each.
 */

export interface ThumbEntry {
  /** Unix ms. */
  readonly captureMs: number;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

const entryBytes = 12;
const largest = 2 ** 32 - 1;

/** @param entries by capture time, all within 49 days of the first, in a file of less than 4 GiB */
export function packThumbs(entries: readonly ThumbEntry[]): Uint8Array {
  const packed = new Uint8Array(entries.length * entryBytes);
  const view = new DataView(packed.buffer);
  const fromMs = entries[0]?.captureMs ?? 0;
  for (const [index, { captureMs, offsetBytes, sizeBytes }] of entries.entries()) {
    const fields = [captureMs - fromMs, offsetBytes, sizeBytes];
    for (const [place, field] of fields.entries()) {
      if (!(field >= 0 && field <= largest)) throw new RangeError('a small picture is out of range');
      view.setUint32(index * entryBytes + place * 4, field);
    }
  }
  return packed;
}

/** What is cut off is left out. */
export function unpackThumbs(packed: Uint8Array, fromMs: number): ThumbEntry[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  return Array.from({ length: Math.floor(packed.length / entryBytes) }, (_, index) => ({
    captureMs: fromMs + view.getUint32(index * entryBytes),
    offsetBytes: view.getUint32(index * entryBytes + 4),
    sizeBytes: view.getUint32(index * entryBytes + 8),
  }));
}
