/**
 * The archive against a disk that fails, fills, hangs, loses its power or vanishes at any moment: whatever happens,
 * the promises of docs/design/archive.md hold.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ManualClock } from '../base/clock.ts';
import { cameraId } from '../base/ids.ts';
import type { TestArchive } from './archive.testing.ts';
import { soundFragment, soundHead, testArchive } from './archive.testing.ts';
import type { DiskCall } from './disk.testing.ts';
import { MemoryDisk } from './disk.testing.ts';
import type { Checked } from './invariants.testing.ts';
import { checkInvariants } from './invariants.testing.ts';
import type { RecordingWriter } from './types.ts';

const paths = ['/mnt/v0', '/mnt/v1'];
const cameras = [1, 2].map((byte) => cameraId(new Uint8Array(16).fill(byte)));

type Step =
  | { readonly do: 'append'; readonly camera: number; readonly kilobytes: number }
  | { readonly do: 'rotate'; readonly camera: number }
  | { readonly do: 'stop'; readonly camera: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'fault'; readonly kind: DiskCall['kind']; readonly code: string; readonly after: number }
  | { readonly do: 'short'; readonly bytes: number }
  | { readonly do: 'room'; readonly kilobytes: number }
  | { readonly do: 'unmount' | 'mount'; readonly volume: number }
  | { readonly do: 'heal' }
  | { readonly do: 'delete'; readonly which: number; readonly count: number }
  | { readonly do: 'crash'; readonly chances: readonly number[] }
  | { readonly do: 'kill' };

const camera = fc.nat(1);
const kinds: readonly DiskCall['kind'][] = [
  ...(['create', 'write', 'datasync', 'sync', 'syncFolder', 'makeFolder'] as const),
  ...(['unlink', 'truncate', 'open', 'read', 'readSmall'] as const),
];
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({ do: fc.constant('append'), camera, kilobytes: fc.integer({ min: 1, max: 40 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('rotate'), camera }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stop'), camera }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('pass'), ms: fc.constantFrom(250, 1000, 6000, 10_000) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('fault'),
      kind: fc.constantFrom(...kinds),
      code: fc.constantFrom('EIO', 'ENOSPC'),
      after: fc.nat(4),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('short'), bytes: fc.nat(5000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('room'), kilobytes: fc.nat(300) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('unmount', 'mount'), volume: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('heal') }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('delete'),
      which: fc.nat(20),
      count: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('crash'),
      chances: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 30 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('kill') }) },
);

/** What a recorder was told, and what must therefore be there. */
interface Expected {
  readonly id: string;
  stored: number;
  closed: boolean;
  deleted: boolean;
}

