/** What a configuration file holds: its cameras to choose from, values it lacks, and what is not taken over. */
import { useState } from 'react';
import type { ImportReport } from '../../../../src/api/contract/provisioning.ts';
import type { ImportFile } from '../../api/import.ts';
import { useImport, useReadImport } from '../../api/import.ts';
import { faultText } from '../../api/http.ts';
import { Button } from '../button.tsx';
import { DialogButtons } from '../dialog.tsx';
import { FormError, TextField } from '../field.tsx';

interface PreviewProps {
  file: ImportFile;
  report: ImportReport;
  onVariables: (variables: ImportFile['variables']) => void;
  /** The file was read again, with more values. */
  onReport: (report: ImportReport) => void;
  onBack: () => void;
  onDone: (report: ImportReport) => void;
}

type Row = ImportReport['cameras'][number];

export function ImportPreview({ file, report, onVariables, onReport, onBack, onDone }: PreviewProps) {
  const read = useReadImport();
  const take = useImport();
  const [left, setLeft] = useState<ReadonlySet<string>>(() => leftAtFirst(report));
  const wanted = report.cameras.filter((row) => row.result !== 'unchanged' && !left.has(row.externalId));
  const only = wanted.map(({ externalId }) => externalId);
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        take.mutate({ ...file, only }, { onSuccess: onDone });
      }}
    >
      <div className="grid gap-6">
        {report.missing.length > 0 && (
          <MissingValues
            names={report.missing}
            busy={read.isPending}
            onFill={(values) => {
              const variables = { ...file.variables, ...values };
              onVariables(variables);
              read.mutate({ ...file, variables }, { onSuccess: onReport });
            }}
          />
        )}
        <CameraRows rows={report.cameras} left={left} onChange={setLeft} />
        <Notes notes={report.notes} />
        {(take.isError || read.isError) && <FormError>{faultText(take.error ?? read.error)}</FormError>}
      </div>
      <DialogButtons>
        <Button look="quiet" onClick={onBack}>
          Back
        </Button>
        <Button type="submit" look="primary" busy={take.isPending} disabled={wanted.length === 0}>
          {wanted.length === 1 ? 'Import 1 camera' : `Import ${wanted.length} cameras`}
        </Button>
      </DialogButtons>
    </form>
  );
}

/** What is there already may have been changed since: it is overwritten only when somebody says so. */
function leftAtFirst({ cameras }: ImportReport): Set<string> {
  return new Set(cameras.filter(({ result }) => result !== 'created').map(({ externalId }) => externalId));
}

interface RowsProps {
  rows: readonly Row[];
  left: ReadonlySet<string>;
  onChange: (left: ReadonlySet<string>) => void;
}

function CameraRows({ rows, left, onChange }: RowsProps) {
  if (rows.length === 0)
    return <p className="text-muted">There is no camera in it that can be taken over.</p>;
  const toggle = (externalId: string) => {
    const next = new Set(left);
    if (!next.delete(externalId)) next.add(externalId);
    onChange(next);
  };
  return (
    <ul className="border-line divide-line divide-y overflow-hidden rounded-xl border">
      {rows.map((row) => (
        <li key={row.externalId}>
          <label className="hover:bg-raised has-disabled:text-muted flex cursor-pointer items-start gap-3 px-4 py-3 has-disabled:cursor-default">
            <input
              type="checkbox"
              className="accent-accent mt-[3px] size-4 shrink-0"
              disabled={row.result === 'unchanged'}
              checked={row.result !== 'unchanged' && !left.has(row.externalId)}
              onChange={() => toggle(row.externalId)}
            />
            <span className="min-w-0 grow">
              <span className="flex flex-wrap items-baseline gap-x-2.5">
                <span className="font-medium">{row.name}</span>
                <span className="text-muted text-[13px]">{wordsOf(row)}</span>
              </span>
              <span className="text-muted block font-mono text-[12.5px] break-all">
                {row.address === '' ? 'sends to this server' : row.address}
              </span>
            </span>
          </label>
        </li>
      ))}
    </ul>
  );
}

function wordsOf({ result, fields, hasSub, recording }: Row): string {
  const words = [];
  if (result === 'unchanged') words.push('is here already');
  if (result === 'changed') words.push(`is here already; would change ${fields.join(', ')}`);
  if (hasSub) words.push('two streams');
  if (recording !== 'off')
    words.push(recording === 'continuous' ? 'always recorded' : 'recorded on triggers');
  return words.join(' · ');
}

interface MissingProps {
  names: readonly string[];
  busy: boolean;
  onFill: (values: Readonly<Record<string, string>>) => void;
}

function MissingValues({ names, busy, onFill }: MissingProps) {
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const filled = Object.entries(values).filter(([, value]) => value !== '');
  return (
    <section aria-label="Missing values" className="bg-raised border-line grid gap-4 rounded-xl border p-4">
      <p>
        The file takes {names.length === 1 ? 'a value' : 'values'} from the environment of the other server.
        Enter {names.length === 1 ? 'it' : 'them'} here, or edit the cameras afterwards.
      </p>
      <div className="grid gap-4 sm:grid-cols-2">
        {names.map((name) => (
          <TextField
            key={name}
            label={name}
            mono
            type={/pass|secret|token/i.test(name) ? 'password' : 'text'}
            autoComplete="off"
            value={values[name] ?? ''}
            onChange={(event) => setValues({ ...values, [name]: event.target.value })}
          />
        ))}
      </div>
      <div>
        <Button busy={busy} disabled={filled.length === 0} onClick={() => onFill(Object.fromEntries(filled))}>
          Fill in
        </Button>
      </div>
    </section>
  );
}

function Notes({ notes }: { notes: ImportReport['notes'] }) {
  if (notes.length === 0) return null;
  const title =
    notes.length === 1 ? '1 thing is not taken over' : `${notes.length} things are not taken over`;
  return (
    <details className="group" open={notes.length <= 4}>
      <summary className="cursor-pointer font-medium">{title}</summary>
      <dl className="mt-2 grid gap-2.5">
        {notes.map(({ where, message }, index) => (
          <div key={`${index} ${where}`}>
            <dt className="text-muted font-mono text-[12.5px] break-all">{where}</dt>
            <dd>{message}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
