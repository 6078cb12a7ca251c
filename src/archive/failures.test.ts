/** Every row of "Failure of each step" in docs/design/archive.md. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { sql } from 'kysely';
import { ManualClock } from '../base/clock.ts';
import type { UnixMs } from '../base/units.ts';
import { unixMs } from '../base/units.ts';
import type { TestArchive } from './archive.testing.ts';
import { soundFragment, soundHead, testArchive, testCamera } from './archive.testing.ts';
import type { DiskCall } from './disk.testing.ts';
import { MemoryDisk } from './disk.testing.ts';
import type { Checked } from './invariants.testing.ts';
import { checkInvariants } from './invariants.testing.ts';
import type { ArchiveFault, Fragment, RecordingWriter } from './types.ts';

const startMs = 1_763_000_000_000;
const mebibyte = 1024 * 1024;

interface Rig extends TestArchive {
  readonly disk: MemoryDisk;
  readonly clock: ManualClock;
}

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function makeRig(volumes: number, onNeedSpace?: () => Promise<void>): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'sightline-failures-'));
  const paths = Array.from({ length: volumes }, (_, index) => `/mnt/v${index}`);
  const disk = new MemoryDisk(paths);
  const clock = new ManualClock(startMs);
  const rig = await testArchive({ folder, disk, clock, paths, ...(onNeedSpace && { onNeedSpace }) });
  ends.push(async () => {
    await rig.end();
    await rm(folder, { recursive: true });
  });
  return { ...rig, disk, clock };
}

/** All that can happen without the clock moving has happened: the disk is memory, and the database answers in turn. */
async function settle(rig: Rig): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) {
    for (let count = 0; count < 4; count += 1) await new Promise((resolve) => setImmediate(resolve));
    await rig.database.answers();
  }
}

async function pass(rig: Rig, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 250) {
    rig.clock.advance(Math.min(250, left));
    await settle(rig);
  }
}

interface Recording {
  readonly writer: RecordingWriter;
  readonly stored: Fragment[];
  readonly failures: { readonly fault: ArchiveFault; readonly durableUntilMs: UnixMs }[];
}

function begin(rig: Rig, camera = testCamera): Recording {
  const stored: Fragment[] = [];
  const failures: Recording['failures'] = [];
  const writer = rig.archive.write({
    head: soundHead(camera, startMs),
    onStored: (fragment) => stored.push(fragment),
    onFailed: (fault, durableUntilMs) => failures.push({ fault, durableUntilMs }),
  });
  return { writer, stored, failures };
}

/** Seconds `from` to `to` are appended one by one, each with time to be stored. */
async function append(rig: Rig, { writer }: Recording, from: number, to: number): Promise<void> {
  for (let second = from; second < to; second += 1) {
    writer.append(soundFragment(startMs + second * 1000, 20_000, second));
    await pass(rig, 1000);
  }
}

function check(rig: Rig): Promise<Checked> {
  return checkInvariants(
    rig.disk,
    rig.database.queries,
    new Map(rig.archive.volumes().map(({ id, path }) => [id, path])),
  );
}

const fail = (rig: Rig, kind: DiskCall['kind'], code: string, within = '/'): void => {
  rig.disk.meddle = (call) =>
    call.kind === kind && call.path.startsWith(within) ? { kind: 'error', code } : undefined;
};

const heal = (rig: Rig): void => {
  rig.disk.meddle = () => undefined;
};

