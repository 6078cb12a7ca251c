import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { ManualClock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { silentLog } from '../../base/log.ts';
import { Hub } from '../../hub/hub.ts';
import type { Publisher } from '../../hub/publishing.ts';
import type { Reader } from '../../hub/reader.ts';
import type { SourceSink } from '../../hub/source.ts';
import type { Stream } from '../../hub/stream.ts';
import { testUnit, testVideoTrack } from '../../hub/testing.ts';
import { PushSource, takeOverSilenceMs } from './source.ts';

const always = { start: 'always', closeAfterMs: 0, maxReaders: 0 } as const;
const nobody = 'Nobody is sending to this camera.';

class Sender implements Publisher {
  readonly address = '192.0.2.7';
  readonly transport = 'RTSP push over TCP';
  readonly ends: string[] = [];
  lost = 0;
  counters() {
    return { bytesReceived: 0, packetsReceived: 1000, packetsLost: this.lost, damaged: 0 };
  }
  end(reason: string): void {
    this.ends.push(reason);
  }
}

class Recorder implements Reader {
  readonly kind = 'test';
  readonly seen: string[] = [];
  onTracks(): void {
    this.seen.push('tracks');
  }
  onUnit(): void {
    this.seen.push('unit');
  }
  onDiscontinuity(): void {
    this.seen.push('break');
  }
  onEnd(reason: string): void {
    this.seen.push(`end: ${reason}`);
  }
}

describe('a camera that is sent to', () => {
  let clock: ManualClock;
  let hub: Hub;
  let stream: Stream;
  let source: PushSource;
  let told: string[];

  beforeEach(() => {
    clock = new ManualClock();
    told = [];
    const log: Log = { ...silentLog, warn: (text) => told.push(text), info: (text) => told.push(text) };
    hub = new Hub({ clock, log, random: () => 0.5 });
    source = new PushSource({ clock });
    stream = hub.add('cam_test', source, always);
  });

  function publish(sender = new Sender()): { sender: Sender; sink: SourceSink } {
    const taken = source.publish(sender);
    assert.ok(taken.ok);
    return { sender, sink: taken.value };
  }

  function send(sink: SourceSink, pictures = 3): void {
    sink.tracks([testVideoTrack()]);
    for (let count = 0; count < pictures; count += 1) {
      clock.advance(40);
      sink.unit(testUnit(clock.nowMs() / 1000, count === 0));
    }
  }

  const state = () => {
    const { state, reason } = stream.status();
    return [state, reason];
  };

  it('says that nobody sends, and says it once however long that lasts', () => {
    assert.deepEqual(state(), ['offline', nobody]);
    const { sinceMs } = stream.status();
    clock.advance(24 * 3_600_000);
    assert.deepEqual(state(), ['offline', nobody]);
    assert.equal(stream.status().sinceMs, sinceMs);
    assert.equal(stream.status().stats.reconnects, 0);
    assert.equal(told.length, 1);
  });

  it('is live with the first picture, after however long a wait', () => {
    clock.advance(3_600_000);
    const { sender, sink } = publish();
    assert.deepEqual(state(), ['connecting', null]);
    assert.equal(stream.status().transport, sender.transport);
    send(sink, 1);
    assert.deepEqual(state(), ['live', null]);
  });

  it('keeps its viewers when the sender leaves, says since when, and is live at once when one returns', () => {
    const reader = new Recorder();
    stream.attach(reader);
    const first = publish();
    send(first.sink);
    first.sink.ended({ kind: 'ended', message: 'The sender closed its connection.' });
    assert.deepEqual(state(), ['offline', `The sender closed its connection. ${nobody}`]);
    assert.equal(stream.status().sinceMs, clock.nowMs());
    assert.equal(stream.status().nextTryMs, null);
    send(publish().sink, 1);
    assert.deepEqual(state(), ['live', null]);
    assert.deepEqual(reader.seen, ['tracks', 'unit', 'unit', 'unit', 'break', 'unit']);
  });

  it('takes nothing from a sender that has ended', () => {
    const { sender, sink } = publish();
    send(sink);
    sink.ended({ kind: 'ended', message: 'Bye.' });
    send(sink);
    sink.ended({ kind: 'ended', message: 'Bye again.' });
    assert.equal(stream.status().state, 'offline');
    assert.equal(stream.status().stats.unitsReceived, 3);
    assert.deepEqual(sender.ends, []);
  });

  it('refuses a second sender while the first sends', () => {
    const { sender, sink } = publish();
    send(sink);
    clock.advance(takeOverSilenceMs);
    assert.deepEqual(source.publish(new Sender()), { ok: false, error: { kind: 'taken' } });
    assert.deepEqual(sender.ends, []);
    send(sink);
    assert.equal(stream.status().stats.unitsReceived, 6);
  });

  it('gives the place of a sender that was silent for long to the next one', () => {
    const first = publish();
    send(first.sink);
    clock.advance(takeOverSilenceMs + 1);
    const second = publish();
    assert.equal(first.sender.ends.length, 1);
    send(first.sink);
    assert.equal(stream.status().stats.unitsReceived, 3);
    send(second.sink);
    assert.equal(stream.status().state, 'live');
    assert.equal(stream.status().stats.unitsReceived, 6);
  });

  it('lets a sender go that announces itself and sends no picture', () => {
    const { sender } = publish();
    clock.advance(60_000);
    assert.equal(sender.ends.length, 1);
    assert.equal(stream.status().state, 'offline');
    assert.ok(source.publish(new Sender()).ok);
  });

  it('lets a sender go that falls silent', () => {
    const { sender, sink } = publish();
    send(sink);
    clock.advance(60_000);
    assert.match(sender.ends[0] ?? '', /no picture/);
    assert.equal(stream.status().state, 'offline');
  });

  it('counts over all senders', () => {
    for (const lost of [10, 5]) {
      const { sender, sink } = publish();
      sender.lost = lost;
      send(sink);
      sink.ended({ kind: 'ended', message: 'Bye.' });
    }
    publish().sender.lost = 1;
    const { packetsLost, reconnects } = stream.status().stats;
    assert.deepEqual([packetsLost, reconnects], [16, 2]);
  });

  it('tells its sender when the camera is changed, and takes the next one in its new form', () => {
    const { sender, sink } = publish();
    send(sink);
    const changed = new PushSource({ clock });
    stream.replaceSource(changed);
    assert.deepEqual(sender.ends, ['The camera was changed.']);
    assert.deepEqual(source.publish(new Sender()), { ok: false, error: { kind: 'disabled' } });
    assert.ok(changed.publish(new Sender()).ok);
  });

  it('tells its sender when the camera is deleted', () => {
    const { sender, sink } = publish();
    send(sink);
    hub.remove('cam_test', 'The camera was deleted.');
    assert.equal(sender.ends.length, 1);
    assert.deepEqual(source.publish(new Sender()), { ok: false, error: { kind: 'disabled' } });
    assert.equal(clock.timers, 0);
  });
});
