import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import {
  hasStartCode,
  joinAnnexB,
  joinLengthPrefixed,
  maxNalsPerUnit,
  removeEmulationPrevention,
  splitAnnexB,
  splitLengthPrefixed,
} from './nal-units.ts';
import { nalBody } from './arbitrary.testing.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);
const nal = nalBody(60);
const plain = (nals: readonly Uint8Array[]) => nals.map((one) => [...one]);

describe('a byte stream (Annex B)', () => {
  const cases: [string, Uint8Array, number[][]][] = [
    [
      'has start codes of three and four bytes',
      bytes(0, 0, 0, 1, 7, 1, 0, 0, 1, 8, 2),
      [
        [7, 1],
        [8, 2],
      ],
    ],
    ['has zeros after a NAL unit', bytes(0, 0, 1, 7, 1, 0, 0, 0, 0, 0, 1, 8), [[7, 1], [8]]],
    [
      'begins without a start code, as in some RTP payloads',
      bytes(7, 1, 0, 0, 0, 1, 8, 2),
      [
        [7, 1],
        [8, 2],
      ],
    ],
    ['has start codes with nothing between', bytes(0, 0, 1, 0, 0, 1, 0, 0, 1, 9), [[9]]],
    ['is only a start code', bytes(0, 0, 0, 1), []],
    ['is empty', bytes(), []],
  ];
  for (const [name, stream, expected] of cases) {
    it(name, () => assert.deepEqual(plain(splitAnnexB(stream)), expected));
  }

  it('never gives more NAL units than the limit', () => {
    const stream = joinAnnexB(Array.from({ length: maxNalsPerUnit + 5 }, () => bytes(9)));
    assert.equal(splitAnnexB(stream).length, maxNalsPerUnit);
  });

  it('gives back what was joined', () => {
    fc.assert(
      fc.property(fc.array(nal, { maxLength: 8 }), (nals) => {
        assert.deepEqual(plain(splitAnnexB(joinAnnexB(nals))), plain(nals));
      }),
    );
  });

  it('of any bytes gives no NAL unit with a start code in it, and does not change them', () => {
    const zeroRich = fc.array(fc.constantFrom(0, 0, 0, 1, 3, 200), { maxLength: 60 });
    fc.assert(
      fc.property(zeroRich, (values) => {
        const stream = Uint8Array.from(values);
        for (const one of splitAnnexB(stream)) {
          assert.ok(one.length > 0 && !hasStartCode(one) && one.at(-1) !== 0);
        }
        assert.deepEqual([...stream], values);
      }),
    );
  });
});

describe('a sample with lengths (ISO/IEC 14496-15)', () => {
  it('gives back what was joined', () => {
    fc.assert(
      fc.property(fc.array(nal, { maxLength: 8 }), (nals) => {
        const split = splitLengthPrefixed(joinLengthPrefixed(nals), 4);
        assert.ok(split.ok);
        assert.deepEqual(plain(split.value), plain(nals));
      }),
    );
  });

  it('may have lengths of one or two bytes', () => {
    assert.deepEqual(splitLengthPrefixed(bytes(1, 9, 2, 7, 8), 1), {
      ok: true,
      value: [bytes(9), bytes(7, 8)],
    });
    assert.deepEqual(splitLengthPrefixed(bytes(0, 1, 9), 2), { ok: true, value: [bytes(9)] });
  });

  it('is refused when a length leads past its end', () => {
    assert.equal(splitLengthPrefixed(bytes(0, 0, 0, 9, 1), 4).ok, false);
    assert.equal(splitLengthPrefixed(bytes(0, 0), 4).ok, false);
  });
});

describe('emulation prevention', () => {
  const cases: [string, Uint8Array, number[]][] = [
    ['goes between two zeros and what follows', bytes(1, 0, 0, 3, 1), [1, 0, 0, 1]],
    ['starts counting anew after each', bytes(0, 0, 3, 0, 0, 3, 3), [0, 0, 0, 0, 3]],
    ['stays when only one zero is before', bytes(0, 3, 0, 3), [0, 3, 0, 3]],
    ['may be the last byte', bytes(5, 0, 0, 3), [5, 0, 0]],
  ];
  for (const [name, source, expected] of cases) {
    it(name, () => assert.deepEqual([...removeEmulationPrevention(source)], expected));
  }

  it('reads no more than asked for', () => {
    assert.equal(removeEmulationPrevention(new Uint8Array(100_000).fill(1), 50).length, 50);
  });
});
