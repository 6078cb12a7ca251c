import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { minPayloadBytes } from '../nal-packetizer.ts';
import { anyPackets, asPackets, lose, nalBody } from '../arbitrary.testing.ts';
import { nalsOf } from '../streams.testing.ts';
import { h265Config } from './config.ts';
import { H265Depacketizer } from './depacketize.ts';
import { nalType, typeOf } from './nal.ts';
import { packetizeH265 } from './packetize.ts';

const stream = nalsOf('x265-main.h265');
const ofType = (type: number) => stream.find((one) => typeOf(one) === type) ?? new Uint8Array();
const config = h265Config({ vps: ofType(nalType.vps), sps: ofType(nalType.sps), pps: [ofType(nalType.pps)] });
assert.ok(config.ok);
const known = { config: config.value };

const nal = (types: number[]) =>
  fc
    .tuple(fc.constantFrom(...types), fc.integer({ min: 1, max: 7 }), nalBody(400))
    .map(([type, temporal, body]) => Uint8Array.from([type << 1, temporal, ...body]));
const withThirdByte = (bytes: Uint8Array, change: (byte: number) => number) =>
  bytes.map((byte, i) => (i === 2 ? change(byte) : byte));
const firstSlice = nal([0, 1, 19, 21]).map((bytes) => withThirdByte(bytes, (byte) => byte | 0x80));
const laterSlice = nal([0, 1]).map((bytes) => withThirdByte(bytes, (byte) => (byte & 0x7f) | 0x40));
const unit = fc
  .tuple(fc.array(nal([39, 41]), { maxLength: 3 }), firstSlice, fc.array(laterSlice, { maxLength: 5 }))
  .map(([before, first, more]) => [...before, first, ...more]);
const limit = fc.integer({ min: minPayloadBytes, max: 300 });
const plain = (nals: readonly Uint8Array[]) => nals.map((one) => [...one]);

describe('H.265 over RTP', () => {
  it('comes back as it was sent, whatever the packet size and however much is lost', () => {
    const losses = fc.array(fc.nat(60), { maxLength: 5 });
    fc.assert(
      fc.property(fc.array(unit, { minLength: 1, maxLength: 4 }), limit, losses, (units, maxBytes, lost) => {
        const payloads = units.map((nals) => packetizeH265(nals, maxBytes));
        assert.ok(payloads.flat().every(({ payload }) => payload.length <= maxBytes));
        const sent = payloads
          .flatMap((list, time) => asPackets(list, 0, time))
          .map((packet, sequence) => ({ ...packet, sequence }));
        const lostSet = new Set(lost.filter((index) => index > 0 && index < sent.length));
        const depacketizer = new H265Depacketizer(known);
        const done = lose(sent, lostSet).flatMap((packet) => depacketizer.push(packet));
        const damaged = new Set(sent.filter((_, i) => lostSet.has(i)).map(({ time }) => time));
        for (const [time, nals] of units.entries()) {
          if (damaged.has(time)) continue;
          const frame = done.find((one) => one.kind === 'frame' && one.time === time);
          assert.ok(frame?.kind === 'frame');
          assert.deepEqual(plain(frame.nals), plain(nals));
        }
      }),
    );
  });

  it('takes any packets: bounded, and never changes them', () => {
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc
        .tuple(fc.constantFrom(98, 96, 64, 66, 68, 38, 2), fc.uint8Array({ maxLength: 40 }))
        .map(([header, rest]) => Uint8Array.from([header, 1, ...rest])),
    );
    fc.assert(
      fc.property(anyPackets(payload), fc.boolean(), (packets, hasDonl) => {
        const before = plain(packets.map((packet) => packet.payload));
        const depacketizer = new H265Depacketizer({ ...known, hasDonl });
        for (const packet of packets) {
          for (const one of depacketizer.push(packet)) {
            if (one.kind === 'frame')
              assert.ok(one.nals.length > 0 && one.nals.every((part) => part.length >= 2));
          }
        }
        assert.deepEqual(plain(packets.map((packet) => packet.payload)), before);
      }),
      { numRuns: 300 },
    );
  });
});
