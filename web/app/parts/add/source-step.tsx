/** First step: where the picture comes from, and a test of it. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import type { ProbeResult } from '../../../../src/api/contract/cameras.ts';
import { useProbe } from '../../api/cameras.ts';
import { faultText } from '../../api/http.ts';
import { Button } from '../button.tsx';
import { DialogButtons } from '../dialog.tsx';
import { ProbeFault } from './probe-fault.tsx';
import { draftFault, sourceOf } from './source-draft.ts';
import type { SourceDraft } from './source-draft.ts';
import { KindChoice, SourceFields } from './source-fields.tsx';
import { deviceOf, typedDevice } from './device.ts';
import type { DeviceDraft } from './device.ts';
import { ScanList } from './scan-list.tsx';

interface StepProps {
  draft: SourceDraft;
  onChange: (draft: SourceDraft) => void;
  /** Without a result when the owner goes on untested. */
  onNext: (result: Extract<ProbeResult, { ok: true }> | undefined) => void;
  /** With a device that has to say first which streams it has. */
  onDevice: (device: DeviceDraft) => void;
  onLeave: () => void;
  /** Below the fields. */
  hint?: ReactNode;
}

export function SourceStep({ draft, onChange, onNext, onDevice, onLeave, hint }: StepProps) {
  const probe = useProbe();
  const [asked, setAsked] = useState(false);
  const device = draft.kind === 'rtsp' ? typedDevice(draft.url) : undefined;
  const fault = device ? undefined : draftFault(draft);
  const test = () => {
    setAsked(true);
    if (device) return onDevice(device);
    if (fault !== undefined) return;
    // Nobody sends yet: there is nothing to try.
    if (draft.kind === 'push') return onNext(undefined);
    probe.mutate(sourceOf(draft), { onSuccess: (result) => result.ok && onNext(result) });
  };
  const change = (next: SourceDraft) => {
    setAsked(false);
    probe.reset();
    onChange(next);
  };
  const failed = probe.isError || probe.data?.ok === false;
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        test();
      }}
    >
      <div className="grid gap-5">
        <KindChoice draft={draft} onChange={change} />
        <SourceFields draft={draft} onChange={change} error={asked ? fault : undefined} />
        {probe.data?.ok === false && <ProbeFault fault={probe.data.fault} message={probe.data.message} />}
        {probe.isError && <ProbeFault fault="request" message={faultText(probe.error)} />}
        <p role="status" className="text-muted empty:hidden">
          {probe.isPending && 'Connecting, and waiting for a picture. This takes a few seconds.'}
        </p>
        {draft.kind === 'rtsp' && (
          <ScanList onChoose={(found) => onDevice(deviceOf(found))} onLeave={onLeave} />
        )}
        {hint}
      </div>
      <DialogButtons>
        {failed && (
          <Button look="quiet" onClick={() => onNext(undefined)}>
            Add without a test
          </Button>
        )}
        <Button type="submit" look="primary" busy={probe.isPending}>
          {draft.kind === 'push' || device ? 'Next' : buttonWords(probe.isPending, failed)}
        </Button>
      </DialogButtons>
    </form>
  );
}

function buttonWords(pending: boolean, failed: boolean): string {
  if (pending) return 'Testing…';
  return failed ? 'Test again' : 'Test connection';
}
