/** The newest of what happened and the pages that were read before, as one list. */
import type { HistoryItem } from '../../../src/api/contract/history.ts';

export const pageLength = 100;

/** The newest know better: a gap has ended since. What lies between them and the pages was never more than a page. */
export function mergedItems(
  newest: readonly HistoryItem[] = [],
  older: readonly HistoryItem[] | undefined,
): readonly HistoryItem[] | undefined {
  if (!older) return undefined;
  const known = new Set(newest.map(({ id }) => id));
  const oldest = newest.at(-1);
  const kept = older.filter((item) => {
    if (known.has(item.id)) return false;
    // In the stretch that was read again it is no more: it proved to be nothing.
    return oldest === undefined || (newest.length >= pageLength && item.atMs <= oldest.atMs);
  });
  return [...newest, ...kept];
}