describe('identity missing or wrong', () => {
  test('a volume that is not mounted is never filled, and the next one takes over', async () => {
    const rig = await makeRig(2);
    const first = rig.archive.volumes()[0]!;
    rig.disk.unmount('/mnt/v0');
    const recording = begin(rig);
    await append(rig, recording, 0, 2);
    const closed = await recording.writer.close('stopped');
    assert.ok(closed.ok);
    assert.notEqual(closed.value.volumeId, first.id);
    assert.equal(closed.value.endMs, startMs + 2000, 'nothing was lost on the way');
    assert.equal(rig.archive.volumes()[0]?.state, 'failed');
    await pass(rig, 10_000);
    assert.equal(rig.archive.volumes()[0]?.state, 'missing');
    assert.match(rig.archive.volumes()[0]?.reason ?? '', /mounted/);
    rig.disk.mount('/mnt/v0');
    await pass(rig, 10_000);
    assert.equal(rig.archive.volumes()[0]?.state, 'ready');
    await check(rig);
  });

  test('without another volume the recording fails, and says what to do', async () => {
    const rig = await makeRig(1);
    rig.disk.unmount('/mnt/v0');
    const recording = begin(rig);
    await settle(rig);
    assert.equal(recording.failures[0]?.fault.kind, 'disk-failed');
    const again = begin(rig);
    await pass(rig, 10_000);
    assert.equal(again.failures[0]?.fault.kind, 'no-volume');
    assert.deepEqual(rig.disk.files('/mnt/v0'), []);
    assert.deepEqual((await check(rig)).rows, []);
  });
});

describe('a full disk', () => {
  test('waits for room, and loses nothing when there is some within 5 s', async () => {
    const asked: string[] = [];
    const rig = await makeRig(1, async () => void asked.push('room'));
    const recording = begin(rig);
    await append(rig, recording, 0, 3);
    rig.disk.capacityBytes = 70_000; // a part of the next fragment goes in
    await append(rig, recording, 3, 6);
    assert.ok(asked.length > 0);
    assert.deepEqual(recording.failures, []);
    rig.disk.capacityBytes = Infinity;
    await pass(rig, 1000);
    const closed = await recording.writer.close('stopped');
    assert.ok(closed.ok && closed.value.endMs === startMs + 6000);
    await check(rig);
  });

  test('is left at once for another that has room, while nothing is written yet', async () => {
    const rig = await makeRig(2);
    const first = rig.archive.volumes()[0]!.path;
    const recording = begin(rig);
    rig.disk.meddle = ({ kind, path }) => {
      if (kind !== 'create' || !path.startsWith(first)) return undefined;
      recording.writer.append(soundFragment(startMs, 20_000)); // asks for a turn while it changes
      return { kind: 'error', code: 'ENOSPC' };
    };
    await settle(rig);
    assert.equal(recording.writer.pendingBytes, 0, 'written elsewhere');
    await pass(rig, 12_000);
    assert.deepEqual(recording.failures, []);
    assert.ok((await recording.writer.close('stopped')).ok);
    assert.equal((await check(rig)).fragments.get(recording.writer.id), 1);
  });

  test('ends the recording at what is durable after 5 s', async () => {
    const rig = await makeRig(1);
    const recording = begin(rig);
    await append(rig, recording, 0, 3);
    rig.disk.capacityBytes = 70_000;
    await append(rig, recording, 3, 10);
    assert.equal(recording.failures[0]?.fault.kind, 'disk-full');
    assert.equal(recording.failures[0].durableUntilMs, startMs + 3000);
    rig.disk.capacityBytes = Infinity;
    await pass(rig, 10_000);
    const { rows, fragments } = await check(rig);
    assert.equal(rows[0]?.end_reason, 'disk');
    assert.equal(fragments.get(recording.writer.id), 3);
    assert.equal(rig.archive.volumes()[0]?.state, 'ready');
  });
});

