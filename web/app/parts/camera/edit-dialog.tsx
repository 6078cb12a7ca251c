/** Changes a camera: name, source, when to connect, limits. Sends only what was changed. */
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Camera, CameraChange, FullCamera } from '../../../../src/api/contract/cameras.ts';
import { useChangeCamera } from '../../api/cameras.ts';
import { faultText } from '../../api/http.ts';
import { draftFault, draftOf, sourceOf } from '../add/source-draft.ts';
import type { SourceDraft } from '../add/source-draft.ts';
import { SourceFields } from '../add/source-fields.tsx';
import { Button } from '../button.tsx';
import { CancelButton, Dialog, DialogButtons } from '../dialog.tsx';
import { Lockable, ManagedNotice } from './managed.tsx';
import { CheckField, FormError, SelectField, TextField } from '../field.tsx';
import { asServer, latencyOf, latencyWords, startWords } from '../start-mode.ts';

/** Numbers stay text while they are typed. */
interface CameraDraft {
  readonly name: string;
  readonly location: string;
  readonly enabled: boolean;
  readonly source: SourceDraft;
  /** Kept while it is switched off, so that a slip loses nothing. */
  readonly sub: SourceDraft;
  readonly hasSub: boolean;
  readonly latency: Camera['latency'];
  readonly start: Camera['start'];
  readonly closeAfterSeconds: string;
  readonly maxReaders: string;
}

type Faults = Partial<Record<keyof CameraDraft, string | undefined>>;

/** Nothing for who may not change it: the server does not say where the camera is. */
export function EditDialog({ camera, onClose }: { camera: Camera; onClose: () => void }) {
  const { source } = camera;
  return source === null ? null : <Editing camera={{ ...camera, source }} onClose={onClose} />;
}

function Editing({ camera, onClose }: { camera: FullCamera; onClose: () => void }) {
  const change = useChangeCamera(camera.id);
  const [draft, setDraft] = useState(() => draftFrom(camera));
  const faults = faultsOf(draft);
  const wrong = Object.values(faults).some((fault) => fault !== undefined);
  const save = () => {
    if (!wrong) change.mutate(differences(camera, wantedFrom(draft)), { onSuccess: onClose });
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
          {camera.managed && <ManagedNotice />}
          <Fields
            draft={draft}
            faults={faults}
            locked={new Set(camera.managedFields)}
            onChange={(part) => setDraft({ ...draft, ...part })}
          />
          <Link
            to="/settings"
            search={{ camera: camera.id }}
            className="text-accent inline-flex min-h-[44px] items-center self-start hover:underline"
          >
            All settings of this camera
          </Link>
          {change.isError && <FormError>{faultText(change.error)}</FormError>}
        </div>
        <DialogButtons>
          <CancelButton onClick={onClose} />
          <Button type="submit" look="primary" busy={change.isPending} disabled={wrong}>
            Save
          </Button>
        </DialogButtons>
      </form>
    </Dialog>
  );
}

interface FieldsProps {
  draft: CameraDraft;
  faults: Faults;
  /** Said by the configuration file. */
  locked: ReadonlySet<string>;
  onChange: (part: Partial<CameraDraft>) => void;
}

function Fields(props: FieldsProps) {
  const { draft, faults, locked, onChange } = props;
  return (
    <>
      <Lockable locked={locked.has('name')}>
        <TextField
          label="Name"
          value={draft.name}
          onChange={(event) => onChange({ name: event.target.value })}
          error={faults.name}
          maxLength={100}
        />
      </Lockable>
      <Lockable locked={locked.has('location')}>
        <TextField
          label="Place"
          value={draft.location}
          onChange={(event) => onChange({ location: event.target.value })}
          hint="Where it hangs, in your words; may be empty."
          maxLength={200}
        />
      </Lockable>
      <Lockable locked={locked.has('enabled')}>
        <CheckField
          label="Switched on"
          hint="Off, the server leaves the camera alone and nobody can watch it."
          checked={draft.enabled}
          onChange={(event) => onChange({ enabled: event.target.checked })}
        />
      </Lockable>
      <ConnectionFields {...props} />
    </>
  );
}

function ConnectionFields(props: FieldsProps) {
  const { draft, faults, locked, onChange } = props;
  return (
    <>
      <Lockable locked={locked.has('source')}>
        <SourceFields
          draft={draft.source}
          onChange={(source) => onChange({ source })}
          error={faults.source}
        />
      </Lockable>
      <Lockable locked={locked.has('sub')}>
        <SubFields {...props} />
      </Lockable>
      <Lockable locked={locked.has('latency')}>
        <SelectField
          label="Latency"
          value={draft.latency ?? asServer}
          onChange={(event) => onChange({ latency: latencyOf(event.target.value) })}
          options={latencyWords}
        />
      </Lockable>
      {draft.source.kind !== 'push' && (
        <Lockable locked={locked.has('start')}>
          <SelectField
            label="Connection"
            value={draft.start}
            onChange={(event) => onChange({ start: event.target.value as Camera['start'] })}
            options={startWords}
          />
        </Lockable>
      )}
      <Limits {...props} />
    </>
  );
}