class World {
  readonly disk = new MemoryDisk(paths);
  clock = new ManualClock(1_763_000_000_000);
  readonly expected = new Map<string, Expected>();
  readonly #folder: string;
  #rig: TestArchive | undefined;
  readonly #writers = new Map<number, { readonly writer: RecordingWriter; alive: boolean }>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async start(): Promise<void> {
    const disk = this.disk.forProcess();
    this.clock = new ManualClock(this.clock.nowMs()); // the timers of a dead process do not fire
    this.#rig = await testArchive({ folder: this.#folder, disk, clock: this.clock, paths });
  }

  get rig(): TestArchive {
    assert.ok(this.#rig);
    return this.#rig;
  }

  async run(steps: readonly Step[]): Promise<void> {
    for (const one of steps) {
      await this.#do(one);
      await this.settle();
    }
  }

  /** Everything works again, and all that can be finished is. */
  async healed(): Promise<Checked> {
    this.#heal();
    for (const index of this.#writers.keys()) this.#close(index);
    await this.#pass(40_000);
    return this.check();
  }

  check(): Promise<Checked> {
    const volumes = new Map(this.rig.archive.volumes().map(({ id, path }) => [id, path]));
    return checkInvariants(this.disk, this.rig.database.queries, volumes);
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 4; turn += 1) {
      for (let count = 0; count < 4; count += 1) await new Promise((resolve) => setImmediate(resolve));
      await this.rig.database.answers();
    }
  }

  async end(): Promise<void> {
    await this.#rig?.end();
  }

  async #do(one: Step): Promise<void> {
    switch (one.do) {
      case 'append':
        return this.#append(one.camera, one.kilobytes);
      case 'rotate':
        this.#close(one.camera);
        return this.#begin(one.camera, true);
      case 'stop':
        return this.#close(one.camera);
      case 'pass':
        return this.#pass(one.ms);
      case 'delete':
        return this.#delete(one.which, one.count);
      case 'crash':
      case 'kill':
        return this.#die(one);
      case 'fault':
      case 'short':
      case 'room':
      case 'unmount':
      case 'mount':
      case 'heal':
        return this.#meddle(one);
    }
  }

  #begin(index: number, continues: boolean): void {
    const head = soundHead(cameras[index]!, this.clock.nowMs(), continues);
    const state = { alive: true };
    const writer = this.rig.archive.write({
      head,
      onStored: () => (this.#expect(writer).stored += 1),
      onFailed: () => (state.alive = false),
    });
    this.#expect(writer);
    this.#writers.set(index, Object.assign(state, { writer }));
  }

  #expect({ id }: RecordingWriter): Expected {
    const known = this.expected.get(id) ?? { id, stored: 0, closed: false, deleted: false };
    this.expected.set(id, known);
    return known;
  }

  #append(index: number, kilobytes: number): void {
    if (!this.#writers.get(index)?.alive) this.#begin(index, false);
    const fragment = soundFragment(this.clock.nowMs(), kilobytes * 1000, kilobytes);
    this.#writers.get(index)?.writer.append(fragment);
    this.clock.advance(1000);
  }

  #close(index: number): void {
    const open = this.#writers.get(index);
    this.#writers.delete(index);
    void open?.writer.close('rotated').then((closed) => {
      if (closed.ok) this.#expect(open.writer).closed = true;
    });
  }

  async #pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 1000) {
      this.clock.advance(Math.min(1000, left));
      await this.settle();
    }
  }

  async #delete(which: number, count: number): Promise<void> {
    const rows = await this.rig.database.queries
      .selectFrom('recordings')
      .select('id')
      .orderBy('start_ms')
      .execute();
    const ids = rows
      .slice(which % Math.max(1, rows.length))
      .slice(0, count)
      .map(({ id }) => id);
    for (const id of ids) {
      const expected = this.expected.get(id);
      if (expected) expected.deleted = true;
    }
    await this.rig.archive.delete(ids, 'request', '');
  }

  async #die(how: Extract<Step, { do: 'crash' | 'kill' }>): Promise<void> {
    for (const path of paths) this.disk.mount(path);
    if (how.do === 'kill') this.disk.kill();
    else {
      let at = 0;
      this.disk.crash(() => how.chances[(at += 1) % how.chances.length] ?? 0);
    }
    this.#writers.clear();
    await this.rig.database.close(); // the dead process asks nothing more
    await this.start();
  }

  #meddle(one: Step): void {
    const { disk } = this;
    let calls = 0;
    if (one.do === 'unmount') disk.unmount(paths[one.volume]!);
    else if (one.do === 'mount') disk.mount(paths[one.volume]!);
    else if (one.do === 'heal') this.#heal();
    else if (one.do === 'room') disk.capacityBytes = one.kilobytes * 1000;
    else if (one.do === 'short')
      disk.meddle = ({ kind }) => (kind === 'write' ? { kind: 'short', bytes: one.bytes } : undefined);
    else if (one.do === 'fault') {
      disk.meddle = ({ kind }) => {
        if (kind !== one.kind || (calls += 1) <= one.after) return undefined;
        return { kind: 'error', code: one.code };
      };
    }
  }

  #heal(): void {
    this.disk.meddle = () => undefined;
    this.disk.capacityBytes = Infinity;
    for (const path of paths) this.disk.mount(path);
  }
}

test('whatever the disk does, what was told to be stored is there, and every file is known', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40, size: 'max' }), async (steps) => {
      const folder = await mkdtemp(join(tmpdir(), 'sightline-model-'));
      const world = new World(folder);
      try {
        await world.start();
        await world.run(steps);
        const { openings, garbage, fragments } = await world.healed();
        assert.deepEqual(openings, [], 'everything was finished');
        assert.deepEqual(garbage, [], 'everything deleted is gone');
        for (const { id, stored, closed, deleted } of world.expected.values()) {
          if (deleted) assert.ok(!fragments.has(id), 'deleted stays deleted');
          else if (closed || stored > 0) {
            assert.ok((fragments.get(id) ?? 0) >= stored, `${stored} fragments of ${id} were stored`);
            assert.ok(fragments.has(id), `${id} was closed`);
          }
        }
      } finally {
        await world.end();
        await rm(folder, { recursive: true });
      }
    }),
    { numRuns: 8 },
  );
});
