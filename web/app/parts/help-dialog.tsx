/** The keys that do something. */
import { useMay } from '../api/session.ts';
import { Dialog } from './dialog.tsx';
import { usePlaces } from './nav/use-places.ts';

type Keys = readonly (readonly [key: string, words: string])[];

const groups: readonly (readonly [title: string, keys: Keys])[] = [
  [
    'Everywhere',
    [
      ['Enter', 'Open the focused camera'],
      ['Esc', 'Close, or back to all cameras'],
      ['?', 'This help'],
    ],
  ],
  [
    'On a camera page',
    [
      ['Space', 'Pause or play'],
      ['← →', '10 seconds back or on; with Shift a minute, with Ctrl to the next footage'],
      ['↑ ↓', 'A second on or back, in recorded footage'],
      [', .', 'One picture back or on'],
      ['− +', 'Slower or faster'],
      ['[ ]', 'Mark the start or end of an export'],
      ['Z X', 'Show less or more time'],
      ['J', 'Jump to a time'],
      ['L', 'Live'],
      ['F', 'Full screen'],
      ['M', 'Sound on or off'],
    ],
  ],
  [
    'In a view',
    [
      ['1 … 9 0', 'Enlarge a tile, and back'],
      ['← → ↑ ↓', 'To the next tile; Enter enlarges it'],
      ['Esc', 'Back to all tiles, then to all views'],
      ['P', 'Arrange otherwise, for a look'],
      ['F', 'Full screen'],
      ['M', 'Sound of the chosen tile'],
      ['T', 'Timeline of all tiles'],
      ['Shift+← Shift+→', '10 seconds back or on'],
      ['Space , . − + J L', 'As on a camera page, for all tiles'],
      ['S', 'All tiles in step, or each alone'],
      ['E', 'Edit the view'],
    ],
  ],
];

export function HelpDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const mayAdd = useMay('system:write');
  const going = usePlaces().map(({ key, label }) => [`G ${key.toUpperCase()}`, label] as const);
  if (!open) return null;
  const adding: Keys = mayAdd ? [['N', 'Add a camera']] : [];
  const shown = [['Go to', [...going, ...adding]] as const, ...groups];
  return (
    <Dialog
      wide
      title="Keyboard shortcuts"
      description="Single keys, or one after the other, while you are not typing."
      onClose={onClose}
    >
      <div className="gap-10 sm:columns-2">
        {shown.map(([title, keys]) => (
          <Group key={title} title={title} keys={keys} />
        ))}
      </div>
    </Dialog>
  );
}

function Group({ title, keys }: { title: string; keys: Keys }) {
  return (
    <section className="mb-5">
      <h3 className="text-[13px] font-semibold">{title}</h3>
      <dl className="divide-line divide-y">
        {keys.map(([key, words]) => (
          <div key={key} className="flex break-inside-avoid items-center justify-between gap-6 py-1.5">
            <dt className="text-muted">{words}</dt>
            <dd className="flex shrink-0 gap-1">
              {key.split(' ').map((one) => (
                <kbd
                  key={one}
                  className="bg-raised border-line-strong rounded-md border border-b-2 px-2 py-0.5 font-mono text-[12px]"
                >
                  {one}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
