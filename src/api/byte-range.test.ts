/** RFC 9110, 14.1.2: which part of a file is meant. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { readRange } from './byte-range.ts';

for (const [header, expected] of [
  ['bytes=0-0', { first: 0, last: 0 }],
  ['bytes=10-19', { first: 10, last: 19 }],
  ['bytes=90-', { first: 90, last: 99 }],
  ['bytes=90-1000', { first: 90, last: 99 }],
  ['bytes=-10', { first: 90, last: 99 }],
  ['bytes=-1000', { first: 0, last: 99 }],
  ['bytes=100-', 'beyond'],
  ['bytes=-0', 'beyond'],
  ['bytes=20-10', undefined],
  ['bytes=0-1,5-6', undefined],
  ['bytes=-', undefined],
  ['lines=1-2', undefined],
  [undefined, undefined],
] as const) {
  test(`${header ?? 'no range'} of 100 bytes`, () => assert.deepEqual(readRange(header, 100), expected));
}

test('whatever is asked for lies within the file', () => {
  const header = fc.oneof(
    fc.string(),
    fc.tuple(fc.nat(300), fc.nat(300)).map(([from, to]) => `bytes=${from}-${to}`),
    fc.nat(300).map((count) => `bytes=-${count}`),
  );
  fc.assert(
    fc.property(header, fc.nat(200), (text, length) => {
      const range = readRange(text, length);
      if (range === undefined || range === 'beyond') return;
      assert.ok(range.first >= 0 && range.first <= range.last && range.last < length);
    }),
  );
});
