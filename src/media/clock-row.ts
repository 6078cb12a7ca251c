/**
 * The capture time written into the picture itself, so that a program that sees only decoded pixels
 * knows how old they are.
 *
 * One row of 64 blocks over the whole width, at the very bottom, 1/18 of the picture high. A light block
 * (luma 235) is a 1, a dark one (luma 16) a 0. From left to right, most significant bit first:
 * 48 bits capture time in Unix ms | 8 bits frame number | 8 bits CRC over the seven bytes before.
 * The CRC is CRC-8 with the polynomial x^8 + x^2 + x + 1 (0x07), seed 0xff, not reflected, no final
 * inversion; the seed makes an all-black or all-white row invalid.
 *
 * Runs in browsers too: nothing of Node is used.
 */
export const clockRowBlocks = 64;
/** The row is this part of the picture's height. */
export const clockRowHeightDivisor = 18;
export const clockRowDarkLuma = 16;
export const clockRowLightLuma = 235;

const polynomial = 0x07;
const seed = 0xff;
const timeBytes = 6;
const maxTimeMs = 2 ** (8 * timeBytes) - 1;

export interface ClockRow {
  /** Unix ms. */
  readonly timeMs: number;
  /** Counts pictures, modulo 256. */
  readonly frame: number;
}

/**
 * The 64 bits of a row, each 0 or 1.
 * @param timeMs Unix ms, cut to a whole number between 0 and 2^48 - 1
 * @param frame its lowest 8 bits are used
 */
export function encodeClockRow(timeMs: number, frame: number): Uint8Array {
  const bytes = new Uint8Array(clockRowBlocks / 8);
  let rest = Math.min(Math.max(0, Math.floor(timeMs)), maxTimeMs);
  for (let at = timeBytes - 1; at >= 0; at -= 1) {
    bytes[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes[timeBytes] = frame & 255;
  bytes[timeBytes + 1] = crc8(bytes.subarray(0, timeBytes + 1));
  return Uint8Array.from(
    { length: clockRowBlocks },
    (_, bit) => ((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1,
  );
}

/**
 * Undefined when there are not 64 bits or the CRC is wrong: no row, or one that was damaged.
 * @param bits 0 is dark, anything else is light
 */
export function decodeClockRow(bits: ArrayLike<number>): ClockRow | undefined {
  if (bits.length !== clockRowBlocks) return undefined;
  const bytes = new Uint8Array(clockRowBlocks / 8);
  for (let bit = 0; bit < clockRowBlocks; bit += 1) {
    if (bits[bit]) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (1 << (7 - (bit & 7)));
  }
  if (crc8(bytes.subarray(0, timeBytes + 1)) !== bytes[timeBytes + 1]) return undefined;
  let timeMs = 0;
  for (const byte of bytes.subarray(0, timeBytes)) timeMs = timeMs * 256 + byte;
  return { timeMs, frame: bytes[timeBytes] ?? 0 };
}

function crc8(bytes: Uint8Array): number {
  let crc = seed;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1)
      crc = crc & 0x80 ? ((crc << 1) ^ polynomial) & 255 : (crc << 1) & 255;
  }
  return crc;
}
