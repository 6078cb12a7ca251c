/**
 * For tests: exports of a real archive in a temporary folder.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestArchive } from '../../archive/archive.testing.ts';
import type { Clock } from '../../base/clock.ts';
import { namedId } from '../../base/ids.ts';
import { silentLog } from '../../base/log.ts';
import { systemClock } from '../../io/clock.ts';
import { systemRandom } from '../../io/random.ts';
import { storedTables } from '../stored-tables.ts';
import { Exports } from './exports.ts';
import type { ExportParts } from './exports.ts';
import type { ExportJob } from './job.ts';

export const testKeepMs = 3_600_000;

/** Started; to be closed before the archive. */
export async function testExports(rig: TestArchive, changes: Partial<ExportParts> = {}): Promise<Exports> {
  const clock: Clock = changes.clock ?? systemClock;
  const exports = new Exports({
    archive: rig.archive,
    tables: storedTables(rig.database.queries),
    queries: rig.database.queries,
    clock,
    log: silentLog,
    version: '1.2.3',
    folder: join(rig.folder, 'exports'),
    keyFile: join(rig.folder, 'export-signing.key'),
    keepMs: testKeepMs,
    freeBytes: async () => 2 ** 40,
    newId: () => namedId('exp', systemRandom(16)),
    cameraName: () => 'Front door / süd',
    ...changes,
  });
  await exports.start();
  return exports;
}

/** Waits until it is done or failed. */
export async function settled(exports: Exports, id: string): Promise<ExportJob> {
  for (let tries = 0; tries < 1500; tries += 1) {
    const job = exports.get(id);
    assert.ok(job, 'it is still there');
    if (job.state === 'done' || job.state === 'failed') return job;
    await new Promise((wake) => setTimeout(wake, 10));
  }
  return assert.fail('the export does not end');
}
