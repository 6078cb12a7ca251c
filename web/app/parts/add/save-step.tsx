/** Last step: what the test found, a name, a place, and how the camera is kept. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Camera, SourceInput } from '../../../../src/api/contract/cameras.ts';
import { camerasQuery, useCreateCamera } from '../../api/cameras.ts';
import { faultText } from '../../api/http.ts';
import { useStorageState } from '../../api/storage.ts';
import { Button } from '../button.tsx';
import { DialogButtons } from '../dialog.tsx';
import { CheckField, FormError, SelectField, TextField } from '../field.tsx';
import { startWords } from '../start-mode.ts';
import { freeName } from './device.ts';
import { findings } from './findings.ts';
import { forecastWords } from './forecast.ts';
import { ProbeReport } from './probe-report.tsx';
import type { ProbeSuccess } from './probe-report.tsx';

/** What is about to be added. */
export interface Candidate {
  readonly source: SourceInput;
  readonly sub: SourceInput | null;
  /** A first idea; empty: none. */
  readonly name: string;
  readonly location: string;
  /** Undefined when it was not tested. */
  readonly result: ProbeSuccess | undefined;
  readonly subResult: ProbeSuccess | undefined;
}

interface Draft {
  readonly name: string;
  readonly location: string;
  readonly start: Camera['start'];
  readonly recorded: boolean;
}

interface StepProps {
  candidate: Candidate;
  onBack: () => void;
  onDone: (camera: Camera) => void;
}

export function SaveStep({ candidate, onBack, onDone }: StepProps) {
  const { source, sub, result, subResult } = candidate;
  const create = useCreateCamera();
  const { data: cameras = [] } = useQuery(camerasQuery);
  const [draft, setDraft] = useState<Draft>(() => ({
    name: firstName(candidate.name, cameras),
    location: candidate.location,
    start: 'on-demand',
    recorded: true,
  }));
  const save = () => {
    const { name, location, start, recorded } = draft;
    if (name.trim() === '') return;
    const recording = { mode: recorded ? ('continuous' as const) : ('off' as const) };
    const camera = { name: name.trim(), location: location.trim(), source, sub, start, recording };
    create.mutate(camera, { onSuccess: onDone });
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      {result && (
        <ProbeReport
          result={result}
          subResult={subResult}
          findings={findings(result, subResult, sub !== null || source.kind !== 'rtsp')}
        />
      )}
      <div className={`grid items-start gap-5 ${result ? 'mt-5 sm:grid-cols-2' : ''}`}>
        <Fields draft={draft} candidate={candidate} onChange={(part) => setDraft({ ...draft, ...part })} />
        {create.isError && <FormError>{faultText(create.error)}</FormError>}
      </div>
      <DialogButtons>
        <Button look="quiet" onClick={onBack}>
          Back
        </Button>
        <Button type="submit" look="primary" busy={create.isPending}>
          Add camera
        </Button>
      </DialogButtons>
    </form>
  );
}

interface FieldsProps {
  draft: Draft;
  candidate: Candidate;
  onChange: (part: Partial<Draft>) => void;
}

function Fields({ draft, candidate: { source, result }, onChange }: FieldsProps) {
  const { data: storage } = useStorageState(true);
  const room = draft.recorded && result ? forecastWords(result.bitrateBps, storage) : '';
  return (
    <>
      <TextField
        label="Name"
        value={draft.name}
        onChange={(event) => onChange({ name: event.target.value })}
        maxLength={100}
        autoFocus={result === undefined}
        error={draft.name.trim() === '' ? 'Give the camera a name.' : undefined}
      />
      <TextField
        label="Place"
        value={draft.location}
        onChange={(event) => onChange({ location: event.target.value })}
        maxLength={200}
        hint="Where it hangs, in your words; may be empty."
      />
      {source.kind !== 'push' && (
        <SelectField
          label="Connection"
          value={draft.start}
          onChange={(event) => onChange({ start: event.target.value as Camera['start'] })}
          options={startWords}
          hint="Always connected, the picture starts at once; on demand, the camera is left alone while nobody watches."
        />
      )}
      <CheckField
        label="Record it"
        hint={`Always, as long as there is room; when and how long is chosen later under Recording. ${room}`}
        checked={draft.recorded}
        onChange={(event) => onChange({ recorded: event.target.checked })}
      />
    </>
  );
}

function firstName(wanted: string, cameras: readonly Camera[]): string {
  if (wanted === '') return '';
  return freeName(
    wanted,
    cameras.map((camera) => camera.name),
  );
}
