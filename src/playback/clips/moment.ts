/**
 * A moment as people and programs write it: Unix seconds, Unix milliseconds, or ISO 8601 with a time zone.
 */

/** Seconds until the year 5138, milliseconds since 1973: no moment of a camera is meant in both ways. */
const firstMilliseconds = 1e11;
/** Year 2100. */
const latestMs = 4_102_444_800_000;
const isoPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})$/;

/** Unix milliseconds; undefined when the text is no moment between 1970 and 2100. */
export function momentMs(text: string): number | undefined {
  const ms = /^\d{1,13}(?:\.\d{1,9})?$/.test(text) ? fromNumber(Number(text)) : fromIso(text);
  return ms !== undefined && ms >= 0 && ms <= latestMs ? Math.round(ms) : undefined;
}

function fromNumber(value: number): number {
  return value < firstMilliseconds ? value * 1000 : value;
}

function fromIso(text: string): number | undefined {
  // A plus sign in an address is a space when nobody escaped it.
  const iso = text.replace(/ (?=\d{2}:?\d{2}$)/, '+');
  const ms = isoPattern.test(iso) ? Date.parse(iso) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
