import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { ManualClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import type { AccessUnit } from '../media/track.ts';
import { Hub } from './hub.ts';
import type { Reader } from './reader.ts';
import type { Stream, StreamPolicy } from './stream.ts';
import { HandSource, testUnit, testVideoTrack, testViewer } from './testing.ts';

const onDemand: StreamPolicy = { start: 'on-demand', closeAfterMs: 10_000, maxReaders: 0 };

class Recorder implements Reader {
  readonly kind = 'test';
  readonly log: string[] = [];
  readonly units: AccessUnit[] = [];
  pending = 0;
  onTracks(): void {
    this.log.push('tracks');
  }
  onUnit(unit: AccessUnit): void {
    this.units.push(unit);
    this.log.push(unit.key ? 'K' : 'p');
  }
  onDiscontinuity(): void {
    this.log.push('break');
  }
  onEnd(reason: string): void {
    this.log.push(`end: ${reason}`);
  }
  pendingBytes(): number {
    return this.pending;
  }
}

describe('a stream', () => {
  let clock: ManualClock;
  let source: HandSource;
  let hub: Hub;
  let stream: Stream;

  beforeEach(() => {
    clock = new ManualClock();
    source = new HandSource();
    hub = new Hub({ clock, log: silentLog, random: () => 0.99 });
    stream = hub.add('cam_test', source, onDemand);
  });

  /** Connects and delivers pictures: K is a keyframe, p another; 40 ms apart. */
  function deliver(pattern: string): void {
    for (const kind of pattern) {
      clock.advance(40);
      source.current.sink.unit(testUnit(clock.nowMs() / 1000, kind === 'K'));
    }
  }

  function goLive(pattern = 'Kpp'): Recorder {
    const first = new Recorder();
    stream.attach(first);
    source.current.sink.tracks([testVideoTrack()]);
    deliver(pattern);
    return first;
  }

  it('connects for its first reader, not before', () => {
    assert.equal(source.connections.length, 0);
    assert.equal(stream.status().state, 'idle');
    stream.attach(new Recorder());
    assert.equal(source.connections.length, 1);
    assert.equal(stream.status().state, 'connecting');
  });

  it('closes the source closeAfterMs after the last reader left, unless one comes back', () => {
    const attached = stream.attach(new Recorder());
    assert.ok(attached.ok);
    attached.value.detach();
    clock.advance(9_999);
    assert.equal(source.current.closed, false);
    const again = stream.attach(new Recorder());
    clock.advance(60_000 - 9_999 - 40_000);
    assert.equal(source.connections.length, 1);
    assert.ok(again.ok);
    again.value.detach();
    clock.advance(10_000);
    assert.equal(source.current.closed, true);
    assert.equal(stream.status().state, 'idle');
  });

  it('keeps a warm source connected without readers', () => {
    stream.configure({ ...onDemand, start: 'always' });
    source.current.sink.tracks([testVideoTrack()]);
    deliver('Kp'.repeat(500));
    assert.equal(source.current.closed, false);
    assert.equal(stream.status().state, 'live');
  });

  it('starts every later reader at the last keyframe, at once', () => {
    goLive('KpppKpp');
    const late = new Recorder();
    stream.attach(late);
    assert.deepEqual(late.log, ['tracks', 'K', 'p', 'p']);
    deliver('p');
    assert.deepEqual(late.log, ['tracks', 'K', 'p', 'p', 'p']);
  });

  it('never starts a reader between keyframes', () => {
    assert.deepEqual(goLive('ppKp').log, ['tracks', 'K', 'p']);
  });

  it('drops whole units of a slow reader to the next keyframe, counts them, and harms nobody else', () => {
    const quick = goLive('K');
    const slow = new Recorder();
    const attached = stream.attach(slow, { budgetBytes: 1000 });
    slow.pending = 1001;
    deliver('pp');
    slow.pending = 600;
    deliver('K');
    slow.pending = 400;
    deliver('pKp');
    assert.deepEqual(slow.log, ['tracks', 'K', 'break', 'K', 'p']);
    assert.ok(attached.ok);
    assert.equal(attached.value.droppedUnits, 4);
    assert.equal(stream.status().stats.unitsDropped, 4);
    assert.deepEqual(quick.log.join(''), 'tracksKppKpKp');
  });

  it('does not take a reader for slow because its first GOP is large', () => {
    goLive('Kppp');
    const late = new Recorder();
    late.pendingBytes = () => late.units.length * 100 - late.pending;
    stream.attach(late, { budgetBytes: 200 });
    deliver('pp');
    assert.deepEqual(late.log, ['tracks', 'K', 'p', 'p', 'p', 'p', 'p']);
    late.pending = 600;
    deliver('ppppp');
    assert.equal(late.units.length, 9, 'once it has caught up, its budget is what it was');
  });

  it('removes a reader that throws; the others do not notice', () => {
    const good = goLive('K');
    const bad = new Recorder();
    bad.onUnit = () => {
      throw new Error('a bug');
    };
    stream.attach(bad);
    deliver('pp');
    assert.deepEqual(good.log, ['tracks', 'K', 'p', 'p']);
    assert.equal(stream.status().stats.readers, 1);
  });

  it('notices a silent camera within 5 s, says so, and connects anew', () => {
    goLive('Kpppp');
    clock.advance(4_600);
    assert.equal(stream.status().state, 'stalled');
    clock.advance(6_000);
    assert.equal(source.connections[0]?.closed, true);
    assert.equal(stream.status().state, 'offline');
    assert.match(stream.status().reason ?? '', /no picture for 1\d s/);
    clock.advance(600);
    assert.equal(source.connections.length, 2);
  });

  it('does not call a camera silent that sends a picture every 4 s', () => {
    goLive('K');
    for (let i = 0; i < 5; i++) {
      clock.advance(4_000);
      source.current.sink.unit(testUnit(clock.nowMs() / 1000, true));
    }
    clock.advance(4_600);
    assert.equal(stream.status().state, 'live');
  });

  it('keeps its readers through a reconnect and tells them of the break, with times that go on', () => {
    const reader = goLive('Kp');
    source.current.fail('ended');
    assert.equal(stream.status().state, 'offline');
    assert.equal(stream.status().nextTryMs, clock.nowMs() + 498);
    clock.advance(500);
    source.current.sink.tracks([testVideoTrack()]);
    deliver('pKp');
    assert.deepEqual(reader.log, ['tracks', 'K', 'p', 'break', 'K', 'p']);
    assert.equal(stream.status().stats.reconnects, 1);
    assert.equal(stream.status().state, 'live');
  });

  it('tells readers when a reconnect brings another configuration', () => {
    const reader = goLive('K');
    source.current.fail('ended');
    clock.advance(500);
    source.current.sink.tracks([testVideoTrack(1)]);
    deliver('K');
    assert.deepEqual(reader.log, ['tracks', 'K', 'tracks', 'break', 'K']);
  });

  it('never shows a new reader a picture from before an interruption', () => {
    goLive('Kpp');
    source.current.fail('ended');
    const late = new Recorder();
    stream.attach(late);
    assert.deepEqual(late.log, ['tracks']);
  });

  it('remembers its last keyframe when the camera goes away, for whoever wants an old picture', () => {
    const before: unknown = stream.lastKeyframe;
    assert.equal(before, undefined);
    const reader = goLive('KppKp');
    const newest = reader.units.findLast((unit) => unit.key);
    assert.equal(stream.lastKeyframe?.unit, newest);
    source.current.fail('no-route');
    assert.equal(stream.lastKeyframe?.unit, newest);
    assert.deepEqual(stream.lastKeyframe?.track, testVideoTrack());
  });

  it('moves a connection on whose clock would go back', () => {
    const reader = goLive('Kp');
    source.current.fail('ended');
    clock.advance(500);
    clock.stepWall(-3_600_000);
    source.current.sink.tracks([testVideoTrack()]);
    deliver('Kp');
    const times = reader.units.map((unit) => unit.dts);
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    );
    assert.equal(new Set(times).size, 4);
  });

  it('says "offline since" the first failure, through all attempts', () => {
    goLive('K');
    source.current.fail('refused');
    const { sinceMs } = stream.status();
    for (let i = 0; i < 5; i++) {
      clock.advance(40_000);
      source.current.fail('refused');
    }
    assert.equal(stream.status().sinceMs, sinceMs);
    assert.equal(stream.status().stats.lastError, 'It failed: refused.');
  });

  it('asks a camera that refuses the password only once a minute, and says error', () => {
    stream.attach(new Recorder());
    source.current.fail('wrong-password');
    assert.equal(stream.status().state, 'error');
    clock.advance(59_000);
    assert.equal(source.connections.length, 1);
    clock.advance(1_000);
    assert.equal(source.connections.length, 2);
  });

  it('refuses more people than maxReaders and lets the next in when one leaves', () => {
    stream.configure({ ...onDemand, maxReaders: 1 });
    const first = stream.admitViewer(testViewer);
    assert.ok(first.ok);
    assert.deepEqual(stream.admitViewer(testViewer), {
      ok: false,
      error: { kind: 'too-many-readers', maxReaders: 1 },
    });
    first.value.leave();
    first.value.leave();
    assert.ok(stream.admitViewer(testViewer).ok);
    assert.equal(stream.status().stats.viewers, 1);
  });

  it('takes a new source without losing a reader', () => {
    const reader = goLive('K');
    const other = new HandSource();
    stream.replaceSource(other);
    assert.equal(source.current.closed, true);
    source.current.sink.unit(testUnit(clock.nowMs() / 1000 + 1, true));
    source = other;
    source.current.sink.tracks([testVideoTrack(2)]);
    deliver('Kp');
    assert.deepEqual(reader.log, ['tracks', 'K', 'tracks', 'break', 'K', 'p']);
  });

  it('measures bitrate, frame rate, GOP length and keyframe age', () => {
    goLive('Kpppp'.repeat(50));
    const { stats } = stream.status();
    assert.equal(stats.framesPerSecond, 25);
    assert.equal(stats.bitrateBps, 25 * 100 * 8);
    assert.equal(stats.gopSeconds, 0.2);
    assert.equal(stats.keyframeAgeMs, 160);
    assert.equal(stats.unitsReceived, 250);
    clock.advance(6_000);
    assert.equal(stream.status().stats.framesPerSecond, 0);
  });

  it('tells its readers when it is deleted, and takes no more', () => {
    const reader = goLive('K');
    hub.remove('cam_test', 'The camera was deleted.');
    assert.equal(reader.log.at(-1), 'end: The camera was deleted.');
    assert.equal(source.current.closed, true);
    assert.deepEqual(stream.attach(new Recorder()), { ok: false, error: { kind: 'closed' } });
  });
});

describe('streams of one host', () => {
  it('share their back-off: one round of attempts, not one each', () => {
    const clock = new ManualClock();
    const hub = new Hub({ clock, log: silentLog, random: () => 0.5 });
    const sources = Array.from({ length: 16 }, () => new HandSource('192.0.2.7'));
    for (const [i, source] of sources.entries()) {
      hub.add(`cam_${i}`, source, { ...onDemand, start: 'always' });
    }
    for (let second = 0; second < 300; second++) {
      clock.advance(1_000);
      for (const source of sources) if (!source.current.closed) source.current.fail('refused');
    }
    const attempts = sources.map((source) => source.connections.length);
    assert.ok(
      Math.max(...attempts) <= 25,
      `one channel was asked ${Math.max(...attempts)} times in 5 minutes`,
    );
    assert.ok(
      Math.min(...attempts) >= 8,
      `one channel was asked only ${Math.min(...attempts)} times in 5 minutes`,
    );
  });
});
