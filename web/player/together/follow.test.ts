import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Follow } from './follow.ts';
import { MasterClock } from './master-clock.ts';

/** A video as browsers play it: its own clock is a little wrong, a seek takes a while, sometimes it stands. */
class ModelVideo {
  seconds: number;
  rate = 1;
  seeks = 0;
  readonly #drift: number;
  readonly #seekTakesMs: number;
  #stillMs = 0;
  #seeking: number | undefined;

  constructor(startSeconds: number, drift: number, seekTakesMs: number) {
    this.seconds = startSeconds;
    this.#drift = drift;
    this.#seekTakesMs = seekTakesMs;
  }

  /** It has nothing to show for so long. */
  stall(ms: number): void {
    this.#stillMs = ms;
  }

  seek(seconds: number): void {
    this.seeks++;
    this.seconds = seconds;
    this.#seeking = this.#seekTakesMs;
  }

  /** True when the picture of a seek appeared. */
  pass(ms: number): boolean {
    if (this.#seeking !== undefined) {
      this.#seeking -= ms;
      if (this.#seeking > 0) return false;
      this.#seeking = undefined;
      return true;
    }
    const still = Math.min(this.#stillMs, ms);
    this.#stillMs -= still;
    this.seconds += ((ms - still) / 1000) * this.rate * (1 + this.#drift);
    return false;
  }

  get isSeeking(): boolean {
    return this.#seeking !== undefined;
  }
}

const stepMs = 50;

/** Lets time pass as the player does. @returns largest difference in the last second, ms */
function play(video: ModelVideo, { clock, follow, speed }: Player, fromMs: number, lengthMs: number): number {
  let worst = 0;
  for (let nowMs = fromMs; nowMs < fromMs + lengthMs; nowMs += stepMs) {
    if (video.pass(stepMs)) follow.landed(nowMs);
    const errorSeconds = video.seconds - clock.at(nowMs) / 1000;
    if (nowMs >= fromMs + lengthMs - 1000) worst = Math.max(worst, Math.abs(errorSeconds) * 1000);
    if (video.isSeeking) continue;
    const advice = follow.step({ nowMs, errorSeconds, speed });
    if (advice.kind === 'rate') video.rate = advice.rate;
    else video.seek(clock.at(nowMs) / 1000 + advice.leadSeconds);
  }
  return worst;
}

interface Player {
  readonly clock: MasterClock;
  readonly follow: Follow;
  readonly speed: number;
}

function running(speed = 1): Player {
  const clock = new MasterClock(0, 0);
  clock.setSpeed(0, speed);
  clock.run(0, true);
  return { clock, follow: new Follow(), speed };
}

describe('a video that follows the clock', () => {
  for (const drift of [-0.01, 0.002, 0.01]) {
    test(`stays within 10 ms when its own clock is off by ${drift * 100} %`, () => {
      const video = new ModelVideo(0.2, drift, 150);
      assert.ok(play(video, running(), 0, 20_000) < 10);
      assert.equal(video.seeks, 0);
    });
  }

  for (const speed of [0.5, 2]) {
    test(`also at ${speed} times the speed`, () => {
      const video = new ModelVideo(-0.3, 0.001, 150);
      assert.ok(play(video, running(speed), 0, 20_000) < 10);
    });
  }

  test('comes back after standing still, with one jump that aims ahead', () => {
    const [video, player] = [new ModelVideo(0, 0, 250), running()];
    play(video, player, 0, 5000);
    for (const at of [5000, 15_000, 25_000]) {
      video.stall(2000);
      assert.ok(play(video, player, at, 10_000) < 10);
    }
    assert.ok(video.seeks <= 6, `${video.seeks} seeks`);
  });

  test('that cannot keep up is left to show pictures: never more than one jump in a second and a half', () => {
    const video = new ModelVideo(0, -0.6, 400);
    play(video, running(), 0, 30_000);
    assert.ok(video.seeks <= 20, `${video.seeks} seeks`);
  });

  test('rates stay where nobody sees or hears them', () => {
    const follow = new Follow();
    for (const errorSeconds of [-0.39, -0.05, 0.003, 0.05, 0.39]) {
      const advice = follow.step({ nowMs: 0, errorSeconds, speed: 1 });
      assert.ok(advice.kind === 'rate' && advice.rate >= 0.9 && advice.rate <= 1.1);
      assert.equal(Math.sign(1 - advice.rate), Math.abs(errorSeconds) < 0.004 ? 0 : Math.sign(errorSeconds));
    }
  });
});

test('the clock goes on from where it is when its speed changes, and stands when told', () => {
  const clock = new MasterClock(1000, 50_000);
  clock.run(1000, true);
  assert.equal(clock.at(3000), 52_000);
  clock.setSpeed(3000, 0.5);
  assert.equal(clock.at(5000), 53_000);
  clock.run(5000, false);
  assert.equal(clock.at(9000), 53_000);
  clock.set(9000, 10_000);
  clock.run(9000, true);
  assert.equal(clock.at(11_000), 11_000);
});
