/** Takes over the cameras of another server: its configuration file, what is in it, which of it is wanted. */
import { useState } from 'react';
import type { ImportReport } from '../../../../src/api/contract/provisioning.ts';
import { useReadImport } from '../../api/import.ts';
import { faultText } from '../../api/http.ts';
import { Button } from '../button.tsx';
import { Dialog, DialogButtons } from '../dialog.tsx';
import { FormError } from '../field.tsx';
import { ImportPreview } from './import-preview.tsx';

type Step =
  | { readonly kind: 'file' }
  | { readonly kind: 'choose'; readonly report: ImportReport }
  | { readonly kind: 'done'; readonly report: ImportReport };

export function ImportDialog({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('');
  const [variables, setVariables] = useState<Readonly<Record<string, string>>>({});
  const [step, setStep] = useState<Step>({ kind: 'file' });
  if (step.kind === 'done') return <Done report={step.report} onClose={onClose} />;
  if (step.kind === 'file') {
    return (
      <FileStep
        text={text}
        onChange={setText}
        onRead={(report) => setStep({ kind: 'choose', report })}
        onClose={onClose}
      />
    );
  }
  return (
    <Dialog
      title="Which cameras?"
      description={`${counted(step.report.cameras.length)} in this ${formats[step.report.format]} file. Nothing is changed before you import.`}
      wide
      onClose={onClose}
    >
      <ImportPreview
        file={{ text, variables }}
        report={step.report}
        onVariables={setVariables}
        onReport={(report) => setStep({ kind: 'choose', report })}
        onBack={() => setStep({ kind: 'file' })}
        onDone={(report) => setStep({ kind: 'done', report })}
      />
    </Dialog>
  );
}

const formats: Readonly<Record<ImportReport['format'], string>> = {
  go2rtc: 'go2rtc',
  mediamtx: 'MediaMTX',
  frigate: 'Frigate',
};

function counted(cameras: number): string {
  return cameras === 1 ? '1 camera' : `${cameras} cameras`;
}

interface FileProps {
  text: string;
  onChange: (text: string) => void;
  onRead: (report: ImportReport) => void;
  onClose: () => void;
}

function FileStep({ text, onChange, onRead, onClose }: FileProps) {
  const read = useReadImport();
  const readText = (wanted: string) =>
    read.mutate({ text: wanted, variables: {} }, { onSuccess: (report) => onRead(report) });
  const choose = async (file: File | undefined) => {
    if (!file) return;
    const content = await file.text();
    onChange(content);
    readText(content);
  };
  return (
    <Dialog
      title="Import cameras"
      description="From the configuration file of Frigate, go2rtc or MediaMTX."
      onClose={onClose}
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          readText(text);
        }}
      >
        <div className="grid gap-5">
          <FileChoice onChoose={(file) => void choose(file)} />
          <TextChoice text={text} onChange={onChange} />
          {read.isError && <FormError>{faultText(read.error)}</FormError>}
        </div>
        <DialogButtons>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" look="primary" busy={read.isPending} disabled={text.trim() === ''}>
            See what is in it
          </Button>
        </DialogButtons>
      </form>
    </Dialog>
  );
}

function FileChoice({ onChoose }: { onChoose: (file: File | undefined) => void }) {
  return (
    <label className="bg-raised border-line-strong hover:border-accent focus-within:border-accent grid cursor-pointer justify-items-center rounded-xl border border-dashed px-4 py-6 text-center transition">
      <span className="font-medium">Choose the file</span>
      <span className="text-muted mt-0.5 text-[13px]">
        config.yml, go2rtc.yaml or mediamtx.yml. Nothing is changed yet.
      </span>
      <input
        type="file"
        accept=".yml,.yaml,.json,.txt"
        className="sr-only"
        onChange={(event) => onChoose(event.target.files?.[0])}
      />
    </label>
  );
}

function TextChoice({ text, onChange }: Pick<FileProps, 'text' | 'onChange'>) {
  return (
    <div>
      <label htmlFor="import-text" className="mb-1.5 block font-medium">
        Or paste it
      </label>
      <textarea
        id="import-text"
        rows={8}
        spellCheck={false}
        value={text}
        placeholder={'streams:\n  front_door: rtsp://user:password@192.168.1.20/stream1'}
        onChange={(event) => onChange(event.target.value)}
        className="bg-canvas border-line-strong text-text placeholder:text-faint w-full rounded-lg border px-3 py-2 font-mono text-[13px] pointer-coarse:text-[16px]"
      />
      <p className="text-muted mt-1.5 text-[13px]">
        Passwords in it are stored sealed. Commands in it are never run.
      </p>
    </div>
  );
}

function Done({ report, onClose }: { report: ImportReport; onClose: () => void }) {
  const changed = report.changed > 0 ? ` ${counted(report.changed)} changed.` : '';
  return (
    <Dialog title="Done" description={`${counted(report.created)} added.${changed}`} onClose={onClose}>
      <p className="text-muted">
        The pictures come as soon as the cameras do. Recording follows what the file said; you can change it
        on the page of each camera.
      </p>
      <DialogButtons>
        <Button look="primary" onClick={onClose}>
          Show my cameras
        </Button>
      </DialogButtons>
    </Dialog>
  );
}
