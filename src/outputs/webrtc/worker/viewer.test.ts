import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { ManualClock } from '../../../base/clock.ts';
import { hertz, unixMs } from '../../../base/units.ts';
import { parseRtcp } from '../../../media/rtcp/parse.ts';
import { writeRtcp } from '../../../media/rtcp/write.ts';
import { uint16 } from '../../../media/rtp/bytes.ts';
import { parseRtp } from '../../../media/rtp/packet.ts';
import type { RtpPacket } from '../../../media/rtp/packet.ts';
import { LaneTime } from './lane-time.ts';
import type { Packed } from './packed.ts';
import { Viewer, maxSilenceMs } from './viewer.ts';

const ssrc = 0x1234_5678;
const transportSequenceId = 3;

/** A viewer whose packets are kept, and a camera. */
class Rig {
  readonly clock = new ManualClock();
  readonly sent: Buffer[] = [];
  kept: Packed[] = [];
  readonly viewer: Viewer;
  readonly #time = new LaneTime(hertz(90_000));
  #number = 0;

  constructor() {
    this.viewer = new Viewer(
      { stream: 1, remote, video: { ssrc, payloadType: 102 }, transportSequenceId },
      {
        clock: this.clock,
        cname: 'test',
        send: (packet) => this.sent.push(Buffer.from(packet)) > 0,
        kept: () => this.kept,
      },
    );
  }

  film(count: number, packetsEach = 3): void {
    for (let i = 0; i < count; i += 1) {
      const time = this.#number * 3600;
      const payloads = Array.from({ length: packetsEach }, (_, at) => ({
        payload: new Uint8Array(100).fill(at),
        marker: at === packetsEach - 1,
        timeOffset: 0,
      }));
      const packed = {
        lane: 'video',
        number: this.#number,
        key: this.#number % 25 === 0,
        time,
        payloads,
      } as const;
      this.#number += 1;
      if (packed.key) this.kept = [];
      this.kept.push(packed);
      this.#time.note(time, unixMs(this.clock.nowMs()));
      this.viewer.take(packed);
      this.clock.advance(40);
    }
  }

  connect(): void {
    this.viewer.connected();
    while (this.viewer.isCatchingUp) this.viewer.catchUp(10);
  }