describe('a failing disk', () => {
  for (const kind of ['write', 'datasync'] as const) {
    test(`EIO on ${kind}: the recording ends at its last sync, the volume is failed`, async () => {
      const rig = await makeRig(1);
      const recording = begin(rig);
      await append(rig, recording, 0, 3);
      fail(rig, kind, 'EIO');
      await append(rig, recording, 3, 5);
      assert.equal(recording.failures[0]?.fault.kind, 'disk-failed');
      assert.equal(recording.failures[0].durableUntilMs, startMs + 3000);
      assert.equal(rig.archive.volumes()[0]?.state, 'failed');
      await pass(rig, 20_000);
      const broken = await check(rig);
      if (kind === 'write') assert.deepEqual(broken.openings, [recording.writer.id], 'no end can be written');
      heal(rig);
      await pass(rig, 10_000);
      const healed = await check(rig);
      assert.equal(healed.rows[0]?.end_reason, 'disk');
      assert.equal(healed.fragments.get(recording.writer.id), 3, 'what a failed sync had does not count');
      assert.deepEqual(healed.openings, []);
    });
  }

  test('a sync that says the disk is full is not tried again: what it had may be lost', async () => {
    const rig = await makeRig(1);
    const recording = begin(rig);
    await append(rig, recording, 0, 3);
    fail(rig, 'datasync', 'ENOSPC');
    await append(rig, recording, 3, 4);
    heal(rig);
    await append(rig, recording, 4, 5);
    assert.equal(recording.failures[0]?.durableUntilMs, startMs + 3000);
    await pass(rig, 10_000);
    assert.equal((await check(rig)).fragments.get(recording.writer.id), 3);
  });

  test('a short write is gone on with', async () => {
    const rig = await makeRig(1);
    const recording = begin(rig);
    rig.disk.meddle = ({ kind }) => (kind === 'write' ? { kind: 'short', bytes: 777 } : undefined);
    await append(rig, recording, 0, 3);
    const closed = await recording.writer.close('rotated');
    assert.ok(closed.ok);
    await check(rig);
  });

  test('a write that takes nothing is a failure', async () => {
    const rig = await makeRig(1);
    const recording = begin(rig);
    await append(rig, recording, 0, 1);
    rig.disk.meddle = ({ kind }) => (kind === 'write' ? { kind: 'short', bytes: 0 } : undefined);
    await append(rig, recording, 1, 2);
    assert.equal(recording.failures[0]?.fault.kind, 'disk-failed');
    heal(rig);
    await pass(rig, 10_000);
    assert.equal((await check(rig)).rows.length, 1);
  });

  test('EIO on the last sync: no row, until the disk is well', async () => {
    const rig = await makeRig(1);
    const recording = begin(rig);
    await append(rig, recording, 0, 3);
    fail(rig, 'sync', 'EIO');
    const closing = recording.writer.close('rotated');
    await settle(rig);
    const closed = await closing;
    assert.ok(!closed.ok && closed.error.kind === 'disk-failed');
    const broken = await check(rig);
    assert.deepEqual(broken.rows, []);
    assert.deepEqual(broken.openings, [recording.writer.id]);
    heal(rig);
    await pass(rig, 10_000);
    const healed = await check(rig);
    assert.equal(healed.fragments.get(recording.writer.id), 3);
  });

  test('EIO on the sync of its folder: nothing counts, the file may lose its name', async () => {
    const rig = await makeRig(1);
    const recording = begin(rig);
    fail(rig, 'syncFolder', 'EIO');
    await append(rig, recording, 0, 3);
    assert.equal(recording.failures[0]?.fault.kind, 'disk-failed');
    assert.equal(recording.failures[0].durableUntilMs, startMs);
    assert.deepEqual(recording.stored, []);
    assert.deepEqual((await check(rig)).rows, []);
    heal(rig);
    await pass(rig, 10_000);
    assert.equal(
      (await check(rig)).fragments.get(recording.writer.id),
      1,
      'what is whole is kept all the same',
    );
  });

  test('EIO when the file is made: the next volume has the whole recording', async () => {
    const rig = await makeRig(2);
    const chosen = rig.archive.volumes()[0]!.path;
    fail(rig, 'create', 'EIO', chosen);
    const recording = begin(rig);
    await append(rig, recording, 0, 2);
    const closed = await recording.writer.close('stopped');
    assert.ok(closed.ok && closed.value.endMs === startMs + 2000);
    const { rows, openings } = await check(rig);
    assert.equal(rows.length, 1);
    assert.deepEqual(openings, []);
  });
});

