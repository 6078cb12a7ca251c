/** Stands at the foot while something is changed: how much, save, discard. Asks first when viewers would notice. */
import { useState } from 'react';
import type { Setting } from '../../../../src/api/contract/settings.ts';
import { ApiFault, faultText } from '../../api/http.ts';
import { Button } from '../button.tsx';
import { Dialog, DialogButtons } from '../dialog.tsx';

interface SaveBarProps {
  changed: readonly Setting[];
  /** Something is wrong, or was changed by somebody else meanwhile. */
  blocked: boolean;
  busy: boolean;
  error: unknown;
  onSave: () => void;
  onDiscard: () => void;
}

export function SaveBar(props: SaveBarProps) {
  const { changed, blocked, busy, error, onSave, onDiscard } = props;
  const [asking, setAsking] = useState(false);
  const interrupting = changed.filter(
    ({ effect }) => effect === 'reconnects-viewers' || effect === 'restart',
  );
  if (changed.length === 0 && !error) return null;
  const save = () => {
    if (interrupting.length > 0) setAsking(true);
    else onSave();
  };
  return (
    <div className="sticky bottom-3 z-10 mt-6 max-sm:bottom-[76px]">
      <div className="border-line-strong bg-raised shadow-dialog flex items-center gap-2 rounded-xl border py-3 pr-3 pl-4">
        <p role="status" className={`min-w-0 grow ${error ? 'text-bad' : ''}`}>
          {error ? errorText(error) : countWords(changed.length)}
        </p>
        <Button look="quiet" onClick={onDiscard}>
          Discard
        </Button>
        <Button look="primary" busy={busy} disabled={blocked || changed.length === 0} onClick={save}>
          Save
        </Button>
      </div>
      {asking && (
        <Dialog
          title="Viewers will notice this"
          description="Saving it interrupts people who watch at this moment."
          onClose={() => setAsking(false)}
        >
          <ul className="grid gap-3">
            {interrupting.map(({ key, title, group, effectNote }) => (
              <li key={key}>
                <p className="font-medium">{`${group}: ${title}`}</p>
                <p className="text-muted">{effectNote ?? 'It ends viewers once.'}</p>
              </li>
            ))}
          </ul>
          <DialogButtons>
            <Button onClick={() => setAsking(false)}>Not now</Button>
            <Button
              look="primary"
              onClick={() => {
                setAsking(false);
                onSave();
              }}
            >
              Save anyway
            </Button>
          </DialogButtons>
        </Dialog>
      )}
    </div>
  );
}

function countWords(count: number): string {
  return count === 1 ? 'One change is not saved' : `${count} changes are not saved`;
}

/** What is wrong with which setting stands beside it. */
function errorText(error: unknown): string {
  const wrong = error instanceof ApiFault ? (error.problem?.errors?.length ?? 0) : 0;
  if (wrong === 0) return faultText(error);
  return `Nothing was saved: ${wrong === 1 ? 'one setting is' : `${wrong} settings are`} wrong, see above.`;
}
