import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { monotonicMs } from '../../base/units.ts';
import type { RtpPacket } from './packet.ts';
import type { OrderedPacket } from './payload.ts';
import { ReorderBuffer, tcpReorderLimits, udpReorderLimits } from './reorder.ts';
import { unwrap16, unwrap32, Unwrapper } from './unwrap.ts';

const packet = (sequence: number, ssrc = 1): RtpPacket => ({
  payloadType: 96,
  marker: false,
  sequence: sequence & 0xffff,
  timestamp: (sequence * 100) >>> 0,
  ssrc,
  payload: new Uint8Array(0),
});

const limits = { maxPackets: 8, maxAgeMs: 100 };

/** Sequence and gap of what comes out. */
const short = (out: readonly OrderedPacket[]): string =>
  out.map(({ sequence, lostBefore }) => `${String(sequence)}${'!'.repeat(lostBefore)}`).join(' ');

function run(buffer: ReorderBuffer, sequences: readonly number[], atMs = 0): string {
  return short(sequences.flatMap((sequence) => buffer.push(packet(sequence), monotonicMs(atMs))));
}

describe('over UDP', () => {
  test('packets in order pass at once', () => {
    assert.equal(run(new ReorderBuffer(limits), [10, 11, 12]), '10 11 12');
  });

  test('packets that overtook each other are put right', () => {
    const buffer = new ReorderBuffer(limits);
    assert.equal(run(buffer, [10, 12, 13, 11, 14]), '10 11 12 13 14');
    assert.equal(buffer.dueMs, undefined);
    assert.equal(buffer.counters.lost, 0);
  });

  test('the first packets of a stream may be out of order: the late one is left out', () => {
    const buffer = new ReorderBuffer(limits);
    assert.equal(run(buffer, [11, 10, 12]), '11 12');
    assert.equal(buffer.counters.late, 1);
  });

  test('a gap is given up after its time, counted from the first packet behind it', () => {
    const buffer = new ReorderBuffer(limits);
    assert.equal(run(buffer, [10, 13], 0), '10');
    assert.equal(run(buffer, [14], 90), '');
    assert.equal(buffer.dueMs, 100);
    assert.equal(short(buffer.expire(monotonicMs(99))), '');
    assert.equal(short(buffer.expire(monotonicMs(100))), '13!! 14');
    assert.equal(buffer.counters.lost, 2);
  });

  test('a second gap has its own time', () => {
    const buffer = new ReorderBuffer(limits);
    run(buffer, [10, 12], 0);
    run(buffer, [14], 60);
    assert.equal(short(buffer.expire(monotonicMs(100))), '12!');
    assert.equal(buffer.dueMs, 160);
    assert.equal(short(buffer.expire(monotonicMs(160))), '14!');
  });

  test('a wait that is made shorter or longer counts for what waits already', () => {
    const changing = { maxPackets: 8, maxAgeMs: 500 };
    const buffer = new ReorderBuffer(changing);
    run(buffer, [10, 12], 0);
    assert.equal(short(buffer.expire(monotonicMs(60))), '');
    changing.maxAgeMs = 50;
    assert.equal(buffer.dueMs, 50);
    assert.equal(short(buffer.expire(monotonicMs(60))), '12!');
    run(buffer, [14], 60);
    changing.maxAgeMs = 500;
    assert.equal(run(buffer, [13], 400), '13 14');
  });

  test('a gap is given up when too many packets wait', () => {
    const buffer = new ReorderBuffer(limits);
    assert.equal(run(buffer, [10, 12, 13, 14, 15, 16, 17, 18]), '10');
    assert.equal(run(buffer, [19]), '12! 13 14 15 16 17 18 19');
  });

  test('a loss longer than the window passes on, with the whole loss told', () => {
    const buffer = new ReorderBuffer(limits);
    assert.equal(run(buffer, [10, 12, 40]), '10 12!');
    assert.equal(short(buffer.expire(monotonicMs(100))), `40${'!'.repeat(27)}`);
    assert.equal(buffer.counters.lost, 28);
  });

  test('doubles and latecomers are told apart', () => {
    const buffer = new ReorderBuffer(limits);
    run(buffer, [10, 11, 11, 13, 13], 0);
    buffer.expire(monotonicMs(100));
    assert.equal(run(buffer, [12, 10], 100), '');
    const { duplicates, late, lost } = buffer.counters;
    assert.deepEqual({ duplicates, late, lost }, { duplicates: 3, late: 1, lost: 1 });
  });

  test('the sequence wraps, numbers go on; so does time (RFC 3550, 5.1)', () => {
    const buffer = new ReorderBuffer(limits);
    assert.equal(run(buffer, [65534, 65535, 65537, 65536]), '65534 65535 65536 65537');
    const times = new ReorderBuffer(limits);
    const [first] = times.push({ ...packet(1), timestamp: 0xffff_ffff }, monotonicMs(0));
    const [second] = times.push({ ...packet(2), timestamp: 99 }, monotonicMs(0));
    assert.equal((second?.time ?? 0) - (first?.time ?? 0), 100);
  });
});

