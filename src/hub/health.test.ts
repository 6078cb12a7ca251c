import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { ManualClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import { Hub } from './hub.ts';
import type { Stream } from './stream.ts';
import type { SourceCounters } from './source.ts';
import { HandSource, testUnit, testVideoTrack, testViewer } from './testing.ts';
import { unknownNetwork } from './viewers.ts';

describe('the health of a stream', () => {
  let clock: ManualClock;
  let source: HandSource;
  let stream: Stream;
  let counters: SourceCounters;

  beforeEach(() => {
    clock = new ManualClock();
    source = new HandSource();
    counters = { bytesReceived: 0, packetsReceived: 0, packetsLost: 0, damaged: 0 };
    const hub = new Hub({ clock, log: silentLog, random: () => 0.5 });
    stream = hub.add('cam_test', source, { start: 'always', closeAfterMs: 0, maxReaders: 0 });
    source.current.counters = () => counters;
    source.current.sink.tracks([testVideoTrack()]);
  });

  /** A keyframe every `gopSeconds`; each second 100 packets, of which some are lost. */
  function live(seconds: number, lostEachSecond = 0, gopSeconds = 1): void {
    for (let second = 0; second < seconds; second++) {
      clock.advance(1_000);
      const { packetsReceived, packetsLost } = counters;
      counters = {
        ...counters,
        packetsReceived: packetsReceived + 100 - lostEachSecond,
        packetsLost: packetsLost + lostEachSecond,
      };
      source.current.sink.unit(testUnit(clock.nowMs() / 1000, second % gopSeconds === 0));
    }
  }

  it('is good when pictures flow', () => {
    live(60);
    assert.deepEqual(stream.status().health, { level: 'good', reasons: [] });
  });

  it('tells how much is lost, and forgets it when it is over', () => {
    live(120);
    live(20, 10);
    const { level, reasons } = stream.status().health;
    assert.equal(level, 'fair');
    assert.match(reasons[0] ?? '', /^\d\.\d % of the packets were lost/);
    live(100);
    assert.equal(stream.status().health.level, 'good');
  });

  it('adds up errors of every kind while they come', () => {
    live(20);
    counters = { ...counters, damaged: 8 };
    const figures = { bytesSent: 0, unitsDropped: 0, errors: 0, network: unknownNetwork };
    const viewer = stream.admitViewer({ ...testViewer, figures: () => figures });
    assert.equal(stream.status().health.level, 'good');
    figures.errors = 3;
    const { health, stats } = stream.status();
    assert.deepEqual(health.reasons, [
      '11 errors within a minute: 8 frames arrived damaged and were thrown away, 3 answers to viewers failed.',
    ]);
    assert.equal(stats.errors, 11);
    live(120);
    assert.equal(stream.status().health.level, 'good');
    assert.ok(viewer.ok);
  });

  it('counts what outputs kept from their viewers', () => {
    live(20);
    const figures = { bytesSent: 0, unitsDropped: 101, errors: 0, network: unknownNetwork };
    const viewer = stream.admitViewer({ ...testViewer, figures: () => figures });
    assert.match(stream.status().health.reasons[0] ?? '', /^101 frames were kept from viewers/);
    assert.ok(viewer.ok);
    viewer.value.leave();
    assert.equal(stream.status().stats.unitsDropped, 101);
  });

  it('is judged by the rules that were set', () => {
    const strict = { maxDrops: 0, maxErrors: 0, stalledWithReaders: false };
    const hub = new Hub({ clock, log: silentLog, random: () => 0.5, health: strict });
    stream = hub.add('cam_strict', source, { start: 'always', closeAfterMs: 0, maxReaders: 0 });
    source.current.counters = () => counters;
    source.current.sink.tracks([testVideoTrack()]);
    live(20);
    assert.equal(stream.status().health.level, 'good');
    counters = { ...counters, damaged: 1 };
    assert.match(stream.status().health.reasons[0] ?? '', /^1 errors within a minute/);
    assert.ok(stream.admitViewer(testViewer).ok);
    clock.advance(6_000);
    assert.equal(stream.status().health.level, 'fair');
  });

  it('of a picture that stands still is bad when somebody watches, else fair', () => {
    live(1);
    clock.advance(6_000);
    const still = 'The camera is connected but sends no pictures.';
    assert.deepEqual(stream.status().health, { level: 'fair', reasons: [still] });
    assert.ok(stream.admitViewer(testViewer).ok);
    assert.deepEqual(stream.status().health, { level: 'bad', reasons: [`${still} 1 viewer waits for it.`] });
  });

  it('knows how long media has flowed', () => {
    assert.equal(stream.status().stats.uptimeSeconds, null);
    live(61);
    assert.equal(stream.status().stats.uptimeSeconds, 60);
    source.current.fail('ended');
    assert.equal(stream.status().stats.uptimeSeconds, null);
  });

  it('tells of viewers that were too slow while they are', () => {
    live(20);
    const attached = stream.attach({
      kind: 'test',
      onTracks: () => undefined,
      onUnit: () => undefined,
      onEnd: () => undefined,
      pendingBytes: () => 1e9,
    });
    assert.ok(attached.ok);
    for (let picture = 0; picture < 200; picture++) {
      clock.advance(100);
      source.current.sink.unit(testUnit(clock.nowMs() / 1000, picture % 10 === 0));
    }
    assert.match(stream.status().health.reasons[0] ?? '', /^\d+ frames were kept from viewers/);
    attached.value.detach();
    live(120);
    assert.equal(stream.status().health.level, 'good');
  });

  it('tells of rare keyframes', () => {
    live(30, 0, 8);
    assert.match(stream.status().health.reasons[0] ?? '', /only every 8\.0 s/);
  });

  it('is bad, with the reason, when the camera is away', () => {
    live(1);
    source.current.fail('refused');
    assert.deepEqual(stream.status().health, { level: 'bad', reasons: ['It failed: refused.'] });
  });
});