  tick(): string | undefined {
    return this.viewer.tick((lane) => (lane === 'video' ? this.#time : undefined));
  }

  get rtp(): readonly RtpPacket[] {
    return this.sent.flatMap((packet) => {
      const type = (packet[1] ?? 0) & 0x7f;
      const parsed = type >= 64 && type <= 95 ? undefined : parseRtp(packet);
      return parsed?.ok ? [parsed.value] : [];
    });
  }
}

const remote = { iceUfrag: 'abcd', icePwd: 'x'.repeat(22), fingerprint: '', setup: 'actpass' } as const;

function nack(sequences: readonly number[]): Uint8Array {
  return writeRtcp([{ kind: 'nack', sender: 1, media: ssrc, sequences }]);
}
const pictureLoss = writeRtcp([{ kind: 'picture-loss', sender: 1, media: ssrc }]);

describe('a viewer', () => {
  it('is sent nothing before its connection stands, then the kept pictures without a gap', () => {
    const rig = new Rig();
    rig.film(10);
    assert.equal(rig.sent.length, 0);
    rig.connect();
    rig.film(5);
    const sequences = rig.rtp.map(({ sequence }) => sequence);
    assert.equal(sequences.length, 45);
    assert.ok(sequences.every((sequence, i) => i === 0 || sequence === (sequences[i - 1] ?? 0) + 1));
    assert.ok(rig.rtp.every((packet) => packet.ssrc === ssrc && packet.payloadType === 102));
    assert.equal(rig.rtp.filter(({ marker }) => marker).length, 15);
  });

  it('finds one transport number in each packet, those sent again included', () => {
    const rig = new Rig();
    rig.film(2);
    rig.connect();
    const first = rig.rtp[0]?.sequence ?? 0;
    rig.viewer.rtcp(nack([first, first + 1, 60_000]));
    assert.deepEqual(
      rig.rtp.slice(-2).map(({ sequence }) => sequence),
      [first, first + 1],
    );
    // One-byte header: after the fixed header, the profile, the length and the element's head.
    const numbers = rig.sent.map((packet) => uint16(packet, 17));
    assert.deepEqual(
      numbers,
      numbers.map((_, i) => i),
    );
  });

  it('that lost the picture gets the kept ones again, at most once a second', () => {
    const rig = new Rig();
    rig.film(10);
    rig.connect();
    const before = rig.rtp.length;
    for (let i = 0; i < 50; i += 1) rig.viewer.rtcp(pictureLoss);
    while (rig.viewer.isCatchingUp) rig.viewer.catchUp(10);
    rig.viewer.rtcp(pictureLoss);
    assert.ok(!rig.viewer.isCatchingUp);
    assert.equal(rig.rtp.length, before + 30);
    const times = rig.rtp.map(({ timestamp }) => timestamp);
    assert.ok(times.every((time, i) => i === 0 || time >= (times[i - 1] ?? 0)));
  });

  it('is told the capture time once a second, and its round trip is known from the answer', () => {
    const rig = new Rig();
    rig.film(5);
    rig.connect();
    assert.equal(rig.tick(), undefined);
    const [report] = parseRtcp(rig.sent.at(-1) ?? new Uint8Array()).packets;
    assert.ok(report?.kind === 'sender-report');
    assert.equal(report.packets, 15);
    const { seconds, fraction } = report.ntp;
    const lastSenderReport = (seconds % 0x1_0000) * 0x1_0000 + Math.floor(fraction / 0x1_0000);
    rig.clock.advance(150);
    const block = {
      ssrc,
      fractionLost: 0,
      cumulativeLost: 0,
      extendedHighestSequence: 0,
      jitter: 180,
      lastSenderReport,
      delaySinceLastSenderReport: 6554,
    };
    rig.viewer.rtcp(writeRtcp([{ kind: 'receiver-report', ssrc: 9, blocks: [block] }]));
    const { roundTripMs, jitterMs } = rig.viewer.figures(1);
    assert.equal(Math.round(roundTripMs ?? 0), 50);
    assert.equal(jitterMs, 2);
  });

  it('that says nothing while it is sent pictures is taken for gone', () => {
    const rig = new Rig();
    rig.film(1);
    rig.connect();
    for (let ms = 0; ms < maxSilenceMs; ms += 1000) {
      assert.equal(rig.tick(), undefined);
      rig.film(26);
    }
    assert.match(rig.tick() ?? '', /has said nothing/);
  });

  it('that never connects is given up', () => {
    const rig = new Rig();
    rig.clock.advance(16_000);
    assert.match(rig.tick() ?? '', /No connection/);
  });

  it('whose way is too narrow gets keyframes only, until it recovers', () => {
    const rig = new Rig();
    rig.film(1);
    rig.connect();
    feedback(rig, 0.3);
    const before = rig.rtp.length;
    rig.film(24);
    assert.equal(rig.rtp.length, before);
    assert.equal(rig.viewer.figures(1).unitsDropped, 24);
    assert.ok((rig.viewer.figures(1).lossRatio ?? 0) > 0.2);
    rig.film(1);
    assert.equal(rig.rtp.length, before + 3, 'the keyframe');
    for (let i = 0; i < 5; i += 1) feedback(rig, 0);
    rig.film(25);
    assert.ok(rig.rtp.length > before + 3 + 24 * 3);
  });

  it('may say anything: nothing throws, and what it causes is bounded', () => {
    const valid = fc.constantFrom(nack([1, 2, 3]), pictureLoss);
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 80 }), valid);
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 60 }), (said) => {
        const rig = new Rig();
        rig.film(5);
        rig.connect();
        const before = rig.sent.length;
        for (const packet of said) rig.viewer.rtcp(packet);
        while (rig.viewer.isCatchingUp) rig.viewer.catchUp(10);
        assert.ok(rig.sent.length <= before + 15 + 120);
      }),
      { numRuns: 60 },
    );
  });
});

/** Some seconds in which that share of what was sent did not arrive (transport-wide feedback). */
function feedback(rig: Rig, lost: number): void {
  for (let second = 0; second < 2; second += 1) {
    const first = rig.sent.filter((packet) => (packet[0] ?? 0) === 0x90).length;
    rig.film(25, 4);
    const packets = rig.sent.filter((packet) => (packet[0] ?? 0) === 0x90).slice(first);
    const base = packets[0] ? uint16(packets[0], 17) : 0;
    rig.viewer.rtcp(transportFeedback(base, packets.length, Math.round(packets.length * lost)));
    rig.clock.advance(100);
    rig.tick();
  }
}

/** draft-holmer-rmcat-transport-wide-cc-extensions-01, 3.1: two runs, the second one lost. */
function transportFeedback(base: number, count: number, lost: number): Uint8Array {
  const arrived = count - lost;
  const words = Math.ceil((20 + arrived + 4) / 4);
  const bytes = Buffer.alloc(words * 4);
  bytes.set([0x8f, 205]);
  bytes.writeUInt16BE(words - 1, 2);
  bytes.writeUInt32BE(ssrc, 8);
  bytes.writeUInt16BE(base, 12);
  bytes.writeUInt16BE(count, 14);
  bytes.writeUInt16BE(0x2000 | arrived, 20);
  bytes.writeUInt16BE(lost, 22);
  bytes.fill(4, 24, 24 + arrived);
  return bytes;
}