describe('a camera that starts anew', () => {
  test('a new SSRC counts when two packets agree; numbers still increase', () => {
    const buffer = new ReorderBuffer(limits);
    run(buffer, [10, 11]);
    assert.deepEqual(buffer.push(packet(5, 2), monotonicMs(0)), []);
    const out = buffer.push(packet(6, 2), monotonicMs(0));
    assert.equal(out.length, 2);
    assert.equal(out[0]?.lostBefore, 1);
    assert((out[0]?.sequence ?? 0) > 11);
    assert.equal(buffer.ssrc, 2);
    assert.equal(buffer.counters.restarts, 1);
    assert.equal(buffer.counters.lost, 0);
  });

  test('a single stray packet changes nothing', () => {
    const buffer = new ReorderBuffer(limits);
    run(buffer, [10]);
    buffer.push(packet(5, 2), monotonicMs(0));
    assert.equal(run(buffer, [11, 12]), '11 12');
    assert.equal(buffer.counters.strays, 1);
  });

  test('a jump in sequence, forward and back (RFC 3550, A.1)', () => {
    for (const start of [30_000, 40_000]) {
      const buffer = new ReorderBuffer(limits);
      run(buffer, [10_000, 10_002]);
      assert.equal(buffer.push(packet(start), monotonicMs(0)).length, 0);
      const out = buffer.push(packet(start + 1), monotonicMs(0));
      assert.deepEqual(
        out.map((item) => item.sequence & 0xffff),
        [10_002, start, start + 1],
      );
      assert.equal(buffer.counters.restarts, 1);
    }
  });
});

test('over TCP nothing waits and gaps are counted', () => {
  const buffer = new ReorderBuffer(tcpReorderLimits);
  assert.equal(run(buffer, [10, 13, 14]), '10 13!! 14');
  assert.equal(buffer.dueMs, undefined);
  assert.equal(buffer.counters.lost, 2);
});

test('any arrivals: strictly increasing, every gap told, nothing held too long', () => {
  const arrivals = fc.array(
    fc.record({
      sequence: fc.oneof(fc.nat(40), fc.nat(0xffff)),
      ssrc: fc.constantFrom(1, 1, 1, 2),
      passMs: fc.nat(40),
    }),
    { maxLength: 120 },
  );
  fc.assert(
    fc.property(arrivals, fc.constantFrom(limits, tcpReorderLimits, udpReorderLimits), (all, limits) => {
      const buffer = new ReorderBuffer(limits);
      let now = 0;
      let last: number | undefined;
      let emitted = 0;
      for (const { sequence, ssrc, passMs } of all) {
        now += passMs;
        for (const out of buffer.push(packet(sequence, ssrc), monotonicMs(now))) {
          if (last !== undefined) assert(out.sequence > last);
          last = out.sequence;
          emitted += 1;
        }
        assert(buffer.dueMs === undefined || buffer.dueMs > now);
      }
      emitted += buffer.expire(monotonicMs(now + limits.maxAgeMs)).length;
      const { received, late, duplicates, strays } = buffer.counters;
      const held = received - emitted - late - duplicates - strays;
      assert(held === 0 || held === 1, 'all accounted for but one packet of what may be a new stream');
    }),
    { numRuns: 300 },
  );
});

test('a shuffled stream comes out whole while the shuffle stays in the window', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(6), { minLength: 1, maxLength: 100 }), fc.nat(0xffff), (delays, first) => {
      const buffer = new ReorderBuffer(limits);
      const order = delays
        .map((delay, index) => ({ index: index + 1, at: index + delay }))
        .sort((left, right) => left.at - right.at);
      const sequences = [first, ...order.map(({ index }) => first + index)];
      const out = sequences.flatMap((sequence) => buffer.push(packet(sequence), monotonicMs(0)));
      assert.deepEqual(
        out.map((item) => item.sequence),
        sequences.toSorted((left, right) => left - right),
      );
    }),
    { numRuns: 200 },
  );
});

describe('unwrapping', () => {
  test('the nearest number with these low bits', () => {
    assert.equal(unwrap16(3, 65_530), 65_539);
    assert.equal(unwrap16(65_530, 65_539), 65_530);
    assert.equal(unwrap32(5, 0xffff_fff0), 0x1_0000_0005);
    assert.equal(unwrap32(0xffff_fff0, 0x7_0000_0005), 0x6_ffff_fff0);
  });

  test('a jump is told, a wrap is not', () => {
    const time = new Unwrapper(32, 90_000);
    const seen = [0xffff_ff00, 0x100, 0x200, 0x4000_0000, 0x4000_0100].map((value) => [
      time.next(value),
      time.jumped,
    ]);
    assert.deepEqual(seen, [
      [0xffff_ff00, false],
      [0x1_0000_0100, false],
      [0x1_0000_0200, false],
      [0x1_4000_0000, true],
      [0x1_4000_0100, false],
    ]);
  });
});
