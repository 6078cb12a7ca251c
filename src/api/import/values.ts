/**
 * Reads values of a file that may hold anything: what has another shape than expected is absent, never an error.
 */
import { redactUrls } from '../../base/redact.ts';

export type Mapping = Readonly<Record<string, unknown>>;

export function mapping(value: unknown): Mapping | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Mapping)
    : undefined;
}

/** The value of a key; undefined where there is no such key or no mapping. */
export function at(value: unknown, ...keys: readonly string[]): unknown {
  let here = value;
  for (const key of keys) {
    const map = mapping(here);
    if (!map || !Object.hasOwn(map, key)) return undefined;
    here = map[key];
  }
  return here;
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** YAML of the older kind says yes and no. */
export function flag(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string') return undefined;
  if (/^(yes|true|on)$/i.test(value)) return true;
  return /^(no|false|off)$/i.test(value) ? false : undefined;
}

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** `1h30m`, `10s`, `7d` in milliseconds. */
export function durationMs(value: unknown): number | undefined {
  const written = text(value);
  if (written === undefined || !/^(?:\d{1,9}(?:\.\d{1,6})?(?:ms|s|m|h|d)){1,5}$/.test(written))
    return undefined;
  let total = 0;
  for (const [, amount, unit = ''] of written.matchAll(/([\d.]+)(ms|s|m|h|d)/g)) {
    total += Number(amount) * (unitMs[unit] ?? 0);
  }
  return total;
}

const maxShown = 200;

/** For notes: no passwords, not too long. */
export function shownText(value: string): string {
  const shown = redactUrls(value.slice(0, 2 * maxShown));
  return shown.length <= maxShown ? shown : `${shown.slice(0, maxShown)} …`;
}
