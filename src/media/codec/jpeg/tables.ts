/**
 * The tables that RTP does not send: ITU-T T.81, annex K. Quantization tables are in zigzag order.
 */

/** K.1 */
// prettier-ignore
const lumaQuantization = [
  16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40,
  26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61, 60, 57, 51,
  56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87,
  95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99,
];
/** K.2 */
// prettier-ignore
const chromaQuantization = [
  17, 18, 18, 24, 21, 24, 47, 26, 26, 47, 99, 66, 56, 66, 99, 99,
  ...Array<number>(48).fill(99),
];

export const tableBytes = 64;

/** Two tables for a quality of 1 to 99 (RFC 2435, 4.2): luma, then chroma. */
export function quantizationTables(quality: number): Uint8Array {
  const percent = quality < 50 ? Math.floor(5000 / quality) : 200 - quality * 2;
  const scaled = (value: number): number =>
    Math.min(255, Math.max(1, Math.floor((value * percent + 50) / 100)));
  return Uint8Array.from([...lumaQuantization, ...chromaQuantization], scaled);
}

/** A Huffman table as in DHT: class and place, how many codes of each length, the values. */
export type HuffmanTable = Uint8Array;

/** K.3 */
const lumaDc = huffman(0x00, '00010501010101010100000000000000', '000102030405060708090a0b');
/** K.4 */
const chromaDc = huffman(0x01, '00030101010101010101010000000000', '000102030405060708090a0b');
/** K.5 */
const lumaAc = huffman(
  0x10,
  '0002010303020403050504040000017d',
  '0102030004110512213141061351610722711432' +
    '8191a1082342b1c11552d1f02433627282090a16' +
    '1718191a25262728292a3435363738393a434445' +
    '464748494a535455565758595a63646566676869' +
    '6a737475767778797a838485868788898a929394' +
    '95969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6' +
    'b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8' +
    'd9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8' +
    'f9fa',
);
/** K.6 */
const chromaAc = huffman(
  0x11,
  '00020102040403040705040400010277',
  '0001020311040521310612415107617113223281' +
    '08144291a1b1c109233352f0156272d10a162434' +
    'e125f11718191a262728292a35363738393a4344' +
    '45464748494a535455565758595a636465666768' +
    '696a737475767778797a82838485868788898a92' +
    '939495969798999aa2a3a4a5a6a7a8a9aab2b3b4' +
    'b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6' +
    'd7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8' +
    'f9fa',
);

/** The tables every RTP JPEG is coded with (RFC 2435, 4.1). */
export const huffmanTables: readonly HuffmanTable[] = [lumaDc, lumaAc, chromaDc, chromaAc];

function huffman(classAndPlace: number, counts: string, values: string): HuffmanTable {
  return Uint8Array.from([classAndPlace, ...Buffer.from(counts + values, 'hex')]);
}
