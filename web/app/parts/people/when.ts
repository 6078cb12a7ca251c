/** How long ago, and how long still, in words that need no clock. */
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

export function agoWords(ms: number, nowMs: number): string {
  const past = nowMs - ms;
  return past < 2 * minuteMs ? 'just now' : `${span(past)} ago`;
}

/** @param ms null: never ends */
export function untilWords(ms: number | null, nowMs: number): string {
  if (ms === null) return 'never ends';
  const left = ms - nowMs;
  return left <= 0 ? 'has ended' : `ends in ${span(left)}`;
}

function span(ms: number): string {
  if (ms < hourMs) return count(Math.max(1, Math.round(ms / minuteMs)), 'minute');
  if (ms < 2 * dayMs) return count(Math.round(ms / hourMs), 'hour');
  return count(Math.round(ms / dayMs), 'day');
}

function count(number: number, unit: string): string {
  return number === 1 ? `one ${unit}` : `${number} ${unit}s`;
}
