/**
 * How much a camera writes in a day: measured over its last day of recording, from the live stream before that.
 */
import type { Kysely } from 'kysely';
import type { CameraId } from '../base/ids.ts';
import type { Schema } from '../database/schema.ts';
import { reachOf, sizeWithin } from '../database/storage.ts';
import type { Span } from '../database/timeline.ts';
import type { When } from './retention-rules.ts';
import { dayMs } from './retention-rules.ts';

export interface Rate {
  /** While it is recorded; 0 when nothing is known. */
  readonly bytesPerRecordedDay: number;
  /** Part of the time in which it was recorded, 0 to 1; undefined when that is not known yet. */
  readonly recordedShare: number | undefined;
  /** `unrecordable`: it is live, and what it sends cannot be recorded. */
  readonly from: 'recordings' | 'live' | 'nothing' | 'unrecordable';
  /** From the oldest to the newest footage; undefined when there is none. */
  readonly reach: Span | undefined;
}

/** Less recorded than this says little about a day. */
const leastRecordedMs = 10 * 60_000;
/** Less time than this says little about how often something happens. */
const leastWatchedMs = 6 * 3_600_000;
const weekMinutes = 7 * 1440;

export async function measureRate(
  queries: Kysely<Schema>,
  cameraId: CameraId,
  { nowMs, liveBitsPerSecond }: { readonly nowMs: number; readonly liveBitsPerSecond: number | undefined },
): Promise<Rate> {
  const reach = await reachOf(queries, cameraId);
  const lastDay = { startMs: nowMs - dayMs, endMs: nowMs };
  const { bytes, recordedMs } = await sizeWithin(queries, cameraId, lastDay);
  const watchedMs = Math.min(dayMs, nowMs - (reach?.startMs ?? nowMs));
  const recordedShare = watchedMs >= leastWatchedMs ? Math.min(1, recordedMs / watchedMs) : undefined;
  if (recordedMs >= leastRecordedMs) {
    const bytesPerRecordedDay = Math.round((bytes / recordedMs) * dayMs);
    return { bytesPerRecordedDay, recordedShare, from: 'recordings', reach };
  }
  if (liveBitsPerSecond === undefined) {
    return { bytesPerRecordedDay: 0, recordedShare, from: 'unrecordable', reach };
  }
  const bytesPerRecordedDay = Math.round((liveBitsPerSecond / 8) * (dayMs / 1000));
  const from = liveBitsPerSecond > 0 ? 'live' : 'nothing';
  return { bytesPerRecordedDay, recordedShare, from, reach };
}

export interface ExpectedRate {
  readonly bytesPerDay: number;
  /** How often something will happen is not known: this is what recording all the time takes. */
  readonly isUpperBound: boolean;
}

/** Under a policy. @param isSame it is the policy under which was measured */
export function expectedRate(rate: Rate, policy: When, isSame: boolean): ExpectedRate {
  const perDay = (share: number): number => Math.round(rate.bytesPerRecordedDay * share);
  switch (policy.mode) {
    case 'off':
      return { bytesPerDay: 0, isUpperBound: false };
    case 'continuous':
      return { bytesPerDay: perDay(1), isUpperBound: false };
    case 'schedule':
      return { bytesPerDay: perDay(scheduledShare(policy)), isUpperBound: false };
    case 'event':
    case 'manual':
      return isSame && rate.recordedShare !== undefined
        ? { bytesPerDay: perDay(rate.recordedShare), isUpperBound: false }
        : { bytesPerDay: perDay(1), isUpperBound: true };
  }
}

/** Part of the week that its windows cover; where they overlap it counts once. */
function scheduledShare({ schedule }: When): number {
  const minutes = new Uint8Array(weekMinutes);
  for (const { days, fromMinute, toMinute } of schedule) {
    for (const day of days) minutes.fill(1, day * 1440 + fromMinute, day * 1440 + toMinute);
  }
  return minutes.reduce((sum, minute) => sum + minute, 0) / weekMinutes;
}
