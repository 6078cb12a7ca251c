import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { unixMs } from '../base/units.ts';
import type { RecordingMark, StoredGap } from '../database/gaps.ts';
import type { JpegConfig } from '../media/track.ts';
import { recordingOff } from './policy.ts';
import { Rig, camera, continuous, startMs } from './rig.testing.ts';

/** Plays until the camera has been live for so long. */
function live(seconds: number): Rig {
  const rig = new Rig();
  rig.play(seconds);
  return rig;
}

describe('a camera that goes away', () => {
  it('is a gap at once when it hangs up, until its first picture', async () => {
    const rig = live(10);
    const lastMs = rig.clock.nowMs();
    rig.drop();
    await rig.look();
    const [open] = rig.gaps.values();
    assert.equal(open?.cause, 'camera-offline');
    assert.equal(open.endMs, null);
    assert.ok(Math.abs(open.startMs - lastMs) <= 80, 'begins where its footage ends');
    assert.equal(rig.report.state, 'failing');
    rig.silence(20);
    rig.play(3);
    await rig.look();
    const back = rig.archive.last.head;
    assert.deepEqual(
      [...rig.gaps.values()].map(({ endMs }) => endMs),
      [back.startMs],
    );
    assert.equal(back.continues, false);
    assert.equal(rig.report.state, 'recording');
    assert.deepEqual(
      rig.news.map(({ what }) => what),
      ['opened', 'closed'],
    );
  });

  it('is a gap within five seconds when it only falls silent', async () => {
    const rig = live(10);
    const lastMs = rig.clock.nowMs();
    for (let half = 0; half < 10; half += 1) {
      rig.silence(0.5);
      await rig.settle();
      if (rig.gaps.size > 0) break;
    }
    await rig.look();
    assert.ok(rig.clock.nowMs() - lastMs <= 5500, `${rig.clock.nowMs() - lastMs} ms`);
    const [open] = rig.gaps.values();
    assert.equal(open?.cause, 'camera-offline');
    assert.ok(Math.abs(open.startMs - lastMs) <= 80);
  });

  it('that comes again and again is one row for each time', async () => {
    const rig = live(5);
    for (let time = 0; time < 3; time += 1) {
      rig.drop();
      rig.silence(15);
      rig.play(5);
    }
    await rig.look();
    assert.deepEqual(
      rig.ledger.map(([cause]) => cause),
      Array(3).fill('camera-offline'),
    );
    assert.ok(rig.ledger.every(([, from, to]) => to !== null && to - from >= 15));
  });

  it('and cannot be reached at all is a gap from the moment it was wanted', async () => {
    const rig = new Rig({ live: false });
    rig.source.current.fail('refused');
    await rig.look();
    assert.deepEqual(rig.ledger, [['camera-offline', 0, null]]);
    assert.match(rig.report.reason ?? '', /refused/);
  });

  it('is switched off by people: a gap with that cause, while the policy wants it', async () => {
    const rig = live(10);
    rig.switch(false);
    await rig.look();
    assert.deepEqual(rig.ledger, [['disabled', 11, null]]);
    rig.silence(60);
    rig.switch(true);
    rig.play(3);
    await rig.look();
    const [[cause, from, to] = []] = rig.ledger;
    assert.deepEqual([rig.ledger.length, cause, from], [1, 'disabled', 11]);
    assert.ok(to !== null && to !== undefined && to >= 71 && to < 73);
  });

  it('sends what no file can hold: that is said', async () => {
    const rig = new Rig({ live: false });
    const codec: JpegConfig = { kind: 'mjpeg', widthPixels: 640, heightPixels: 480 };
    rig.change([{ ...rig.tracks[0], id: 0, codec, clockHz: rig.tracks[0]?.clockHz ?? (0 as never) }]);
    rig.play(5);
    await rig.look();
    assert.deepEqual(
      rig.ledger.map(([cause, , to]) => [cause, to]),
      [['unsupported', null]],
    );
    assert.match(rig.report.reason ?? '', /H\.264/);
  });
});

describe('lost packets', () => {
  it('make a poor stretch that grows while it lasts', async () => {
    const rig = live(5);
    for (let second = 0; second < 4; second += 1) {
      rig.source.current.lostPackets += 3;
      rig.play(1);
    }
    rig.play(5);
    rig.source.current.lostPackets += 1;
    rig.play(3);
    await rig.look();
    assert.deepEqual(
      rig.ledger.map(([cause]) => cause),
      ['packets-lost', 'packets-lost'],
    );
    const [[, from, to] = [0, 0, 0]] = rig.ledger;
    assert.ok(to !== null && Math.abs(to - from - 4) <= 1.1);
    assert.equal(rig.report.account.packetsLost, 13);
    assert.equal(rig.report.state, 'recording');
    assert.deepEqual(
      rig.news.map(({ what }) => what),
      ['closed', 'closed'],
      'each is told once',
    );
  });
});

