import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import * as fc from 'fast-check';
import { ManualClock } from '../base/clock.ts';
import { testViewer } from './testing.ts';
import type { Viewer } from './viewers.ts';
import { Viewers, unknownNetwork } from './viewers.ts';

class Watcher implements Viewer {
  readonly output = 'rtsp';
  readonly address = '192.0.2.7';
  readonly client = 'x'.repeat(1000);
  readonly transport = 'RTP over TCP';
  readonly counts = { bytesSent: 0, unitsDropped: 0, errors: 0, network: unknownNetwork };
  ended = '';

  figures() {
    return this.counts;
  }

  end(reason: string): void {
    this.ended = reason;
  }
}

describe('viewers', () => {
  let clock: ManualClock;
  let viewers: Viewers;

  beforeEach(() => {
    clock = new ManualClock();
    viewers = new Viewers(clock);
  });

  it('are as many as allowed, and no more until one has left', () => {
    const first = viewers.admit(testViewer, 2);
    assert.ok(first.ok && viewers.admit(testViewer, 2).ok);
    assert.deepEqual(viewers.admit(testViewer, 2), {
      ok: false,
      error: { kind: 'too-many-readers', maxReaders: 2 },
    });
    first.value.leave();
    first.value.leave();
    assert.equal(viewers.count, 1);
    assert.ok(viewers.admit(testViewer, 2).ok);
    assert.ok(viewers.admit(testViewer, 0).ok, '0 is no limit');
  });

  it('have a rate over at least a second, and a name that is not endless', () => {
    const watcher = new Watcher();
    viewers.admit(watcher, 0);
    const [before] = viewers.list();
    assert.deepEqual([before?.bitrateBps, before?.client.length], [0, 200]);
    clock.advance(500);
    watcher.counts.bytesSent = 1_000_000;
    assert.equal(viewers.list()[0]?.bitrateBps, 0);
    clock.advance(1_500);
    assert.equal(viewers.list()[0]?.bitrateBps, 4_000_000);
    clock.advance(1_000);
    assert.equal(viewers.list()[0]?.bitrateBps, 0);
  });

  it('are ended by their id where their protocol knows an end', () => {
    const watcher = new Watcher();
    viewers.admit(watcher, 0);
    viewers.admit(testViewer, 0);
    const [one, other] = viewers.list();
    assert.deepEqual([one?.endable, other?.endable], [true, false]);
    assert.equal(viewers.end(one?.id ?? '', 'Enough.'), 'ended');
    assert.equal(watcher.ended, 'Enough.');
    assert.equal(viewers.end(other?.id ?? '', 'Enough.'), 'not-endable');
    assert.equal(viewers.end('viewer-99', 'Enough.'), 'unknown');
  });

  it('are counted by output', () => {
    viewers.admit(new Watcher(), 0);
    viewers.admit(testViewer, 0);
    assert.deepEqual(viewers.countByOutput(), { hls: 1, live: 0, rtsp: 1, webrtc: 0, mjpeg: 0 });
  });

  it('have sums of their own for each output', () => {
    const watcher = new Watcher();
    const admitted = viewers.admit(watcher, 0);
    viewers.admit(testViewer, 0);
    Object.assign(watcher.counts, { bytesSent: 10, unitsDropped: 2, errors: 1 });
    const sums = { bytesSent: 10, unitsDropped: 2, errors: 1 };
    assert.deepEqual(viewers.sumsByOutput().rtsp, sums);
    if (admitted.ok) admitted.value.leave();
    assert.deepEqual(viewers.sumsByOutput().rtsp, sums);
    assert.equal(viewers.sumsByOutput().hls.bytesSent, 0);
  });

  it('who come and go leave what they counted in the sums, which never fall', () => {
    const step = fc.record({ who: fc.nat(3), bytes: fc.nat(1000), leaves: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const all = new Viewers(clock);
        const inside = new Map<number, { watcher: Watcher; leave: () => void }>();
        let sent = 0;
        for (const { who, bytes, leaves } of steps) {
          let known = inside.get(who);
          if (!known) {
            const watcher = new Watcher();
            const admitted = all.admit(watcher, 0);
            assert.ok(admitted.ok);
            known = { watcher, leave: () => admitted.value.leave() };
            inside.set(who, known);
          }
          known.watcher.counts.bytesSent += bytes;
          sent += bytes;
          if (leaves) {
            known.leave();
            inside.delete(who);
          }
          assert.equal(all.sums().bytesSent, sent);
          assert.equal(all.count, inside.size);
        }
      }),
      { numRuns: 50 },
    );
  });
});
