/**
 * For tests: random material for properties of NAL units and RTP.
 */
import * as fc from 'fast-check';
import type { OrderedPacket, RtpPayload } from '../rtp/payload.ts';
import { hasStartCode } from './nal-units.ts';

/** Bytes that a NAL unit may have after its header: no start code within, no zero at the end. */
export function nalBody(maxBytes: number): fc.Arbitrary<Uint8Array> {
  const byte = fc.oneof(fc.constantFrom(0, 1, 3), fc.nat(255));
  return fc
    .array(byte, { minLength: 1, maxLength: maxBytes })
    .map((bytes) => Uint8Array.from(bytes))
    .filter((bytes) => bytes.at(-1) !== 0 && !hasStartCode(bytes));
}

/** Packets as an attacker may send them; times and losses as the reorder buffer would give them. */
export function anyPackets(payload: fc.Arbitrary<Uint8Array>): fc.Arbitrary<OrderedPacket[]> {
  const packet = fc.record({
    time: fc.nat(3),
    marker: fc.boolean(),
    lostBefore: fc.constantFrom(0, 0, 0, 0, 1),
    payload,
  });
  return fc
    .array(packet, { maxLength: 60 })
    .map((packets) => packets.map((one, sequence) => ({ ...one, sequence })));
}

/** Payloads of one access unit as packets. */
export function asPackets(payloads: readonly RtpPayload[], first: number, time: number): OrderedPacket[] {
  return payloads.map(({ payload, marker }, i) => ({
    sequence: first + i,
    time,
    marker,
    lostBefore: 0,
    payload,
  }));
}

/** The packets that arrive when those with these indexes are lost. */
export function lose(packets: readonly OrderedPacket[], lost: ReadonlySet<number>): OrderedPacket[] {
  const left: OrderedPacket[] = [];
  let lostBefore = 0;
  packets.forEach((packet, i) => {
    if (lost.has(i)) {
      lostBefore += 1;
      return;
    }
    left.push({ ...packet, lostBefore });
    lostBefore = 0;
  });
  return left;
}
