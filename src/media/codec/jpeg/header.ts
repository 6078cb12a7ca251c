/**
 * From what RTP sends of a picture to the head of a JPEG file (RFC 2435, 3.1; ITU-T T.81, annex B).
 */
import { marker } from './file.ts';
import { huffmanTables, tableBytes } from './tables.ts';

/** What every packet of a picture repeats, and the tables that come with the first. */
export interface JpegShape {
  readonly widthPixels: number;
  readonly heightPixels: number;
  /** Lines share their colour in pairs: 4:2:0, else 4:2:2. */
  readonly halfHeightColour: boolean;
  /** In coded blocks; 0 for none. */
  readonly restartInterval: number;
  /** One table for everything, or one for luma and one for colour. */
  readonly quantization: Uint8Array;
}

/** Everything before the coded data: a file begins with this, goes on with the fragments and ends with EOI. */
export function writeJpegHead(shape: JpegShape): Uint8Array {
  const bytes = [0xff, marker.startOfImage];
  const tables = Math.floor(shape.quantization.length / tableBytes);
  for (let place = 0; place < tables; place += 1) {
    const table = shape.quantization.subarray(place * tableBytes, (place + 1) * tableBytes);
    segment(bytes, marker.quantizationTables, [place, ...table]);
  }
  if (shape.restartInterval > 0)
    segment(bytes, marker.restartInterval, [shape.restartInterval >> 8, shape.restartInterval & 0xff]);
  segment(bytes, marker.baselineFrame, frameHeader(shape, tables));
  for (const table of huffmanTables) segment(bytes, marker.huffmanTables, table);
  segment(bytes, marker.startOfScan, scanHeader);
  return Uint8Array.from(bytes);
}

function segment(bytes: number[], kind: number, content: Iterable<number>): void {
  const fields = [...content];
  const lengthBytes = fields.length + 2;
  bytes.push(0xff, kind, lengthBytes >> 8, lengthBytes & 0xff, ...fields);
}

/** B.2.2 */
function frameHeader(shape: JpegShape, tables: number): number[] {
  const { widthPixels, heightPixels } = shape;
  const lumaSampling = shape.halfHeightColour ? 0x22 : 0x21;
  const colourTable = tables > 1 ? 1 : 0;
  // prettier-ignore
  return [
    8, // bits per sample
    heightPixels >> 8, heightPixels & 0xff,
    widthPixels >> 8, widthPixels & 0xff,
    3, // components: id, sampling, quantization table
    1, lumaSampling, 0,
    2, 0x11, colourTable,
    3, 0x11, colourTable,
  ];
}

/** B.2.3 */
// prettier-ignore
const scanHeader = [
  3, // components: id, Huffman tables
  1, 0x00,
  2, 0x11,
  3, 0x11,
  0, 63, 0, // all of the spectrum, at once
];
