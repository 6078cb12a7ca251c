/** What is recorded of a camera, how long it is kept, and what that means, before it is saved. */
import { useState } from 'react';
import type { Camera } from '../../../../src/api/contract/cameras.ts';
import { useChangeCamera } from '../../api/cameras.ts';
import { faultText } from '../../api/http.ts';
import { useForecast } from '../../api/storage.ts';
import { bytes } from '../../format.ts';
import { Button } from '../button.tsx';
import { CancelButton, Dialog, DialogButtons } from '../dialog.tsx';
import { Lockable, ManagedNotice } from '../camera/managed.tsx';
import { FormError, SelectField, TextField } from '../field.tsx';
import type { PolicyDraft, PolicyFaults } from './policy-draft.ts';
import { draftOfPolicy, faultsOfPolicy, newWindow, policyOf } from './policy-draft.ts';
import { ScheduleFields } from './schedule-fields.tsx';

const modes: Record<PolicyDraft['mode'], string> = {
  off: 'Off: nothing is kept',
  continuous: 'Always',
  schedule: 'At certain times',
  event: 'When something happens (triggers)',
  manual: 'Only when started by hand',
};

export function RecordingDialog({ camera, onClose }: { camera: Camera; onClose: () => void }) {
  const change = useChangeCamera(camera.id);
  const [draft, setDraft] = useState(() => draftOfPolicy(camera.recording));
  const policy = policyOf(draft);
  const locked = camera.managedFields.includes('recording');
  const save = () => {
    if (policy) change.mutate({ recording: policy }, { onSuccess: onClose });
  };
  return (
    <Dialog
      title={`Recording of ${camera.name}`}
      description="Changes apply at once; recording goes on without a hole."
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
          {locked && <ManagedNotice />}
          <Lockable locked={locked}>
            <Fields draft={draft} onChange={(part) => setDraft({ ...draft, ...part })} />
          </Lockable>
          {draft.mode !== 'off' && <ForecastWords cameraId={camera.id} draft={draft} />}
          {change.isError && <FormError>{faultText(change.error)}</FormError>}
        </div>
        <DialogButtons>
          <CancelButton onClick={onClose} />
          <Button type="submit" look="primary" busy={change.isPending} disabled={!policy || locked}>
            Save
          </Button>
        </DialogButtons>
      </form>
    </Dialog>
  );
}

interface FieldsProps {
  draft: PolicyDraft;
  onChange: (part: Partial<PolicyDraft>) => void;
}

function Fields({ draft, onChange }: FieldsProps) {
  const faults = faultsOfPolicy(draft);
  const choose = (mode: PolicyDraft['mode']) =>
    onChange(mode === 'schedule' && draft.schedule.length === 0 ? { mode, schedule: [newWindow] } : { mode });
  return (
    <>
      <SelectField
        label="Record"
        value={draft.mode}
        onChange={(event) => choose(event.target.value as PolicyDraft['mode'])}
        options={modes}
      />
      {draft.mode === 'schedule' && (
        <ScheduleFields
          windows={draft.schedule}
          error={faults.schedule}
          onChange={(schedule) => onChange({ schedule })}
        />
      )}
      <AroundFields draft={draft} faults={faults} onChange={onChange} />
      <KeepFields draft={draft} faults={faults} onChange={onChange} />
    </>
  );
}

function AroundFields({ draft, faults, onChange }: FieldsProps & { faults: PolicyFaults }) {
  if (draft.mode !== 'event' && draft.mode !== 'manual') return null;
  return (
    <div className="grid grid-cols-2 items-start gap-4">
      <TextField
        label="Seconds before"
        inputMode="numeric"
        value={draft.preSeconds}
        onChange={(event) => onChange({ preSeconds: event.target.value })}
        hint="Kept in memory, up to 30."
        error={faults.preSeconds}
      />
      {draft.mode === 'event' && (
        <TextField
          label="Seconds after"
          inputMode="numeric"
          value={draft.postSeconds}
          onChange={(event) => onChange({ postSeconds: event.target.value })}
          error={faults.postSeconds}
        />
      )}
    </div>
  );
}

function KeepFields({ draft, faults, onChange }: FieldsProps & { faults: PolicyFaults }) {
  return (
    <div className="grid grid-cols-2 items-start gap-4">
      <TextField
        label="Keep at most, days"
        inputMode="decimal"
        value={draft.maxAgeDays}
        onChange={(event) => onChange({ maxAgeDays: event.target.value })}
        hint="Empty: as long as there is room."
        error={faults.maxAgeDays}
      />
      <TextField
        label="Keep at most, GB"
        inputMode="decimal"
        value={draft.maxGigabytes}
        onChange={(event) => onChange({ maxGigabytes: event.target.value })}
        hint="Empty: no limit of its own."
        error={faults.maxGigabytes}
      />
      <TextField
        label="Keep at least, days"
        inputMode="decimal"
        value={draft.minAgeDays}
        onChange={(event) => onChange({ minAgeDays: event.target.value })}
        hint="Not deleted for want of room while younger."
        error={faults.minAgeDays}
      />
    </div>
  );
}

function ForecastWords({ cameraId, draft }: { cameraId: string; draft: PolicyDraft }) {
  const { data, error } = useForecast(cameraId, policyOf(draft));
  if (error) return <p className="text-muted text-[13px]">{faultText(error)}</p>;
  if (!data) return <p className="text-muted text-[13px]">Reckoning how far it will reach…</p>;
  const reach = data.days === null ? '' : `reaches back about ${daysText(data.days)}. `;
  return (
    <div aria-live="polite" className="bg-raised border-line grid gap-2 rounded-lg border px-3.5 py-3">
      <p>
        <strong className="font-semibold">{bytes(data.bytesPerDay)} a day</strong>
        {reach && `: ${reach}`} <span className="text-muted">{data.reason}</span>
      </p>
      {data.warnings.map((warning) => (
        <p key={warning} className="text-warn">
          {warning}
        </p>
      ))}
    </div>
  );
}

function daysText(days: number): string {
  if (days < 2) return `${Math.max(1, Math.round(days * 24))} h`;
  return days < 10 ? `${days.toFixed(1)} days` : `${Math.round(days)} days`;
}
