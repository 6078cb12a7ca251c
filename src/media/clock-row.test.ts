import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { clockRowBlocks, decodeClockRow, encodeClockRow } from './clock-row.ts';

describe('the clock row', () => {
  it('gives back every time and frame number', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 48 - 1 }), fc.nat({ max: 255 }), (timeMs, frame) => {
        assert.deepEqual(decodeClockRow(encodeClockRow(timeMs, frame)), { timeMs, frame });
      }),
    );
  });

  it('begins with the most significant bit of the time and ends with the CRC', () => {
    // CRC-8 (polynomial 0x07, seed 0xff) of 80 00 00 00 00 01 05, worked out by long division.
    const bits = [...encodeClockRow(2 ** 47 + 1, 5)].join('');
    assert.equal(bits.slice(0, 48), `1${'0'.repeat(46)}1`);
    assert.equal(bits.slice(48, 56), '00000101');
    assert.equal(Number.parseInt(bits.slice(56), 2), longDivision([0x80, 0, 0, 0, 0, 1, 5]));
  });

  it('notices every single wrong block', () => {
    const bits = encodeClockRow(1_795_000_000_123, 77);
    for (let at = 0; at < clockRowBlocks; at += 1) {
      const wrong = bits.slice();
      wrong[at] = 1 - wrong[at]!;
      assert.equal(decodeClockRow(wrong), undefined, `block ${at}`);
    }
  });

  it('takes neither a black, a white nor a short row for a time', () => {
    assert.equal(decodeClockRow(new Uint8Array(clockRowBlocks)), undefined);
    assert.equal(decodeClockRow(new Uint8Array(clockRowBlocks).fill(1)), undefined);
    assert.equal(decodeClockRow(encodeClockRow(1, 1).subarray(1)), undefined);
  });
});

/** The remainder by dividing polynomials over GF(2), as text; the seed is added to the first byte. */
function longDivision(bytes: number[]): number {
  const seeded = bytes.map((byte, at) => (at === 0 ? byte ^ 0xff : byte));
  const text = seeded.map((byte) => byte.toString(2).padStart(8, '0')).join('') + '0'.repeat(8);
  const row = Array.from(text, Number);
  const divisor = [1, 0, 0, 0, 0, 0, 1, 1, 1];
  for (let at = 0; at + 8 < row.length; at += 1) {
    if (row[at] === 1) divisor.forEach((bit, offset) => (row[at + offset]! ^= bit));
  }
  return Number.parseInt(row.slice(-8).join(''), 2);
}
