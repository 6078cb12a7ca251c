/** All cameras, live. */
import { useQuery } from '@tanstack/react-query';
import type { Camera } from '../../../src/api/contract/cameras.ts';
import { camerasQuery } from '../api/cameras.ts';
import { useLink } from '../api/events.ts';
import { faultText } from '../api/http.ts';
import { EmptyGrid } from '../parts/empty-grid.tsx';
import { Notice } from '../parts/notice.tsx';
import { Tile } from '../parts/tile.tsx';
import { useTitle } from '../parts/title.ts';

export function GridPage() {
  const cameras = useQuery(camerasQuery);
  const link = useLink();
  useTitle('Cameras');
  if (cameras.isPending) return <Waiting />;
  if (cameras.isError && !cameras.data) {
    return (
      <Notice title="The cameras could not be read" retry={() => void cameras.refetch()}>
        {faultText(cameras.error)}
      </Notice>
    );
  }
  if (cameras.data.length === 0) return <EmptyGrid />;
  return (
    <div className={`mx-auto ${fitting(cameras.data.length)}`}>
      <div className="flex items-baseline gap-3 py-4">
        <h1 className="text-[19px] font-semibold tracking-[-0.015em]">Cameras</h1>
        <p className="text-muted tabular-nums">
          {link.kind === 'down' ? 'state unknown' : summary(cameras.data)}
        </p>
      </div>
      <ul className={`grid gap-3 sm:gap-4 ${columns(cameras.data.length)}`}>
        {cameras.data.map((camera) => (
          <li key={camera.id}>
            <Tile camera={camera} />
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Few cameras are shown large. */
function columns(count: number): string {
  if (count === 1) return '';
  if (count <= 4) return 'sm:grid-cols-2';
  if (count <= 9) return 'sm:grid-cols-2 lg:grid-cols-3';
  return 'sm:grid-cols-2 lg:grid-cols-3 xl:grid-cols-4';
}

/** A square of tiles is as wide as lets all its rows fit on the screen. */
function fitting(count: number): string {
  const square = count === 1 || count === 3 || count === 4 || (count >= 7 && count <= 9);
  return square ? 'max-w-[max(44rem,calc((100dvh-9.5rem)*16/9))]' : '';
}

function summary(cameras: readonly Camera[]): string {
  const troubled = cameras.filter((camera) => ['offline', 'error', 'stalled'].includes(camera.status.state));
  const live = cameras.filter((camera) => camera.status.state === 'live').length;
  const parts = [`${live} of ${cameras.length} live`];
  if (troubled.length > 0) parts.push(`${troubled.length} without a picture`);
  return parts.join(' · ');
}

function Waiting() {
  return (
    <div role="status" className="grid gap-4 pt-16 sm:grid-cols-2">
      <span className="sr-only">Reading the cameras</span>
      {[0, 1, 2, 3].map((place) => (
        <div key={place} className="bg-surface border-line aspect-video animate-pulse rounded-xl border" />
      ))}
    </div>
  );
}
