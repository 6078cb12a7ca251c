/**
 * Calendar times in a named time zone. In: Unix ms and an IANA zone. Out: years, days, hours as its clocks show them,
 * and back. Days have 23, 24 or 25 hours.
 */
export interface Wall {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
}

export const deviceZone: string = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

const formats = new Map<string, Intl.DateTimeFormat>();

export function wallOf(ms: number, zone: string): Wall {
  const read: Record<string, number> = {};
  for (const { type, value } of formatFor(zone).formatToParts(ms)) read[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = read;
  return { year, month, day, hour, minute, second, millisecond: modulo(Math.floor(ms), 1000) };
}

/**
 * When the clocks of the zone show this; parts may lie beyond their range (day 0 is the last of the month before).
 * Shown twice: the first time. Never shown, because clocks were put forward: as much later as they were.
 */
export function momentOf(wall: Wall, zone: string): number {
  const asUtc = utcOf(wall);
  const offsets = [asUtc - dayMs, asUtc + dayMs].map((ms) => offsetMs(ms, zone));
  const found = offsets.map((offset) => asUtc - offset).filter((ms) => ms + offsetMs(ms, zone) === asUtc);
  return found.length > 0 ? Math.min(...found) : asUtc - (offsets[0] ?? 0);
}

/** How far the zone's clocks are ahead of UTC. */
export function offsetMs(ms: number, zone: string): number {
  return utcOf(wallOf(ms, zone)) - Math.floor(ms);
}

/** First moment of the day, or of one so many days later. */
export function dayStart(ms: number, zone: string, later = 0): number {
  const { year, month, day } = wallOf(ms, zone);
  return momentOf(midnight(year, month, day + later), zone);
}

export function midnight(year: number, month: number, day: number): Wall {
  return { year, month, day, hour: 0, minute: 0, second: 0, millisecond: 0 };
}

/** `14:03`, `14:03:05` or `14:03:05.120`. */
export function clockText(ms: number, zone: string, exact: 'minute' | 'second' | 'millisecond'): string {
  const { hour, minute, second, millisecond } = wallOf(ms, zone);
  const parts = [two(hour), two(minute)];
  if (exact !== 'minute') parts.push(two(second));
  const fraction = exact === 'millisecond' ? `.${String(millisecond).padStart(3, '0')}` : '';
  return parts.join(':') + fraction;
}

/** `Sat 21 Nov`; with its year where that is not the one of `nowMs`. */
export function dayText(ms: number, zone: string, nowMs = ms): string {
  const { year, month, day } = wallOf(ms, zone);
  const weekday = weekdays[new Date(Date.UTC(year, month - 1, day)).getUTCDay()];
  const other = year === wallOf(nowMs, zone).year ? '' : ` ${year}`;
  return `${weekday} ${day} ${monthName(month)}${other}`;
}

export function monthName(month: number): string {
  return months[month - 1] ?? '';
}

/** `UTC+2`, `UTC−3:30`. */
export function offsetText(ms: number, zone: string): string {
  const minutes = Math.round(offsetMs(ms, zone) / 60_000);
  if (minutes === 0) return 'UTC';
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `UTC${minutes < 0 ? '−' : '+'}${hours}${rest === 0 ? '' : `:${two(rest)}`}`;
}

/** `2026-11-21`, as the day listing names days. */
export function dateText({ year, month, day }: Pick<Wall, 'year' | 'month' | 'day'>): string {
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
}

const dayMs = 86_400_000;
const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const two = (value: number) => String(value).padStart(2, '0');
const modulo = (value: number, by: number) => ((value % by) + by) % by;

function utcOf({ year, month, day, hour, minute, second, millisecond }: Wall): number {
  return Date.UTC(year, month - 1, day, hour, minute, second, millisecond);
}

function formatFor(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(zone, format);
  }
  return format;
}
