import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { testVideoTrack } from '../hub/testing.ts';
import { MemoryArchive } from './memory-archive.testing.ts';
import { recordingOff } from './policy.ts';
import { Rig, camera, continuous } from './rig.testing.ts';

describe('a camera that is recorded all the time', () => {
  it('keeps every picture, in files of a minute that join', async () => {
    const rig = new Rig();
    rig.play(200);
    await rig.recordings.close();
    const { recordings } = rig.archive;
    assert.equal(rig.storedFrames, rig.sent);
    assert.ok(recordings.length >= 4 && recordings.length <= 5, String(recordings.length));
    for (const [index, { head, endReason, stored, endMs }] of recordings.entries()) {
      const isLast = index === recordings.length - 1;
      assert.deepEqual([endReason, stored[0]?.key], [isLast ? 'stopped' : 'rotated', true]);
      const next = recordings[index + 1];
      if (next) assert.deepEqual([next.head.startMs, next.head.continues], [endMs, true]);
      assert.ok(endMs - head.startMs <= 61_000);
    }
    assert.equal(recordings[0]?.head.continues, false);
  });

  it('tells where its frames went', async () => {
    const rig = new Rig();
    rig.archive.quick = false;
    rig.play(10);
    const { account, pendingBytes } = rig.report;
    assert.deepEqual([account.framesStored, account.framesReceived > 200], [0, true]);
    assert.ok(pendingBytes > 200_000);
    rig.archive.sync();
    assert.equal(rig.report.account.framesStored, account.framesReceived);
    assert.equal(rig.report.pendingBytes, 0);
    rig.archive.quick = true;
    await rig.recordings.close();
    assert.equal(rig.report.account.framesReceived, rig.sent);
    assert.equal(rig.report.account.framesStored, rig.sent);
  });

  it('begins another file when its pictures change', async () => {
    const rig = new Rig();
    rig.play(5);
    rig.change([testVideoTrack(1)]);
    rig.play(5);
    await rig.recordings.close();
    const [first, second] = rig.archive.recordings;
    assert.deepEqual([first?.endReason, second?.head.continues], ['codec-changed', true]);
    assert.deepEqual(second?.head.tracks, [testVideoTrack(1)]);
    assert.equal(rig.storedFrames, rig.sent);
    assert.deepEqual(rig.ledger, [], 'nothing is missing');
  });

  it('gives up what is held when the camera falls silent: a crash must not take it', () => {
    const rig = new Rig();
    rig.play(2.4);
    rig.silence(2);
    assert.equal(rig.storedFrames, rig.sent - 1, 'all but the picture that is still shown');
    rig.silence(3);
    assert.equal(rig.storedFrames, rig.sent, 'which has an end when the silence is a gap');
  });
});

describe('a policy that changes', () => {
  it('loses no frame where recording goes on', async () => {
    const rig = new Rig();
    rig.play(5.4);
    const allDay = [{ days: [0, 1, 2, 3, 4, 5, 6], fromMinute: 0, toMinute: 1440 }];
    rig.policy = { ...recordingOff, mode: 'schedule', schedule: allDay };
    rig.play(5);
    rig.policy = continuous;
    rig.play(5);
    await rig.recordings.close();
    assert.equal(rig.storedFrames, rig.sent);
    assert.deepEqual(
      rig.archive.recordings.map(({ head }) => [head.trigger, head.continues]),
      [
        ['continuous', false],
        ['schedule', true],
        ['continuous', true],
      ],
    );
    assert.deepEqual(rig.ledger, []);
  });

  it('ends the recording at once when nothing is wanted any more, and lets the camera go', async () => {
    const rig = new Rig();
    rig.play(5.4);
    rig.policy = recordingOff;
    await rig.settle();
    assert.equal(rig.archive.last.endReason, 'stopped');
    assert.equal(rig.storedFrames, rig.sent);
    assert.deepEqual([rig.report.state, rig.report.trigger], ['off', null]);
    rig.silence(2);
    assert.equal(rig.source.current.closed, true);
    assert.deepEqual(rig.ledger, [], 'and nothing is missing');
  });
});

