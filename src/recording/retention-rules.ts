/**
 * What may be deleted, in which order, and how to say why. Pure: times and rules in, answers out.
 */
import type { CameraId } from '../base/ids.ts';
import type { Span } from '../database/timeline.ts';
import type { RecordingPolicy, Retention } from './policy.ts';

export const dayMs = 86_400_000;

/** A camera whose footage is kept, though the camera itself may be gone. */
export interface KeptCamera {
  readonly id: CameraId;
  readonly name: string;
  readonly retention: Retention;
  /** When it records; undefined for a camera that is gone. */
  readonly when: When | undefined;
  /** `delete`: nothing of it is wanted any more. */
  readonly footage: 'keep' | 'delete';
}

export type When = Pick<RecordingPolicy, 'mode' | 'schedule'>;

/** Of footage that nobody knows the rules of: it goes only when space is needed. */
export const noRules: Retention = { maxAgeDays: null, maxBytes: null, minAgeDays: 0 };

/** Of a camera whose rules cannot be read: nothing of it is deleted. */
const keepEverything: Retention = {
  maxAgeDays: null,
  maxBytes: null,
  minAgeDays: Number.POSITIVE_INFINITY,
};

/**
 * From a camera's policy as stored. Retention that cannot be read keeps everything; the rest was checked before it was
 * stored, and decides about nothing but a forecast.
 */
export function readPolicy(json: string): { readonly retention: Retention; readonly when: When } {
  try {
    const policy = JSON.parse(json) as Partial<RecordingPolicy>;
    const { mode = 'off', schedule = [] } = policy;
    const { maxAgeDays = null, maxBytes = null, minAgeDays = 0 } = policy.retention ?? {};
    const isReadable = isLimit(maxAgeDays) && isLimit(maxBytes) && typeof minAgeDays === 'number';
    const retention = isReadable ? { maxAgeDays, maxBytes, minAgeDays } : keepEverything;
    return { retention, when: { mode, schedule } };
  } catch {
    return { retention: keepEverything, when: { mode: 'off', schedule: [] } };
  }
}

function isLimit(value: unknown): boolean {
  return value === null || (typeof value === 'number' && value > 0);
}

/** The guarantee in days: footage older than the greatest age goes all the same. */
export function guaranteedDays({ minAgeDays, maxAgeDays }: Retention): number {
  return Math.min(minAgeDays, maxAgeDays ?? Number.POSITIVE_INFINITY);
}

/** Footage that ends later is guaranteed: not deleted for want of space. */
export function guaranteedFromMs(retention: Retention, nowMs: number): number {
  return nowMs - guaranteedDays(retention) * dayMs;
}

/** The stretches before `untilMs` that no hold touches, oldest first. */
export function freeSpans(holds: readonly Span[], untilMs: number): readonly Span[] {
  const spans: Span[] = [];
  let startMs = 0;
  for (const hold of holds.toSorted((a, b) => a.startMs - b.startMs)) {
    const endMs = Math.min(hold.startMs, untilMs);
    if (endMs > startMs) spans.push({ startMs, endMs });
    startMs = Math.max(startMs, hold.endMs);
  }
  if (untilMs > startMs) spans.push({ startMs, endMs: untilMs });
  return spans;
}

/**
 * How long each camera's footage is meant to be kept, for sharing space: the greatest age, or for cameras without one
 * the longest of all others'. Where no camera has one all count alike, which is oldest first.
 */
export function wantedDays(cameras: readonly KeptCamera[]): (retention: Retention) => number {
  const ages = cameras.flatMap(({ retention }) => retention.maxAgeDays ?? []);
  const longest = Math.max(1, ...ages);
  return ({ maxAgeDays }) => maxAgeDays ?? longest;
}

/** Decimal, as disks are sold: `512 MB`, `2 TB`. */
export function bytesWords(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let [value, unit] = [bytes, 0];
  while (value >= 999.5 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  const rounded = value >= 10 || unit === 0 ? Math.round(value) : Math.round(value * 10) / 10;
  return `${rounded} ${units[unit] ?? ''}`;
}

/** `1 day`, `2.5 days`, `6 hours`. */
export function daysWords(days: number): string {
  const [value, unit] = days < 1 ? [days * 24, 'hour'] : [days, 'day'];
  const rounded = value >= 10 ? Math.round(value) : Math.round(value * 10) / 10;
  return `${rounded} ${unit}${rounded === 1 ? '' : 's'}`;
}
