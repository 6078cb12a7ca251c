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

interface StepProps {
  draft: SourceDraft;
  onChange: (draft: SourceDraft) => void;
  /** Without a result when the owner goes on untested. */
  onNext: (result: Extract<ProbeResult, { ok: true }> | undefined) => void;
  /** Below the fields. */
  hint?: ReactNode;
}

export function SourceStep({ draft, onChange, onNext, hint }: StepProps) {
  const probe = useProbe();
  const [asked, setAsked] = useState(false);
  const fault = draftFault(draft);
  const test = () => {
    setAsked(true);
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
        {hint}
      </div>
      <DialogButtons>
        {failed && (
          <Button look="quiet" onClick={() => onNext(undefined)}>
            Add without a test
          </Button>
        )}
        <Button type="submit" look="primary" busy={probe.isPending}>
          {draft.kind === 'push' ? 'Next' : buttonWords(probe.isPending, failed)}
        </Button>
      </DialogButtons>
    </form>
  );
}

function buttonWords(pending: boolean, failed: boolean): string {
  if (pending) return 'Testing…';
  return failed ? 'Test again' : 'Test connection';
}
