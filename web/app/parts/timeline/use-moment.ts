/**
 * The moment that is seen stands in the address, so that it can be sent and found again. In: the address, the playhead.
 * Out: the other one of them, moved.
 */
import { useEffect, useRef } from 'react';
import type { RecordedPlayer } from '../../../player/recorded/recorded-player.ts';
import type { Playhead } from '../../../player/recorded/playhead.ts';

/** While it plays, the address is not written with every picture. */
const writeEveryMs = 5000;

/** What plays. */
type Placed = Pick<RecordedPlayer, 'live' | 'seek'>;

/** @param at ISO 8601; undefined: live. */
export function useMoment(
  player: Placed | undefined,
  state: Playhead,
  at: string | undefined,
  onAt: (at: string | undefined) => void,
): void {
  const written = useRef<string | undefined>(undefined);
  const served = useRef<Placed | undefined>(undefined);
  const last = useRef({ kind: 'live', atMs: 0 });

  // An address that somebody else wrote: a link, or the browser's way back.
  useEffect(() => {
    if (!player) return;
    // A new player knows nothing of what an old one was told.
    if (player === served.current && at === written.current) return;
    served.current = player;
    written.current = at;
    if (at === undefined) player.live();
    else player.seek(Date.parse(at), true);
  }, [player, at]);

  useEffect(() => {
    if (!player) return;
    if (state.kind === 'scrubbing' || state.kind === 'opening' || state.kind === 'failed') {
      // Whoever goes back to live before anything was shown leaves the address of what was wanted.
      last.current = { kind: state.kind, atMs: state.atMs };
      return;
    }
    const atMs = state.kind === 'live' ? 0 : state.atMs;
    const moves = state.kind === 'playing' || state.kind === 'gap';
    if (moves && last.current.kind === state.kind && Math.abs(atMs - last.current.atMs) < writeEveryMs)
      return;
    if (!moves && last.current.kind === state.kind && atMs === last.current.atMs) return;
    last.current = { kind: state.kind, atMs };
    const wanted = state.kind === 'live' ? undefined : new Date(atMs).toISOString();
    if (wanted === written.current) return;
    written.current = wanted;
    onAt(wanted);
  }, [player, state, onAt]);
}
