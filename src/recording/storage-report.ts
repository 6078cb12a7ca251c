/**
 * What is stored where, how fast it grows and how far back it will reach, for the storage page.
 */
import type { Kysely } from 'kysely';
import type { Clock } from '../base/clock.ts';
import type { CameraId } from '../base/ids.ts';
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
import { bytesWords, daysWords } from './retention-rules.ts';
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
  /** Of a camera's stream now; 0 when it is not live, undefined when it sends nothing that can be recorded. */
  readonly liveBitsPerSecond: (cameraId: CameraId) => number | undefined;
  /** Rules that cannot be kept now. */
  readonly shortages: () => readonly Shortage[];
}

interface CameraStorage {
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
  const shown = measured.filter(({ camera: { id, when } }) => when || stored.use.ofCamera(id) > 0);
  const cameras = shown.map((one): CameraStorage => ({
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
  const expected = expectedRate(now.rate, policy, now.camera.when?.mode === policy.mode);
  const camera: KeptCamera = { ...now.camera, when: policy, retention: policy.retention };
  const wanted: Measured = { ...now, camera, expected };
  const forecasts = forecast(parts, stored, measured.with(at, wanted));
  const { forecastDays: days, forecastReason: reason } = foretold(wanted, stored, forecasts);
  const lack = lackWarning(forecasts.lackingBytes);
  const warnings = [...ruleWarnings(inForecast(wanted)), ...(lack ? [lack] : []), ...rateWarnings(wanted)];
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
      const expected = camera.when
        ? expectedRate(rate, camera.when, true)
        : { bytesPerDay: 0, isUpperBound: false };
      return { camera, rate, expected, heldBytes };
    }),
  );
  return { stored, measured };
}

/** Holds may overlap, and two may touch the same recording: it counts once. */
async function heldBytesOf(
  queries: Kysely<Schema>,
  cameraId: CameraId,
  holds: readonly Span[],
): Promise<number> {
  let bytes = 0;
  let heldUntilMs = 0;
  for (const { startMs, endMs } of holds.toSorted((a, b) => a.startMs - b.startMs)) {
    if (endMs <= heldUntilMs) continue;
    bytes += (await sizeWithin(queries, cameraId, { startMs, endMs }, heldUntilMs)).bytes;
    heldUntilMs = endMs;
  }
  return bytes;
}

function forecast(parts: StorageParts, stored: Stored, measured: readonly Measured[]): Forecasts {
  const usable = parts.volumes().filter(({ state }) => state === 'ready' || state === 'full');
  const onVolumes = sum(usable, ({ id, freeBytes, floorBytes }) => {
    return Math.max(0, stored.use.onVolume(id) + freeBytes - floorBytes);
  });
  const room = Math.min(parts.maxBytes ?? Infinity, onVolumes) - sum(measured, ({ heldBytes }) => heldBytes);
  return forecastOf(measured.map(inForecast), Math.max(0, room));
}

function inForecast({ camera, expected }: Measured): ForecastCamera {
  return { ...camera, bytesPerDay: expected.bytesPerDay };
}

function foretold(
  { camera, rate, expected }: Measured,
  { departed }: Stored,
  { cameras }: Forecasts,
): { readonly forecastDays: number | null; readonly forecastReason: string } {
  const found = cameras.get(camera.id);
  if (!camera.when) return { forecastDays: null, forecastReason: goneWords(camera, departed.has(camera.id)) };
  if (camera.when.mode !== 'off' && rate.from === 'nothing') {
    return { forecastDays: null, forecastReason: 'How much it writes is not known yet: it was never live.' };
  }
  if (camera.when.mode !== 'off' && rate.from === 'unrecordable') {
    return { forecastDays: null, forecastReason: unrecordableWords };
  }
  if (!found) throw new Error('every camera has a forecast');
  const atLeast = expected.isUpperBound && found.days !== null ? 'At least: ' : '';
  return { forecastDays: found.days, forecastReason: atLeast + found.reason };
}

const unrecordableWords =
  'It sends nothing that can be recorded. If the camera offers H.264 or H.265, choose that.';

function goneWords({ retention, footage }: KeptCamera, isDeparted: boolean): string {
  if (footage === 'delete')
    return 'The camera was deleted; what is held of its footage goes when the hold ends.';
  const gone = isDeparted ? 'The camera was deleted' : 'There is no such camera any more';
  return retention.maxAgeDays === null
    ? `${gone}; its footage stays until space is needed.`
    : `${gone}; its footage goes after ${daysWords(retention.maxAgeDays)}.`;
}

function rateWarnings({ rate, expected }: Measured): readonly string[] {
  if (rate.from === 'unrecordable') return [unrecordableWords];
  if (rate.from === 'nothing')
    return ['How much the camera writes is not known yet: watch it live for a moment.'];
  if (!expected.isUpperBound || expected.bytesPerDay === 0) return [];
  return [
    `How often something happens is not known yet. Recording all the time would take ${bytesWords(expected.bytesPerDay)} a day.`,
  ];
}

async function reportVolumes(parts: StorageParts): Promise<StorageReport['volumes']> {
  const use = await storageUse(parts.queries);
  const shortages = parts.shortages();
  return parts.volumes().map((volume) => {
    const { id, path, state, totalBytes, freeBytes, sealed } = volume;
    const here = use.filter(({ volumeId }) => volumeId === volume.id);
    const shortage = shortages.find(({ rule, about }) => rule === 'free-space' && about === volume.id);
    return {
      id,
      path,
      state,
      totalBytes,
      freeBytes,
      sealed,
      fault: volume.fault ?? shortage?.message ?? null,
      usedBytes: sum(here, ({ bytes }) => bytes),
      recordings: sum(here, ({ recordings }) => recordings),
    };
  });
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