describe('a clock that is set', () => {
  it('forward cuts the run and is a row that says by how much', async () => {
    const rig = live(10);
    rig.clock.stepWall(3_600_000);
    rig.play(10);
    await rig.look();
    const [first, second] = rig.archive.recordings;
    assert.deepEqual([first?.endReason, second?.head.continues], ['clock-stepped', false]);
    const rows = [...rig.gaps.values()];
    assert.deepEqual(
      rows.map(({ cause }) => cause),
      ['clock-stepped'],
    );
    assert.match(rows[0]?.detail ?? '', /forward by 60 min/);
    assert.equal(rows[0]?.endMs, second?.head.startMs);
    assert.ok((rows[0]?.endMs ?? 0) - (rows[0]?.startMs ?? 0) >= 3_598_000);
  });

  it('back is a row, too, and no frame is lost', async () => {
    const rig = live(10);
    rig.clock.stepWall(-7_200_000);
    rig.play(10);
    await rig.look();
    const rows = [...rig.gaps.values()];
    assert.deepEqual(
      rows.map(({ cause }) => cause),
      ['clock-stepped'],
    );
    assert.match(rows[0]?.detail ?? '', /back by 2\.0 h/);
    assert.equal(rows[0]?.startMs, rig.archive.recordings[1]?.head.startMs);
    await rig.recordings.close();
    assert.equal(rig.storedFrames, rig.sent);
  });

  it('by less than a second is none', async () => {
    const rig = live(10);
    rig.clock.stepWall(700);
    rig.play(10);
    await rig.look();
    assert.deepEqual(rig.ledger, []);
    assert.equal(rig.archive.recordings.length, 1);
  });

  it('while the camera is away leaves its row, and begins another in the new time', async () => {
    const rig = live(10);
    rig.drop();
    rig.source.current.fail('refused');
    rig.silence(5);
    rig.clock.stepWall(600_000);
    rig.silence(10);
    await rig.look();
    const causes = [...rig.gaps.values()].map(({ cause, endMs }) => [cause, endMs !== null]);
    assert.deepEqual(causes, [
      ['camera-offline', true],
      ['clock-stepped', true],
      ['camera-offline', false],
    ]);
  });
});

describe('a server that was not running', () => {
  const offMs = 600_000;
  const mark: RecordingMark = {
    cameraId: camera,
    wanted: true,
    coveredUntilMs: unixMs(startMs - offMs - 2000),
    seenMs: unixMs(startMs - offMs),
  };

  it('is a gap up to the first picture', async () => {
    const rig = new Rig({ past: { marks: [mark] } });
    rig.play(2);
    await rig.look();
    const [[cause, from, to] = []] = rig.ledger;
    assert.deepEqual([rig.ledger.length, cause, from], [1, 'server-stopped', -602]);
    assert.ok(to !== null && to !== undefined && to <= 0.1);
  });

  it('begins where the footage ends that was saved from the crash', async () => {
    const before = new Rig({ startMs: startMs - 700_000 });
    before.play(99);
    const rig = new Rig({ past: { marks: [mark] }, archive: before.archive });
    await rig.settle();
    rig.play(2);
    await rig.look();
    assert.deepEqual(
      [...rig.gaps.values()].map(({ startMs: from }) => from),
      [Math.max(before.archive.recordings.at(-2)?.endMs ?? 0, mark.coveredUntilMs)],
    );
  });

  it('closes what was open, and goes on with its own cause', async () => {
    const open: StoredGap = {
      id: 'gap_old',
      cameraId: camera,
      startMs: unixMs(startMs - offMs - 60_000),
      endMs: null,
      cause: 'camera-offline',
      detail: '',
    };
    const rig = new Rig({ past: { marks: [mark], openGaps: [open] } });
    await rig.look();
    assert.deepEqual(
      rig.ledger.map(([cause, from]) => [cause, from]),
      [
        ['camera-offline', -660],
        ['server-stopped', -600],
      ],
    );
    assert.equal(rig.gaps.get('gap_old')?.endMs, mark.seenMs);
  });

  it('is missing only in the windows of a schedule', async () => {
    process.env['TZ'] = 'UTC';
    const schedule = [{ days: [5], fromMinute: 11 * 60 + 52, toMinute: 11 * 60 + 55 }];
    const policy = { ...recordingOff, mode: 'schedule', schedule } as const;
    const rig = new Rig({ policy, past: { marks: [{ ...mark, wanted: false }] }, live: false });
    await rig.look();
    assert.deepEqual(rig.ledger, [['server-stopped', -480, -300]]);
    assert.equal(rig.report.state, 'waiting');
  });

  it('and nothing was wanted: no gap', async () => {
    const rig = new Rig({ policy: recordingOff, past: { marks: [{ ...mark, wanted: false }] }, live: false });
    await rig.look();
    assert.deepEqual(rig.ledger, []);
  });

  it('goes on with a recording that was started by hand', async () => {
    const event = {
      id: 'evt_old',
      cameraId: camera,
      startMs: unixMs(startMs - offMs - 60_000),
      endMs: null,
      kind: 'manual',
      label: '',
      detail: JSON.stringify({ untilMs: startMs + 60_000 }),
    };
    const rig = new Rig({ policy: recordingOff, past: { marks: [mark], events: [event] } });
    rig.play(2);
    await rig.look();
    assert.deepEqual(
      [rig.report.trigger, rig.ledger.map(([cause]) => cause)],
      ['manual', ['server-stopped']],
    );
    rig.play(65);
    await rig.look();
    assert.equal(rig.report.trigger, null);
    assert.equal(rig.events.get('evt_old')?.endMs === null, false);
  });
});

describe('the marks', () => {
  it('say what is wanted and how far it is on the disk', async () => {
    const rig = live(10);
    rig.archive.quick = false;
    rig.play(10);
    await rig.look();
    const held = rig.marks.get(camera);
    assert.ok(held?.wanted);
    assert.ok(held.coveredUntilMs <= startMs + 11_100, 'not what only memory has');
    assert.ok(held.seenMs >= startMs + 17_000);
    rig.policy = recordingOff;
    rig.silence(4);
    await rig.look();
    assert.equal(rig.marks.get(camera)?.wanted, false);
  });

  it('of a policy that is off are not written', async () => {
    const rig = new Rig({ policy: recordingOff, live: false });
    rig.policy = continuous;
    rig.play(4);
    await rig.look();
    assert.equal(rig.marks.size, 1);
  });
});
