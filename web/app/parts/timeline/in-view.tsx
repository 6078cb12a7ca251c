/** The same as the picture, as a list: for ears, for fingers, and for whoever wants to go through it one by one. */
import type { Timeline } from '../../../../src/api/contract/recording.ts';
import type { View } from './scale.ts';
import { targetWords } from './words.ts';
import type { Words } from './words.ts';

/** A longer list is no help: one zooms in. */
const longest = 50;

interface Entry extends Words {
  readonly key: string;
  readonly startMs: number;
}

interface InViewProps {
  timeline: Timeline | undefined;
  view: View;
  zone: string;
  onGo: (ms: number) => void;
}

export function InView({ timeline, view, zone, onGo }: InViewProps) {
  if (!timeline) return null;
  const entries = entriesOf(timeline, view, zone);
  const gaps = within(timeline.gaps, view).length;
  const events = within(timeline.events, view).reduce((sum, one) => sum + one.count, 0);
  const title = `In view: ${counted(gaps, 'gap')}, ${counted(events, 'event')}`;
  if (entries.length === 0) return <p className="text-muted text-[12px]">{title}</p>;
  return (
    <details className="text-[13px] lg:ml-auto lg:min-w-72 lg:text-right">
      <summary className="text-muted hover:text-text cursor-pointer text-[12px] select-none pointer-coarse:py-3">
        {title}
      </summary>
      <ul className="divide-line mt-1 max-h-52 divide-y overflow-y-auto">
        {entries.slice(0, longest).map((entry) => (
          <li key={entry.key}>
            <button
              type="button"
              onClick={() => onGo(entry.startMs)}
              className="hover:bg-raised w-full rounded-md px-2 py-1.5 text-left pointer-coarse:min-h-[44px]"
            >
              <span className="block">{entry.title}</span>
              {entry.more && <span className="text-muted block text-[12px]">{entry.more}</span>}
            </button>
          </li>
        ))}
      </ul>
      {entries.length > longest && <p className="text-muted px-2 py-1">Zoom in to see the others.</p>}
    </details>
  );
}

function entriesOf(timeline: Timeline, view: View, zone: string): Entry[] {
  const found: Entry[] = [];
  for (const gap of within(timeline.gaps, view)) {
    const words = targetWords({ kind: 'gap', gaps: [gap] }, zone);
    found.push({ ...words, key: `gap ${gap.startMs} ${gap.cause}`, startMs: gap.startMs });
  }
  for (const one of within(timeline.degraded, view)) {
    const words = targetWords({ kind: 'degraded', degraded: [one] }, zone);
    found.push({ ...words, key: `degraded ${one.startMs} ${one.cause}`, startMs: one.startMs });
  }
  for (const event of within(timeline.events, view)) {
    const words = targetWords({ kind: 'event', events: [event] }, zone);
    found.push({ ...words, key: event.id, startMs: event.startMs });
  }
  for (const held of within(timeline.held, view)) {
    found.push({ ...targetWords({ kind: 'held', held: [held] }, zone), key: held.id, startMs: held.startMs });
  }
  return found.sort((a, b) => a.startMs - b.startMs);
}

function within<T extends { startMs: number; endMs: number }>(spans: readonly T[], view: View): T[] {
  return spans.filter((one) => one.endMs >= view.fromMs && one.startMs <= view.toMs);
}

function counted(count: number, what: string): string {
  return count === 0 ? `no ${what}s` : `${count} ${what}${count === 1 ? '' : 's'}`;
}
