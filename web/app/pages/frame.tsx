/** What every page has: the places around it, the warning when the server is away, the help of keys. */
import { Outlet } from '@tanstack/react-router';
import { Suspense, lazy, useState } from 'react';
import { useMay } from '../api/session.ts';
import { AddDialog } from '../parts/add/add-dialog.tsx';
import { AddContext } from '../parts/add/add-context.ts';
import type { AddStart } from '../parts/add/add-context.ts';
import { HelpDialog } from '../parts/help-dialog.tsx';
import { useKeys } from '../parts/keys.ts';
import { LinkBanner } from '../parts/link-banner.tsx';
import { FootBar } from '../parts/nav/foot-bar.tsx';
import { SideBar } from '../parts/nav/side-bar.tsx';
import { usePlaceKeys } from '../parts/nav/use-places.ts';
import { ToastCorner } from '../parts/toasts/toast-corner.tsx';
import { useNews } from '../parts/toasts/use-news.ts';
import { TopBar } from '../parts/top-bar.tsx';

const ImportDialog = lazy(async () => ({
  default: (await import('../parts/import/import-dialog.tsx')).ImportDialog,
}));

export function Frame() {
  const [add, setAdd] = useState<AddStart>();
  const [help, setHelp] = useState(false);
  const mayAdd = useMay('system:write');
  useKeys({ '?': () => setHelp(true), ...(mayAdd && { n: () => setAdd('rtsp') }) });
  usePlaceKeys();
  useNews();
  return (
    <AddContext value={setAdd}>
      <a
        href="#main"
        className="bg-accent text-accent-ink fixed top-2 left-2 z-50 -translate-y-20 rounded-lg px-4 py-2 focus:translate-y-0"
      >
        Skip to the content
      </a>
      <div className="sm:grid sm:grid-cols-[var(--side)_minmax(0,1fr)]">
        <SideBar onHelp={() => setHelp(true)} />
        <div className="min-w-0">
          <TopBar />
          <LinkBanner />
          <main
            id="main"
            tabIndex={-1}
            className="mx-auto max-w-[1800px] px-4 pb-10 outline-none max-sm:pb-24 sm:px-6"
          >
            <Outlet />
          </main>
        </div>
      </div>
      <FootBar />
      <ToastCorner />
      {add === 'import' ? (
        <Suspense>
          <ImportDialog onClose={() => setAdd(undefined)} />
        </Suspense>
      ) : (
        add && <AddDialog start={add} onClose={() => setAdd(undefined)} />
      )}
      <HelpDialog open={help} onClose={() => setHelp(false)} />
    </AddContext>
  );
}
