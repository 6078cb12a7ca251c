/** Says that the page has lost its server, since when, and offers to try at once. */
import { clockTime } from '../../player/element.ts';
import { reconnectNow, useLink } from '../api/events.ts';
import { Button } from './button.tsx';
import { Icon } from './icons.tsx';

export function LinkBanner() {
  const link = useLink();
  if (link.kind !== 'down') return null;
  return (
    <div role="alert" className="border-line bg-surface fade-in border-b">
      <div className="mx-auto flex max-w-[1800px] flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2 sm:px-6">
        <span className="text-warn">
          <Icon name="warn" />
        </span>
        <p className="min-w-0 grow">
          <b className="font-semibold">Connection to the server lost</b>{' '}
          <span className="text-muted">
            at {clockTime(link.sinceMs, link.sinceMs)}. What you see may be out of date; trying again.
          </span>
        </p>
        <Button icon="retry" onClick={reconnectNow}>
          Try now
        </Button>
      </div>
    </div>
  );
}
