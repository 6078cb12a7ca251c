/** The keys that do something. */
import { Dialog } from './dialog.tsx';

const keys = [
  ['N', 'Add a camera'],
  ['Enter', 'Open the focused camera'],
  ['F', 'Full screen, on a camera page'],
  ['M', 'Sound on or off, on a camera page'],
  ['Space', 'Pause or play, on a camera page'],
  ['Esc', 'Close, or back to all cameras'],
  ['?', 'This help'],
] as const;

export function HelpDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  if (!open) return null;
  return (
    <Dialog title="Keyboard shortcuts" description="Single keys, while you are not typing." onClose={onClose}>
      <dl className="divide-line divide-y">
        {keys.map(([key, words]) => (
          <div key={key} className="flex items-center justify-between py-2.5">
            <dt className="text-muted">{words}</dt>
            <dd>
              <kbd className="bg-raised border-line-strong rounded-md border border-b-2 px-2 py-0.5 font-mono text-[12px]">
                {key}
              </kbd>
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
