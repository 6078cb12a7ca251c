/** Whatever the bytes: no throw, bounded output, input unchanged; and what goes in comes out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { hertz } from '../../../base/units.ts';
import { asPackets, packet, pushAll } from '../payload.testing.ts';
import { splitAdts } from './adts.ts';
import { parseAudioSpecificConfig } from './config.ts';
import { createAacDepacketizer } from './depacketize.ts';
import { packetizeAac } from './packetize.ts';

const anyBytes = fc.uint8Array({ maxLength: 200 });

function depacketizer() {
  const created = createAacDepacketizer(new Map([['config', '1190']]), hertz(48000));
  assert.ok(created.ok);
  return created.value;
}

test('any configuration is read or refused', () => {
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      const before = bytes.slice();
      const parsed = parseAudioSpecificConfig(bytes);
      assert.deepEqual(bytes, before);
      if (parsed.ok) assert.ok(parsed.value.config.channels > 0 && parsed.value.coreRateHz > 0);
    }),
  );
});

test('any packets: frames never hold more than was sent', () => {
  const packets = fc.array(fc.tuple(anyBytes, fc.nat(3), fc.nat(1), fc.boolean()), { maxLength: 20 });
  fc.assert(
    fc.property(packets, (list) => {
      const before = list.map(([bytes]) => bytes.slice());
      const sent = list.map(([payload, time, lostBefore, marker], sequence) =>
        packet(payload, { sequence, payload, time, lostBefore, marker }),
      );
      const { frames } = pushAll(depacketizer(), sent);
      const sentBytes = list.reduce((sum, [bytes]) => sum + bytes.length, 0);
      const frameBytes = frames.reduce((sum, { nals }) => sum + (nals[0]?.length ?? 0), 0);
      assert.ok(frameBytes <= sentBytes);
      assert.deepEqual(
        list.map(([bytes]) => bytes),
        before,
      );
    }),
  );
});

test('any ADTS: every byte is used, skipped or kept for later', () => {
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      const { frames, consumedBytes, skippedBytes } = splitAdts(bytes);
      const dataBytes = frames.reduce((sum, { data }) => sum + data.length, 0);
      assert.ok(dataBytes + skippedBytes <= consumedBytes && consumedBytes <= bytes.length);
    }),
  );
});

test('a frame of any size survives packets of any size', () => {
  const frame = fc.uint8Array({ minLength: 1, maxLength: 1000 });
  fc.assert(
    fc.property(frame, fc.integer({ min: 5, max: 300 }), (data, maxPayloadBytes) => {
      const payloads = packetizeAac([data], maxPayloadBytes);
      assert.ok(payloads.every(({ payload }) => payload.length <= maxPayloadBytes));
      const { frames, faults } = pushAll(depacketizer(), asPackets(payloads, 77));
      assert.deepEqual(faults, []);
      assert.deepEqual(frames, [{ kind: 'frame', time: 77, key: true, nals: [data] }]);
    }),
  );
});
