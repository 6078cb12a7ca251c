/** G.711 through RTP (RFC 3551, 4.5.14). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { G711Config } from '../../track.ts';
import { asPackets, packet, pushAll } from '../payload.testing.ts';
import { G711Depacketizer, g711Packetizer } from './payload.ts';

const config: G711Config = { kind: 'g711', law: 'a', sampleRateHz: 8000, channels: 1 };

test('the configuration comes once, before the first frame', () => {
  const { configs, frames } = pushAll(new G711Depacketizer(config), [
    packet([1]),
    packet([2], { time: 160, marker: false }),
  ]);
  assert.deepEqual(configs, [config]);
  assert.deepEqual(
    frames.map(({ time }) => time),
    [0, 160],
  );
});

test('a packet without samples is told and dropped', () => {
  const { frames, faults } = pushAll(new G711Depacketizer(config), [packet([])]);
  assert.deepEqual([frames.length, faults.length], [0, 1]);
});

test('long stretches are split between samples of all channels, each piece at its own time', () => {
  const payloads = g711Packetizer(2)([new Uint8Array(10)], 5);
  assert.deepEqual(
    payloads.map(({ payload, timeOffset }) => [payload.length, timeOffset]),
    [
      [4, 0],
      [4, 2],
      [2, 4],
    ],
  );
});

test('any samples come out as they went in, time following them', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), fc.integer({ min: 1, max: 200 }), (samples, room) => {
      const packets = asPackets(g711Packetizer(1)([samples], room), 1000);
      const { frames } = pushAll(new G711Depacketizer(config), packets);
      let next = 1000;
      for (const { time, nals } of frames) {
        assert.equal(time, next);
        next += nals[0]!.length;
      }
      assert.deepEqual(
        frames.flatMap(({ nals }) => [...nals[0]!]),
        [...samples],
      );
    }),
  );
});
