import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { ManualClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import { Hub } from './hub.ts';
import type { Attachment, Reader } from './reader.ts';
import type { SourceSink } from './source.ts';
import type { Stream, StreamPolicy } from './stream.ts';
import { HandSource, testAudioTrack, testSound, testUnit, testVideoTrack } from './testing.ts';

const onDemand: StreamPolicy = { start: 'on-demand', closeAfterMs: 0, maxReaders: 0 };

/** Writes down what it hears and does what it is told while it hears it. */
class Listener implements Reader {
  readonly kind = 'test';
  readonly heard: string[] = [];
  attachment: Attachment | undefined;
  during: Partial<Record<string, () => void>> = {};
  onTracks(): void {
    this.#hear('tracks');
  }
  onUnit(unit: { key: boolean; track: number }): void {
    this.#hear(unit.track > 0 ? 'a' : unit.key ? 'K' : 'p');
  }
  onDiscontinuity(): void {
    this.#hear('break');
  }
  onEnd(): void {
    this.#hear('end');
  }
  #hear(what: string): void {
    this.heard.push(what);
    this.during[what]?.();
  }
}

describe('a stream whose', () => {
  let clock: ManualClock;
  let source: HandSource;
  let hub: Hub;
  let stream: Stream;

  beforeEach(() => {
    clock = new ManualClock();
    source = new HandSource('192.0.2.7');
    hub = new Hub({ clock, log: silentLog, random: () => 0.99 });
    stream = hub.add('cam_test', source, onDemand);
  });

  function attach(reader = new Listener()): Listener {
    const attached = stream.attach(reader);
    if (attached.ok) reader.attachment = attached.value;
    return reader;
  }

  function deliver(pattern: string): void {
    for (const kind of pattern) {
      clock.advance(40);
      const atSeconds = clock.nowMs() / 1000;
      source.current.sink.unit(kind === 'a' ? testSound(atSeconds) : testUnit(atSeconds, kind === 'K'));
    }
  }

  function goLive(pattern = 'K'): Listener {
    const reader = attach();
    source.current.sink.tracks([testVideoTrack(), testAudioTrack()]);
    deliver(pattern);
    return reader;
  }

  function open(): number {
    return source.connections.filter((connection) => !connection.closed).length;
  }

  it('first reader throws at once: it is asked nothing more, and is gone', () => {
    goLive('Kpp');
    const bad = new Listener();
    bad.during['K'] = () => {
      throw new Error('a bug');
    };
    attach(bad);
    deliver('p');
    assert.deepEqual(bad.heard, ['tracks', 'K']);
    assert.equal(stream.status().stats.readers, 1);
  });

  it('reader is detached by another one while a unit goes round: it does not hear that unit', () => {
    const first = goLive();
    const second = attach();
    first.during['p'] = () => second.attachment?.detach();
    deliver('p');
    assert.deepEqual(second.heard, ['tracks', 'K']);
  });

  it('reader leaves while it is told of a break: it does not get the unit after it', () => {
    const reader = goLive();
    reader.during['break'] = () => reader.attachment?.detach();
    source.current.fail('ended');
    clock.advance(500);
    source.current.sink.tracks([testVideoTrack(), testAudioTrack()]);
    deliver('K');
    assert.deepEqual(reader.heard, ['tracks', 'K', 'break']);
  });

  it('new reader attaches another one from within a unit: both get each unit once', () => {
    const first = goLive();
    const second = new Listener();
    first.during['p'] = () => {
      first.during = {};
      attach(second);
    };
    deliver('pp');
    assert.deepEqual(first.heard, ['tracks', 'K', 'p', 'p']);
    assert.deepEqual(second.heard, ['tracks', 'K', 'p', 'p']);
  });

  it('first unit makes someone close it: every reader hears the end, and nothing after', () => {
    goLive('Kp');
    const reader = new Listener();
    reader.during['K'] = () => stream.close('enough');
    attach(reader);
    assert.deepEqual(reader.heard, ['tracks', 'K', 'end']);
    assert.equal(open(), 0);
    assert.equal(clock.timers, 0);
  });

  it('state listener closes it while it connects: nothing stays open', () => {
    hub.onState(() => stream.close('enough'));
    attach();
    assert.equal(open(), 0);
    assert.equal(clock.timers, 0);
  });

  it('state listener closes it while it tries again: nothing stays open', () => {
    goLive();
    source.current.fail('ended');
    hub.onState(() => stream.close('enough'));
    clock.advance(10_000);
    assert.equal(open(), 0);
    assert.equal(clock.timers, 0);
  });

  it('state listener closes it at the first picture: nobody gets that picture', () => {
    const reader = attach();
    source.current.sink.tracks([testVideoTrack()]);
    hub.onState(() => stream.close('enough'));
    deliver('K');
    assert.deepEqual(reader.heard, ['tracks', 'end']);
  });

  it('state listener throws: goes on, and so do the other listeners', () => {
    const told: string[] = [];
    hub.onState(() => {
      throw new Error('a bug');
    });
    hub.onState((id) => told.push(id));
    goLive();
    assert.equal(stream.status().state, 'live');
    assert.deepEqual(told, ['cam_test', 'cam_test']);
  });

  it('source ends while it connects: tries again later, in the usual way', () => {
    const hasty = new HandSource();
    hasty.connect = (sink: SourceSink) => {
      sink.ended({ kind: 'file', message: 'There is no such file.' });
      return HandSource.prototype.connect.call(hasty, sink);
    };
    stream = hub.add('cam_hasty', hasty, { ...onDemand, start: 'always' });
    clock.advance(1);
    assert.equal(stream.status().state, 'error');
    assert.equal(stream.status().reason, 'There is no such file.');
    assert.equal(hasty.current.closed, true);
  });

  it('source throws: is in error, and its neighbours live', () => {
    goLive();
    const broken = new HandSource();
    broken.connect = () => {
      throw new Error('a bug');
    };
    const other = hub.add('cam_broken', broken, { ...onDemand, start: 'always' });
    clock.advance(200);
    assert.equal(other.status().state, 'error');
    clock.advance(70_000);
    assert.equal(other.status().state, 'error');
    assert.equal(stream.status().stats.readers, 1);
  });

  it('source delivers before it told its tracks: waits for them', () => {
    const reader = goLive();
    source.current.fail('ended');
    clock.advance(500);
    deliver('K');
    assert.equal(stream.status().state, 'offline');
    source.current.sink.tracks([testVideoTrack(), testAudioTrack()]);
    deliver('K');
    assert.deepEqual(reader.heard, ['tracks', 'K', 'break', 'K']);
  });

  it('source repeats its tracks keeps the pictures for the next viewer', () => {
    goLive('Kpp');
    source.current.sink.tracks([testVideoTrack(), testAudioTrack()]);
    assert.deepEqual(attach().heard, ['tracks', 'K', 'p', 'p']);
  });

  it('sound begins before its picture on a new connection: never goes back', () => {
    const reader = goLive('Ka');
    const lastSeconds = clock.nowMs() / 1000;
    source.current.fail('ended');
    clock.advance(500);
    source.current.sink.tracks([testVideoTrack(), testAudioTrack()]);
    source.current.sink.unit(testUnit(lastSeconds + 0.5, true));
    source.current.sink.unit(testSound(lastSeconds - 0.01));
    source.current.sink.unit(testSound(lastSeconds + 0.51));
    assert.deepEqual(reader.heard, ['tracks', 'K', 'a', 'break', 'K', 'a']);
  });

  it('picture stands still while sound goes on counts as silent', () => {
    goLive('K');
    deliver('a'.repeat(125));
    assert.equal(stream.status().state, 'stalled');
    deliver('a'.repeat(150));
    assert.equal(stream.status().state, 'offline');
  });

  it('only track is sound lives by it', () => {
    attach();
    source.current.sink.tracks([testAudioTrack(0)]);
    for (let i = 0; i < 500; i++) {
      clock.advance(40);
      source.current.sink.unit(testSound(clock.nowMs() / 1000, 0));
    }
    assert.equal(stream.status().state, 'live');
    assert.equal(source.connections.length, 1);
  });

  it('password is wrong is not asked anew by everyone who looks', () => {
    for (let i = 0; i < 10; i++) {
      const reader = attach();
      if (open() > 0) source.current.fail('wrong-password');
      assert.equal(stream.status().state, 'error');
      reader.attachment?.detach();
      clock.advance(5_000);
    }
    assert.equal(source.connections.length, 1);
    stream.replaceSource(source);
    attach();
    assert.equal(source.connections.length, 2);
  });

  it('camera sends one picture and falls silent is asked less and less often', () => {
    attach();
    const gapsMs: number[] = [];
    for (let i = 0; i < 6; i++) {
      const count = source.connections.length;
      source.current.sink.tracks([testVideoTrack()]);
      deliver('K');
      const from = clock.monotonicMs();
      while (source.connections.length === count) clock.advance(100);
      gapsMs.push(clock.monotonicMs() - from);
    }
    assert.ok((gapsMs.at(-1) ?? 0) > 20_000, `asked again after ${gapsMs.join()} ms`);
  });

  it('neighbour on the same recorder has no such channel does not wait for it', () => {
    const wrong = new HandSource('192.0.2.7');
    hub.add('cam_wrong', wrong, { ...onDemand, start: 'always' });
    goLive();
    wrong.current.fail('not-found');
    source.current.fail('ended');
    clock.advance(500);
    assert.equal(source.connections.length, 2);
  });
});
