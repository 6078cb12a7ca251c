/** What a share link shows, to somebody without an account: one camera, and nothing else of the dashboard. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { Suspense, lazy, useEffect, useState } from 'react';
import type { Shared } from '../../../src/api/contract/accounts.ts';
import { faultText } from '../api/http.ts';
import { useServerNow } from '../api/now.ts';
import { isOver, openShared, openedName } from '../api/shared.ts';
import { Mark } from '../parts/icons.tsx';
import { Notice } from '../parts/notice.tsx';
import { untilWords } from '../parts/people/when.ts';
import { rangeWords } from '../parts/share/words.ts';
import { useTitle } from '../parts/title.ts';
import '../../player/element.ts';

const Range = lazy(() => import('../parts/share/range-player.tsx'));

/** So soon somebody knows that the link was revoked. */
const lookAgainMs = 10_000;

export function SharedPage() {
  const { secret } = useParams({ from: '/s/$secret' });
  const navigate = useNavigate();
  // The secret leaves the address below; what it opened stays.
  const opened = useQuery({
    queryKey: ['shared'],
    queryFn: () => openShared(secret),
    staleTime: Infinity,
    retry: false,
  });
  const still = useQuery({
    queryKey: ['shared', 'still'],
    queryFn: () => openShared(openedName),
    enabled: opened.isSuccess,
    refetchInterval: lookAgainMs,
    retry: false,
  });
  useTitle(opened.data?.cameraName ?? 'A camera');
  useEffect(() => {
    if (opened.isSuccess && secret !== openedName)
      void navigate({ to: '/s/$secret', params: { secret: openedName }, replace: true });
  }, [opened.isSuccess, secret, navigate]);
  if (opened.error && !isOver(opened.error)) {
    return (
      <Notice title="The server is not there" retry={() => void opened.refetch()}>
        {faultText(opened.error)}
      </Notice>
    );
  }
  if (opened.error ?? isOver(still.error)) return <Over />;
  return opened.data ? <Shown shared={opened.data} /> : null;
}

function Over() {
  return (
    <main className="px-4">
      <Notice title="This link shows nothing any more">
        It has ended, or whoever made it took it back. Ask them for a new one.
      </Notice>
    </main>
  );
}

type Tab = 'live' | 'range';

function Shown({ shared }: { shared: Shared }) {
  const now = useServerNow();
  const hasRange = shared.fromMs !== null;
  const [tab, setTab] = useState<Tab>(shared.live ? 'live' : 'range');
  if (shared.expiresMs <= now) return <Over />;
  return (
    <main className="mx-auto grid max-w-5xl gap-4 px-0 pb-10 sm:px-6">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 pt-4 sm:px-0 sm:pt-8">
        <Mark />
        <h1 className="min-w-0 grow truncate text-[20px] font-semibold tracking-[-0.015em]">
          {shared.cameraName}
        </h1>
        <p className="text-muted text-[13px] tabular-nums">This link {untilWords(shared.expiresMs, now)}.</p>
      </div>
      {shared.live && hasRange && <Tabs tab={tab} onTab={setTab} />}
      <div className="border-line relative aspect-video overflow-hidden bg-black sm:rounded-xl sm:border">
        {tab === 'live' ? (
          <sightline-player
            camera={shared.cameraId}
            token={shared.token}
            label={shared.cameraName}
            muted
            controls
            className="absolute inset-0"
          />
        ) : (
          <Suspense fallback={null}>
            <Range shared={shared} />
          </Suspense>
        )}
      </div>
      <p className="text-muted px-4 text-[13px] sm:px-0">{wordsFor(shared, tab)}</p>
    </main>
  );
}

function Tabs({ tab, onTab }: { tab: Tab; onTab: (tab: Tab) => void }) {
  const names: readonly (readonly [Tab, string])[] = [
    ['live', 'Live'],
    ['range', 'Recording'],
  ];
  return (
    <div role="group" aria-label="What to see" className="flex gap-1.5 px-4 sm:px-0">
      {names.map(([name, words]) => (
        <button
          key={name}
          type="button"
          aria-pressed={tab === name}
          onClick={() => onTab(name)}
          className="border-line aria-pressed:bg-raised aria-pressed:text-text text-muted min-h-9 rounded-lg border px-3.5 font-medium pointer-coarse:min-h-[44px]"
        >
          {words}
        </button>
      ))}
    </div>
  );
}

function wordsFor({ fromMs, toMs }: Shared, tab: Tab): string {
  if (tab === 'live') return 'This is what the camera sees now.';
  if (fromMs === null || toMs === null) return '';
  return `Recorded ${rangeWords(fromMs, toMs)}, in the time zone of this device.`;
}