describe('recording by hand', () => {
  it('runs for its time, whatever the policy', async () => {
    const rig = new Rig({ policy: recordingOff });
    assert.equal(rig.source.connections.length, 0);
    rig.recordings.begin(camera, 10_000, 'delivery');
    assert.deepEqual([rig.report.trigger, rig.report.remainingMs], ['manual', 10_000]);
    rig.play(15);
    await rig.settle();
    assert.equal(rig.archive.recordings.length, 1);
    const { head, endMs, endReason } = rig.archive.last;
    assert.deepEqual([head.trigger, endReason], ['manual', 'stopped']);
    assert.ok(Math.abs(endMs - head.startMs - 10_000) < 1000, `${endMs - head.startMs} ms`);
    rig.play(1);
    const [event] = rig.events.values();
    assert.deepEqual([event?.kind, event?.label], ['manual', 'delivery']);
    assert.equal((event?.endMs ?? 0) - (event?.startMs ?? 0), 10_000);
  });

  it('starts with what memory has, when the policy is to keep some', async () => {
    const rig = new Rig({ policy: { ...recordingOff, mode: 'manual', preSeconds: 5 } });
    rig.play(20);
    assert.equal(rig.archive.recordings.length, 0);
    assert.equal(rig.report.state, 'waiting');
    const nowMs = rig.clock.nowMs();
    rig.recordings.begin(camera, null, '');
    rig.play(5);
    const { head } = rig.archive.last;
    const beforeMs = nowMs - head.startMs;
    assert.ok(beforeMs >= 5000 && beforeMs <= 7100, `${beforeMs} ms before`);
    rig.recordings.stop(camera);
    rig.play(2);
    assert.equal(rig.archive.last.endReason, 'stopped');
  });

  it('leaves alone what the policy wants', () => {
    const rig = new Rig();
    rig.recordings.begin(camera, 1000, '');
    rig.play(3);
    rig.recordings.stop(camera);
    rig.play(3);
    assert.deepEqual([rig.report.state, rig.report.trigger], ['recording', 'continuous']);
    assert.equal(rig.archive.recordings.length, 1);
  });

  it('is not cut short when the clock is set', () => {
    const rig = new Rig({ policy: recordingOff });
    rig.recordings.begin(camera, 60_000, '');
    rig.play(10);
    rig.clock.stepWall(3_600_000);
    rig.play(10);
    assert.equal(rig.report.trigger, 'manual');
    rig.play(45);
    assert.equal(rig.report.trigger, null);
  });
});

describe('recording around events', () => {
  const policy = { ...recordingOff, mode: 'event', preSeconds: 4, postSeconds: 6 } as const;
  const motion = { kind: 'motion', label: 'door', durationMs: 0 };

  it('has what was before, and what came after', async () => {
    const rig = new Rig({ policy });
    rig.play(20);
    const atMs = rig.clock.nowMs();
    rig.recordings.trigger(camera, motion);
    rig.play(20);
    await rig.settle();
    assert.equal(rig.archive.recordings.length, 1);
    const { head, endMs } = rig.archive.last;
    assert.ok(atMs - head.startMs >= 4000 && atMs - head.startMs <= 6100, `${atMs - head.startMs} before`);
    assert.ok(endMs - atMs >= 6000 && endMs - atMs <= 8000, `${endMs - atMs} after`);
    assert.deepEqual(rig.ledger, []);
    assert.equal(rig.report.state, 'waiting');
  });

  it('goes on while triggers overlap: one recording, one event', async () => {
    const rig = new Rig({ policy });
    rig.play(10);
    for (let times = 0; times < 5; times += 1) {
      rig.recordings.trigger(camera, { ...motion, durationMs: 3000 });
      rig.play(3);
    }
    await rig.look();
    assert.equal(rig.archive.recordings.filter(({ endReason }) => endReason !== 'rotated').length, 1);
    const [event, ...others] = rig.events.values();
    assert.deepEqual([others.length, (event?.endMs ?? 0) - (event?.startMs ?? 0)], [0, 15_000]);
  });

  it('gives the second of two recordings what the first does not have', () => {
    const rig = new Rig({ policy });
    rig.play(10);
    rig.recordings.trigger(camera, motion);
    rig.play(10);
    rig.recordings.trigger(camera, motion);
    rig.play(10);
    const [first, second] = rig.archive.recordings;
    assert.ok(first && second);
    assert.equal(second.head.startMs, first.endMs, 'not a frame twice, none missing');
    assert.equal(second.stored[0]?.key, true);
  });

  it('of another camera mode stands on the timeline only', () => {
    const rig = new Rig({ policy: recordingOff });
    rig.recordings.trigger(camera, motion);
    rig.silence(1);
    assert.deepEqual([rig.events.size, rig.archive.recordings.length], [1, 0]);
  });
});

describe('recording on a schedule', () => {
  it('begins with the window, for which the camera was connected to in time', async () => {
    process.env['TZ'] = 'UTC';
    const schedule = [{ days: [5], fromMinute: 12 * 60 + 1, toMinute: 12 * 60 + 2 }];
    const rig = new Rig({ policy: { ...recordingOff, mode: 'schedule', schedule }, live: false });
    rig.silence(30);
    assert.deepEqual([rig.source.connections.length, rig.report.state], [0, 'waiting']);
    rig.silence(11);
    assert.equal(rig.source.connections.length, 1);
    rig.play(100);
    await rig.settle();
    const { recordings } = rig.archive;
    const openMs = Date.UTC(2026, 10, 21, 12, 1);
    const first = recordings[0]?.head.startMs ?? 0;
    const last = rig.archive.last.endMs;
    assert.ok(first <= openMs && first > openMs - 2100, `${openMs - first} ms before it opens`);
    assert.ok(last >= openMs + 59_500 && last < openMs + 62_000, `${last - openMs} ms after`);
    assert.deepEqual(rig.ledger, []);
  });
});

