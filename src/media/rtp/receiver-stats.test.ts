import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hertz, monotonicMs } from '../../base/units.ts';
import { ReceiverStats } from './receiver-stats.ts';

const clock = hertz(90_000);

function feed(stats: ReceiverStats, sequences: readonly number[], stepMs = 10): void {
  for (const [index, sequence] of sequences.entries()) {
    const packet = { ssrc: 7, sequence: sequence & 0xffff, timestamp: (sequence * 900) >>> 0 };
    stats.packet(packet, monotonicMs(index * stepMs));
  }
}

test('nothing to report before the first packet', () => {
  assert.equal(new ReceiverStats(clock).report(monotonicMs(0)), undefined);
});

test('loss since the last report and in all (RFC 3550, A.3)', () => {
  const stats = new ReceiverStats(clock);
  feed(stats, [65_534, 65_535, 65_537, 65_539]);
  const first = stats.report(monotonicMs(0));
  assert.equal(first?.cumulativeLost, 2);
  assert.equal(first.fractionLost, Math.floor((2 * 256) / 6));
  assert.equal(first.extendedHighestSequence, 65_539);
  feed(stats, [65_540, 65_541]);
  const second = stats.report(monotonicMs(0));
  assert.equal(second?.fractionLost, 0);
  assert.equal(second.cumulativeLost, 2);
});

test('duplicates make the loss negative, the fraction stays 0 (RFC 3550, 6.4.1)', () => {
  const stats = new ReceiverStats(clock);
  feed(stats, [1, 2, 2, 2]);
  const report = stats.report(monotonicMs(0));
  assert.equal(report?.cumulativeLost, -2);
  assert.equal(report.fractionLost, 0);
});

test('jitter: none when packets come as they were sent, growing when they do not (RFC 3550, A.8)', () => {
  const even = new ReceiverStats(clock);
  feed(even, [1, 2, 3, 4, 5]);
  assert.equal(even.report(monotonicMs(0))?.jitter, 0);
  const late = new ReceiverStats(clock);
  feed(late, [1, 2], 11);
  // One ms late is 90 ticks; a sixteenth of it counts.
  assert.equal(late.report(monotonicMs(0))?.jitter, 5);
});

test('the last sender report and the time since (RFC 3550, 6.4.1)', () => {
  const stats = new ReceiverStats(clock);
  feed(stats, [1]);
  stats.senderReport(0xabcd_1234, monotonicMs(1000));
  const report = stats.report(monotonicMs(3500));
  assert.equal(report?.lastSenderReport, 0xabcd_1234);
  assert.equal(report.delaySinceLastSenderReport, 2.5 * 65_536);
});

test('a camera that starts anew is counted anew', () => {
  const stats = new ReceiverStats(clock);
  feed(stats, [1, 2, 30_000, 30_001]);
  assert.equal(stats.report(monotonicMs(0))?.cumulativeLost, 0);
  stats.packet({ ssrc: 8, sequence: 5, timestamp: 0 }, monotonicMs(0));
  assert.equal(stats.report(monotonicMs(0))?.ssrc, 8);
});
