/** One saved view, or a new one that is being arranged. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useCallback } from 'react';
import { camerasQuery } from '../api/cameras.ts';
import { faultText } from '../api/http.ts';
import { useView } from '../api/views.ts';
import { EmptyGrid } from '../parts/empty-grid.tsx';
import { EditView } from '../parts/mosaic/edit-view.tsx';
import { arranged, newTile, presetFor } from '../parts/mosaic/layout.ts';
import { WatchView } from '../parts/mosaic/watch-view.tsx';
import { Notice } from '../parts/notice.tsx';
import { useTitle } from '../parts/title.ts';
import { MissingPage } from './missing-page.tsx';

interface ViewPageProps {
  /** `new`: one that is not saved yet. */
  id: string;
  /** What is seen is not live, but this moment; ISO 8601. */
  at: string | undefined;
  editing: boolean;
}

/** A new view begins with the first cameras there are. */
const firstTiles = 9;

export function ViewPage({ id, at, editing }: ViewPageProps) {
  const { view, loading, error } = useView(id);
  const cameras = useQuery(camerasQuery).data;
  const navigate = useNavigate();
  useTitle(view?.name ?? 'New view');
  const to = useCallback(
    (viewId: string, search: { at?: string; edit?: true }, replace = true) =>
      void navigate({ to: '/views/$viewId', params: { viewId }, search, replace, resetScroll: false }),
    [navigate],
  );
  const onAt = useCallback(
    // The way back leads to live, not through every moment that was seen.
    (moment: string | undefined) => to(id, moment === undefined ? {} : { at: moment }, at !== undefined),
    [to, id, at],
  );
  const list = () => void navigate({ to: '/views' });
  if (!cameras || (loading && id !== 'new')) return <p className="text-muted py-10">Reading the view…</p>;
  if (id === 'new') {
    if (cameras.length === 0) return <EmptyGrid />;
    const preset = presetFor(Math.min(firstTiles, cameras.length));
    const whole = { x: 0, y: 0, w: 12, h: 12 };
    const tiles = cameras.slice(0, firstTiles).map((camera) => newTile(camera.id, whole));
    return (
      <EditView
        view={undefined}
        start={{ name: 'My view', shared: false, tiles: preset ? arranged(tiles, preset) : tiles }}
        cameras={cameras}
        onDone={(saved) => (saved ? to(saved.id, {}) : list())}
        onDeleted={list}
      />
    );
  }
  if (!view) {
    if (error) return <Notice title="The view could not be read">{faultText(error)}</Notice>;
    return <MissingPage what="view" />;
  }
  if (editing && view.mayChange) {
    return (
      <EditView
        key={view.id}
        view={view}
        start={view}
        cameras={cameras}
        onDone={() => to(view.id, {})}
        onDeleted={list}
      />
    );
  }
  return (
    <WatchView
      key={view.id}
      view={view}
      cameras={cameras}
      at={at}
      onAt={onAt}
      onEdit={() => to(view.id, { edit: true }, false)}
      onBack={list}
    />
  );
}
