import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { unixMs } from '../base/units.ts';
import { packFragments, unpackFragments } from './fragment-table.ts';
import type { FragmentEntry } from './types.ts';

const entry: fc.Arbitrary<FragmentEntry> = fc.record(
  {
    startMs: fc.integer({ min: 0, max: 4_102_444_800_000 }).map(unixMs),
    durationMs: fc.integer({ min: 0, max: 4_000_000_000 }).map((us) => us / 1000),
    offsetBytes: fc.nat(2 ** 40),
    sizeBytes: fc.nat(2 ** 31),
    key: fc.boolean(),
    frames: fc.nat(100_000),
  },
  { noNullPrototype: true },
);

describe('a packed fragment table', () => {
  test('is the table again', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 50 }), (table) => {
        assert.deepEqual(unpackFragments(packFragments(table)), table);
      }),
    );
  });

  test('of an ordinary minute takes about eight bytes for each fragment', () => {
    let [startMs, offsetBytes] = [1_763_000_000_000, 1400];
    const table = Array.from({ length: 60 }, (_, index): FragmentEntry => {
      const sizeBytes = 400_000 + ((index * 7919) % 60_000);
      const made = {
        startMs: unixMs(startMs),
        durationMs: 1000,
        offsetBytes,
        sizeBytes,
        key: true,
        frames: 25,
      };
      startMs += 1000 + (index % 3) - 1; // capture times jitter
      offsetBytes += sizeBytes + 84;
      return made;
    });
    assert.ok(packFragments(table).length < 60 * 8);
  });

  test('that is cut off or anything else is refused, and nothing is thrown', () => {
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 5 }), fc.nat(1000), (table, cut) => {
        const packed = packFragments(table);
        assert.equal(unpackFragments(packed.subarray(0, cut % packed.length)), undefined);
        assert.equal(unpackFragments(Buffer.concat([packed, Uint8Array.of(0)])), undefined);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const before = bytes.slice();
        const table = unpackFragments(bytes) ?? [];
        assert.ok(table.length <= bytes.length);
        assert.deepEqual(bytes, before);
      }),
    );
  });
});
