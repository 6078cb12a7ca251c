/**
 * Storage for tests of the API: a real database, one volume of a known size, and an archive that deletes rows.
 */
import type { Clock } from '../base/clock.ts';
import type { CameraId } from '../base/ids.ts';
import { namedId } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import type { Database } from '../database/database.ts';
import { deleteRecordings } from '../database/recordings.ts';
import { reachOf } from '../database/storage.ts';
import { systemRandom } from '../io/random.ts';
import { RetentionKeeper } from '../recording/retention.ts';
import type { StorageParts } from '../recording/storage-report.ts';
import { forecastPolicy, storageReport } from '../recording/storage-report.ts';
import type { CameraService } from './camera-service.ts';
import type { StorageApi } from './routes/storage.ts';

/** Bytes. */
const testVolume = {
  id: 'vol_1',
  path: '/footage',
  freeBytes: 90_000_000_000,
  totalBytes: 100_000_000_000,
  floorBytes: 5_000_000_000,
};

export interface TestStorage extends StorageApi {
  readonly retention: RetentionKeeper;
  /** Of which all that was made had to go. */
  readonly forgotten: { readonly cameraId: string; readonly fromMs: number; readonly toMs: number }[];
}

const newId = (prefix: string): string => namedId(prefix, systemRandom(16));
const volumes = (): ReturnType<StorageParts['volumes']> => [
  { ...testVolume, state: 'ready', fault: null, sealed: false },
];

export function testStorage(
  { queries }: Database,
  clock: Clock,
  cameras: Pick<CameraService, 'get'>,
): TestStorage {
  const archive: StorageApi['archive'] = {
    delete: async (ids, reason, detail) => {
      await deleteRecordings(queries, ids, { reason, detail, nowMs: clock.nowMs(), newId });
    },
  };
  const retention = new RetentionKeeper({
    queries,
    clock,
    log: silentLog,
    archive,
    volumes,
    maxBytes: () => undefined,
  });
  const parts: StorageParts = {
    queries,
    clock,
    volumes,
    maxBytes: undefined,
    liveBitsPerSecond: () => 0,
    shortages: () => retention.shortages(),
  };
  const forgotten: TestStorage['forgotten'] = [];
  return {
    queries,
    clock,
    archive,
    retention,
    forgotten,
    forgetMade: async (cameraId, fromMs, toMs) => {
      forgotten.push({ cameraId, fromMs, toMs });
    },
    report: () => storageReport(parts),
    forecast: (cameraId, policy) => forecastPolicy(parts, cameraId, policy),
    integrity: async () => ({
      checkedRecordings: 0,
      uncheckedRecordings: 0,
      lastPassMs: null,
      damaged: [],
    }),
    exists: async (id) =>
      cameras.get(id) !== undefined || (await reachOf(queries, id as CameraId)) !== undefined,
    newHoldId: () => newId('hold'),
  };
}
