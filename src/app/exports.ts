/**
 * Exports of this server: their folder and key in the data folder, and the archive behind them.
 */
import { join } from 'node:path';
import { systemDisk } from '../archive/disk.ts';
import type { Archive } from '../archive/types.ts';
import type { CameraService } from '../api/camera-service.ts';
import type { Clock } from '../base/clock.ts';
import { namedId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { version } from '../base/version.ts';
import type { Database } from '../database/database.ts';
import type { Random } from '../io/random.ts';
import { Exports } from '../playback/export/exports.ts';
import { storedTables } from '../playback/stored-tables.ts';
import type { Settings } from '../settings/schema.ts';

interface ExportCore {
  readonly archive: Pick<Archive, 'list' | 'open'>;
  readonly cameras: Pick<CameraService, 'get'>;
  readonly clock: Clock;
  readonly database: Database;
  readonly log: Log;
  readonly random: Random;
}

/** Close it before the archive. */
export async function startExports(
  { archive, cameras, clock, database, log, random }: ExportCore,
  { data, exports: options }: Pick<Settings, 'data' | 'exports'>,
): Promise<{ readonly exports: Exports; readonly keepMs: number }> {
  const keepMs = (): number => options.keepHours * 3_600_000;
  const exports = new Exports({
    archive,
    tables: storedTables(database.queries),
    queries: database.queries,
    clock,
    log,
    version,
    folder: join(data, 'exports'),
    keyFile: join(data, 'export-signing.key'),
    get keepMs() {
      return keepMs();
    },
    freeBytes: async (folder) => (await systemDisk.space(folder)).freeBytes,
    newId: () => namedId('exp', random(16)),
    cameraName: (id) => cameras.get(id)?.name,
  });
  await exports.start();
  return {
    exports,
    get keepMs() {
      return keepMs();
    },
  };
}
