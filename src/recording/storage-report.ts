/**
 * What is stored where, how fast it grows and how far back it will reach, for the storage page.
 */
import type { Kysely } from 'kysely';
import type { Clock } from '../base/clock.ts';
import type { CameraId } from '../base/ids.ts';
import { listCameras } from '../database/cameras.ts';
import type { Schema } from '../database/schema.ts';
import { sizeWithin, storageUse } from '../database/storage.ts';
import type { Span } from '../database/timeline.ts';
import type { ForecastCamera, Forecasts } from './forecast.ts';
import { forecastOf, lackWarning, ruleWarnings } from './forecast.ts';
import type { RecordingPolicy } from './policy.ts';
import type { ExpectedRate, Rate } from './rates.ts';
import { expectedRate, measureRate } from './rates.ts';
import type { Shortage } from './retention.ts';
import type { KeptCamera } from './retention-rules.ts';
import { bytesWords, daysWords, readPolicy } from './retention-rules.ts';
import type { Stored } from './stored.ts';
import { lookAtStored } from './stored.ts';

export interface ReportedVolume {
  readonly id: string;
  readonly path: string;
  readonly state: 'ready' | 'full' | 'failed' | 'missing';
  /** For people; null when nothing is wrong. */
  readonly fault: string | null;
  readonly totalBytes: number;
  readonly freeBytes: number;
  /** What shall stay free. */
  readonly floorBytes: number;
  /** What is recorded there now is encrypted. */
  readonly sealed: boolean;
}

export interface StorageParts {
  readonly queries: Kysely<Schema>;
  readonly clock: Clock;
  readonly volumes: () => readonly ReportedVolume[];
  /** Of all recordings together; undefined: no limit. */
  readonly maxBytes: number | undefined;
  /** Of a camera's stream now; 0 when it is not live. */
  readonly liveBitsPerSecond: (cameraId: CameraId) => number;
  /** Rules that cannot be kept now. */
  readonly shortages: () => readonly Shortage[];
}

export interface CameraStorage {
  readonly cameraId: CameraId;
  readonly bytes: number;
  readonly oldestMs: number | null;
  readonly newestMs: number | null;
  readonly bytesPerDay: number;
  readonly heldBytes: number;
  readonly forecastDays: number | null;
  readonly forecastReason: string;
}

export interface StorageReport {
  readonly volumes: readonly (Omit<ReportedVolume, 'floorBytes'> & {
    readonly usedBytes: number;
    readonly recordings: number;
  })[];
  readonly cameras: readonly CameraStorage[];
  readonly totals: {
    readonly bytes: number;
    readonly bytesPerDay: number;
    readonly heldBytes: number;
    readonly maxBytes: number | null;
    readonly minFreeBytes: number;
  };
}

export interface PolicyForecast {
  readonly bytesPerDay: number;
  readonly days: number | null;
  readonly reason: string;
  readonly warnings: readonly string[];
}

/** Everything about one camera that a forecast needs. */
interface Measured {
  readonly camera: KeptCamera;
  readonly rate: Rate;
  readonly expected: ExpectedRate;
  readonly heldBytes: number;
}

export async function storageReport(parts: StorageParts): Promise<StorageReport> {
  const { stored, measured } = await measureAll(parts);
  const forecasts = forecast(parts, stored, measured);
  const cameras = measured.map((one): CameraStorage => ({
    cameraId: one.camera.id,
    bytes: stored.use.ofCamera(one.camera.id),
    oldestMs: one.rate.reach?.startMs ?? null,
    newestMs: one.rate.reach?.endMs ?? null,
    bytesPerDay: one.expected.bytesPerDay,
    heldBytes: one.heldBytes,
    ...foretold(one, stored, forecasts),
  }));
  const volumes = await reportVolumes(parts);
  return {
    volumes,
    cameras,
    totals: {
      bytes: stored.use.total(),
      bytesPerDay: sum(cameras, (camera) => camera.bytesPerDay),
      heldBytes: sum(cameras, (camera) => camera.heldBytes),
      maxBytes: parts.maxBytes ?? null,
      minFreeBytes: Math.max(0, ...parts.volumes().map(({ floorBytes }) => floorBytes)),
    },
  };
}

/** What another policy of one camera would mean. Undefined when there is no such camera. */
export async function forecastPolicy(
  parts: StorageParts,
  cameraId: string,
  policy: RecordingPolicy,
): Promise<PolicyForecast | undefined> {
  const { stored, measured } = await measureAll(parts);
  const at = measured.findIndex(({ camera }) => camera.id === cameraId);
  const now = measured[at];
  if (!now || stored.departed.has(now.camera.id)) return undefined;
  const expected = expectedRate(now.rate, policy, now.camera.policy?.mode === policy.mode);
  const camera: KeptCamera = { ...now.camera, policy, retention: policy.retention };
  const wanted: Measured = { ...now, camera, expected };
  const forecasts = forecast(parts, stored, measured.with(at, wanted));
  const { forecastDays: days, forecastReason: reason } = foretold(wanted, stored, forecasts);
  const warnings = [
    ...ruleWarnings(inForecast(wanted)),
    ...(lackWarning(forecasts.lackingBytes) ?? []).toString().split('\n').filter(Boolean),
    ...rateWarnings(wanted),
  ];
  return { bytesPerDay: expected.bytesPerDay, days, reason, warnings };
}

async function measureAll(
  parts: StorageParts,
): Promise<{ readonly stored: Stored; readonly measured: readonly Measured[] }> {
  const { queries, clock, liveBitsPerSecond } = parts;
  const nowMs = clock.nowMs();
  const stored = await lookAtStored(queries, nowMs);
  const measured = await Promise.all(
    stored.cameras.map(async (camera): Promise<Measured> => {
      const [rate, heldBytes] = await Promise.all([
        measureRate(queries, camera.id, { nowMs, liveBitsPerSecond: liveBitsPerSecond(camera.id) }),
        heldBytesOf(queries, camera.id, stored.heldOf(camera.id)),
      ]);
      const expected = camera.policy
        ? expectedRate(rate, camera.policy, true)
        : { bytesPerDay: 0, isUpperBound: false };
      return { camera, rate, expected, heldBytes };
    }),
  );
  return { stored, measured };
}
