import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { hertz, monotonicMs, unixMs, type UnixMs } from '../../base/units.ts';
import type { Arrival } from './capture-clock.ts';
import { Timeline, type Placed, type TimelineTrack } from './timeline.ts';

const startMs = 1_700_000_000_000;
const video: TimelineTrack = { kind: 'video', clockHz: hertz(90_000), startRtpTime: undefined };
const audio: TimelineTrack = { kind: 'audio', clockHz: hertz(8000), startRtpTime: undefined };

/** So many ms after the connection began, by both clocks; our wall clock may be set meanwhile. */
const after = (ms: number, wallStepMs = 0): Arrival => ({
  wallMs: unixMs(startMs + ms + wallStepMs),
  monotonicMs: monotonicMs(5000 + ms),
});

/** Presentation time in ms since the connection began. */
const ptsMs = (placed: Placed, track: TimelineTrack): number =>
  Math.round((placed.pts - (startMs * track.clockHz) / 1000) / (track.clockHz / 1000));

/** Video at 25 pictures a second from RTP time `first`, all key; returns each picture's time in ms. */
function play(
  line: Timeline,
  pictures: readonly { mediaMs: number; arriveMs: number }[],
  first = 0,
): number[] {
  return pictures.map(({ mediaMs, arriveMs }) =>
    ptsMs(line.place(0, first + mediaMs * 90, true, after(arriveMs)), video),
  );
}

describe('the first unit and those after it', () => {
  test('starts at the wall time of arrival, then the camera clock runs, not the network', () => {
    const pictures = [
      { mediaMs: 0, arriveMs: 0 },
      { mediaMs: 40, arriveMs: 95 },
      { mediaMs: 80, arriveMs: 96 },
      { mediaMs: 120, arriveMs: 120 },
    ];
    assert.deepEqual(play(new Timeline([video]), pictures, 3_000_000_000), [0, 40, 80, 120]);
  });

  test('a slow camera clock is followed: 100 ppm make 360 ms in an hour', () => {
    const line = new Timeline([video]);
    let last = 0;
    for (let second = 0; second <= 3600; second += 1) {
      const [ms = 0] = play(line, [{ mediaMs: second * 999.9, arriveMs: second * 1000 }]);
      last = ms;
    }
    assert.equal(last, 3_599_640);
  });

  test('B-frames go back a little and that is no jump', () => {
    const line = new Timeline([video]);
    const times = [0, 120, 40, 80, 240, 160, 200].map((mediaMs, index) => {
      const placed = line.place(0, mediaMs * 90, index === 0, after(index * 40));
      assert.equal(placed.jumpMs, undefined);
      return ptsMs(placed, video);
    });
    assert.deepEqual(times, [0, 120, 40, 80, 240, 160, 200]);
  });

  test('a connection begins after the one before, though our clock was set back', () => {
    const first = new Timeline([video]);
    assert.equal(first.endMs, undefined);
    play(first, [
      { mediaMs: 0, arriveMs: 0 },
      { mediaMs: 9000, arriveMs: 9000 },
    ]);
    assert.equal(first.endMs, startMs + 9000);
    const second = new Timeline([video], first.endMs);
    assert.equal(ptsMs(second.place(0, 0, true, after(9500, -60_000)), video), 9000);
  });

  test('setting our wall clock moves capture times, not presentation times', () => {
    const line = new Timeline([video]);
    line.place(0, 0, true, after(0));
    const placed = line.place(0, 3600, true, after(40, 3_600_000));
    assert.equal(ptsMs(placed, video), 40);
    assert.equal(placed.wallMs, startMs + 3_600_040);
  });
});

