/** Last step: what the test found, a name, and how the camera is kept. */
import { useState } from 'react';
import type { Camera } from '../../../../src/api/contract/cameras.ts';
import { useCreateCamera } from '../../api/cameras.ts';
import { faultText } from '../../api/http.ts';
import { Button } from '../button.tsx';
import { DialogButtons } from '../dialog.tsx';
import { CheckField, FormError, SelectField, TextField } from '../field.tsx';
import { startWords } from '../start-mode.ts';
import { ProbeReport } from './probe-report.tsx';
import type { ProbeSuccess } from './probe-report.tsx';
import { sourceOf, suggestedName } from './source-draft.ts';
import type { SourceDraft } from './source-draft.ts';

interface StepProps {
  draft: SourceDraft;
  result: ProbeSuccess | undefined;
  onBack: () => void;
  onDone: (camera: Camera) => void;
}

export function SaveStep({ draft, result, onBack, onDone }: StepProps) {
  const create = useCreateCamera();
  const [name, setName] = useState(suggestedName(draft));
  const [start, setStart] = useState<Camera['start']>('on-demand');
  const [recorded, setRecorded] = useState(true);
  const save = () => {
    if (name.trim() === '') return;
    const recording = { mode: recorded ? ('continuous' as const) : ('off' as const) };
    const camera = { name: name.trim(), source: sourceOf(draft), start, recording };
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
      {result && <ProbeReport result={result} />}
      <div className={`grid items-start gap-5 ${result ? 'mt-5 sm:grid-cols-2' : ''}`}>
        <TextField
          label="Name"
          value={name}
          onChange={(event) => setName(event.target.value)}
          maxLength={100}
          autoFocus={result === undefined}
          error={name.trim() === '' ? 'Give the camera a name.' : undefined}
        />
        {draft.kind !== 'push' && (
          <SelectField
            label="Connection"
            value={start}
            onChange={(event) => setStart(event.target.value as Camera['start'])}
            options={startWords}
            hint="Always connected, the picture starts at once; on demand, the camera is left alone while nobody watches."
          />
        )}
        <CheckField
          label="Record it"
          hint="Always, as long as there is room; when and how long is chosen later under Recording."
          checked={recorded}
          onChange={(event) => setRecorded(event.target.checked)}
        />
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
