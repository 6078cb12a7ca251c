import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { SourceInput } from '../api/contract/cameras.ts';
import { recordingPolicySchema } from '../api/contract/recording.ts';
import type { RuntimeCamera } from '../api/runtime.ts';
import { ManualClock } from '../base/clock.ts';
import { cameraId } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import { Hub } from '../hub/hub.ts';
import type { Reader } from '../hub/reader.ts';
import { HandSource, testUnit, testVideoTrack, testViewer } from '../hub/testing.ts';
import { subStreamId } from '../hub/stream-id.ts';
import { HubCameras } from './camera-runtime.ts';
import { Prober } from './probe.ts';

const id = cameraId(new Uint8Array(16).fill(1));
const rtsp = (host: string): SourceInput => ({
  kind: 'rtsp',
  url: `rtsp://${host}/1`,
  transport: 'auto',
  verifyTls: true,
});
const gate: RuntimeCamera = {
  id,
  name: 'Gate',
  enabled: true,
  source: rtsp('a'),
  start: 'on-demand',
  closeAfterMs: 10_000,
  maxReaders: 0,
  latency: 'low',
  sub: null,
  recording: recordingPolicySchema.parse({}),
};

const noRecordings = { apply: () => undefined, remove: () => undefined, report: () => undefined };

class Recorder implements Reader {
  readonly kind = 'test';
  readonly seen: string[] = [];
  onTracks(): void {
    this.seen.push('tracks');
  }
  onUnit(): void {
    this.seen.push('picture');
  }
  onDiscontinuity(): void {
    this.seen.push('break');
  }
  onEnd(reason: string): void {
    this.seen.push(reason);
  }
}

