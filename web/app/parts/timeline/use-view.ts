/** Which stretch of time is shown; it follows the playhead while that is in sight. */
import { useEffect, useRef, useState } from 'react';
import { serverNow } from '../../api/now.ts';
import { around, bounded, following } from './scale.ts';
import type { View } from './scale.ts';

const firstLengthMs = 3_600_000;
/** Where "now" stands while one watches live. */
const liveShare = 0.85;

export function useView(startMs: number | undefined): [View, (view: View) => void] {
  const [view, setView] = useState(() => {
    const middle = startMs ?? serverNow();
    const blank = { fromMs: middle - firstLengthMs, toMs: middle };
    return bounded(around(blank, middle, startMs === undefined ? liveShare : 0.5), serverNow());
  });
  return [view, (wanted) => setView(bounded(wanted, serverNow()))];
}

/** @param headMs where the playhead is. */
export function useFollow(view: View, headMs: number, live: boolean, setView: (view: View) => void): void {
  const before = useRef(headMs);
  useEffect(() => {
    const last = before.current;
    before.current = headMs;
    // Only a playhead that moved, out of sight it was not before.
    if (last === headMs || last < view.fromMs || last > view.toMs) return;
    const next = following(view, headMs);
    if (next !== view) setView(live ? around(view, headMs, liveShare) : next);
  }, [view, headMs, live, setView]);
}
