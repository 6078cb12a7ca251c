import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { LatencyController, frameLimits, limitsFor } from './controller.ts';
import type { Advice } from './controller.ts';

const limits = limitsFor(0.2, 2);

/** Plays against a buffer that grows by one part each 200 ms; returns the advice of each step. */
function play(
  controller: LatencyController,
  run: { fromMs: number; forMs: number; reserve: number },
): Advice[] {
  const advice: Advice[] = [];
  for (let nowMs = run.fromMs; nowMs < run.fromMs + run.forMs; nowMs += 50) {
    const sawtooth = 0.2 - (nowMs % 200) / 1000;
    const positionSeconds = nowMs / 1000;
    const bufferedEndSeconds = positionSeconds + run.reserve + sawtooth;
    advice.push(controller.step({ nowMs, positionSeconds, bufferedEndSeconds, liveSeconds: undefined }));
  }
  return advice;
}

const rates = (advice: Advice[]) => advice.map((one) => (one.kind === 'rate' ? one.rate : NaN));

test('speeds up gently while too much is buffered, and not more than 15 %', () => {
  const speeds = rates(play(new LatencyController(limits), { fromMs: 0, forMs: 3000, reserve: 1 }));
  assert.ok(speeds.every((rate) => rate >= 1 && rate <= 1.15));
  assert.equal(speeds.at(-1), 1.15);
});

test('plays at normal speed when the lowest reserve is at the target, however high the sawtooth', () => {
  const controller = new LatencyController(limits);
  // The lowest point of the sawtooth lies 0.05 s over the reserve given here.
  const settled = play(controller, { fromMs: 0, forMs: 3000, reserve: controller.targetSeconds - 0.05 });
  assert.deepEqual(new Set(rates(settled.slice(8))), new Set([1]));
});

test('builds up a reserve that is too small by slowing down a little', () => {
  const speeds = rates(play(new LatencyController(limits), { fromMs: 0, forMs: 2000, reserve: 0 }));
  assert.ok(speeds.every((rate) => rate < 1 && rate >= 0.95));
});

test('jumps when far behind, to leave just the target, and not again at once', () => {
  const controller = new LatencyController(limits);
  const measured = { positionSeconds: 100, bufferedEndSeconds: 110, liveSeconds: undefined };
  const first = controller.step({ nowMs: 0, ...measured });
  assert.equal(first.kind, 'seek');
  assert.ok(first.kind === 'seek' && Math.abs(110 - first.toSeconds - controller.targetSeconds) < 1e-9);
  assert.equal(controller.step({ nowMs: 50, ...measured }).kind, 'rate');
  assert.equal(controller.step({ nowMs: 4000, ...measured }).kind, 'seek');
});

test('goes to live when the server is far ahead though little is buffered', () => {
  const advice = new LatencyController(limits).step({
    nowMs: 0,
    positionSeconds: 100,
    bufferedEndSeconds: 100.3,
    liveSeconds: 112,
  });
  assert.deepEqual(advice, { kind: 'seek', toSeconds: 112 });
});

/** Playback runs dry for so long. */
function stall(controller: LatencyController, nowMs: number, forMs: number): void {
  controller.onWaiting(nowMs);
  controller.onPlaying(nowMs + forMs);
}

test('aims higher by what was missing, up to a ceiling, and comes back to the floor in calm', () => {
  const controller = new LatencyController(limits);
  stall(controller, 0, 80);
  const raised = controller.targetSeconds - limits.floorSeconds;
  assert.ok(raised >= 0.08 && raised < 0.12, `${raised} s`);
  for (let stalls = 0; stalls < 40; stalls++) stall(controller, 100, 300);
  assert.equal(controller.targetSeconds, limits.ceilingSeconds);
  for (let nowMs = 0; nowMs < 30 * 60_000; nowMs += 1000) {
    controller.step({ nowMs, positionSeconds: 0, bufferedEndSeconds: 0.2, liveSeconds: undefined });
  }
  assert.equal(controller.targetSeconds, limits.floorSeconds);
});

test('an outage, which no reserve would have covered, does not move live away', () => {
  const controller = new LatencyController(limits);
  stall(controller, 0, 1500);
  assert.equal(controller.targetSeconds, limits.floorSeconds);
});

test('where the rate must not change it only ever seeks', () => {
  const controller = new LatencyController(limits, false);
  assert.deepEqual(new Set(rates(play(controller, { fromMs: 0, forMs: 3000, reserve: 1 }))), new Set([1]));
  const late = { nowMs: 5000, positionSeconds: 100, bufferedEndSeconds: 103, liveSeconds: undefined };
  assert.equal(new LatencyController(limits, false).step(late).kind, 'seek');
});

test('a position outside of what is buffered gives no advice but normal speed', () => {
  const measured = { nowMs: 0, positionSeconds: 5, bufferedEndSeconds: undefined, liveSeconds: undefined };
  assert.deepEqual(new LatencyController(limits).step(measured), { kind: 'rate', rate: 1 });
});

test('longer parts and whole segments get a larger reserve', () => {
  const floors = [0.12, 0.2, 0.5, undefined].map((part) => limitsFor(part, 2).floorSeconds.toFixed(2));
  assert.deepEqual(floors, ['0.15', '0.25', '0.63', '1.50']);
});

test('a server that asks for more distance gets it; frame by frame, the camera’s own target is kept', () => {
  assert.ok(Math.abs(limitsFor(0.2, 2, 2).floorSeconds - 1.65) < 1e-9);
  assert.deepEqual(
    [20, 100, 500, 2000].map((targetMs) => frameLimits(targetMs).floorSeconds.toFixed(2)),
    ['0.06', '0.06', '0.46', '1.96'],
  );
});

test('any measurements: the rate stays within bounds and a seek never goes back', () => {
  const measurement = fc.record({
    waitMs: fc.integer({ min: 0, max: 10_000 }),
    gap: fc.option(fc.double({ min: 0, max: 60, noNaN: true }), { nil: undefined }),
    ahead: fc.option(fc.double({ min: -10, max: 60, noNaN: true }), { nil: undefined }),
    stalls: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(measurement, { maxLength: 60 }), (steps) => {
      const controller = new LatencyController(limits);
      let nowMs = 0;
      for (const step of steps) {
        nowMs += step.waitMs;
        if (step.stalls) stall(controller, nowMs, 200);
        const advice = controller.step({
          nowMs,
          positionSeconds: 1000,
          bufferedEndSeconds: step.gap === undefined ? undefined : 1000 + step.gap,
          liveSeconds: step.ahead === undefined ? undefined : 1000 + step.ahead,
        });
        if (advice.kind === 'rate') assert.ok(advice.rate >= 0.95 && advice.rate <= 1.15);
        else assert.ok(advice.toSeconds > 1000);
      }
    }),
    { numRuns: 200 },
  );
});
