/** A view that is watched: its tiles, live or recorded, one of them enlarged, or on a whole wall. */
import { Link } from '@tanstack/react-router';
import { Suspense, lazy, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Camera } from '../../../../src/api/contract/cameras.ts';
import type { SavedView, ViewTile } from '../../../../src/api/contract/views.ts';
import { serverNow } from '../../api/now.ts';
import { Button, IconButton } from '../button.tsx';
import { Fence } from '../fence.tsx';
import { Icon } from '../icons.tsx';
import { useKeys } from '../keys.ts';
import { arranged, inOrder, neighbour, nextPreset } from './layout.ts';
import type { Direction } from './layout.ts';
import { Mosaic } from './mosaic.tsx';
import { TileOfView } from './tile.tsx';
import { useWall } from './wall.ts';
import type { Wall } from './wall.ts';

const ReviewPanel = lazy(() => import('./review-panel.tsx'));

interface WatchViewProps {
  view: SavedView;
  cameras: readonly Camera[];
  /** ISO 8601; undefined: live. */
  at: string | undefined;
  onAt: (at: string | undefined) => void;
  onEdit: () => void;
  onBack: () => void;
}

/** “What was that?” */
const lookBackMs = 30_000;
const tourStepMs = 10_000;

export function WatchView({ view, cameras, at, onAt, onEdit, onBack }: WatchViewProps) {
  const frame = useRef<HTMLDivElement>(null);
  const wall = useWall(frame);
  const known = useMemo(() => new Map(cameras.map((camera) => [camera.id, camera])), [cameras]);
  const [arrangement, setArrangement] = useState<readonly ViewTile[]>();
  const tiles = arrangement ?? view.tiles;
  const [big, setBig] = useState<number>();
  const [heard, setHeard] = useState<number>();
  const [selected, setSelected] = useState<number>();
  const [open, setOpen] = useState(at !== undefined);
  const [recorded, setRecorded] = useState(at !== undefined);
  const [columns, setColumns] = useState<1 | 2>(1);
  const [touring, setTouring] = useState(false);
  const [stages, setStage] = useStages();
  const narrow = useNarrow();
  useTour(touring, tiles.length, setBig);
  const enlarge = (index: number) => {
    setTouring(false);
    setBig(big === index ? undefined : index);
  };
  const back = () => {
    if (big === undefined && !touring) onBack();
    setTouring(false);
    setBig(undefined);
  };
  const review = (isOpen: boolean) => {
    setOpen(isOpen);
    if (!isOpen) onAt(undefined);
  };
  useViewKeys({ tiles, selected, enlarge, back, wall, setArrangement, setBig, setHeard });
  useKeys({ t: () => review(!open), ...(view.mayChange && { e: onEdit }) });
  const stacked = narrow && !wall.on;
  return (
    <div
      ref={frame}
      data-quiet={wall.quiet ? '' : undefined}
      className={`flex flex-col ${stacked ? '' : 'h-[calc(100dvh-4.25rem)]'} ${wall.on ? 'mosaic-wall h-full bg-black' : ''}`}
    >
      <div className={`flex shrink-0 flex-wrap items-center gap-x-1.5 py-2 ${wall.on ? 'hidden' : ''}`}>
        <Head view={view} tiles={tiles} cameras={known} />
        <Button
          icon="earlier"
          onClick={() => {
            setOpen(true);
            onAt(new Date(serverNow() - lookBackMs).toISOString());
          }}
        >
          30 s ago
        </Button>
        <IconButton
          icon="calendar"
          label="Timeline (T)"
          aria-pressed={open}
          onClick={() => review(!open)}
          className={pressed}
        />
        <IconButton
          icon="play"
          label="Tour: enlarge one after another"
          aria-pressed={touring}
          onClick={() => setTouring(!touring)}
          className={`${pressed} max-sm:hidden`}
        />
        {narrow && (
          <IconButton
            icon="screen"
            label={columns === 1 ? 'Two columns' : 'One column'}
            onClick={() => setColumns(columns === 1 ? 2 : 1)}
          />
        )}
        <IconButton icon="full" label="Full screen (F)" onClick={wall.toggle} />
        {view.mayChange && <IconButton icon="edit" label="Edit this view (E)" onClick={onEdit} />}
      </div>
      <div
        className={
          stacked
            ? '-mx-4'
            : `grid min-h-0 grow place-items-center [container-type:size] ${wall.on ? '' : 'pb-2'}`
        }
      >
        <div
          className={stacked ? '' : wall.on ? 'size-full' : 'aspect-video w-[min(100%,calc(100cqh*16/9))]'}
        >
          <Mosaic name={view.name} tiles={tiles} big={big} columns={stacked ? columns : undefined}>
            {(drawn) => (
              <TileOfView
                drawn={drawn}
                camera={known.get(drawn.tile.cameraId)}
                recorded={recorded}
                heard={heard === drawn.index}
                onBig={() => enlarge(drawn.index)}
                onSound={() => setHeard(heard === drawn.index ? undefined : drawn.index)}
                onFocus={() => setSelected(drawn.index)}
                onStage={setStage}
              />
            )}
          </Mosaic>
        </div>
      </div>
      {open && (
        <div className={`max-sm:sticky max-sm:bottom-14 max-sm:z-10 ${wall.quiet ? 'hidden' : ''}`}>
          <Fence
            instead={
              <p className="text-muted py-4 text-center">The timeline cannot be shown in this browser.</p>
            }
          >
            <Suspense fallback={<div className="h-[150px]" />}>
              <ReviewPanel
                view={view}
                tiles={tiles}
                cameras={known}
                stages={stages}
                selected={big ?? selected}
                heard={heard}
                at={at}
                onAt={onAt}
                onRecorded={setRecorded}
              />
            </Suspense>
          </Fence>
        </div>
      )}
    </div>
  );
}

