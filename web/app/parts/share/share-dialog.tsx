/** Shares a camera by a link: what it shows and for how long; then the link, once. And the links there are. */
import { useState } from 'react';
import type { ShareLink } from '../../../../src/api/contract/accounts.ts';
import { faultText } from '../../api/http.ts';
import { useServerNow } from '../../api/now.ts';
import type { NewShare } from '../../api/people.ts';
import { useCreateShare, useDeleteShare, useShares } from '../../api/people.ts';
import { Button } from '../button.tsx';
import { CancelButton, Dialog, DialogButtons } from '../dialog.tsx';
import { FormError, SelectField, TextField } from '../field.tsx';
import { OnceShown } from '../people/once-shown.tsx';
import { untilWords } from '../people/when.ts';
import { rangeWords } from './words.ts';

/** A stretch of the past, Unix ms. */
export interface ShareRange {
  readonly fromMs: number;
  readonly toMs: number;
}

interface ShareDialogProps {
  camera: { readonly id: string; readonly name: string };
  /** What the page shows of the past; undefined: it shows live. */
  range?: ShareRange | undefined;
  /** Whether whoever shares may see it live. */
  mayWatch: boolean;
  onClose: () => void;
}

type What = 'live' | 'range';

const hourMs = 3_600_000;
const lasting: Readonly<Record<string, string>> = {
  [hourMs]: 'One hour',
  [24 * hourMs]: 'One day',
  [7 * 24 * hourMs]: 'One week',
};

export function ShareDialog({ camera, range: shown, mayWatch, onClose }: ShareDialogProps) {
  const now = useServerNow();
  // The page behind goes on; what was chosen stays, and ends before the future begins.
  const [range] = useState(() => shown && pastOf(shown, now));
  const [what, setWhat] = useState<What>(range ? 'range' : 'live');
  const [lastsMs, setLastsMs] = useState(String(24 * hourMs));
  const [note, setNote] = useState('');
  const create = useCreateShare();
  if (create.data) {
    const link = location.origin + create.data.url;
    return <OnceShown title="The link" words={linkWords()} texts={[['Link', link]]} onClose={onClose} />;
  }
  const whats = {
    ...(mayWatch && { live: 'The live picture' }),
    ...(range && { range: rangeWords(range.fromMs, range.toMs) }),
  };
  return (
    <Dialog
      title={`Share ${camera.name}`}
      description="Makes a link that shows this camera, and nothing else, to whoever has it."
      onClose={onClose}
    >
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate(shareOf(camera.id, what === 'range' ? range : undefined, Number(lastsMs), note));
        }}
      >
        <SelectField
          label="Shows"
          options={whats}
          value={what}
          onChange={(event) => setWhat(event.target.value === 'range' ? 'range' : 'live')}
        />
        <SelectField
          label="Ends after"
          options={lasting}
          value={lastsMs}
          onChange={(event) => setLastsMs(event.target.value)}
        />
        <TextField
          label="Note"
          hint="For yourself, so that you know later whom it was for. May stay empty."
          value={note}
          onChange={(event) => setNote(event.target.value)}
          maxLength={200}
        />
        {create.isError && <FormError>{faultText(create.error)}</FormError>}
        <DialogButtons>
          <CancelButton onClick={onClose} />
          <Button look="primary" type="submit" icon="link" busy={create.isPending}>
            Make the link
          </Button>
        </DialogButtons>
      </form>
      <Existing cameraId={camera.id} />
    </Dialog>
  );
}

function linkWords(): string {
  const words = 'Whoever has this link sees it, without an account. The link cannot be shown again.';
  const isHere = /^(localhost|127\..*|\[::1\])$/.test(location.hostname);
  return isHere
    ? `${words} It opens on this machine only: for others, share from the address that they use.`
    : words;
}

function pastOf({ fromMs, toMs }: ShareRange, nowMs: number): ShareRange | undefined {
  return fromMs < nowMs ? { fromMs, toMs: Math.min(toMs, nowMs) } : undefined;
}

function shareOf(cameraId: string, range: ShareRange | undefined, lastsMs: number, note: string): NewShare {
  const what = range ? { fromMs: Math.round(range.fromMs), toMs: Math.round(range.toMs) } : { live: true };
  return { cameraId, ...what, lastsMs, note };
}

/** Links to this camera that still work. */
function Existing({ cameraId }: { cameraId: string }) {
  const { data = [] } = useShares();
  const end = useDeleteShare();
  const now = useServerNow();
  const links = data.filter((link) => link.cameraId === cameraId && link.expiresMs > now);
  if (links.length === 0) return null;
  return (
    <section className="mt-6">
      <h2 className="font-medium">Links to this camera</h2>
      <ul className="border-line divide-line mt-2 divide-y rounded-xl border">
        {links.map((link) => (
          <li key={link.id} className="flex items-center gap-3 px-3.5 py-2.5">
            <div className="min-w-0 grow">
              <p className="truncate">{link.note === '' ? shownWords(link) : link.note}</p>
              <p className="text-muted text-[13px] tabular-nums">
                {untilWords(link.expiresMs, now)} · opened {link.uses} {link.uses === 1 ? 'time' : 'times'}
              </p>
            </div>
            <Button
              look="danger"
              busy={end.isPending && end.variables === link.id}
              aria-label={`End: ${link.note === '' ? shownWords(link) : link.note}`}
              onClick={() => end.mutate(link.id)}
            >
              End
            </Button>
          </li>
        ))}
      </ul>
      {end.isError && <p className="text-bad mt-2">{faultText(end.error)}</p>}
    </section>
  );
}

function shownWords({ fromMs, toMs }: ShareLink): string {
  if (fromMs === null || toMs === null) return 'Live';
  return rangeWords(fromMs, toMs);
}
