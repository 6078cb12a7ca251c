/** The bar on top: whether the server is there, and adding a camera. On a phone also who we are. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { systemQuery } from '../api/cameras.ts';
import { useLink } from '../api/events.ts';
import { useMay } from '../api/session.ts';
import { useAddCamera } from './add/add-context.ts';
import { Button } from './button.tsx';
import { Mark } from './icons.tsx';
import { Shape } from './state-chip.tsx';
import type { Tone } from './state-chip.tsx';

export function TopBar() {
  const add = useAddCamera();
  const mayAdd = useMay('system:write');
  return (
    <header className="border-line bg-canvas/85 sticky top-0 z-20 border-b backdrop-blur-md">
      <div className="mx-auto flex h-14 max-w-[1800px] items-center gap-1.5 px-4 sm:px-6">
        <Link
          to="/"
          className="-ml-1 flex min-h-[44px] items-center gap-2.5 rounded-lg px-1 sm:hidden"
          aria-label="Sightline, all cameras"
        >
          <Mark />
          <span className="text-[17px] font-semibold tracking-[-0.02em]">Sightline</span>
        </Link>
        <ServerChip />
        <span className="grow" />
        {mayAdd && (
          <Button
            look="primary"
            icon="plus"
            onClick={() => add('rtsp')}
            aria-label="Add camera"
            className="max-sm:min-w-[44px] max-sm:px-0"
          >
            <span className="max-sm:hidden">Add camera</span>
          </Button>
        )}
      </div>
    </header>
  );
}

function ServerChip() {
  const link = useLink();
  const system = useQuery(systemQuery);
  const [tone, text] = serverWords(link.kind, system.data?.mediaWorker);
  return (
    <span
      className="text-muted border-line inline-flex h-7 items-center gap-2 rounded-full border px-2.5 text-[12px] max-sm:ml-2"
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
