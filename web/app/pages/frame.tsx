/** What every page has: the bar on top, the warning when the server is away, the help of keys. */
import { Outlet } from '@tanstack/react-router';
import { useState } from 'react';
import { AddDialog } from '../parts/add/add-dialog.tsx';
import { AddContext } from '../parts/add/add-context.ts';
import type { AddStart } from '../parts/add/add-context.ts';
import { HelpDialog } from '../parts/help-dialog.tsx';
import { useKeys } from '../parts/keys.ts';
import { LinkBanner } from '../parts/link-banner.tsx';
import { TopBar } from '../parts/top-bar.tsx';

export function Frame() {
  const [add, setAdd] = useState<AddStart>();
  const [help, setHelp] = useState(false);
  useKeys({ '?': () => setHelp(true), n: () => setAdd('rtsp') });
  return (
    <AddContext value={setAdd}>
      <a
        href="#main"
        className="bg-accent text-accent-ink fixed top-2 left-2 z-50 -translate-y-20 rounded-lg px-4 py-2 focus:translate-y-0"
      >
        Skip to the pictures
      </a>
      <TopBar onHelp={() => setHelp(true)} />
      <LinkBanner />
      <main id="main" tabIndex={-1} className="mx-auto max-w-[1800px] px-4 pb-10 outline-none sm:px-6">
        <Outlet />
      </main>
      {add && <AddDialog start={add} onClose={() => setAdd(undefined)} />}
      <HelpDialog open={help} onClose={() => setHelp(false)} />
    </AddContext>
  );
}
