import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { BitReader } from './bits.ts';

/** Bits written as text, filled up with zeros. */
function reader(text: string): BitReader {
  const bits = text.replaceAll(' ', '');
  const bytes = bits.match(/.{1,8}/g) ?? [];
  return new BitReader(Uint8Array.from(bytes, (byte) => Number.parseInt(byte.padEnd(8, '0'), 2)));
}

describe('BitReader', () => {
  it('reads the Exp-Golomb codes of H.264, table 9-2', () => {
    const bits = reader('1 010 011 00100 00101 00110 00111 0001000 0001001 0001010');
    assert.deepEqual(
      Array.from({ length: 10 }, () => bits.ue()),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    );
    assert.equal(bits.failed, false);
  });

  it('maps signed codes as H.264, table 9-3', () => {
    const bits = reader('1 010 011 00100 00101 00110 00111');
    assert.deepEqual(
      Array.from({ length: 7 }, () => bits.se()),
      [0, 1, -1, 2, -2, 3, -3],
    );
  });

  it('reads 32 bits as an unsigned number', () => {
    assert.equal(new BitReader(Uint8Array.of(255, 255, 255, 254)).bits(32), 0xffff_fffe);
  });

  it('reads the longest code, with 31 zeros before it', () => {
    assert.equal(reader(`${'0'.repeat(31)}1${'1'.repeat(31)}`).ue(), 2 ** 32 - 2);
  });

  it('fails at a code with 32 zeros instead of reading on', () => {
    const bits = reader(`${'0'.repeat(32)}1${'1'.repeat(32)}`);
    assert.equal(bits.ue(), 0);
    assert.equal(bits.failed, true);
  });

  it('stays failed after the end, and gives zeros', () => {
    const bits = new BitReader(Uint8Array.of(0x80));
    bits.skip(9);
    assert.equal(bits.failed, true);
    assert.equal(bits.bits(8), 0);
    assert.equal(bits.bitsLeft, 0);
  });

  it('reads back what was written bit by bit', () => {
    const fields = fc.array(fc.tuple(fc.integer({ min: 1, max: 32 }), fc.nat(0xffff_ffff)), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(fields, (values) => {
        const expected = values.map(([bits, value]) => [bits, value % 2 ** bits] as const);
        const text = expected.map(([bits, value]) => value.toString(2).padStart(bits, '0')).join('');
        const source = reader(text);
        for (const [bits, value] of expected) assert.equal(source.bits(bits), value);
        assert.equal(source.failed, false);
      }),
    );
  });
});
