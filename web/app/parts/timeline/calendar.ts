/** A month as a table of weeks, Monday first. In: year and month. Out: days; undefined where another month's would be. */
export interface Month {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
}

export function weeksOf({ year, month }: Month): (number | undefined)[][] {
  const first = (new Date(Date.UTC(year, month - 1, 1)).getUTCDay() + 6) % 7;
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const weeks: (number | undefined)[][] = [];
  for (let start = 1 - first; start <= length; start += 7) {
    weeks.push(
      Array.from({ length: 7 }, (_, at) =>
        start + at >= 1 && start + at <= length ? start + at : undefined,
      ),
    );
  }
  return weeks;
}

export function monthsLater({ year, month }: Month, by: number): Month {
  const index = year * 12 + (month - 1) + by;
  return { year: Math.floor(index / 12), month: (((index % 12) + 12) % 12) + 1 };
}

/** `14:03`, `14:03:05` or `14:03:05.5`, as a form control gives it; undefined when it is none. */
export function timeOfDayMs(text: string): number | undefined {
  const parts = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,3}))?)?$/.exec(text.trim());
  if (!parts) return undefined;
  const [, hours, minutes, seconds = '0', fraction = '0'] = parts;
  return (
    (Number(hours) * 60 + Number(minutes)) * 60_000 + Number(seconds) * 1000 + Number(`0.${fraction}`) * 1000
  );
}
