import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { StoredFile } from '../database/storage.ts';
import { freeSpans } from './retention-rules.ts';
import { camera, RetentionRig } from './retention.testing.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const cameras = [camera(1), camera(2), camera(3)];
const volumeIds = ['vol_1', 'vol_2'];

const limit = (max: number) => fc.option(fc.integer({ min: 1, max }), { nil: null });
const retention = fc.record({
  maxAgeDays: limit(20),
  maxBytes: limit(200),
  minAgeDays: fc.constantFrom(0, 0, 3, 8, 25),
});
const recording = fc.record({
  camera: fc.nat({ max: 2 }),
  volume: fc.nat({ max: 1 }),
  /** Before now, in hours. */
  age: fc.integer({ min: 0, max: 24 * 30 }),
  minutes: fc.integer({ min: 1, max: 60 }),
  bytes: fc.integer({ min: 1, max: 40 }),
});
const hold = fc.record({
  camera: fc.option(fc.nat({ max: 2 }), { nil: null }),
  age: fc.integer({ min: 0, max: 24 * 30 }),
  hours: fc.integer({ min: 1, max: 100 }),
});
const world = fc.record({
  retentions: fc.tuple(retention, retention, retention),
  recordings: fc.array(recording, { maxLength: 40 }),
  holds: fc.array(hold, { maxLength: 3 }),
  maxBytes: fc.option(fc.nat({ max: 600 }), { nil: undefined }),
  floors: fc.tuple(fc.nat({ max: 500 }), fc.nat({ max: 500 })),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

const volumeBytes = 500;
let rig: RetentionRig;
before(async () => {
  rig = await RetentionRig.open(Date.UTC(2026, 10, 21, 12, 30));
});
after(() => rig.close());

/** What the rules say of one recording, told anew and plainly. */
class Model {
  readonly #world: World;
  readonly #nowMs: number;
  readonly #bornMs: number;

  constructor(given: World, bornMs: number, nowMs: number) {
    this.#world = given;
    this.#bornMs = bornMs;
    this.#nowMs = nowMs;
  }

  isHeld(file: StoredFile): boolean {
    return this.#world.holds.some((held) => {
      const startMs = this.#bornMs - held.age * hourMs;
      const isOfCamera = held.camera === null || cameras[held.camera] === file.cameraId;
      return isOfCamera && startMs < file.endMs && startMs + held.hours * hourMs > file.startMs;
    });
  }

  isTooOld(file: StoredFile): boolean {
    const { maxAgeDays } = this.#rules(file);
    return maxAgeDays !== null && file.endMs <= this.#nowMs - maxAgeDays * dayMs;
  }

  isGuaranteed(file: StoredFile): boolean {
    return !this.isTooOld(file) && file.endMs > this.#nowMs - this.#rules(file).minAgeDays * dayMs;
  }

  mayGo(file: StoredFile): boolean {
    return !this.isHeld(file) && !this.isGuaranteed(file);
  }

  #rules(file: StoredFile) {
    const rules = this.#world.retentions[cameras.indexOf(file.cameraId)];
    assert.ok(rules);
    return rules;
  }
}

async function build(given: World): Promise<number> {
  await rig.clear();
  const bornMs = rig.clock.nowMs();
  for (const [i, id] of cameras.entries()) await rig.addCamera(id, given.retentions[i] ?? {});
  rig.maxBytes = given.maxBytes;
  rig.volumes = volumeIds.map((id, i) => ({
    id,
    totalBytes: volumeBytes,
    floorBytes: given.floors[i] ?? 0,
  }));
  await rig.addRecordings(
    given.recordings.map(({ camera: of, volume, age, minutes, bytes }) => {
      const startMs = bornMs - age * hourMs - minutes * 60_000;
      const endMs = startMs + minutes * 60_000;
      return { camera: cameras[of] ?? camera(1), volume: volumeIds[volume] ?? '', startMs, endMs, bytes };
    }),
  );
  for (const { camera: of, age, hours } of given.holds) {
    const startMs = bornMs - age * hourMs;
    await rig.hold(of === null ? null : (cameras[of] ?? null), startMs, startMs + hours * hourMs);
  }
  return bornMs;
}

