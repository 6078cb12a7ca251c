/**
 * For tests of payload formats: packets that GStreamer sent, packets of ours, and what comes out of them.
 * A capture file holds RTP packets, each after its length in two bytes (RFC 4571).
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { uint16 } from '../rtp/bytes.ts';
import { parseRtp } from '../rtp/packet.ts';
import type {
  ConfigChange,
  Depacketized,
  Depacketizer,
  Fault,
  Frame,
  OrderedPacket,
  RtpPayload,
} from '../rtp/payload.ts';

/** The packets of a capture, times counted from the first. */
export function readCapture(url: URL): OrderedPacket[] {
  const bytes = readFileSync(url);
  const packets: OrderedPacket[] = [];
  let firstTime: number | undefined;
  for (let offset = 0; offset < bytes.length; offset += 2 + uint16(bytes, offset)) {
    const parsed = parseRtp(bytes.subarray(offset + 2, offset + 2 + uint16(bytes, offset)));
    assert.ok(parsed.ok);
    const { timestamp, marker, payload } = parsed.value;
    firstTime ??= timestamp;
    const time = (timestamp - firstTime) | 0;
    packets.push({ sequence: packets.length, time, marker, lostBefore: 0, payload });
  }
  return packets;
}

/** One access unit's payloads as they arrive when none is lost. */
export function asPackets(payloads: readonly RtpPayload[], time = 0): OrderedPacket[] {
  return payloads.map(({ payload, marker, timeOffset }, sequence) => ({
    sequence,
    time: time + timeOffset,
    marker,
    lostBefore: 0,
    payload,
  }));
}

/** A packet that is all of its access unit. */
export function packet(payload: ArrayLike<number>, fields: Partial<OrderedPacket> = {}): OrderedPacket {
  return {
    sequence: 0,
    time: 0,
    marker: true,
    lostBefore: 0,
    payload: Uint8Array.from(payload),
    ...fields,
  };
}

export interface Sorted {
  readonly configs: readonly ConfigChange['codec'][];
  readonly frames: readonly Frame[];
  readonly faults: readonly Fault['reason'][];
}

/** Everything that came out, by kind. */
export function pushAll(depacketizer: Depacketizer, packets: readonly OrderedPacket[]): Sorted {
  const all: Depacketized[] = packets.flatMap((each) => depacketizer.push(each));
  return {
    configs: all.flatMap((one) => (one.kind === 'config' ? [one.codec] : [])),
    frames: all.flatMap((one) => (one.kind === 'frame' ? [one] : [])),
    faults: all.flatMap((one) => (one.kind === 'fault' ? [one.reason] : [])),
  };
}
