/**
 * A recording policy while it is typed: numbers stay text, times stay `HH:MM`.
 */
import type { RecordingPolicyInput } from '../../../../src/api/contract/recording.ts';

export interface WindowDraft {
  readonly days: readonly number[];
  readonly from: string;
  /** `24:00` is the end of the day. */
  readonly to: string;
}

export interface PolicyDraft {
  readonly mode: RecordingPolicyInput['mode'];
  readonly schedule: readonly WindowDraft[];
  readonly preSeconds: string;
  readonly postSeconds: string;
  /** Empty: no limit. */
  readonly maxAgeDays: string;
  readonly maxGigabytes: string;
  /** Empty: nothing is guaranteed. */
  readonly minAgeDays: string;
}

export type PolicyFaults = Partial<Record<Exclude<keyof PolicyDraft, 'mode'>, string>>;

const gigabyte = 1e9;
export const newWindow: WindowDraft = { days: [0, 1, 2, 3, 4], from: '18:00', to: '24:00' };

export function draftOfPolicy(policy: RecordingPolicyInput): PolicyDraft {
  const { maxAgeDays, maxBytes, minAgeDays } = policy.retention;
  return {
    mode: policy.mode,
    schedule: policy.schedule.map(({ days, fromMinute, toMinute }) => ({
      days,
      from: clockText(fromMinute),
      to: clockText(toMinute),
    })),
    preSeconds: String(policy.preSeconds),
    postSeconds: String(policy.postSeconds),
    maxAgeDays: maxAgeDays === null ? '' : String(maxAgeDays),
    maxGigabytes: maxBytes === null ? '' : String(maxBytes / gigabyte),
    minAgeDays: minAgeDays === 0 ? '' : String(minAgeDays),
  };
}

/** Only of what the mode shows. */
export function faultsOfPolicy(draft: PolicyDraft): PolicyFaults {
  const faults: Record<string, string | undefined> = {
    maxAgeDays: atLeast(draft.maxAgeDays, 'days'),
    maxGigabytes: atLeast(draft.maxGigabytes, 'gigabytes'),
    minAgeDays: atLeast(draft.minAgeDays, 'days') ?? guaranteeFault(draft),
  };
  if (draft.mode === 'schedule') faults['schedule'] = scheduleFault(draft.schedule);
  if (draft.mode === 'event' || draft.mode === 'manual') faults['preSeconds'] = within(draft.preSeconds, 30);
  if (draft.mode === 'event') faults['postSeconds'] = within(draft.postSeconds, 600);
  return Object.fromEntries(Object.entries(faults).filter(([, fault]) => fault !== undefined));
}

/** Undefined while something is wrong. */
export function policyOf(draft: PolicyDraft): RecordingPolicyInput | undefined {
  if (Object.keys(faultsOfPolicy(draft)).length > 0) return undefined;
  const gigabytes = number(draft.maxGigabytes);
  return {
    mode: draft.mode,
    schedule: draft.schedule.flatMap(({ days, from, to }) => {
      const [fromMinute, toMinute] = [minutes(from), minutes(to)];
      if (fromMinute === undefined || toMinute === undefined) return [];
      return [{ days: days.toSorted((a, b) => a - b), fromMinute, toMinute }];
    }),
    preSeconds: wholeOr(draft.preSeconds, 10),
    postSeconds: wholeOr(draft.postSeconds, 20),
    retention: {
      maxAgeDays: number(draft.maxAgeDays),
      maxBytes: gigabytes === null ? null : Math.round(gigabytes * gigabyte),
      minAgeDays: number(draft.minAgeDays) ?? 0,
    },
  };
}

function number(text: string): number | null {
  return text.trim() === '' ? null : Number(text);
}

function wholeOr(text: string, otherwise: number): number {
  return /^\d+$/.test(text.trim()) ? Number(text) : otherwise;
}

function guaranteeFault({ minAgeDays, maxAgeDays }: PolicyDraft): string | undefined {
  const isLonger = minAgeDays !== '' && maxAgeDays !== '' && Number(minAgeDays) > Number(maxAgeDays);
  return isLonger ? 'More than it is kept at all.' : undefined;
}

function atLeast(text: string, what: string): string | undefined {
  if (text.trim() === '') return undefined;
  const value = Number(text);
  return Number.isFinite(value) && value > 0 ? undefined : `A number of ${what}, or nothing.`;
}

function within(text: string, most: number): string | undefined {
  const isWhole = /^\d+$/.test(text.trim()) && Number(text) <= most;
  return isWhole ? undefined : `A whole number from 0 to ${most}.`;
}

function scheduleFault(windows: readonly WindowDraft[]): string | undefined {
  if (windows.length === 0) return 'Add a time, or nothing is recorded.';
  for (const { days, from, to } of windows) {
    const [start, end] = [minutes(from), minutes(to)];
    if (days.length === 0) return 'Choose at least one day for each time.';
    if (start === undefined || end === undefined) return 'Times look like 18:00.';
    if (end <= start) return 'A time ends after it begins. For a night, add two: until 24:00, and from 0:00.';
  }
  return undefined;
}

/** Of `HH:MM`, up to `24:00`. */
function minutes(text: string): number | undefined {
  const [, hours = '', rest = ''] = /^(\d{1,2}):(\d\d)$/.exec(text.trim()) ?? [];
  const total = Number(hours) * 60 + Number(rest);
  return hours !== '' && Number(rest) < 60 && total <= 1440 ? total : undefined;
}

function clockText(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}