describe('a disk in trouble', () => {
  const full = { kind: 'disk-full', message: 'The disk is full.' } as const;

  it('costs nothing when another volume takes over', async () => {
    const rig = new Rig();
    rig.archive.quick = false;
    rig.play(3);
    rig.archive.last.fail(full);
    rig.archive.quick = true;
    rig.play(5);
    await rig.recordings.close();
    assert.equal(rig.archive.recordings.length, 2);
    assert.equal(rig.storedFrames, rig.sent, 'what was not synced was written again');
    assert.deepEqual(rig.ledger, []);
  });

  it('is a gap while it lasts, though what waits is stored when it is over', async () => {
    const rig = new Rig();
    rig.play(5);
    rig.archive.fault = full;
    rig.archive.last.fail(full);
    rig.play(4.5);
    await rig.look();
    assert.equal(rig.report.state, 'failing');
    assert.equal(rig.report.reason, 'The disk is full.');
    assert.deepEqual(
      rig.ledger.map(([cause]) => cause),
      ['disk-full'],
    );
    rig.archive.fault = undefined;
    rig.play(15);
    await rig.settle();
    await rig.recordings.close();
    assert.equal(rig.storedFrames, rig.sent);
    assert.deepEqual(rig.ledger, [], 'nothing was missing after all');
  });

  it('that is too slow costs whole GOPs, and live goes on', async () => {
    const rig = new Rig();
    rig.archive.quick = false;
    rig.play(2);
    for (let frame = 0; rig.report.droppedUnits === 0; frame += 1) {
      assert.ok(frame < 5000, 'the budget ends');
      rig.big(200_000);
    }
    rig.play(3);
    await rig.look();
    assert.deepEqual(
      rig.ledger.map(([cause, , to]) => [cause, to]),
      [['disk-slow', null]],
    );
    rig.archive.quick = true;
    rig.archive.sync();
    rig.play(5);
    await rig.recordings.close();
    const [row] = rig.ledger;
    assert.equal(row?.[0], 'disk-slow');
    assert.notEqual(row?.[2], null, 'closed when footage goes on');
    assert.equal(rig.storedFrames + rig.report.droppedUnits, rig.sent);
    assert.equal(rig.archive.recordings[1]?.stored[0]?.key, true);
  });
});

describe('a server that stops', () => {
  it('does not wait for a disk that hangs', async () => {
    const rig = new Rig();
    rig.play(3);
    rig.archive.quick = false;
    rig.play(3);
    let stopped = false;
    const closed = rig.recordings.close().then(() => (stopped = true));
    await rig.settle();
    assert.equal(stopped, false, 'it has some time');
    rig.silence(10);
    await closed;
    const mark = rig.marks.get(camera);
    assert.ok(mark?.wanted);
    assert.ok(mark.coveredUntilMs < rig.clock.nowMs() - 12_000, 'what is not on the disk is not covered');
  });
});

describe('a deleted camera', () => {
  it('is recorded no more, and what it was wanted for is forgotten', async () => {
    const rig = new Rig();
    rig.play(5);
    rig.recordings.remove(camera);
    rig.silence(4);
    await rig.settle();
    rig.silence(1);
    assert.equal(rig.archive.last.endReason, 'stopped');
    assert.deepEqual([rig.marks.size, rig.recordings.report(camera)], [0, undefined]);
  });
});

describe('all cameras together', () => {
  it('are remembered as wanted at once: the server may die in the next second', async () => {
    const rig = new Rig({ live: false });
    await rig.settle();
    assert.equal(rig.marks.get(camera)?.wanted, true);
  });

  it('count as seconds wanted and seconds recorded', async () => {
    const rig = new Rig();
    rig.play(30);
    await rig.recordings.close();
    const { wantedMs, recordedMs } = rig.report.account;
    assert.ok(Math.abs(wantedMs - 31_000) < 600, `${wantedMs}`);
    assert.ok(Math.abs(recordedMs - 31_000) < 600, `${recordedMs}`);
  });

  it('write nothing to the database while nothing is wanted', () => {
    const rig = new Rig({ policy: recordingOff, archive: new MemoryArchive() });
    rig.silence(30);
    assert.equal(rig.marks.size, 0);
  });
});
