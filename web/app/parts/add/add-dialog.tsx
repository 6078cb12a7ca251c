/** Adds a camera: find it or type its address, log in, choose streams, look, name, done. Who pastes a stream skips the middle. */
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Dialog } from '../dialog.tsx';
import type { Camera, SourceInput } from '../../../../src/api/contract/cameras.ts';
import { useAddCamera } from './add-context.ts';
import type { ChosenStreams, DeviceAnswer, DeviceDraft } from './device.ts';
import { modelName, suggestedStreams } from './device.ts';
import { DeviceStep } from './device-step.tsx';
import type { Candidate } from './save-step.tsx';
import { SaveStep } from './save-step.tsx';
import { draftOf, sourceOf, suggestedName } from './source-draft.ts';
import { SourceStep } from './source-step.tsx';
import { StreamsStep } from './streams-step.tsx';

interface Asked {
  readonly device: DeviceDraft;
  readonly answer: DeviceAnswer;
  readonly chosen: ChosenStreams;
}

type Step =
  | { readonly kind: 'source' }
  | { readonly kind: 'device'; readonly device: DeviceDraft }
  | ({ readonly kind: 'streams' } & Asked)
  | { readonly kind: 'save'; readonly candidate: Candidate; readonly from: Step };

interface AddProps {
  start: SourceInput['kind'];
  onClose: () => void;
  /** Called instead of `onClose` when a camera was added. */
  onAdded?: () => void;
}

export function AddDialog({ start, onClose, onAdded = onClose }: AddProps) {
  const [draft, setDraft] = useState(() => draftOf(start));
  const [step, setStep] = useState<Step>({ kind: 'source' });
  const navigate = useNavigate();
  const done = (camera: Camera) => {
    onAdded();
    // Who searched for a camera wants to see it; who pastes streams adds one after the other.
    if (step.kind === 'save' && step.from.kind === 'streams' && onAdded === onClose) {
      void navigate({ to: '/cameras/$cameraId', params: { cameraId: camera.id } });
    }
  };
  const { title, description, wide = false } = wordsOf(step);
  return (
    <Dialog title={title} description={description} wide={wide} onClose={onClose}>
      {step.kind === 'source' && (
        <SourceStep
          draft={draft}
          onChange={setDraft}
          onNext={(result) => {
            const tested = { source: sourceOf(draft), sub: null, result, subResult: undefined };
            const candidate = { ...tested, name: suggestedName(draft), location: '' };
            setStep({ kind: 'save', candidate, from: step });
          }}
          onDevice={(device) => setStep({ kind: 'device', device })}
          onLeave={onClose}
          hint={onAdded === onClose && <ImportHint />}
        />
      )}
      {(step.kind === 'device' || step.kind === 'streams') && <DeviceSteps step={step} onStep={setStep} />}
      {step.kind === 'save' && (
        <SaveStep candidate={step.candidate} onBack={() => setStep(step.from)} onDone={done} />
      )}
    </Dialog>
  );
}

interface DeviceProps {
  step: Extract<Step, { kind: 'device' | 'streams' }>;
  onStep: (step: Step) => void;
}

function DeviceSteps({ step, onStep }: DeviceProps) {
  const { device } = step;
  if (step.kind === 'device') {
    return (
      <DeviceStep
        device={device}
        onChange={(changed) => onStep({ kind: 'device', device: changed })}
        onBack={() => onStep({ kind: 'source' })}
        onNext={(answer) =>
          onStep({ kind: 'streams', device, answer, chosen: suggestedStreams(answer.streams) })
        }
      />
    );
  }
  return (
    <StreamsStep
      device={device}
      answer={step.answer}
      chosen={step.chosen}
      onChange={(chosen) => onStep({ ...step, chosen })}
      onBack={() => onStep({ kind: 'device', device })}
      onNext={(tested) => {
        const name = device.title === device.address ? modelName(step.answer) : device.title;
        const candidate = { ...tested, name: name || `Camera ${device.address}`, location: device.location };
        onStep({ kind: 'save', candidate, from: step });
      }}
    />
  );
}

interface Words {
  readonly title: string;
  readonly description: string;
  readonly wide?: boolean;
}

function wordsOf(step: Step): Words {
  switch (step.kind) {
    case 'source':
      return {
        title: 'Add camera',
        description: 'A camera on the network, one that sends by itself, a file, or the demo.',
      };
    case 'device':
      return { title: 'Log in to the camera', description: 'Then it tells which streams it has.' };
    case 'streams':
      return {
        title: 'Choose its streams',
        description: 'What fits best is chosen already.',
      };
    case 'save':
      return saveWords(step.candidate);
  }
}

function saveWords({ result, source }: Candidate): Words {
  if (result) {
    const description = 'Is this the right picture? Then give it a name.';
    return { title: 'It works', description, wide: true };
  }
  if (source.kind === 'push') {
    return { title: 'Name the camera', description: 'Then it waits for its sender.' };
  }
  const description = 'The server keeps trying; the picture comes when the camera does.';
  return { title: 'Add without a test', description };
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