const pressed = 'aria-pressed:!text-accent';

function Head({
  view,
  tiles,
  cameras,
}: {
  view: SavedView;
  tiles: readonly ViewTile[];
  cameras: ReadonlyMap<string, Camera>;
}) {
  const shown = tiles.flatMap(({ cameraId }) => cameras.get(cameraId) ?? []);
  const live = shown.filter((camera) => camera.status.state === 'live').length;
  return (
    <>
      <Link
        to="/views"
        aria-label="All views"
        className="text-muted hover:text-text hover:bg-raised -ml-2 inline-grid size-[44px] shrink-0 place-items-center rounded-lg"
      >
        <Icon name="back" size={20} />
      </Link>
      <h1 className="min-w-0 truncate text-[17px] font-semibold tracking-[-0.01em]">{view.name}</h1>
      <p className="text-muted ml-1.5 whitespace-nowrap tabular-nums max-sm:hidden">
        {live} of {shown.length} live
      </p>
      <span className="grow" />
    </>
  );
}

/** Where recorded pictures go, by tile. */
function useStages(): [ReadonlyMap<number, HTMLElement>, (index: number, stage: HTMLElement | null) => void] {
  const [stages, setStages] = useState<ReadonlyMap<number, HTMLElement>>(new Map());
  const set = useCallback((index: number, stage: HTMLElement | null) => {
    setStages((before) => {
      if (before.get(index) === (stage ?? undefined)) return before;
      const next = new Map(before);
      if (stage) next.set(index, stage);
      else next.delete(index);
      return next;
    });
  }, []);
  return [stages, set];
}

function useNarrow(): boolean {
  const [query] = useState(() => matchMedia('(width < 40rem)'));
  const [narrow, setNarrow] = useState(query.matches);
  useEffect(() => {
    const look = () => setNarrow(query.matches);
    query.addEventListener('change', look);
    return () => query.removeEventListener('change', look);
  }, [query]);
  return narrow;
}

/** Enlarges one after another. */
function useTour(on: boolean, count: number, setBig: (big: number | undefined) => void): void {
  useEffect(() => {
    if (!on || count === 0) return undefined;
    let at = 0;
    setBig(at);
    const timer = window.setInterval(() => setBig(++at % count), tourStepMs);
    return () => window.clearInterval(timer);
  }, [on, count, setBig]);
}

interface KeyParts {
  tiles: readonly ViewTile[];
  selected: number | undefined;
  enlarge: (index: number) => void;
  back: () => void;
  wall: Wall;
  setArrangement: (tiles: readonly ViewTile[]) => void;
  setBig: (big: number | undefined) => void;
  setHeard: (change: (heard: number | undefined) => number | undefined) => void;
}

function useViewKeys({
  tiles,
  selected,
  enlarge,
  back,
  wall,
  setArrangement,
  setBig,
  setHeard,
}: KeyParts): void {
  const order = inOrder(tiles).map((tile) => tiles.indexOf(tile));
  const digits = order.slice(0, 10).map((index, at) => [String((at + 1) % 10), () => enlarge(index)]);
  const focus = (direction: Direction) => {
    const to = selected === undefined ? order[0] : neighbour(tiles, selected, direction);
    document.querySelector<HTMLElement>(`[data-tile="${to}"]`)?.focus();
  };
  useKeys({
    ...(Object.fromEntries(digits) as Record<string, () => void>),
    ArrowLeft: () => focus('left'),
    ArrowRight: () => focus('right'),
    ArrowUp: () => focus('up'),
    ArrowDown: () => focus('down'),
    Escape: back,
    f: wall.toggle,
    m: () => setHeard((heard) => (heard === undefined ? selected : undefined)),
    // For a look: nothing is stored.
    p: () => {
      const preset = nextPreset(tiles);
      if (!preset) return;
      setBig(undefined);
      setArrangement(arranged(tiles, preset));
    },
  });
}
