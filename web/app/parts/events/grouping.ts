/**
 * Many small gaps are one line: a camera at the edge of the radio makes dozens. In: items, newest first. Out: the same in
 * order, gaps of one camera and cause that follow each other closely put together.
 */
import type { HistoryItem } from '../../../../src/api/contract/history.ts';

export type GapItem = Extract<HistoryItem, { kind: 'gap' }>;
export type Line =
  | { readonly kind: 'one'; readonly item: HistoryItem }
  /** Newest first; at least `fewest`. */
  | { readonly kind: 'gaps'; readonly gaps: readonly GapItem[] };

/** Longer ones each matter by themselves. */
const smallMs = 5 * 60_000;
/** Further apart they are another story. */
const apartMs = 10 * 60_000;
const fewest = 3;

export function linesOf(items: readonly HistoryItem[]): readonly Line[] {
  const groups = new Map<string, GapItem[]>();
  const placed: (HistoryItem | GapItem[])[] = [];
  for (const item of items) {
    if (item.kind !== 'gap' || item.endMs === null || item.endMs - item.startMs > smallMs) {
      placed.push(item);
      continue;
    }
    const key = `${item.cameraId} ${item.cause}`;
    const group = groups.get(key);
    const later = group?.at(-1);
    if (group && later && later.startMs - item.endMs <= apartMs) {
      group.push(item);
      continue;
    }
    const begun = [item];
    groups.set(key, begun);
    placed.push(begun);
  }
  return placed
    .flatMap((one): Line[] => {
      if (!Array.isArray(one)) return [{ kind: 'one', item: one }];
      if (one.length >= fewest) return [{ kind: 'gaps', gaps: one }];
      return one.map((item) => ({ kind: 'one', item }));
    })
    .toSorted((a, b) => atOf(b) - atOf(a));
}

/** Where a line stands: a group at its newest gap. */
export function atOf(line: Line): number {
  return line.kind === 'one' ? line.item.atMs : (line.gaps[0]?.atMs ?? 0);
}

export function totalMs(gaps: readonly GapItem[]): number {
  return gaps.reduce((sum, { startMs, endMs }) => sum + (endMs ?? startMs) - startMs, 0);
}