describe('the cameras of the hub', () => {
  let clock: ManualClock;
  let hub: Hub;
  let cameras: HubCameras;
  /** Every way in that was made, the newest last. */
  let made: { readonly input: SourceInput; readonly streamId: string; readonly source: HandSource }[];

  beforeEach(() => {
    clock = new ManualClock();
    hub = new Hub({ clock, log: silentLog, random: () => 0.5 });
    made = [];
    const makeSource = (input: SourceInput, streamId: string): HandSource => {
      const source = new HandSource();
      made.push({ input, streamId, source });
      return source;
    };
    const prober = new Prober({ hub, clock, newId: () => 'probe_1' });
    cameras = new HubCameras({
      hub,
      clock,
      makeSource,
      prober,
      recordings: noRecordings,
      latency: () => 'normal',
    });
  });

  function watch(): Recorder {
    const reader = new Recorder();
    assert.ok(hub.get(id)?.attach(reader).ok);
    return reader;
  }

  function deliver(index: number): void {
    clock.advance(40);
    made[index]?.source.current.sink.unit(testUnit(clock.nowMs() / 1000, true));
  }

  function watchLive(): Recorder {
    cameras.apply(gate);
    const reader = watch();
    made[0]?.source.current.sink.tracks([testVideoTrack()]);
    deliver(0);
    return reader;
  }

  it('connect on demand, or at once when they are kept connected', () => {
    cameras.apply(gate);
    assert.equal(cameras.status(id).state, 'idle');
    cameras.apply({ ...gate, start: 'always' });
    assert.equal(cameras.status(id).state, 'connecting');
    assert.equal(made.length, 1);
  });

  it('take a new name and new limits without disturbing anybody', () => {
    const reader = watchLive();
    cameras.apply({ ...gate, name: 'Old gate', maxReaders: 1, source: rtsp('a') });
    deliver(0);
    assert.deepEqual(reader.seen, ['tracks', 'picture', 'picture']);
    assert.equal(made.length, 1);
    assert.ok(hub.get(id)?.admitViewer(testViewer).ok);
    assert.deepEqual(hub.get(id)?.admitViewer(testViewer), {
      ok: false,
      error: { kind: 'too-many-readers', maxReaders: 1 },
    });
  });

  it('do not connect anew for an address that is the same, however its fields are ordered', () => {
    watchLive();
    cameras.apply({
      ...gate,
      source: { verifyTls: true, transport: 'auto', url: 'rtsp://a/1', kind: 'rtsp' },
    });
    assert.equal(made.length, 1);
  });

  it('change their address under the eyes of the viewers, who see a break and nothing else', () => {
    const reader = watchLive();
    cameras.apply({ ...gate, source: rtsp('b') });
    assert.equal(made[0]?.source.current.closed, true);
    assert.deepEqual(made[1]?.input, rtsp('b'));
    made[1]?.source.current.sink.tracks([testVideoTrack()]);
    deliver(1);
    assert.deepEqual(reader.seen, ['tracks', 'picture', 'break', 'picture']);
    assert.equal(cameras.status(id).state, 'live');
  });

  it('hear nothing more from an address they have left', () => {
    const reader = watchLive();
    cameras.apply({ ...gate, source: rtsp('b') });
    deliver(0);
    made[0]?.source.current.fail('timeout');
    assert.deepEqual(reader.seen, ['tracks', 'picture']);
    assert.equal(cameras.status(id).state, 'connecting');
  });

  it('do not connect for a new address that nobody watches', () => {
    cameras.apply(gate);
    cameras.apply({ ...gate, source: rtsp('b') });
    assert.deepEqual(
      made.map(({ source }) => source.connections.length),
      [0, 0],
    );
    watch();
    assert.equal(made[1]?.source.connections.length, 1);
  });

  it('leave the camera when they are switched off, say so, and come back', () => {
    const reader = watchLive();
    clock.advance(1000);
    const offMs = clock.nowMs();
    cameras.apply({ ...gate, enabled: false });
    assert.equal(made[0]?.source.current.closed, true);
    assert.equal(reader.seen.at(-1), 'The camera was switched off.');
    assert.equal(hub.get(id), undefined);
    const { state, reason, sinceMs } = cameras.status(id);
    assert.deepEqual([state, reason, sinceMs], ['disabled', 'The camera is switched off.', offMs]);
    cameras.apply(gate);
    watch();
    assert.equal(cameras.status(id).state, 'connecting');
  });

  it('are switched off since they were, whatever is changed meanwhile', () => {
    const offMs = clock.nowMs();
    cameras.apply({ ...gate, enabled: false });
    clock.advance(60_000);
    cameras.apply({ ...gate, enabled: false, name: 'Old gate', source: rtsp('b') });
    assert.equal(cameras.status(id).sinceMs, offMs);
    cameras.apply(gate);
    cameras.apply({ ...gate, enabled: false });
    assert.equal(cameras.status(id).sinceMs, clock.nowMs());
    assert.ok(made.every(({ source }) => source.connections.length === 0));
  });

  it('run a second source beside the first, each in its own stream', () => {
    const sub = rtsp('small');
    cameras.apply({ ...gate, sub });
    assert.deepEqual(
      made.map(({ input, streamId }) => [input, streamId]),
      [
        [rtsp('a'), id],
        [sub, subStreamId(id)],
      ],
    );
    hub.get(subStreamId(id))?.attach(new Recorder());
    assert.deepEqual([cameras.status(id).state, cameras.subStatus(id)?.state], ['idle', 'connecting']);
    cameras.apply({ ...gate, sub, enabled: false });
    assert.equal(cameras.subStatus(id)?.state, 'disabled');
    assert.equal(made[1]?.source.current.closed, true);
    cameras.apply(gate);
    assert.equal(cameras.subStatus(id), null);
    assert.equal(hub.get(subStreamId(id)), undefined);
  });

  it('wait for whoever pushes, although they are on demand', () => {
    cameras.apply({ ...gate, source: { kind: 'push' } });
    assert.equal(cameras.status(id).state, 'connecting');
    cameras.apply({ ...gate, source: rtsp('a') });
    clock.advance(gate.closeAfterMs);
    assert.equal(cameras.status(id).state, 'idle');
  });

  it('that are pushed to are not connected to for a test', async () => {
    const answer = await cameras.probe({ kind: 'push' }, new AbortController().signal);
    assert.equal(answer.ok, false);
    assert.equal(made.length, 0);
  });

  it('end for everybody when they are deleted, and leave nothing that waits', () => {
    const reader = watchLive();
    cameras.remove(id);
    assert.equal(reader.seen.at(-1), 'The camera was deleted.');
    assert.equal(made[0]?.source.current.closed, true);
    assert.equal(hub.get(id), undefined);
    assert.equal(clock.timers, 0);
    cameras.remove(id);
  });
});
