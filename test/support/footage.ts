/**
 * Footage for a server that is yet to start: recorded into its data folder, as it would have done itself.
 */
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunningArchive } from '../../src/archive/archive.ts';
import { openArchive } from '../../src/archive/archive.ts';
import { systemDisk } from '../../src/archive/disk.ts';
import { plainEnvelopes } from '../../src/archive/envelope.ts';
import { silentLog } from '../../src/base/log.ts';
import { openDatabase } from '../../src/database/database.ts';
import { systemClock } from '../../src/io/clock.ts';
import { systemRandom } from '../../src/io/random.ts';

/** @param data the server's folder; the server must not run. */
export async function withArchive(
  data: string,
  use: (archive: RunningArchive) => Promise<void>,
): Promise<void> {
  await mkdir(data, { recursive: true, mode: 0o700 });
  const opened = await openDatabase(join(data, 'sightline.sqlite'));
  assert.ok(opened.ok, opened.ok ? '' : opened.error.message);
  const archive = await openArchive({
    queries: opened.value.queries,
    places: [{ path: join(data, 'recordings'), make: true }],
    disk: systemDisk,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    envelopes: plainEnvelopes,
  });
  await archive.recovered;
  await use(archive);
  await archive.close();
  await opened.value.close();
}