const size = (files: readonly StoredFile[]): number => files.reduce((sum, { bytes }) => sum + bytes, 0);

describe('whatever the rules, the footage and the holds', () => {
  test('nothing that is held or guaranteed goes, everything too old does, and limits are kept if they can be', async () => {
    await fc.assert(
      fc.asyncProperty(world, async (given) => {
        const bornMs = await build(given);
        const stored = await rig.left();
        await rig.run();
        const left = await rig.left();
        const model = new Model(given, bornMs, rig.clock.nowMs());
        const kept = new Set(left.map(({ id }) => id));
        for (const file of stored.filter(({ id }) => !kept.has(id))) {
          assert.ok(!model.isHeld(file), 'held');
          assert.ok(!model.isGuaranteed(file), 'guaranteed');
        }
        for (const file of left) assert.ok(model.isHeld(file) || !model.isTooOld(file), 'too old');
        assertLimits(given, left, model);
      }),
      { numRuns: 25 },
    );
  });

  test('each deletion names a rule that was broken, and together they are what went', async () => {
    await fc.assert(
      fc.asyncProperty(world, async (given) => {
        await build(given);
        const stored = await rig.left();
        await rig.run();
        const left = await rig.left();
        const deletions = await rig.deletions();
        const sum = (of: (row: (typeof deletions)[number]) => number): number =>
          deletions.reduce((total, row) => total + of(row), 0);
        assert.equal(
          sum(({ recordings }) => recordings),
          stored.length - left.length,
        );
        assert.equal(
          sum(({ bytes }) => bytes),
          size(stored) - size(left),
        );
        for (const { reason, cameraId } of deletions) {
          const rules = given.retentions[cameras.findIndex((id) => id === cameraId)];
          if (reason === 'age') assert.ok(rules?.maxAgeDays);
          else if (reason === 'camera-size') assert.ok(rules?.maxBytes);
          else if (reason === 'total-size') assert.ok(given.maxBytes !== undefined);
          else assert.equal(reason, 'free-space');
        }
      }),
      { numRuns: 15 },
    );
  });

  test('a second look changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(world, async (given) => {
        await build(given);
        await rig.run();
        const left = await rig.left();
        await rig.lookAtVolumes();
        await rig.keeper.run();
        assert.deepEqual(await rig.left(), left);
      }),
      { numRuns: 10 },
    );
  });

  test('what is free between holds touches none of them, and nothing free is missing', () => {
    const span = fc.tuple(fc.nat({ max: 50 }), fc.nat({ max: 20 })).map(([startMs, length]) => ({
      startMs: startMs + 1,
      endMs: startMs + 1 + length,
    }));
    fc.assert(
      fc.property(fc.array(span, { maxLength: 5 }), fc.integer({ min: -5, max: 80 }), (holds, untilMs) => {
        const spans = freeSpans(holds, untilMs);
        for (let at = 0; at < 80; at++) {
          const isHeld = holds.some(({ startMs, endMs }) => startMs <= at && at < endMs);
          const isFree = spans.some(({ startMs, endMs }) => startMs <= at && at < endMs);
          assert.equal(isFree, at < untilMs && !isHeld);
        }
      }),
    );
  });
});

/** A limit that is broken still has nothing left that might go for it. */
function assertLimits(given: World, left: readonly StoredFile[], model: Model): void {
  const stuck = (files: readonly StoredFile[]): boolean => !files.some((file) => model.mayGo(file));
  for (const [i, id] of cameras.entries()) {
    const own = left.filter(({ cameraId }) => cameraId === id);
    const most = given.retentions[i]?.maxBytes ?? Infinity;
    assert.ok(size(own) <= most || stuck(own), 'camera-size');
  }
  assert.ok(size(left) <= (given.maxBytes ?? Infinity) || stuck(left), 'total-size');
  for (const [i, id] of volumeIds.entries()) {
    const there = left.filter(({ volumeId }) => volumeId === id);
    const freeBytes = volumeBytes - size(there);
    assert.ok(freeBytes >= (given.floors[i] ?? 0) || stuck(there), 'free-space');
  }
}