describe('jumps of the camera clock', () => {
  const cases: [string, jumpMs: number][] = [
    ['an hour forward', 3_600_000],
    ['five seconds forward', 5000],
    ['five seconds back', -5000],
    ['half a second back, seen at the next key picture', -500],
    ['a day back', -86_400_000],
  ];
  for (const [name, jumpMs] of cases) {
    test(`${name}: told once, and the line goes on`, () => {
      const line = new Timeline([video]);
      const before = [0, 40, 80].map((ms) => line.place(0, ms * 90, true, after(ms)));
      const told = [120, 160].map((ms) => line.place(0, (ms + jumpMs) * 90, true, after(ms)));
      assert.deepEqual(
        before.map((placed) => placed.jumpMs),
        [undefined, undefined, undefined],
      );
      assert.equal(Math.round(told[0]?.jumpMs ?? 0), jumpMs);
      assert.equal(told[1]?.jumpMs, undefined);
      assert.deepEqual(
        told.map((placed) => ptsMs(placed, video)),
        [120, 160],
      );
    });
  }

  test('a pause of the camera is no jump: time passed here too', () => {
    const line = new Timeline([video]);
    line.place(0, 0, true, after(0));
    const placed = line.place(0, 20_000 * 90, true, after(20_000));
    assert.equal(placed.jumpMs, undefined);
    assert.equal(ptsMs(placed, video), 20_000);
  });

  test('a network that was held up, and lost pictures meanwhile, is no jump', () => {
    const line = new Timeline([video]);
    play(line, [
      { mediaMs: 0, arriveMs: 0 },
      { mediaMs: 40, arriveMs: 6000 },
    ]);
    const placed = line.place(0, 5960 * 90, true, after(6010));
    assert.equal(placed.jumpMs, undefined);
    assert.equal(ptsMs(placed, video), 5960);
  });
});

describe('tracks side by side', () => {
  test('by RTP-Info, whatever comes first (RFC 2326, 12.33)', () => {
    const line = new Timeline([
      { ...video, startRtpTime: 0xffff_ffff },
      { ...audio, startRtpTime: 1000 },
    ]);
    const sound = line.place(1, 1000 + 8 * 200, true, after(200));
    // The picture of the same instant was large and came 150 ms later; its RTP time has wrapped.
    const picture = line.place(0, 0x1_0000_0000 - 1 + 90 * 200, true, after(350));
    assert.equal(ptsMs(sound, audio), 200);
    assert.equal(ptsMs(picture, video), 200);
  });

  test('an RTP-Info that belongs to other media is not believed', () => {
    const line = new Timeline([
      { ...video, startRtpTime: 0 },
      { ...audio, startRtpTime: 0 },
    ]);
    assert.equal(ptsMs(line.place(0, 2_000_000_000, true, after(0)), video), 0);
    assert.equal(ptsMs(line.place(1, 77, true, after(30)), audio), 30);
  });

  for (const [name, cameraMs] of [
    ['a right clock', startMs],
    ['a clock in 1970', 12_000],
    ['a clock hours off', startMs + 7_200_000],
  ] as const) {
    test(`by sender reports of ${name}: slowly, without going back`, () => {
      const line = new Timeline([video, audio]);
      // Captured together; the sound is delivered 200 ms late.
      for (let ms = 0; ms <= 200; ms += 40) line.place(0, ms * 90, true, after(ms));
      line.place(1, 0, true, after(200));
      line.senderReport(0, { ntpMs: cameraMs + 20, rtpTime: 20 * 90 }, after(20));
      line.senderReport(1, { ntpMs: cameraMs + 220, rtpTime: 220 * 8 }, after(220));
      let last = 200;
      let apart = 0;
      for (let ms = 240; ms < 20_000; ms += 40) {
        const picture = ptsMs(line.place(0, ms * 90, true, after(ms)), video);
        const sound = ptsMs(line.place(1, ms * 8, true, after(ms + 200)), audio);
        assert(picture > last && picture - last <= 42);
        last = picture;
        apart = sound - picture;
        assert.equal(sound, ms + 200, 'sound is even');
      }
      assert.equal(apart, 0);
    });
  }

  test('small differences are left alone', () => {
    const line = new Timeline([video, audio]);
    line.place(0, 0, true, after(0));
    line.place(1, 0, true, after(15));
    line.senderReport(0, { ntpMs: startMs, rtpTime: 0 }, after(20));
    line.senderReport(1, { ntpMs: startMs, rtpTime: 0 }, after(20));
    assert.equal(ptsMs(line.place(0, 4000 * 90, true, after(4000)), video), 4000);
  });

  test('reports of a clock that was set between them are not compared', () => {
    const line = new Timeline([video, audio]);
    line.place(0, 0, true, after(0));
    line.place(1, 0, true, after(0));
    line.senderReport(0, { ntpMs: 0, rtpTime: 0 }, after(20));
    line.senderReport(1, { ntpMs: 2000, rtpTime: 0 }, after(20));
    assert.equal(ptsMs(line.place(0, 4000 * 90, true, after(4000)), video), 4000);
  });
});

