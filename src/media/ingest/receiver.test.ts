import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { hertz, monotonicMs, unixMs } from '../../base/units.ts';
import { G711Depacketizer } from '../codec/g711/payload.ts';
import { writeRtcp } from '../rtcp/write.ts';
import { writeRtp } from '../rtp/packet.ts';
import type { Depacketizer, Depacketized } from '../rtp/payload.ts';
import { Timeline } from '../rtp/timeline.ts';
import { tcpReorderLimits, udpReorderLimits } from '../rtp/reorder.ts';
import type { NewUnit } from './receiver.ts';
import { TrackReceiver } from './receiver.ts';

const clockHz = hertz(8000);
const wallMs = 1_700_000_000_000;

function at(ms: number) {
  return { wallMs: unixMs(wallMs + ms), monotonicMs: monotonicMs(ms) };
}

function receiver(
  lower: 'tcp' | 'udp',
  depacketizer: Depacketizer = alaw(),
  kind: 'audio' | 'video' = 'audio',
) {
  const units: NewUnit[] = [];
  const reasons: string[] = [];
  const timeline = new Timeline([{ kind, clockHz, startRtpTime: undefined }]);
  const offered = { kind, section: 0, control: undefined, payloadType: 8, clockHz, depacketizer };
  const tested = new TrackReceiver(
    0,
    offered,
    lower === 'udp' ? udpReorderLimits : tcpReorderLimits,
    timeline,
    {
      config: () => undefined,
      unit: (unit) => units.push(unit),
      damaged: (reason) => reasons.push(reason),
    },
  );
  return { tested, units, reasons };
}

function alaw(): Depacketizer {
  return new G711Depacketizer({ kind: 'g711', law: 'a', sampleRateHz: 8000, channels: 1 });
}

/** 20 ms of sound. */
function packet(sequence: number, payloadType = 8): Uint8Array {
  const header = { payloadType, marker: false, sequence, timestamp: sequence * 160, ssrc: 5 };
  return writeRtp({ ...header, payload: new Uint8Array(160).fill(sequence) });
}

/** Of another sender. */
function repair(sequence: number): Uint8Array {
  const header = { payloadType: 97, marker: false, sequence, timestamp: 0, ssrc: 6 };
  return writeRtp({ ...header, payload: Uint8Array.of(1) });
}

const first = (units: readonly NewUnit[]) => units.map((unit) => unit.nals[0]?.[0]);

test('over UDP an overtaken packet is put back in its place, and a double is delivered once', () => {
  const { tested, units } = receiver('udp');
  for (const [ms, sequence] of [1, 2, 4, 4, 3, 5].entries()) tested.rtp(packet(sequence), at(ms));
  assert.deepEqual(first(units), [1, 2, 3, 4, 5]);
  assert.equal(tested.packetsLost, 0);
});

test('a packet that does not come is given up after a while, and counted', () => {
  const { tested, units } = receiver('udp');
  for (const sequence of [1, 3, 4]) tested.rtp(packet(sequence), at(0));
  assert.deepEqual(first(units), [1]);
  tested.expire(at(500));
  assert.deepEqual(first(units), [1, 3, 4]);
  assert.equal(tested.packetsLost, 1);
});

test('over TCP nothing waits', () => {
  const { tested, units } = receiver('tcp');
  for (const sequence of [1, 3]) tested.rtp(packet(sequence), at(0));
  assert.deepEqual(first(units), [1, 3]);
  assert.equal(tested.packetsLost, 1);
});

test('packets of another payload type are no media, and are told once', () => {
  const { tested, units, reasons } = receiver('tcp');
  for (const sequence of [1, 2, 3]) tested.rtp(packet(sequence, 13), at(0));
  assert.equal(units.length, 0);
  assert.equal(reasons.length, 1);
});

for (const lower of ['tcp', 'udp'] as const) {
  test(`over ${lower}, packets of another type among the media are no loss, and hide none`, () => {
    const losses: number[] = [];
    const inner = alaw();
    const { tested, units } = receiver(lower, {
      push: (ordered) => {
        losses.push(ordered.lostBefore);
        return inner.push(ordered);
      },
    });
    tested.rtp(packet(1), at(0));
    tested.rtp(packet(2, 13), at(20));
    tested.rtp(packet(3), at(40));
    assert.equal(tested.packetsLost, 0);
    tested.rtp(packet(5, 13), at(60));
    tested.rtp(packet(6), at(80));
    tested.expire(at(500));
    assert.deepEqual(first(units), [1, 3, 6]);
    assert.deepEqual(losses, [0, 0, 1]);
    assert.equal(tested.packetsLost, 1);
  });
}

