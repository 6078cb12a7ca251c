/** What somebody who watches a view has chosen: nothing of it is stored. In: the view. Out: choices, keys that change them. */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { RefObject } from 'react';
import type { SavedView, ViewTile } from '../../../../src/api/contract/views.ts';
import { serverNow } from '../../api/now.ts';
import { useKeys } from '../keys.ts';
import { arranged, inOrder, neighbour, nextPreset } from './layout.ts';
import type { Direction } from './layout.ts';
import { useWall } from './wall.ts';
import type { Wall } from './wall.ts';

export interface WatchingOptions {
  view: SavedView;
  /** ISO 8601; undefined: live. */
  at: string | undefined;
  onAt: (at: string | undefined) => void;
  onEdit: () => void;
  onBack: () => void;
}

export interface Watching {
  /** Fills the screen on a wall. */
  readonly frame: RefObject<HTMLDivElement | null>;
  readonly wall: Wall;
  readonly tiles: readonly ViewTile[];
  /** Enlarged. */
  readonly big: number | undefined;
  /** Whose sound is on. */
  readonly heard: number | undefined;
  /** Had the focus last. */
  readonly selected: number | undefined;
  /** The timeline is shown. */
  readonly open: boolean;
  /** Something recorded is seen. */
  readonly recorded: boolean;
  readonly touring: boolean;
  readonly enlarge: (index: number) => void;
  readonly hear: (index: number) => void;
  readonly select: (index: number) => void;
  readonly setOpen: (open: boolean) => void;
  readonly setRecorded: (recorded: boolean) => void;
  readonly setTouring: (touring: boolean) => void;
  readonly lookBack: () => void;
}

/** “What was that?” */
const lookBackMs = 30_000;
const tourStepMs = 10_000;

export function useWatching(options: WatchingOptions): Watching {
  const { view, at, onAt } = options;
  const frame = useRef<HTMLDivElement>(null);
  const wall = useWall(frame);
  const [arrangement, arrange] = useState<readonly ViewTile[]>();
  const [big, setBig] = useState<number>();
  const [heard, setHeard] = useState<number>();
  const [selected, select] = useState<number>();
  const [open, setShown] = useState(at !== undefined);
  const [recorded, setRecorded] = useState(at !== undefined);
  const [touring, setTouring] = useState(false);
  const tiles = arrangement ?? view.tiles;
  useTour(touring, tiles.length, setBig);
  const enlarge = (index: number) => {
    setTouring(false);
    setBig(big === index ? undefined : index);
  };
  const setOpen = (isOpen: boolean) => {
    setShown(isOpen);
    if (!isOpen) onAt(undefined);
  };
  const lookBack = () => {
    setShown(true);
    onAt(new Date(serverNow() - lookBackMs).toISOString());
  };
  const hear = (index: number) => setHeard(heard === index ? undefined : index);
  const small = () => {
    setTouring(false);
    setBig(undefined);
  };
  useTileKeys({ tiles, selected, enlarge, small, arrange, hear: () => hear(heard ?? big ?? selected ?? 0) });
  useKeys({
    Escape: () => (big === undefined && !touring ? options.onBack() : small()),
    f: wall.toggle,
    t: () => setOpen(!open),
    ...(view.mayChange && { e: options.onEdit }),
  });
  const chosen = { tiles, big, heard, selected, open, recorded, touring };
  return { frame, wall, ...chosen, enlarge, hear, select, setOpen, setRecorded, setTouring, lookBack };
}

/** Enlarges one after another. */
function useTour(on: boolean, count: number, setBig: (big: number | undefined) => void): void {
  useEffect(() => {
    if (!on || count === 0) return undefined;
    let at = 0;
    const step = () => setBig(at++ % count);
    const first = window.setTimeout(step, 0);
    const timer = window.setInterval(step, tourStepMs);
    return () => {
      window.clearTimeout(first);
      window.clearInterval(timer);
    };
  }, [on, count, setBig]);
}

interface TileKeys {
  tiles: readonly ViewTile[];
  selected: number | undefined;
  enlarge: (index: number) => void;
  small: () => void;
  arrange: (tiles: readonly ViewTile[]) => void;
  hear: () => void;
}

function useTileKeys({ tiles, selected, enlarge, small, arrange, hear }: TileKeys): void {
  const order = inOrder(tiles).map((tile) => tiles.indexOf(tile));
  const digits = order.slice(0, 10).map((index, at) => [String((at + 1) % 10), () => enlarge(index)]);
  const focus = useCallback(
    (direction: Direction, first: number | undefined) => {
      const to = selected === undefined ? first : neighbour(tiles, selected, direction);
      document.querySelector<HTMLElement>(`[data-tile="${to}"]`)?.focus();
    },
    [selected, tiles],
  );
  useKeys({
    ...(Object.fromEntries(digits) as Record<string, () => void>),
    ArrowLeft: () => focus('left', order[0]),
    ArrowRight: () => focus('right', order[0]),
    ArrowUp: () => focus('up', order[0]),
    ArrowDown: () => focus('down', order[0]),
    m: hear,
    // For a look: nothing is stored.
    p: () => {
      const preset = nextPreset(tiles);
      if (!preset) return;
      small();
      arrange(arranged(tiles, preset));
    },
  });
}
