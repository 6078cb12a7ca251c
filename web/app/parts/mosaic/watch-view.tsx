/** A view that is watched: its tiles, live or recorded, one of them enlarged, or on a whole wall. */
import { Suspense, lazy, useCallback, useEffect, useMemo, useState } from 'react';
import type { Camera } from '../../../../src/api/contract/cameras.ts';
import { Fence } from '../fence.tsx';
import { Mosaic } from './mosaic.tsx';
import type { Drawn } from './mosaic.tsx';
import { TileOfView } from './tile.tsx';
import { useWatching } from './use-watching.ts';
import type { WatchingOptions } from './use-watching.ts';
import { ViewBar } from './view-bar.tsx';

const ReviewPanel = lazy(() => import('./review-panel.tsx'));

export function WatchView({ cameras, ...options }: WatchingOptions & { cameras: readonly Camera[] }) {
  const { view, at, onAt, onEdit } = options;
  const watching = useWatching(options);
  const { frame, wall, tiles, big, heard, selected, recorded } = watching;
  const known = useMemo(() => new Map(cameras.map((camera) => [camera.id, camera])), [cameras]);
  const [stages, setStage] = useStages();
  const narrow = useNarrow();
  const [chosenColumns, setColumns] = useState<1 | 2>(1);
  // One below the other, or as arranged.
  const columns = narrow && !wall.on ? chosenColumns : undefined;
  const tile = (drawn: Drawn) => (
    <TileOfView
      drawn={drawn}
      camera={known.get(drawn.tile.cameraId)}
      recorded={recorded}
      heard={heard === drawn.index}
      onBig={() => watching.enlarge(drawn.index)}
      onSound={() => watching.hear(drawn.index)}
      onFocus={() => watching.select(drawn.index)}
      onStage={setStage}
    />
  );
  return (
    <div ref={frame} data-quiet={wall.quiet ? '' : undefined} className={frameClass(wall.on, columns)}>
      <ViewBar {...{ view, cameras: known, watching, columns, onEdit }} onColumns={setColumns} />
      <div className={columns ? '-mx-4' : `${centred} ${wall.on ? '' : 'pb-2'}`}>
        {tiles.length === 0 && <NothingToSee />}
        <div
          hidden={tiles.length === 0}
          className={columns ? '' : wall.on ? 'size-full' : 'aspect-video w-[min(100%,calc(100cqh*16/9))]'}
        >
          <Mosaic name={view.name} tiles={tiles} big={big} columns={columns}>
            {tile}
          </Mosaic>
        </div>
      </div>
      {watching.open && (
        <div className={`max-sm:sticky max-sm:bottom-14 max-sm:z-10 ${wall.quiet ? 'hidden' : ''}`}>
          <Fence instead={<Unseen />}>
            <Suspense fallback={<div className="h-[150px]" />}>
              <ReviewPanel
                {...{ view, tiles, cameras: known, stages, heard, at, onAt }}
                selected={big ?? selected}
                onRecorded={watching.setRecorded}
              />
            </Suspense>
          </Fence>
        </div>
      )}
    </div>
  );
}

const centred = 'grid min-h-0 grow place-items-center [container-type:size]';

function frameClass(onWall: boolean, columns: number | undefined): string {
  if (onWall) return 'mosaic-wall flex h-full flex-col bg-black';
  return `flex flex-col ${columns ? '' : 'h-[calc(100dvh-4.25rem)] min-h-[420px]'}`;
}

function NothingToSee() {
  return (
    <p className="text-muted px-6 py-12 text-center">
      You may see none of the cameras of this view. An administrator can change that.
    </p>
  );
}

function Unseen() {
  return <p className="text-muted py-4 text-center">The timeline cannot be shown in this browser.</p>;
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
