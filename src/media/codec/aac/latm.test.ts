/** AAC in LATM out of RTP (RFC 6416). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { hertz } from '../../../base/units.ts';
import type { Depacketizer } from '../../rtp/payload.ts';
import { packet, pushAll, readCapture } from '../payload.testing.ts';
import { createLatmDepacketizer } from './latm.ts';

/** One program, one layer, AAC LC at 44.1 kHz in stereo, frames that carry their length. */
const config = '400024203fc0';

function depacketizer(digits = config): Depacketizer {
  const parameters = new Map([
    ['cpresent', '0'],
    ['config', digits],
  ]);
  const created = createLatmDepacketizer(parameters, hertz(44100));
  assert.ok(created.ok, created.ok ? '' : created.error);
  return created.value;
}

test('frames from GStreamer, whole and in pieces, come out as they were coded', () => {
  const packets = readCapture(new URL('testdata/gstreamer-latm.rtp', import.meta.url));
  assert.ok(
    packets.some(({ marker }) => !marker),
    'the capture has a frame in pieces',
  );
  const { configs, frames, faults } = pushAll(depacketizer('40002420adca00'), packets);
  assert.deepEqual(faults, []);
  assert.deepEqual(configs, [
    {
      kind: 'aac',
      audioSpecificConfig: Uint8Array.from(Buffer.from('121056e500', 'hex')),
      sampleRateHz: 44100,
      channels: 2,
      codecString: 'mp4a.40.2',
    },
  ]);
  const coded = readFileSync(new URL('testdata/gstreamer-latm.raw', import.meta.url));
  assert.deepEqual(Buffer.concat(frames.map(({ nals }) => nals[0]!)), coded);
});

test('the configuration is cut out of its surroundings', () => {
  const { configs } = pushAll(depacketizer(), [packet([1, 9])]);
  const [codec] = configs;
  assert.deepEqual(codec?.kind === 'aac' && [...codec.audioSpecificConfig], [0x12, 0x10]);
});

test('several frames in one packet follow each other; lengths of 255 add up', () => {
  const long = Array<number>(255).fill(7);
  const { frames } = pushAll(depacketizer(), [packet([2, 1, 2, 255, 0, ...long, 1, 3], { time: 100 })]);
  assert.deepEqual(
    frames.map(({ time, nals }) => [time, nals[0]?.length]),
    [
      [100, 2],
      [1124, 255],
      [2148, 1],
    ],
  );
});

test('a lost piece costs that element alone', () => {
  const { frames, faults } = pushAll(depacketizer(), [
    packet([3, 1], { marker: false }),
    packet([3], { lostBefore: 1 }),
    packet([1, 9], { time: 1024 }),
  ]);
  assert.deepEqual(faults, ['AAC element with a piece missing']);
  assert.deepEqual(frames, [{ kind: 'frame', time: 1024, key: true, nals: [Uint8Array.of(9)] }]);
});

test('an element without end is given up, and the next one is taken', () => {
  const endless = Array.from({ length: 300 }, () => packet([1, 9], { marker: false }));
  const { frames, faults } = pushAll(depacketizer(), [
    ...endless,
    packet([1, 9]),
    packet([1, 8], { time: 1024 }),
  ]);
  assert.deepEqual(faults, ['AAC element of impossible size']);
  assert.deepEqual(frames, [{ kind: 'frame', time: 1024, key: true, nals: [Uint8Array.of(8)] }]);
});

for (const [what, parameters, reason] of [
  ['its configuration in the packets', [['config', config]], /in the packets/],
  ['no configuration', [['cpresent', '0']], /no StreamMuxConfig/],
  [
    'two layers',
    [
      ['cpresent', '0'],
      ['config', '400224203fc0'],
    ],
    /one layer/,
  ],
  [
    'frames of fixed length',
    [
      ['cpresent', '0'],
      ['config', '400024204000'],
    ],
    /fixed length/,
  ],
] as const) {
  test(`a track with ${what} is refused`, () => {
    const created = createLatmDepacketizer(new Map(parameters), hertz(44100));
    assert.ok(!created.ok);
    assert.match(created.error, reason);
  });
}

test('any packets and any configuration: frames never hold more than was sent', () => {
  const bytes = fc.uint8Array({ maxLength: 100 });
  const packets = fc.array(fc.tuple(bytes, fc.nat(2), fc.nat(1), fc.boolean()), { maxLength: 20 });
  fc.assert(
    fc.property(packets, bytes, (list, anyConfig) => {
      const digits = Buffer.from(anyConfig).toString('hex');
      const parameters = new Map([
        ['cpresent', '0'],
        ['config', digits],
      ]);
      createLatmDepacketizer(parameters, hertz(44100));
      const before = list.map(([payload]) => payload.slice());
      const sent = list.map(([payload, time, lostBefore, marker], sequence) =>
        packet([], { sequence, payload, time, lostBefore, marker }),
      );
      const { frames } = pushAll(depacketizer(), sent);
      const sentBytes = list.reduce((sum, [payload]) => sum + payload.length, 0);
      assert.ok(frames.reduce((sum, { nals }) => sum + nals[0]!.length, 0) <= sentBytes);
      assert.deepEqual(
        list.map(([payload]) => payload),
        before,
      );
    }),
  );
});
