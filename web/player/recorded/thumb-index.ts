/**
 * Which small pictures the server keeps, and where. In: moments. Out: the entry nearest to one, once its hour is known.
 */
import type { Thumbs as ThumbAnswer } from '../../../src/api/contract/playback.ts';

export interface ThumbEntry {
  /** When it was taken, Unix ms. */
  readonly atMs: number;
  /** Of the pack it lies in. */
  readonly url: string;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

interface Hour {
  readonly entries: readonly ThumbEntry[];
  readonly askedMs: number;
  /** More will come. */
  readonly growing: boolean;
}

const hourMs = 3_600_000;
/** A pack that grows is looked at again; pictures come every ten seconds. */
const againMs = 10_000;
/** About a week. */
const mostHours = 200;

export class ThumbIndex {
  readonly #url: (fromMs: number, toMs: number) => string;
  /** By hour, oldest first. */
  readonly #hours = new Map<number, Hour>();

  constructor(url: (fromMs: number, toMs: number) => string) {
    this.#url = url;
  }

  /** Whether the hour of the moment has to be read before `nearest` can answer. */
  isKnown(atMs: number): boolean {
    const hour = this.#hours.get(Math.floor(atMs / hourMs));
    return hour !== undefined && !(hour.growing && performance.now() - hour.askedMs > againMs);
  }

  nearest(atMs: number, withinMs: number): ThumbEntry | undefined {
    return nearestEntry(this.#hours.get(Math.floor(atMs / hourMs))?.entries ?? [], atMs, withinMs);
  }

  /** Reads the hour of the moment. Throws when the server cannot be asked, or nobody waits any more. */
  async read(atMs: number, signal: AbortSignal): Promise<void> {
    const hour = Math.floor(atMs / hourMs);
    const answer = await fetch(this.#url(hour * hourMs, (hour + 1) * hourMs), { signal });
    // Where none are kept there are none.
    const packs = answer.ok ? ((await answer.json()) as ThumbAnswer).packs : [];
    const growing = packs.some((pack) => pack.growing) || Date.now() < (hour + 1) * hourMs + againMs;
    this.#hours.delete(hour);
    this.#hours.set(hour, { entries: entriesOf(packs), askedMs: performance.now(), growing });
    for (const oldest of this.#hours.keys()) {
      if (this.#hours.size <= mostHours) break;
      this.#hours.delete(oldest);
    }
  }
}

/** By time. */
export function entriesOf(packs: ThumbAnswer['packs']): ThumbEntry[] {
  const found = packs.flatMap(({ url, timesMs, offsets, sizes }) =>
    timesMs.map((atMs, at) => ({ atMs, url, offsetBytes: offsets[at] ?? 0, sizeBytes: sizes[at] ?? 0 })),
  );
  return found.filter(({ sizeBytes }) => sizeBytes > 0).sort((a, b) => a.atMs - b.atMs);
}

/** @param entries by time. */
export function nearestEntry(
  entries: readonly ThumbEntry[],
  atMs: number,
  withinMs: number,
): ThumbEntry | undefined {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.atMs ?? Infinity) < atMs) low = middle + 1;
    else high = middle;
  }
  const beside = [entries[low - 1], entries[low]].filter((one) => one !== undefined);
  const away = (one: ThumbEntry) => Math.abs(one.atMs - atMs);
  const [best] = beside.sort((a, b) => away(a) - away(b));
  return best && away(best) <= withinMs ? best : undefined;
}
