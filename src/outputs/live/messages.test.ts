import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { binaryKind, binaryMessage } from './messages.ts';
import { readBinary } from './rig.testing.ts';

test('a binary message is 24 bytes of head, big-endian, and then the media', () => {
  const head = { kind: binaryKind.fragment, key: true, feed: 0x01020304, captureMs: 1.5, presentationMs: -2 };
  const bytes = Buffer.from(binaryMessage(head, Uint8Array.of(9, 8)));
  assert.equal(
    bytes.toString('hex'),
    ['02', '01', '0000', '01020304', '3ff8000000000000', 'c000000000000000', '0908'].join(''),
  );
});

test('whatever is put into a binary message can be read from it, and the media is copied', () => {
  const heads = fc.record({
    kind: fc.constantFrom(...Object.values(binaryKind)),
    key: fc.boolean(),
    feed: fc.nat(0xffff_ffff),
    captureMs: fc.double({ noNaN: true }),
    presentationMs: fc.double({ noNaN: true }),
  });
  fc.assert(
    fc.property(heads, fc.uint8Array({ maxLength: 100 }), (head, media) => {
      const expected = Uint8Array.from(media);
      const message = binaryMessage(head, media);
      media.fill(0xaa);
      const { payload, ...read } = readBinary(message);
      assert.deepEqual(read, { ...head });
      assert.deepEqual(Uint8Array.from(payload), expected);
    }),
  );
});
