/**
 * For tests: what must hold of an archive on a `MemoryDisk` at any moment (docs/design/archive.md).
 */
import assert from 'node:assert/strict';
import { posix } from 'node:path';
import type { Kysely } from 'kysely';
import type { RecordingRow } from '../database/recordings.ts';
import type { Schema } from '../database/schema.ts';
import { plainEnvelope } from './envelope.ts';
import { MemoryDisk } from './disk.testing.ts';
import { unpackFragments } from './fragment-table.ts';
import { scanFile } from './scan.ts';
import type { FragmentEntry } from './types.ts';

export interface Checked {
  readonly rows: readonly RecordingRow[];
  readonly openings: readonly string[];
  readonly garbage: readonly string[];
  /** Fragments of each recording, by id. */
  readonly fragments: ReadonlyMap<string, number>;
}

/** Fails when a promise of the design note is broken. @param volumes their paths by their ids */
export async function checkInvariants(
  disk: MemoryDisk,
  queries: Kysely<Schema>,
  volumes: ReadonlyMap<string, string>,
): Promise<Checked> {
  const rows = await queries.selectFrom('recordings').selectAll().execute();
  const openings = await queries.selectFrom('recording_openings').selectAll().execute();
  const garbage = await queries.selectFrom('garbage').selectAll().execute();
  const fragments = new Map<string, number>();
  for (const row of rows) fragments.set(row.id, await checkRecording(disk, queries, volumes, row));
  const known = [...rows, ...openings, ...garbage].map(
    ({ path, volume_id }) => `${volumes.get(volume_id)}/${path}`,
  );
  assert.equal(
    new Set(known).size,
    known.length,
    'a file is a row, an opening or garbage, never two of them',
  );
  for (const volume of volumes.values()) {
    for (const file of disk.files(volume)) {
      const isOurs = posix.basename(file).includes('sightline-');
      assert.ok(isOurs || known.includes(file), `nothing knows of ${file}`);
    }
  }
  await checkRuns(queries, rows);
  return {
    rows,
    openings: openings.map(({ id }) => id),
    garbage: garbage.map(({ path }) => path),
    fragments,
  };
}

/** A row implies a whole, durable file, of which it tells the truth. */
async function checkRecording(
  disk: MemoryDisk,
  queries: Kysely<Schema>,
  volumes: ReadonlyMap<string, string>,
  row: RecordingRow,
): Promise<number> {
  const path = `${volumes.get(row.volume_id)}/${row.path}`;
  const bytes = disk.durableContent(path);
  assert.ok(bytes, `${path} has a row and is not durable`);
  assert.equal(bytes.length, row.bytes, `${path} has another size than its row says`);
  const copy = new MemoryDisk(['/copy']);
  const file = await copy.create('/copy/file');
  await file.write([bytes], 0);
  const scanned = await scanFile(copy, '/copy/file', plainEnvelope);
  assert.deepEqual(scanned.faults, [], path);
  assert.equal(scanned.end?.chain, row.chain);
  assert.equal(scanned.end.reason, row.end_reason);
  assert.equal(scanned.end.endMs, row.end_ms);
  assert.equal(scanned.head?.id, row.id);
  const { packed } = await queries
    .selectFrom('recording_fragments')
    .select('packed')
    .where('recording_id', '=', row.id)
    .executeTakeFirstOrThrow();
  const table = unpackFragments(packed);
  assert.deepEqual(table, scanned.fragments.map(entryOf));
  return scanned.fragments.length;
}

/** Each run reaches from the first to the last of its recordings, and there are no others. */
async function checkRuns(queries: Kysely<Schema>, rows: readonly RecordingRow[]): Promise<void> {
  const runs = await queries.selectFrom('runs').selectAll().execute();
  const wanted = [...Map.groupBy(rows, ({ run_id }) => run_id)].map(([id, own]) => ({
    id,
    camera_id: own[0]?.camera_id,
    start_ms: Math.min(...own.map(({ start_ms }) => start_ms)),
    end_ms: Math.max(...own.map(({ end_ms }) => end_ms)),
  }));
  assert.deepEqual(runs.sort(byId), wanted.sort(byId));
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1;
}

function entryOf(scanned: FragmentEntry): FragmentEntry {
  const { startMs, durationMs, offsetBytes, sizeBytes, key, frames } = scanned;
  return { startMs, durationMs, offsetBytes, sizeBytes, key, frames };
}
