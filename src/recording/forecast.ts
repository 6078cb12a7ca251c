/**
 * How far back footage will reach, and what limits it. Pure.
 *
 * In: what each camera writes per day, the rules, and the room there is. Out: days for each camera with a reason in plain
 * words. Space is shared as retention shares it: by the same part of the time that each camera's footage is meant to stay,
 * no guarantee being touched.
 */
import type { CameraId } from '../base/ids.ts';
import type { Retention } from './policy.ts';
import { bytesWords, daysWords, guaranteedDays, wantedDays } from './retention-rules.ts';
import type { KeptCamera } from './retention-rules.ts';

export interface ForecastCamera extends KeptCamera {
  readonly bytesPerDay: number;
}

interface CameraForecast {
  /** Null: nothing is recorded of it, or not known. */
  readonly days: number | null;
  readonly reason: string;
}

export interface Forecasts {
  readonly cameras: ReadonlyMap<CameraId, CameraForecast>;
  /** What all guarantees together need beyond the room there is; 0 when they can be kept. */
  readonly lackingBytes: number;
}

/** Enough for any figure that is shown: the part of the time is then exact to a millionth. */
const bisections = 60;
/** Nobody plans further; `no limit` beyond. */
const mostDays = 36_500;

/** @param roomBytes for recordings, without what is held */
export function forecastOf(cameras: readonly ForecastCamera[], roomBytes: number): Forecasts {
  const wanted = wantedDays(cameras);
  const shares = cameras.map((camera) => new Share(camera, wanted(camera.retention)));
  const neededAt = (part: number): number =>
    shares.reduce((sum, share) => sum + share.camera.bytesPerDay * share.days(part), 0);
  const lackingBytes = Math.max(0, neededAt(0) - roomBytes);
  const part = lackingBytes > 0 ? 0 : largestPart(neededAt, roomBytes);
  const entries = shares.map((share): [CameraId, CameraForecast] => [
    share.camera.id,
    share.told(part, lackingBytes),
  ]);
  return { cameras: new Map(entries), lackingBytes };
}

/** What is odd about a camera's rules, for people. */
export function ruleWarnings({ bytesPerDay, retention }: ForecastCamera): readonly string[] {
  const { maxAgeDays, maxBytes, minAgeDays } = retention;
  const warnings: string[] = [];
  if (maxAgeDays !== null && minAgeDays > maxAgeDays) {
    warnings.push(
      `Footage is deleted after ${daysWords(maxAgeDays)}: a guarantee of ${daysWords(minAgeDays)} reaches no further.`,
    );
  }
  const guaranteedBytes = guaranteedDays(retention) * bytesPerDay;
  if (maxBytes !== null && guaranteedBytes > maxBytes) {
    warnings.push(
      `The guarantee of ${daysWords(guaranteedDays(retention))} takes about ${bytesWords(guaranteedBytes)}, more than the ` +
        `limit of ${bytesWords(maxBytes)}. The guarantee is kept, the limit is not.`,
    );
  }
  return warnings;
}

/** Undefined when all guarantees can be kept. */
export function lackWarning(lackingBytes: number): string | undefined {
  if (lackingBytes <= 0) return undefined;
  return (
    `The guarantees of all cameras together need ${bytesWords(lackingBytes)} more than there is. When the space is used ` +
    'up, new footage is lost: shorten a guarantee, add a volume or end a hold.'
  );
}

/** The largest part of everyone's wanted time that fits; `mostDays` for everyone when there is no end. */
function largestPart(neededAt: (part: number) => number, roomBytes: number): number {
  let [low, high] = [0, mostDays];
  if (neededAt(high) <= roomBytes) return high;
  for (let i = 0; i < bisections; i++) {
    const middle = (low + high) / 2;
    if (neededAt(middle) <= roomBytes) low = middle;
    else high = middle;
  }
  return low;
}

/** One camera's share of the space. */
class Share {
  readonly camera: ForecastCamera;
  readonly #wantedDays: number;
  readonly #guaranteedDays: number;
  readonly #sizeDays: number;
  readonly #ageDays: number;

  constructor(camera: ForecastCamera, wanted: number) {
    const { retention, bytesPerDay } = camera;
    this.camera = camera;
    this.#wantedDays = wanted;
    this.#guaranteedDays = Math.min(guaranteedDays(retention), mostDays);
    this.#ageDays = retention.maxAgeDays ?? mostDays;
    this.#sizeDays = sizeDays(retention, bytesPerDay, this.#guaranteedDays);
  }

  days(part: number): number {
    const shared = Math.max(this.#guaranteedDays, part * this.#wantedDays);
    return Math.min(shared, this.#ageDays, this.#sizeDays);
  }

  told(part: number, lackingBytes: number): CameraForecast {
    const { bytesPerDay, retention } = this.camera;
    if (bytesPerDay === 0) return { days: null, reason: 'Nothing of it is being recorded.' };
    const days = this.days(part);
    if (lackingBytes > 0) return { days, reason: 'There is not room enough for all guarantees.' };
    if (days >= mostDays) return { days: null, reason: 'Nothing limits it.' };
    if (days === this.#ageDays)
      return { days, reason: `Footage is deleted after ${daysWords(this.#ageDays)}.` };
    if (days === this.#sizeDays && retention.maxBytes !== null) {
      return {
        days,
        reason: `Its limit of ${bytesWords(retention.maxBytes)} holds about ${daysWords(days)}.`,
      };
    }
    const guard =
      days === this.#guaranteedDays ? '; what is guaranteed to this camera is taken from others' : '';
    return {
      days,
      reason: `The space that all cameras share holds about ${daysWords(days)} of this one${guard}.`,
    };
  }
}

/** A limit of size does not break the guarantee. */
function sizeDays({ maxBytes }: Retention, bytesPerDay: number, guaranteed: number): number {
  if (maxBytes === null || bytesPerDay === 0) return mostDays;
  return Math.max(guaranteed, maxBytes / bytesPerDay);
}
