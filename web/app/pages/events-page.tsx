/** What happened to all cameras, newest first: events, gaps, holds, damage, deletions. */
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { HistoryKind } from '../../../src/api/contract/history.ts';
import { camerasQuery } from '../api/cameras.ts';
import { ApiFault, faultText } from '../api/http.ts';
import { useServerNow } from '../api/now.ts';
import type { PastFilter } from '../api/past.ts';
import { usePast } from '../api/past.ts';
import { useMay } from '../api/session.ts';
import { Button } from '../parts/button.tsx';
import { linesOf } from '../parts/events/grouping.ts';
import { Lines } from '../parts/events/lines.tsx';
import { kindNames } from '../parts/events/words.ts';
import { SelectField, TextField } from '../parts/field.tsx';
import { Icon } from '../parts/icons.tsx';
import { Notice } from '../parts/notice.tsx';
import { dayStart, deviceZone, midnight, momentOf } from '../parts/timeline/zone.ts';
import { useTitle } from '../parts/title.ts';

interface Search {
  camera?: string;
  kind?: string;
  day?: string;
}

export function EventsPage() {
  useTitle('Events');
  const search: Search = useSearch({ from: '/frame/events' });
  const { pages, items } = usePast(filterOf(search));
  const { data: cameras = [] } = useQuery(camerasQuery);
  const nowMs = useServerNow();
  const isFiltered = Object.keys(search).length > 0;
  if (pages.error && !items) return <Fault error={pages.error} />;
  return (
    <div className="mx-auto max-w-3xl pb-10">
      <h1 className="py-4 text-[19px] font-semibold tracking-[-0.015em]">Events</h1>
      <Filters search={search} cameras={cameras} />
      <div className="mt-5">
        {!items && <p className="text-muted py-6">Reading what happened…</p>}
        {items?.length === 0 && (isFiltered ? <NothingOfThis /> : <Teach />)}
        {items && items.length > 0 && (
          <Lines
            lines={linesOf(items)}
            names={new Map(cameras.map(({ id, name }) => [id, name]))}
            nowMs={nowMs}
          />
        )}
        {pages.hasNextPage && (
          <More busy={pages.isFetchingNextPage} onMore={() => void pages.fetchNextPage()} />
        )}
      </div>
    </div>
  );
}

function filterOf({ camera, kind, day }: Search): PastFilter {
  const [year, month, date] = (day ?? '').split('-').map(Number);
  const fromMs = year && month && date ? momentOf(midnight(year, month, date), deviceZone) : undefined;
  return {
    camera,
    kind: kind !== undefined && kind in kindNames ? (kind as HistoryKind) : undefined,
    fromMs,
    toMs: fromMs === undefined ? undefined : dayStart(fromMs, deviceZone, 1),
  };
}

function Filters({ search, cameras }: { search: Search; cameras: readonly { id: string; name: string }[] }) {
  const navigate = useNavigate();
  const seesDeletions = useMay('system:read');
  const put = (name: keyof Search, value: string) => {
    const { [name]: _, ...others } = search;
    void navigate({
      to: '/events',
      search: value === '' ? others : { ...others, [name]: value },
      replace: true,
    });
  };
  const kinds = Object.entries(kindNames).filter(([kind]) => kind !== 'deletion' || seesDeletions);
  return (
    <div className="grid grid-cols-2 gap-3 sm:grid-cols-3">
      <SelectField
        label="Camera"
        options={{ '': 'All cameras', ...Object.fromEntries(cameras.map(({ id, name }) => [id, name])) }}
        value={search.camera ?? ''}
        onChange={(event) => put('camera', event.target.value)}
      />
      <SelectField
        label="What"
        options={{ '': 'Everything', ...Object.fromEntries(kinds) }}
        value={search.kind ?? ''}
        onChange={(event) => put('kind', event.target.value)}
      />
      <div className="max-sm:col-span-2">
        <TextField
          label="Day"
          type="date"
          value={search.day ?? ''}
          onChange={(event) => put('day', event.target.value)}
        />
      </div>
    </div>
  );
}

function NothingOfThis() {
  return (
    <div className="border-line bg-surface grid justify-items-center gap-3 rounded-xl border px-4 py-8 text-center">
      <p className="text-muted">Nothing of this kind happened then.</p>
      <Link to="/events" className="text-accent font-medium">
        Show everything
      </Link>
    </div>
  );
}

/** Before anything has happened: what will stand here, and how to get it. */
function Teach() {
  const mayRecord = useMay('media:write');
  return (
    <section className="border-line bg-surface rounded-xl border px-5 py-6">
      <div className="text-event mb-3">
        <Icon name="bell" size={28} />
      </div>
      <h2 className="text-[16px] font-semibold">Nothing has happened yet</h2>
      <p className="text-muted mt-1">
        Here stands what happens to the cameras that you may replay, the newest first, with the picture of the
        moment:
      </p>
      <ul className="text-muted mt-2 list-disc space-y-1 pl-5">
        <li>triggers of doors, sensors and other programs, and recordings started by hand,</li>
        <li>gaps: times in which a recording was wanted and is missing, and why,</li>
        <li>footage that is held, was deleted, or was found damaged.</li>
      </ul>
      {mayRecord && (
        <p className="text-muted mt-3">
          To begin, let a camera record: open one of{' '}
          <Link to="/" className="text-accent font-medium">
            your cameras
          </Link>{' '}
          and choose Recording. Other programs tell of events with{' '}
          <code className="text-[13px]">POST /api/v1/cameras/…/trigger</code>.
        </p>
      )}
    </section>
  );
}

function Fault({ error }: { error: Error }) {
  const closed = error instanceof ApiFault && error.problem?.code === 'not-allowed';
  return (
    <Notice title={closed ? 'Nothing to replay' : 'What happened could not be read'}>
      {closed
        ? 'Your account may not replay any camera. Ask an administrator if you need to.'
        : faultText(error)}
    </Notice>
  );
}

/** Asks for more as soon as it comes into sight; also a button, for who goes by keys. */
function More({ busy, onMore }: { busy: boolean; onMore: () => void }) {
  const end = useRef<HTMLDivElement>(null);
  const ask = useRef(onMore);
  useEffect(() => {
    ask.current = onMore;
  });
  useEffect(() => {
    const watch = new IntersectionObserver(([entry]) => entry?.isIntersecting && ask.current());
    if (end.current) watch.observe(end.current);
    return () => watch.disconnect();
  }, []);
  return (
    <div ref={end} className="flex justify-center py-5">
      <Button busy={busy} onClick={onMore}>
        Show earlier
      </Button>
    </div>
  );
}
