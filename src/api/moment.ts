/**
 * Moments in time as requests name them: Unix milliseconds, or ISO 8601 with a zone.
 */
import { z } from 'zod';
import type { UnixMs } from '../base/units.ts';
import { unixMs } from '../base/units.ts';

/** 1970 to the year 2200: beyond that somebody has mistaken the unit. */
const latestMs = 7_258_118_400_000;

const words =
  'must be a moment: Unix milliseconds, or ISO 8601 with a time zone, for example 2026-11-21T14:03:00Z';

/** For query strings, where everything is text. */
export const momentQuery = z
  .string()
  .transform((text, context): UnixMs => {
    const time = readMoment(/^\d+(\.\d+)?$/.test(text) ? Number(text) : text);
    if (time !== undefined) return time;
    context.issues.push({ code: 'custom', message: words, input: text });
    return z.NEVER;
  })
  .meta({ description: 'Unix milliseconds, or ISO 8601 with a time zone' });

/** Undefined when it is none. */
export function readMoment(value: number | string): UnixMs | undefined {
  const isDated = typeof value === 'string' && /T.*(Z|[+-]\d\d:?\d\d)$/i.test(value);
  const time = typeof value === 'number' ? value : isDated ? Date.parse(value) : Number.NaN;
  return time >= 0 && time <= latestMs ? unixMs(Math.round(time)) : undefined;
}
