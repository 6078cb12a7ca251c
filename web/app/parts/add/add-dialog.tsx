/** Adds a camera: address, test, preview, name, done. */
import { useState } from 'react';
import { Dialog } from '../dialog.tsx';
import type { SourceInput } from '../../../../src/api/contract/cameras.ts';
import { useAddCamera } from './add-context.ts';
import type { ProbeSuccess } from './probe-report.tsx';
import { SaveStep } from './save-step.tsx';
import { draftOf } from './source-draft.ts';
import { SourceStep } from './source-step.tsx';

type Step =
  { readonly kind: 'source' } | { readonly kind: 'save'; readonly result: ProbeSuccess | undefined };

interface AddProps {
  start: SourceInput['kind'];
  onClose: () => void;
  /** Called instead of `onClose` when a camera was added. */
  onAdded?: () => void;
}

export function AddDialog({ start, onClose, onAdded = onClose }: AddProps) {
  const [draft, setDraft] = useState(() => draftOf(start));
  const [step, setStep] = useState<Step>({ kind: 'source' });
  if (step.kind === 'source') {
    return (
      <Dialog
        title="Add camera"
        description="A camera with an RTSP stream, one that sends by itself, a file, or the demo."
        onClose={onClose}
      >
        <SourceStep
          draft={draft}
          onChange={setDraft}
          onNext={(result) => setStep({ kind: 'save', result })}
          hint={onAdded === onClose && <ImportHint />}
        />
      </Dialog>
    );
  }
  const [title, description] = step.result
    ? ['It works', 'Is this the right picture? Then give it a name.']
    : draft.kind === 'push'
      ? ['Name the camera', 'Then it waits for its sender.']
      : ['Add without a test', 'The server keeps trying; the picture comes when the camera does.'];
  return (
    <Dialog title={title} description={description} wide={step.result !== undefined} onClose={onClose}>
      <SaveStep
        draft={draft}
        result={step.result}
        onBack={() => setStep({ kind: 'source' })}
        onDone={onAdded}
      />
    </Dialog>
  );
}

function ImportHint() {
  const add = useAddCamera();
  return (
    <p className="text-muted text-[13px]">
      Many at once, from Frigate, go2rtc or MediaMTX?{' '}
      <button
        type="button"
        onClick={() => add('import')}
        className="text-accent underline-offset-2 hover:underline pointer-coarse:min-h-[44px]"
      >
        Import cameras
      </button>
    </p>
  );
}
