/**
 * Samples of the last hour and day, in memory that is given once.
 *
 * In:  a sample every five seconds. Out: columns, the oldest first. A minute of the day is the mean of its samples; of
 * delays, the worst.
 */
import type { HealthHistory } from '../../api/contract/system-health.ts';

export const sampleEveryMs = 5000;
const minuteMs = 60_000;
const samplesPerMinute = minuteMs / sampleEveryMs;
/** An hour of samples, and a day of minutes: 11 numbers of 8 bytes each, 190 kB. */
const mostSamples = 720;
const mostMinutes = 1440;

type Column = Exclude<keyof HealthHistory, 'everyMs'>;
export type HealthSample = Readonly<Record<Column, number>>;

const columns = [
  'atMs',
  'processCores',
  'machineShare',
  'rssBytes',
  'machineUsedBytes',
  'eventLoopP99Ms',
  'inBps',
  'outBps',
  'live',
  'viewers',
] as const satisfies readonly Column[];

class Ring {
  readonly #everyMs: number;
  readonly #most: number;
  readonly #numbers: Float64Array;
  #next = 0;
  #count = 0;

  constructor(everyMs: number, most: number) {
    this.#everyMs = everyMs;
    this.#most = most;
    this.#numbers = new Float64Array(most * columns.length);
  }

  add(sample: HealthSample): void {
    const at = this.#next * columns.length;
    for (const [i, name] of columns.entries()) this.#numbers[at + i] = sample[name];
    this.#next = (this.#next + 1) % this.#most;
    this.#count = Math.min(this.#most, this.#count + 1);
  }

  history(): HealthHistory {
    const first = (this.#next - this.#count + this.#most) % this.#most;
    const column = (i: number) =>
      Array.from({ length: this.#count }, (_, n) => {
        return this.#numbers[((first + n) % this.#most) * columns.length + i] ?? 0;
      });
    const read = Object.fromEntries(columns.map((name, i) => [name, column(i)]));
    return { everyMs: this.#everyMs, ...(read as Omit<HealthHistory, 'everyMs'>) };
  }
}

export class HealthRings {
  readonly #hour = new Ring(sampleEveryMs, mostSamples);
  readonly #day = new Ring(minuteMs, mostMinutes);
  #minute: HealthSample[] = [];

  add(sample: HealthSample): void {
    this.#hour.add(sample);
    this.#minute.push(sample);
    if (this.#minute.length < samplesPerMinute) return;
    this.#day.add(together(this.#minute, sample.atMs));
    this.#minute = [];
  }

  history(): { readonly hour: HealthHistory; readonly day: HealthHistory } {
    return { hour: this.#hour.history(), day: this.#day.history() };
  }
}

function together(samples: readonly HealthSample[], atMs: number): HealthSample {
  const mean = (name: Column) => samples.reduce((sum, one) => sum + one[name], 0) / samples.length;
  const means = Object.fromEntries(columns.map((name) => [name, mean(name)])) as Record<Column, number>;
  return { ...means, atMs, eventLoopP99Ms: Math.max(...samples.map((one) => one.eventLoopP99Ms)) };
}
