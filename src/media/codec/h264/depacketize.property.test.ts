import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { Frame } from '../../rtp/payload.ts';
import { minPayloadBytes } from '../nal-packetizer.ts';
import { anyPackets, asPackets, lose, nalBody } from '../arbitrary.testing.ts';
import { nalsOf } from '../streams.testing.ts';
import { h264Config } from './config.ts';
import { H264Depacketizer } from './depacketize.ts';
import { nalType, typeOf } from './nal.ts';
import { packetizeH264 } from './packetize.ts';

const stream = nalsOf('x264-baseline.h264');
const [sps, pps] = [nalType.sps, nalType.pps].map((type) => stream.find((nal) => typeOf(nal) === type));
assert.ok(sps && pps);
const config = h264Config(sps, [pps]);
assert.ok(config.ok);
const options = { config: config.value };

const nal = (types: number[], maxBytes = 400) =>
  fc
    .tuple(fc.constantFrom(...types), fc.nat(3), nalBody(maxBytes))
    .map(([type, importance, body]) => Uint8Array.from([(importance << 5) | type, ...body]));
/** Only first slices begin with a one bit: first_mb_in_slice is 0. */
const withSecondByte = (bytes: Uint8Array, change: (byte: number) => number) =>
  bytes.map((byte, i) => (i === 1 ? change(byte) : byte));
const firstSlice = nal([1, 5]).map((bytes) => withSecondByte(bytes, (byte) => byte | 0x80));
const laterSlice = nal([1, 5]).map((bytes) => withSecondByte(bytes, (byte) => (byte & 0x7f) | 0x40));
/** An access unit with SEI and reserved types before its slices. */
const unit = fc
  .tuple(fc.array(nal([6, 14, 15]), { maxLength: 3 }), firstSlice, fc.array(laterSlice, { maxLength: 5 }))
  .map(([before, slice, more]) => [...before, slice, ...more]);
const limit = fc.integer({ min: minPayloadBytes, max: 300 });
const plain = (nals: readonly Uint8Array[]) => nals.map((one) => [...one]);
const slices = (nals: readonly Uint8Array[]) => plain(nals.filter((one) => typeOf(one) <= nalType.idr));

describe('H.264 over RTP', () => {
  it('comes back as it was sent, whatever the packet size', () => {
    fc.assert(
      fc.property(fc.array(unit, { minLength: 1, maxLength: 4 }), limit, (units, maxBytes) => {
        const depacketizer = new H264Depacketizer(options);
        units.forEach((nals, time) => {
          const payloads = packetizeH264(nals, maxBytes);
          assert.ok(payloads.every(({ payload }) => payload.length <= maxBytes));
          assert.deepEqual(
            payloads.map(({ marker }) => marker),
            payloads.map((_, i) => i === payloads.length - 1),
          );
          const done = asPackets(payloads, time * 1000, time).flatMap((packet) => depacketizer.push(packet));
          const frame = done.at(-1);
          assert.equal(done.length, time === 0 ? 2 : 1); // the configuration comes first
          assert.ok(frame?.kind === 'frame');
          assert.deepEqual(plain(frame.nals), plain(nals));
          assert.equal(
            frame.key,
            nals.some((one) => typeOf(one) === nalType.idr),
          );
        });
      }),
    );
  });

  it('with losses gives only pictures with all their slices, and a fault for the rest', () => {
    const losses = fc.array(fc.nat(60), { maxLength: 8 });
    fc.assert(
      fc.property(fc.array(unit, { minLength: 2, maxLength: 5 }), limit, losses, (units, maxBytes, lost) => {
        const depacketizer = new H264Depacketizer(options);
        let sent = units.flatMap((nals, time) => asPackets(packetizeH264(nals, maxBytes), 0, time));
        sent = sent.map((packet, sequence) => ({ ...packet, sequence }));
        const lostSet = new Set(lost.map((index) => index % (sent.length + 1)).filter((index) => index > 0));
        const done = lose(sent, lostSet).flatMap((packet) => depacketizer.push(packet));
        const frames = done.filter((one): one is Frame => one.kind === 'frame');
        for (const frame of frames) assert.deepEqual(slices(frame.nals), slices(units[frame.time]!));
        const damaged = new Set(sent.filter((_, i) => lostSet.has(i)).map(({ time }) => time));
        for (const time of units.keys()) {
          if (!damaged.has(time)) assert.ok(frames.some((frame) => frame.time === time));
        }
      }),
    );
  });

  it('takes any packets: bounded, and never changes them', () => {
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc
        .tuple(fc.constantFrom(0x1c, 0x7c, 0x78, 0x67, 0x68, 0x65, 0x41), fc.uint8Array({ maxLength: 40 }))
        .map(([header, rest]) => Uint8Array.from([header, ...rest])),
    );
    fc.assert(
      fc.property(anyPackets(payload), (packets) => {
        const before = plain(packets.map((packet) => packet.payload));
        const depacketizer = new H264Depacketizer(options);
        for (const packet of packets) {
          const done = depacketizer.push(packet);
          assert.ok(done.length <= 20);
          for (const one of done)
            if (one.kind === 'frame') assert.ok(one.nals.every((nals) => nals.length > 0));
        }
        assert.deepEqual(plain(packets.map((packet) => packet.payload)), before);
      }),
      { numRuns: 300 },
    );
  });
});
