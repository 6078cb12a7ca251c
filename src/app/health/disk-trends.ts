/**
 * How the free space of volumes goes, from a look each minute.
 */
import type { DiskTrend } from './findings.ts';

/** Shorter is chance: a recording of a minute is closed, something is deleted. */
const shortestMs = 30 * 60_000;
const everyMs = 60_000;
/** Six hours, so that a change of habits shows the same day. */
const mostLooks = 360;
const dayMs = 86_400_000;

export interface FreeSpace {
  readonly path: string;
  readonly freeBytes: number;
  readonly floorBytes: number;
}

interface Look {
  readonly atMs: number;
  readonly freeBytes: number;
}

export class DiskTrends {
  readonly #looks = new Map<string, Look[]>();

  /** As often as one likes. @param atMs of a clock that is not set */
  look(volumes: readonly FreeSpace[], atMs: number): DiskTrend[] {
    for (const path of this.#looks.keys()) {
      if (!volumes.some((volume) => volume.path === path)) this.#looks.delete(path);
    }
    return volumes.map((volume) => {
      const looks = this.#looks.get(volume.path) ?? [];
      this.#looks.set(volume.path, looks);
      const last = looks.at(-1);
      if (!last || atMs - last.atMs >= everyMs) looks.push({ atMs, freeBytes: volume.freeBytes });
      if (looks.length > mostLooks) looks.shift();
      return { ...volume, bytesPerDay: paceOf(looks) };
    });
  }
}

/** The slope of the line that fits best (least squares). */
function paceOf(looks: readonly Look[]): number | undefined {
  const [first] = looks;
  const last = looks.at(-1);
  if (!first || !last || last.atMs - first.atMs < shortestMs) return undefined;
  const mean = (of: (look: Look) => number) => looks.reduce((sum, look) => sum + of(look), 0) / looks.length;
  const [meanMs, meanBytes] = [mean(({ atMs }) => atMs), mean(({ freeBytes }) => freeBytes)];
  const together = looks.reduce((sum, one) => sum + (one.atMs - meanMs) * (one.freeBytes - meanBytes), 0);
  const alone = looks.reduce((sum, one) => sum + (one.atMs - meanMs) ** 2, 0);
  return (together / alone) * dayMs;
}