describe('capture time', () => {
  test('is the camera clock when it is sane', () => {
    const line = new Timeline([video]);
    line.place(0, 0, true, after(0));
    assert.equal(line.senderReport(0, { ntpMs: startMs - 70, rtpTime: 0 }, after(10)), 'capture-time');
    const placed = line.place(0, 1000 * 90, true, after(1100));
    assert.deepEqual([placed.wallMs, placed.wallFrom], [startMs + 930, 'camera']);
  });

  test('a report before the first unit counts too', () => {
    const line = new Timeline([video]);
    line.senderReport(0, { ntpMs: startMs - 300, rtpTime: 0xffff_fff0 }, after(0));
    const placed = line.place(0, 0xffff_fff0, true, after(10));
    assert.deepEqual([placed.wallMs, placed.wallFrom], [startMs - 300, 'camera']);
  });

  test('is never later than the arrival', () => {
    const line = new Timeline([video]);
    line.place(0, 0, true, after(0));
    line.senderReport(0, { ntpMs: startMs + 3000, rtpTime: 0 }, after(0));
    assert.equal(line.place(0, 3600, true, after(45)).wallMs, startMs + 45);
  });

  for (const [name, ntpMs] of [
    ['1970', 0],
    ['six seconds off', startMs + 6000],
  ] as const) {
    test(`a camera in ${name} is not believed: the fastest unit of late counts`, () => {
      const line = new Timeline([video]);
      line.place(0, 0, true, after(0));
      assert.equal(line.senderReport(0, { ntpMs, rtpTime: 0 }, after(0)), 'alignment');
      const placed = line.place(0, 40 * 90, true, after(240));
      assert.deepEqual([placed.wallMs, placed.wallFrom], [startMs + 40, 'arrival']);
    });
  }

  test('a report far from the media is ignored', () => {
    const line = new Timeline([video]);
    line.place(0, 0, true, after(0));
    assert.equal(line.senderReport(0, { ntpMs: startMs, rtpTime: 90 * 60_000 }, after(0)), 'ignored');
  });

  test('drift of the camera does not gather in it', () => {
    const line = new Timeline([video]);
    let worst = 0;
    for (let second = 0; second <= 3600; second += 1) {
      const placed = line.place(0, Math.round(second * 90_000 * 1.0001), true, after(second * 1000));
      worst = Math.max(worst, Math.abs(placed.wallMs - (startMs + second * 1000)));
    }
    assert(worst < 10, `${String(worst)} ms`);
  });

  test('a jump ends what an old report said', () => {
    const line = new Timeline([video]);
    line.place(0, 0, true, after(0));
    line.senderReport(0, { ntpMs: startMs, rtpTime: 0 }, after(0));
    const placed = line.place(0, 90_000 * 100, true, after(40));
    assert.deepEqual([placed.wallMs, placed.wallFrom], [startMs + 40, 'arrival']);
  });
});

test('whatever the camera and the network do: key units never go back, capture is never after arrival', () => {
  const step = fc.record({
    track: fc.nat(1),
    mediaMs: fc.oneof({ weight: 5, arbitrary: fc.nat(200) }, fc.integer({ min: -100_000, max: 100_000 })),
    passMs: fc.oneof(fc.nat(200), fc.nat(10_000)),
    report: fc.option(
      fc.record({ ntpMs: fc.double({ noNaN: true, min: 0, max: 4e12 }), rtpTime: fc.nat(0xffff_ffff) }),
    ),
    near: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const line = new Timeline([video, audio]);
      const clocks = [90, 8];
      const times = [1000, 2000];
      const last = [-Infinity, -Infinity];
      let now = 0;
      for (const { track, mediaMs, passMs, report, near } of steps) {
        now += passMs;
        times[track] = (times[track] ?? 0) + mediaMs * (clocks[track] ?? 0);
        const time = times[track];
        if (report) {
          const sane = { ntpMs: startMs + now - 50, rtpTime: time >>> 0 };
          line.senderReport(track, near ? sane : report, after(now));
        }
        const placed = line.place(track, time, true, after(now));
        assert(Number.isSafeInteger(placed.pts));
        assert(placed.pts >= (last[track] ?? 0));
        assert(placed.wallMs <= after(now).wallMs);
        last[track] = placed.pts;
      }
      const end: UnixMs | undefined = line.endMs;
      assert.equal(end === undefined, steps.length === 0);
    }),
    { numRuns: 200 },
  );
});