describe('a disk that fails while a crash is tidied up', () => {
  test('has everything again, also what a failed sync dropped', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sightline-failures-'));
    const disk = new MemoryDisk(['/mnt/v0']);
    const start = async (): Promise<Rig> => {
      const clock = new ManualClock(startMs);
      const rig = await testArchive({ folder, disk: disk.forProcess(), clock, paths: ['/mnt/v0'] });
      return { ...rig, disk, clock };
    };
    const first = await start();
    const recording = begin(first);
    await append(first, recording, 0, 3);
    disk.meddle = ({ kind }) =>
      kind === 'datasync' ? { kind: 'slow', until: new Promise(() => undefined) } : undefined;
    await append(first, recording, 3, 4);
    disk.kill();
    await first.database.close();
    disk.meddle = ({ kind }) => (kind === 'sync' ? { kind: 'error', code: 'EIO' } : undefined);
    const second = await start();
    assert.deepEqual((await check(second)).rows, []);
    heal(second);
    await pass(second, 10_000);
    const { rows, fragments } = await check(second);
    assert.equal(
      fragments.get(recording.writer.id),
      4,
      'what was written and not synced is kept if it can be',
    );
    assert.equal(rows[0]?.end_reason, 'crash');
    await second.end();
    await rm(folder, { recursive: true });
  });
});

describe('the database', () => {
  test('refuses the row: tried again while the recording stays an opening', async () => {
    const rig = await makeRig(1);
    const recording = begin(rig);
    await append(rig, recording, 0, 2);
    const { queries } = rig.database;
    await sql`alter table runs rename to hidden`.execute(queries);
    const closing = recording.writer.close('rotated');
    await pass(rig, 3000);
    const openings = await queries.selectFrom('recording_openings').select('id').execute();
    assert.equal(openings.length, 1);
    const [open] = await rig.archive.list(testCamera, unixMs(startMs), unixMs(startMs + 1000), 10);
    assert.equal(open?.endReason, undefined, 'still listed and readable');
    await sql`alter table hidden rename to runs`.execute(queries);
    await pass(rig, 1000);
    assert.ok((await closing).ok);
    await check(rig);
  });
});

describe('a slow disk', () => {
  test('holds up nobody else, and one recording keeps 64 MiB at most', async () => {
    const rig = await makeRig(1);
    const slow = begin(rig);
    const other = begin(rig, 'cam_other00000000000' as typeof testCamera);
    await append(rig, slow, 0, 1);
    await append(rig, other, 0, 1);
    const hung = Promise.withResolvers<void>();
    const slowPath = rig.disk.files('/mnt/v0').find((path) => path.includes(slow.writer.id))!;
    rig.disk.meddle = (call) => (call.path === slowPath ? { kind: 'slow', until: hung.promise } : undefined);
    const big = soundFragment(startMs + 1000, mebibyte);
    for (let count = 0; count < 64; count += 1) slow.writer.append(big);
    await append(rig, other, 1, 4);
    assert.equal(other.stored.length, 4);
    assert.equal(slow.failures[0]?.fault.kind, 'disk-slow');
    assert.equal(slow.writer.pendingBytes, 0);
    assert.equal(rig.archive.volumes()[0]?.state, 'ready');
    hung.resolve();
    heal(rig);
    await pass(rig, 10_000);
    const { rows } = await check(rig);
    assert.equal(rows[0]?.end_reason, 'disk');
    assert.ok((await other.writer.close('stopped')).ok);
  });
});

describe('a volume that vanishes', () => {
  test('fails its recordings; they are finished when it is back', async () => {
    const rig = await makeRig(2);
    const recording = begin(rig);
    await append(rig, recording, 0, 3);
    const [listed] = await rig.archive.list(testCamera, unixMs(startMs), unixMs(startMs + 1000), 1);
    assert.ok(listed);
    const home = rig.archive.volumes().find(({ id }) => id === listed.volumeId)!.path;
    rig.disk.unmount(home);
    await append(rig, recording, 3, 4);
    assert.equal(recording.failures[0]?.durableUntilMs, startMs + 3000);
    const next = begin(rig);
    await append(rig, next, 0, 2);
    assert.deepEqual(next.failures, []);
    assert.ok((await next.writer.close('stopped')).ok);
    await pass(rig, 10_000);
    assert.deepEqual(rig.disk.files(home), [], 'nothing was put into the empty mount point');
    rig.disk.mount(home);
    await pass(rig, 10_000);
    const { rows, fragments } = await check(rig);
    assert.equal(rows.length, 2);
    assert.equal(fragments.get(recording.writer.id), 3);
  });
});