test('repair packets of a sender of their own do not take the place of the media', () => {
  const { tested, units } = receiver('tcp');
  for (const sequence of [1, 2, 3]) {
    tested.rtp(packet(sequence), at(0));
    tested.rtp(repair(1000 + sequence), at(0));
    tested.rtp(repair(2000 + sequence), at(0));
  }
  assert.deepEqual(first(units), [1, 2, 3]);
  assert.equal(tested.packetsLost, 0);
});

test('sound with a repeated time stays strictly increasing', () => {
  const { tested, units } = receiver('tcp');
  for (const sequence of [1, 2, 3]) {
    const header = { payloadType: 8, marker: false, sequence, timestamp: 160, ssrc: 5 };
    tested.rtp(writeRtp({ ...header, payload: new Uint8Array(160) }), at(0));
  }
  const [one, two, three] = units.map((unit) => unit.dts);
  assert.ok(one !== undefined && two !== undefined && three !== undefined && one < two && two < three);
});

test('the capture time is the camera’s when its sender reports make sense', () => {
  const { tested, units } = receiver('tcp');
  tested.rtp(packet(1), at(0));
  const ntpSeconds = wallMs / 1000 + 2_208_988_800;
  const ntp = { seconds: ntpSeconds - 1, fraction: 0 };
  const report = {
    kind: 'sender-report',
    ssrc: 5,
    ntp,
    rtpTime: 160,
    packets: 1,
    payloadBytes: 1,
    blocks: [],
  } as const;
  tested.rtcp(writeRtcp([report]), at(1));
  tested.rtp(packet(2), at(20));
  assert.equal(units[1]?.wallMs, wallMs - 1000 + 20);
});

test('goodbye is noticed for the packets’ own source only, and taken back by the next packet', () => {
  const { tested } = receiver('tcp');
  tested.rtp(packet(1), at(0));
  tested.rtcp(writeRtcp([{ kind: 'goodbye', ssrcs: [9], reason: undefined }]), at(1));
  assert.equal(tested.ended, false);
  tested.rtcp(writeRtcp([{ kind: 'goodbye', ssrcs: [5], reason: undefined }]), at(1));
  assert.equal(tested.ended, true);
  tested.rtp(packet(2), at(2));
  assert.equal(tested.ended, false);
});

test('a small unit does not keep the large chunk alive that it came in', () => {
  const { tested, units } = receiver('tcp');
  const chunk = new Uint8Array(65_536);
  chunk.set(packet(7), 1000);
  tested.rtp(chunk.subarray(1000, 1000 + 172), at(0));
  assert.equal(units[0]?.nals[0]?.length, 160);
  assert.ok((units[0]?.nals[0]?.buffer.byteLength ?? Infinity) <= 4 * 160);
});

/** Every packet is a picture; the payload's first byte says whether it is a key. */
class Pictures implements Depacketizer {
  #configured = false;

  push({ time, payload }: Parameters<Depacketizer['push']>[0]): readonly Depacketized[] {
    const frame = { kind: 'frame', time, key: payload[0] === 1, nals: [payload] } as const;
    if (this.#configured) return [frame];
    this.#configured = true;
    return [{ kind: 'config', codec: { kind: 'mjpeg', widthPixels: 1, heightPixels: 1 } }, frame];
  }
}

test('video begins with a key picture, and pictures shown out of order have decoding times in order', () => {
  const { tested, units } = receiver('tcp', new Pictures(), 'video');
  const shown = [0, 9, 40, 20, 30, 70, 50, 60];
  for (const [index, time] of shown.entries()) {
    const key = index === 1 ? 1 : 0;
    const header = { payloadType: 8, marker: true, sequence: index, timestamp: time * 90, ssrc: 5 };
    tested.rtp(writeRtp({ ...header, payload: new Uint8Array([key, index]) }), at(index * 10));
  }
  assert.deepEqual(
    units.map((unit) => unit.nals[0]?.[1]),
    [1, 2, 3, 4, 5, 6, 7],
  );
  for (const [index, unit] of units.slice(1).entries()) assert.ok(unit.dts > (units[index]?.dts ?? 0));
});

test('any bytes as RTP and RTCP: nothing throws, the input stays as it was, times only increase', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 30 }),
      fc.boolean(),
      (inputs, valid) => {
        const { tested, units } = receiver('udp');
        for (const [index, bytes] of inputs.entries()) {
          if (valid && bytes.length > 2) bytes.set([0x80, 8]);
          const before = bytes.slice();
          tested.rtp(bytes, at(index));
          tested.rtcp(bytes, at(index));
          tested.expire(at(index));
          tested.report(at(index));
          assert.deepEqual(bytes, before);
        }
        for (const [index, unit] of units.slice(1).entries()) assert.ok(unit.dts > (units[index]?.dts ?? 0));
      },
    ),
    { numRuns: 200 },
  );
});
