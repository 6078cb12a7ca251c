/** Saved views: one's own, and those that others share. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { SavedView } from '../../../src/api/contract/views.ts';
import { camerasQuery } from '../api/cameras.ts';
import { faultText } from '../api/http.ts';
import { viewsQuery } from '../api/views.ts';
import { Icon } from '../parts/icons.tsx';
import { Sketch } from '../parts/mosaic/sketch.tsx';
import { Notice } from '../parts/notice.tsx';
import { useTitle } from '../parts/title.ts';

export function ViewsPage() {
  const views = useQuery(viewsQuery);
  useTitle('Views');
  if (views.isError && !views.data) {
    return (
      <Notice title="The views could not be read" retry={() => void views.refetch()}>
        {faultText(views.error)}
      </Notice>
    );
  }
  if (!views.data) return <p className="text-muted py-10">Reading the views…</p>;
  if (views.data.length === 0) return <NoViews />;
  return (
    <>
      <div className="flex items-center gap-3 py-4">
        <h1 className="text-[19px] font-semibold tracking-[-0.015em]">Views</h1>
        <p className="text-muted grow tabular-nums">{views.data.length}</p>
        <NewView />
      </div>
      <ul className="grid gap-3 sm:grid-cols-2 sm:gap-4 lg:grid-cols-3 xl:grid-cols-4">
        {views.data.map((view) => (
          <li key={view.id}>
            <Card view={view} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Card({ view }: { view: SavedView }) {
  const cameras = useQuery(camerasQuery).data;
  const nameOf = (id: string) => cameras?.find((camera) => camera.id === id)?.name;
  const names = view.tiles.flatMap(({ cameraId }) => nameOf(cameraId) ?? []);
  return (
    <article className="border-line hover:border-line-strong bg-surface has-focus-visible:outline-accent relative h-full rounded-xl border p-4 transition-colors has-focus-visible:outline-2">
      <Sketch areas={view.tiles} className="text-line-strong bg-canvas mb-3 w-full rounded-lg p-2" />
      <h2 className="truncate text-[15px] font-semibold">
        <Link
          to="/views/$viewId"
          params={{ viewId: view.id }}
          className="outline-none after:absolute after:inset-0 after:content-['']"
        >
          {view.name}
        </Link>
      </h2>
      <p className="text-muted truncate text-[13px]">
        {names.join(', ') || (cameras ? 'None of its cameras may be seen' : '…')}
      </p>
      <p className="text-faint mt-1 text-[12px]">{whose(view)}</p>
    </article>
  );
}

function whose({ own, owner, shared }: SavedView): string {
  if (own) return shared ? 'Yours, shared with everybody' : 'Yours';
  return owner === null ? 'Shared' : `Shared by ${owner}`;
}

function NewView() {
  return (
    <Link
      to="/views/$viewId"
      params={{ viewId: 'new' }}
      className="bg-accent text-accent-ink inline-flex min-h-9 items-center gap-2 rounded-lg px-3.5 font-semibold transition hover:brightness-110 pointer-coarse:min-h-[44px]"
    >
      <Icon name="plus" size={16} />
      New view
    </Link>
  );
}

function NoViews() {
  return (
    <div className="mx-auto grid max-w-md justify-items-center gap-3 pt-[14vh] text-center">
      <div className="text-line-strong grid w-64 grid-cols-2 gap-3">
        <Sketch
          areas={[
            { x: 0, y: 0, w: 8, h: 12 },
            { x: 8, y: 0, w: 4, h: 6 },
            { x: 8, y: 6, w: 4, h: 6 },
          ]}
        />
        <Sketch areas={[0, 6].flatMap((y) => [0, 6].map((x) => ({ x, y, w: 6, h: 6 })))} />
      </div>
      <h1 className="text-[20px] font-semibold tracking-[-0.015em]">No views yet</h1>
      <p className="text-muted">
        A view shows up to sixteen cameras on one screen, arranged as you like: the front of the house, the
        yard, a wall for the guard. Its past plays on one clock.
      </p>
      <NewView />
    </div>
  );
}
