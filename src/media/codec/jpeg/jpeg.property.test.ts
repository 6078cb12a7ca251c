/** Whatever the bytes: no throw, bounded output, input unchanged; and what goes in comes out. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { asPackets, packet, pushAll } from '../payload.testing.ts';
import { JpegDepacketizer } from './depacketize.ts';
import { readJpegConfig, readSegments } from './file.ts';
import { packetizeJpeg } from './packetize.ts';

const original = Uint8Array.from(readFileSync(new URL('testdata/picture-422.jpg', import.meta.url)));

/** Bytes that mostly look like a JPEG packet. */
const payload = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc
    .tuple(
      fc.constantFrom(0, 0, 20),
      fc.constantFrom(0, 1, 64, 65, 2),
      fc.constantFrom(50, 128, 255, 0),
      fc.uint8Array({ maxLength: 200 }),
    )
    .map(([offset, type, quality, data]) => Uint8Array.of(0, 0, 0, offset, type, quality, 8, 8, ...data)),
);

test('any packets: pictures never hold more than was sent, and the tables', () => {
  const packets = fc.array(fc.tuple(payload, fc.nat(2), fc.nat(1), fc.boolean()), { maxLength: 20 });
  fc.assert(
    fc.property(packets, (list) => {
      const before = list.map(([bytes]) => bytes.slice());
      const sent = list.map(([bytes, time, lostBefore, marker], sequence) =>
        packet([], { sequence, payload: bytes, time, lostBefore, marker }),
      );
      const { frames } = pushAll(new JpegDepacketizer(), sent);
      for (const { nals } of frames) {
        assert.ok(nals[0]!.length < 1000 + list.reduce((sum, [bytes]) => sum + bytes.length, 0));
        assert.ok(readJpegConfig(nals[0]!));
      }
      assert.deepEqual(
        list.map(([bytes]) => bytes),
        before,
      );
    }),
  );
});

test('any damage to a file: it is read, or refused, and sent in packets that fit', () => {
  const damage = fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), { maxLength: 6 });
  fc.assert(
    fc.property(damage, fc.nat(original.length), (places, end) => {
      const file = original.slice(0, end);
      for (const [at, value] of places) if (at < end) file[at] = value;
      const before = file.slice();
      readJpegConfig(file);
      for (const { payload } of packetizeJpeg([file], 300)) assert.ok(payload.length <= 300);
      assert.deepEqual(file, before);
    }),
  );
});

test('a picture survives packets of any size', () => {
  fc.assert(
    fc.property(fc.integer({ min: 141, max: 2000 }), (maxPayloadBytes) => {
      const packets = asPackets(packetizeJpeg([original], maxPayloadBytes), 5);
      const { frames, faults } = pushAll(new JpegDepacketizer(), packets);
      assert.deepEqual(faults, []);
      const [was, is] = [readSegments(original), readSegments(frames[0]!.nals[0]!)];
      assert.ok(was.ok && is.ok);
      assert.deepEqual(is.value.scan, was.value.scan);
    }),
  );
});
