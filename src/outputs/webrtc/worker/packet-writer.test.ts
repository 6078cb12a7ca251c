import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { uint16 } from '../../../media/rtp/bytes.ts';
import { parseRtp } from '../../../media/rtp/packet.ts';
import type { Extensions } from './packet-writer.ts';
import { maxPayloadBytes, PacketWriter } from './packet-writer.ts';

const transportSequenceId = 4;
const playoutDelayId = 6;
const headBytes = 12;

/** The packets as they would leave; `takes` says whether the socket does. */
function writer(extensions: Extensions, takes = true) {
  const sent: Buffer[] = [];
  const send = (packet: Buffer): boolean => {
    sent.push(Buffer.from(packet));
    return takes;
  };
  return { sent, packets: new PacketWriter(send, extensions) };
}

/** One-byte header extensions by identifier, as a receiver reads them (RFC 8285, 4.2). */
function extensionsOf(packet: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  if (((packet[0] ?? 0) & 0x10) === 0) return found;
  assert.equal(uint16(packet, headBytes), 0xbede);
  const end = headBytes + 4 + 4 * uint16(packet, headBytes + 2);
  for (let at = headBytes + 4; at < end;) {
    const first = packet[at] ?? 0;
    const length = first === 0 ? 0 : (first & 15) + 1;
    if (first !== 0) found.set(first >>> 4, packet.subarray(at + 1, at + 1 + length));
    at += 1 + length;
  }
  return found;
}

describe('packets of a connection', () => {
  it('have a plain header when no extension was agreed (RFC 3550, 5.1)', () => {
    const { sent, packets } = writer({});
    assert.equal(packets.write(0x80 | 102, 7, 9, 11, Uint8Array.of(1, 2, 3)), 15);
    assert.equal(sent[0]?.toString('hex'), '80e60007000000090000000b010203');
  });

  it('count on the transport, not for each lane, and through zero', () => {
    const { sent, packets } = writer({ transportSequenceId });
    for (let i = 0; i < 0x1_0002; i += 1) {
      packets.write(102, 1, 0, i % 2, Uint8Array.of(0));
      if (i < 0xfffe) sent.length = 0;
    }
    const numbers = sent.map((packet) => extensionsOf(packet).get(transportSequenceId)?.readUInt16BE());
    assert.deepEqual(numbers, [0xfffe, 0xffff, 0, 1]);
    assert.equal(packets.transportSequence, 2);
  });

  it('ask for no playout delay, beside the count', () => {
    const { sent, packets } = writer({ transportSequenceId, playoutDelayId });
    packets.write(102, 1, 0, 1, Uint8Array.of(0));
    const found = extensionsOf(sent[0] ?? Buffer.of());
    assert.deepEqual([...found.keys()], [transportSequenceId, playoutDelayId]);
    assert.deepEqual(found.get(playoutDelayId), Buffer.of(0, 0, 0));
  });

  it('that the socket does not take, or that are too long, are reported', () => {
    const { packets } = writer({}, false);
    assert.equal(packets.write(102, 1, 0, 1, Uint8Array.of(0)), 0);
    const { sent, packets: taken } = writer({ transportSequenceId, playoutDelayId });
    assert.equal(taken.write(102, 1, 0, 1, new Uint8Array(4 * maxPayloadBytes)), 0);
    assert.equal(sent.length, 0);
  });

  it('are read again as they were written, whatever is agreed', () => {
    const id = fc.option(fc.integer({ min: 1, max: 7 }), { nil: undefined });
    const other = fc.option(fc.integer({ min: 8, max: 14 }), { nil: undefined });
    const payload = fc.uint8Array({ minLength: 1, maxLength: maxPayloadBytes });
    const numbers = fc.tuple(fc.nat(127), fc.boolean(), fc.nat(0xffff), fc.nat(2 ** 40), fc.nat(0xffff_ffff));
    fc.assert(
      fc.property(
        id,
        other,
        payload,
        numbers,
        (first, second, bytes, [type, marker, sequence, time, ssrc]) => {
          const { sent, packets } = writer({ transportSequenceId: first, playoutDelayId: second });
          const length = packets.write(marker ? type | 0x80 : type, sequence, time, ssrc, bytes);
          const parsed = parseRtp(sent[0] ?? Buffer.of());
          assert(parsed.ok);
          assert.equal(length, sent[0]?.length);
          assert.deepEqual(Buffer.from(parsed.value.payload), Buffer.from(bytes));
          assert.deepEqual(
            [parsed.value.payloadType, parsed.value.marker, parsed.value.sequence, parsed.value.ssrc],
            [type, marker, sequence, ssrc],
          );
          assert.equal(parsed.value.timestamp, time % 2 ** 32);
        },
      ),
      { numRuns: 200 },
    );
  });
});
