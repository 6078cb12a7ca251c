/** Opus packets and how RTP carries them (RFC 6716, RFC 7587). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { asPackets, packet, pushAll, readCapture } from '../payload.testing.ts';
import { opusPacketTicks } from './packet.ts';
import { OpusDepacketizer, packetizeOpus } from './payload.ts';

const toc = (configuration: number, code: number): number => (configuration << 3) | code;

for (const [what, bytes, ticks] of [
  ['SILK, 10 ms', [toc(0, 0)], 480],
  ['SILK, 60 ms', [toc(11, 0)], 2880],
  ['hybrid, 20 ms', [toc(13, 0)], 960],
  ['CELT, 2.5 ms', [toc(16, 0)], 120],
  ['CELT, two of 20 ms', [toc(31, 1)], 1920],
  ['CELT, two of 20 ms and different size', [toc(31, 2)], 1920],
  ['three of 40 ms', [toc(2, 3), 3], 5760],
  ['nothing', [], undefined],
  ['a count of 0', [toc(2, 3), 0], undefined],
  ['a count that is missing', [toc(2, 3)], undefined],
  ['more than 120 ms', [toc(3, 3), 3], undefined],
] as const) {
  test(`length of a packet with ${what}`, () => {
    assert.equal(opusPacketTicks(Uint8Array.from(bytes)), ticks);
  });
}

test('packets from GStreamer: the configuration first, then a frame every 20 ms', () => {
  const packets = readCapture(new URL('testdata/gstreamer.rtp', import.meta.url));
  const { configs, frames, faults } = pushAll(new OpusDepacketizer(), packets);
  assert.deepEqual(faults, []);
  assert.deepEqual(configs, [{ kind: 'opus', channels: 2, codecString: 'opus' }]);
  assert.equal(frames.length, packets.length);
  for (const { nals } of frames) assert.equal(opusPacketTicks(nals[0]!), 960);
});

test('what is no Opus packet is told and dropped', () => {
  const { frames, faults } = pushAll(new OpusDepacketizer(), [packet([]), packet([toc(2, 3), 0])]);
  assert.deepEqual(faults, ['not an Opus packet', 'not an Opus packet']);
  assert.deepEqual(frames, []);
});

test('a packet that does not fit is not sent', () => {
  assert.deepEqual(packetizeOpus([new Uint8Array(101)], 100), []);
});

test('any Opus packet comes out as it went in; anything else is a fault', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), (data) => {
      const before = data.slice();
      const { frames, faults } = pushAll(new OpusDepacketizer(), asPackets(packetizeOpus([data], 60), 9));
      assert.deepEqual(data, before);
      if (opusPacketTicks(data) === undefined) assert.equal(faults.length, 1);
      else assert.deepEqual(frames, [{ kind: 'frame', time: 9, key: true, nals: [data] }]);
    }),
  );
});
