/** The bar on top: who we are, whether the server is there, theme, add. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { systemQuery } from '../api/cameras.ts';
import { useLink } from '../api/events.ts';
import { useAddCamera } from './add/add-context.ts';
import { Button, IconButton } from './button.tsx';
import { Icon, Mark } from './icons.tsx';
import type { IconName } from './icons.tsx';
import { Shape } from './state-chip.tsx';
import type { Tone } from './state-chip.tsx';
import { themes, useTheme } from './theme.ts';
import type { Theme } from './theme.ts';

const themeIcons: Record<Theme, IconName> = { dark: 'moon', light: 'sun', system: 'screen' };

export function TopBar({ onHelp }: { onHelp: () => void }) {
  const add = useAddCamera();
  return (
    <header className="border-line bg-canvas/85 sticky top-0 z-20 border-b backdrop-blur-md">
      <div className="mx-auto flex h-14 max-w-[1800px] items-center gap-1.5 px-4 sm:px-6">
        <Link
          to="/"
          className="-ml-1 flex min-h-[44px] items-center gap-2.5 rounded-lg px-1"
          aria-label="Sightline, all cameras"
        >
          <Mark />
          <span className="text-[17px] font-semibold tracking-[-0.02em]">Sightline</span>
        </Link>
        <ServerChip />
        <span className="grow" />
        <Link
          to="/storage"
          aria-label="Storage"
          title="Storage"
          className="text-muted hover:text-text hover:bg-raised inline-grid size-9 shrink-0 place-items-center rounded-lg transition pointer-coarse:size-[44px]"
        >
          <Icon name="disk" />
        </Link>
        <IconButton icon="keys" label="Keyboard shortcuts" onClick={onHelp} className="max-sm:hidden" />
        <ThemeButton />
        <Button
          look="primary"
          icon="plus"
          onClick={() => add('rtsp')}
          aria-label="Add camera"
          className="ml-1.5 max-sm:min-w-[44px] max-sm:px-0"
        >
          <span className="max-sm:hidden">Add camera</span>
        </Button>
      </div>
    </header>
  );
}

function ThemeButton() {
  const [theme, choose] = useTheme();
  const following = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'dark';
  const label = `Theme: ${theme}. Change to ${following}`;
  return <IconButton icon={themeIcons[theme]} label={label} onClick={() => choose(following)} />;
}

function ServerChip() {
  const link = useLink();
  const system = useQuery(systemQuery);
  const [tone, text] = serverWords(link.kind, system.data?.mediaWorker);
  return (
    <span
      className="text-muted border-line ml-2 inline-flex h-7 items-center gap-2 rounded-full border px-2.5 text-[12px]"
      title={system.data ? `Version ${system.data.version}` : undefined}
    >
      <Shape tone={tone} />
      <span className="max-sm:sr-only">{text}</span>
    </span>
  );
}

function serverWords(link: 'connecting' | 'up' | 'down', worker: string | undefined): [Tone, string] {
  if (link === 'down') return ['bad', 'Server unreachable'];
  if (link === 'connecting') return ['quiet', 'Connecting'];
  if (worker === 'unavailable') return ['warn', 'Running without media worker'];
  return ['good', 'Server running'];
}
