/**
 * The markers of a JPEG file (ITU-T T.81, annex B).
 * In: bytes that may be anything. Out: what a baseline picture says about itself, or why it is not one.
 */
import type { Result } from '../../../base/result.ts';
import { err, ok } from '../../../base/result.ts';
import { uint16 } from '../../rtp/bytes.ts';
import type { JpegConfig } from '../../track.ts';

export const marker = {
  startOfImage: 0xd8,
  endOfImage: 0xd9,
  baselineFrame: 0xc0,
  huffmanTables: 0xc4,
  arithmeticConditions: 0xcc,
  lastFrameKind: 0xcf,
  jpegExtension: 0xc8,
  startOfScan: 0xda,
  quantizationTables: 0xdb,
  restartInterval: 0xdd,
} as const;

/** The marker itself, and the length behind it. */
const segmentHeadBytes = 4;

/** A marker segment: what stands between its length and the next marker. */
export interface Segment {
  readonly marker: number;
  readonly content: Uint8Array;
}

export interface JpegSegments {
  /** Up to and including the start of the scan. */
  readonly segments: readonly Segment[];
  /** The coded picture, without the end marker. */
  readonly scan: Uint8Array;
}

/** Width and height, from the frame header (B.2.2); undefined when there is none or they are 0. */
export function readJpegConfig(bytes: Uint8Array): JpegConfig | undefined {
  const parsed = readSegments(bytes);
  if (!parsed.ok) return undefined;
  const frame = parsed.value.segments.find((segment) => isFrameHeader(segment.marker));
  if (!frame || frame.content.length < 6) return undefined;
  const heightPixels = uint16(frame.content, 1);
  const widthPixels = uint16(frame.content, 3);
  return widthPixels > 0 && heightPixels > 0 ? { kind: 'mjpeg', widthPixels, heightPixels } : undefined;
}

/** Splits a file at its markers up to the first scan; what follows the scan's end is not read. */
export function readSegments(bytes: Uint8Array): Result<JpegSegments, string> {
  if (bytes[0] !== 0xff || bytes[1] !== marker.startOfImage) return err('not a JPEG file');
  const segments: Segment[] = [];
  let offset = 2;
  while (offset + segmentHeadBytes <= bytes.length) {
    if (bytes[offset] !== 0xff) return err('no marker where one belongs');
    const kind = bytes[offset + 1] ?? 0;
    if (kind === 0xff) {
      offset += 1; // fill byte (B.1.1.2)
      continue;
    }
    const lengthBytes = uint16(bytes, offset + 2);
    const end = offset + 2 + lengthBytes;
    if (lengthBytes < 2 || end > bytes.length) return err('marker segment cut short');
    segments.push({ marker: kind, content: bytes.subarray(offset + segmentHeadBytes, end) });
    offset = end;
    if (kind === marker.startOfScan) return ok({ segments, scan: scanData(bytes, offset) });
  }
  return err('JPEG file without a scan');
}

/** SOF0 to SOF15, which share their numbers with three other markers (table B.1). */
function isFrameHeader(kind: number): boolean {
  return (
    kind >= marker.baselineFrame &&
    kind <= marker.lastFrameKind &&
    kind !== marker.huffmanTables &&
    kind !== marker.jpegExtension &&
    kind !== marker.arithmeticConditions
  );
}

/** Up to the last end marker, or the end of the bytes for a camera that leaves it out. */
function scanData(bytes: Uint8Array, start: number): Uint8Array {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = view.lastIndexOf(Buffer.of(0xff, marker.endOfImage));
  return bytes.subarray(start, end >= start ? end : bytes.length);
}
