/** Changes a camera: name, source, when to connect, limits. Sends only what was changed. */
import { useState } from 'react';
import type { Camera, CameraChange } from '../../../../src/api/contract/cameras.ts';
import { useChangeCamera } from '../../api/cameras.ts';
import { faultText } from '../../api/http.ts';
import { draftFault, draftOf, sourceOf } from '../add/source-draft.ts';
import { SourceFields } from '../add/source-fields.tsx';
import { Button } from '../button.tsx';
import { Dialog, DialogButtons } from '../dialog.tsx';
import { CheckField, FormError, SelectField, TextField } from '../field.tsx';
import { startWords } from '../start-mode.ts';

export function EditDialog({ camera, onClose }: { camera: Camera; onClose: () => void }) {
  const change = useChangeCamera(camera.id);
  const [name, setName] = useState(camera.name);
  const [enabled, setEnabled] = useState(camera.enabled);
  const [draft, setDraft] = useState(() => draftOf(camera.source));
  const [start, setStart] = useState(camera.start);
  const [closeAfter, setCloseAfter] = useState(String(camera.closeAfterMs / 1000));
  const [viewers, setViewers] = useState(String(camera.maxReaders));
  const faults = {
    name: name.trim() === '' ? 'Give the camera a name.' : undefined,
    source: draftFault(draft),
    closeAfter: within(closeAfter, 1, 3600),
    viewers: within(viewers, 0, 100_000),
  };
  const wrong = Object.values(faults).some((fault) => fault !== undefined);
  const save = () => {
    if (wrong) return;
    const wanted = {
      name: name.trim(),
      enabled,
      source: sourceOf(draft),
      start,
      closeAfterMs: Number(closeAfter) * 1000,
      maxReaders: Number(viewers),
    };
    change.mutate(differences(camera, wanted), { onSuccess: onClose });
  };
  return (
    <Dialog
      title="Edit camera"
      description="Changes apply at once; viewers stay connected."
      onClose={onClose}
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <div className="grid gap-5">
          <TextField
            label="Name"
            value={name}
            onChange={(event) => setName(event.target.value)}
            error={faults.name}
          />
          <CheckField
            label="Switched on"
            hint="Off, the server leaves the camera alone and nobody can watch it."
            checked={enabled}
            onChange={(event) => setEnabled(event.target.checked)}
          />
          <SourceFields draft={draft} onChange={setDraft} error={faults.source} />
          <SelectField
            label="Connection"
            value={start}
            onChange={(event) => setStart(event.target.value as Camera['start'])}
            options={startWords}
          />
          <div className="grid grid-cols-2 items-start gap-4">
            <TextField
              label="Close after, seconds"
              inputMode="numeric"
              value={closeAfter}
              onChange={(event) => setCloseAfter(event.target.value)}
              hint="When the last viewer has left."
              error={faults.closeAfter}
              disabled={start === 'always'}
            />
            <TextField
              label="Most viewers"
              inputMode="numeric"
              value={viewers}
              onChange={(event) => setViewers(event.target.value)}
              hint="0 means no limit."
              error={faults.viewers}
            />
          </div>
          {change.isError && <FormError>{faultText(change.error)}</FormError>}
        </div>
        <DialogButtons>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" look="primary" busy={change.isPending} disabled={wrong}>
            Save
          </Button>
        </DialogButtons>
      </form>
    </Dialog>
  );
}

function within(text: string, least: number, most: number): string | undefined {
  const value = Number(text);
  const good = /^\d+$/.test(text.trim()) && value >= least && value <= most;
  return good ? undefined : `A whole number from ${least} to ${most}.`;
}

/** A source that was not touched is not sent: the stored password stays where it is. */
function differences(camera: Camera, wanted: Required<CameraChange>): CameraChange {
  const change: CameraChange = {};
  if (wanted.name !== camera.name) change.name = wanted.name;
  if (wanted.enabled !== camera.enabled) change.enabled = wanted.enabled;
  if (wanted.start !== camera.start) change.start = wanted.start;
  if (wanted.closeAfterMs !== camera.closeAfterMs) change.closeAfterMs = wanted.closeAfterMs;
  if (wanted.maxReaders !== camera.maxReaders) change.maxReaders = wanted.maxReaders;
  const before = JSON.stringify(sourceOf(draftOf(camera.source)));
  if (JSON.stringify(wanted.source) !== before) change.source = wanted.source;
  return change;
}