function SubFields({ draft, faults, onChange }: FieldsProps) {
  return (
    <>
      <CheckField
        label="Has a second, smaller stream"
        hint="Shown where the picture is small, so that a wall of cameras stays light."
        checked={draft.hasSub}
        onChange={(event) => onChange({ hasSub: event.target.checked })}
      />
      {draft.hasSub && (
        <div className="border-line -mt-2 ml-7 grid gap-5 border-l pl-4">
          <SourceFields
            label="Address of the smaller stream"
            draft={draft.sub}
            onChange={(sub) => onChange({ sub })}
            error={faults.sub}
          />
        </div>
      )}
    </>
  );
}

function Limits({ draft, faults, locked, onChange }: FieldsProps) {
  return (
    <div className="grid grid-cols-2 items-start gap-4">
      <TextField
        label="Close after, seconds"
        inputMode="numeric"
        value={draft.closeAfterSeconds}
        onChange={(event) => onChange({ closeAfterSeconds: event.target.value })}
        hint="When the last viewer has left."
        error={faults.closeAfterSeconds}
        disabled={draft.start === 'always' || locked.has('closeAfterMs')}
      />
      <TextField
        label="Most viewers"
        inputMode="numeric"
        value={draft.maxReaders}
        onChange={(event) => onChange({ maxReaders: event.target.value })}
        hint="0 means no limit."
        error={faults.maxReaders}
        disabled={locked.has('maxReaders')}
      />
    </div>
  );
}

function draftFrom(camera: FullCamera): CameraDraft {
  return {
    name: camera.name,
    location: camera.location,
    enabled: camera.enabled,
    source: draftOf(camera.source),
    sub: draftOf(camera.sub ?? (camera.source.kind === 'demo' ? 'demo' : 'rtsp')),
    hasSub: camera.sub !== null,
    latency: camera.latency,
    start: camera.start,
    closeAfterSeconds: String(Math.round(camera.closeAfterMs / 1000)),
    maxReaders: String(camera.maxReaders),
  };
}

function faultsOf(draft: CameraDraft): Faults {
  return {
    name: draft.name.trim() === '' ? 'Give the camera a name.' : undefined,
    source: draftFault(draft.source),
    sub: draft.hasSub ? draftFault(draft.sub) : undefined,
    closeAfterSeconds: within(draft.closeAfterSeconds, 1, 3600),
    maxReaders: within(draft.maxReaders, 0, 100_000),
  };
}

/** What is changed here; the rest is changed elsewhere, or by programs. */
type Wanted = Required<Omit<CameraChange, 'recording' | 'externalId'>>;

function wantedFrom(draft: CameraDraft): Wanted {
  return {
    name: draft.name.trim(),
    location: draft.location.trim(),
    enabled: draft.enabled,
    source: sourceOf(draft.source),
    sub: draft.hasSub ? sourceOf(draft.sub) : null,
    latency: draft.latency,
    start: draft.start,
    closeAfterMs: Number(draft.closeAfterSeconds) * 1000,
    maxReaders: Number(draft.maxReaders),
  };
}

function within(text: string, least: number, most: number): string | undefined {
  const value = Number(text);
  const good = /^\d+$/.test(text.trim()) && value >= least && value <= most;
  return good ? undefined : `A whole number from ${least} to ${most}.`;
}

/** A source that was not touched is not sent: the stored password stays where it is. */
function differences(camera: FullCamera, wanted: Wanted): CameraChange {
  const change: CameraChange = {};
  if (wanted.name !== camera.name) change.name = wanted.name;
  if (wanted.location !== camera.location) change.location = wanted.location;
  if (wanted.enabled !== camera.enabled) change.enabled = wanted.enabled;
  if (wanted.start !== camera.start) change.start = wanted.start;
  if (wanted.closeAfterMs !== camera.closeAfterMs) change.closeAfterMs = wanted.closeAfterMs;
  if (wanted.maxReaders !== camera.maxReaders) change.maxReaders = wanted.maxReaders;
  if (wanted.latency !== camera.latency) change.latency = wanted.latency;
  const before = JSON.stringify(sourceOf(draftOf(camera.source)));
  if (JSON.stringify(wanted.source) !== before) change.source = wanted.source;
  const subBefore = camera.sub && sourceOf(draftOf(camera.sub));
  if (JSON.stringify(wanted.sub) !== JSON.stringify(subBefore)) change.sub = wanted.sub;
  return change;
}
