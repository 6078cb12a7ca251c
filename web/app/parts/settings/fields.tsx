/** The fields a setting is changed in: one for each kind of schema. */
import type { ReactNode } from 'react';
import type { Setting } from '../../../../src/api/contract/settings.ts';
import { bytes } from '../../format.ts';
import { Button, IconButton } from '../button.tsx';
import type { EntryDraft, FieldSchema, Raw } from './draft.ts';
import { editorOf, rangeWords, schemaOf, valueOf } from './draft.ts';

const control =
  'bg-canvas border-line-strong text-text placeholder:text-faint scroll-mt-20 scroll-mb-32 w-full min-h-10 rounded-lg border px-3 disabled:opacity-60 pointer-coarse:min-h-[44px] pointer-coarse:text-[16px] aria-invalid:border-bad';

export interface SettingFieldProps {
  setting: Setting;
  raw: Raw;
  /** Of the element that says what is wrong, or what may stand here. */
  hintId: string;
  wrong: boolean;
  disabled: boolean;
  onChange: (raw: Raw) => void;
}

export function SettingField(props: SettingFieldProps) {
  switch (editorOf(schemaOf(props.setting))) {
    case 'toggle':
      return <Toggle {...props} />;
    case 'choice':
      return <Choice {...props} />;
    case 'number':
      return <NumberField {...props} />;
    case 'lines':
      return <Lines {...props} />;
    case 'entries':
      return <Entries {...props} />;
    case 'text':
      return <Text {...props} />;
  }
}

/** Of a control that takes text. */
function textIn(raw: Raw): string {
  return typeof raw === 'string' ? raw : '';
}

/** What every control has. */
function common({ setting, hintId, wrong, disabled }: SettingFieldProps) {
  return {
    id: setting.key,
    disabled,
    'aria-describedby': hintId,
    'aria-invalid': wrong,
  };
}

function Toggle(props: SettingFieldProps) {
  const on = props.raw === true;
  return (
    <span className="flex min-h-10 items-center gap-3 md:justify-end">
      <span className="text-muted md:order-first">{on ? 'On' : 'Off'}</span>
      <button
        type="button"
        role="switch"
        aria-checked={on}
        aria-label={props.setting.title}
        {...common(props)}
        onClick={() => props.onChange(!on)}
        className={`relative h-6 w-11 shrink-0 rounded-full border transition disabled:opacity-50 max-md:order-first ${on ? 'bg-accent border-accent' : 'bg-raised border-line-strong'}`}
      >
        <span
          className={`absolute top-[3px] left-[3px] size-4 rounded-full transition-transform ${on ? 'bg-accent-ink translate-x-5' : 'bg-muted'}`}
        />
      </button>
    </span>
  );
}

function Choice(props: SettingFieldProps) {
  return (
    <select
      {...common(props)}
      value={textIn(props.raw)}
      onChange={(event) => props.onChange(event.target.value)}
      className={control}
    >
      {schemaOf(props.setting).enum?.map((choice) => (
        <option key={choice} value={choice}>
          {choice}
        </option>
      ))}
    </select>
  );
}

function Text(props: SettingFieldProps) {
  return (
    <input
      {...common(props)}
      value={textIn(props.raw)}
      placeholder={props.setting.none ?? ''}
      onChange={(event) => props.onChange(event.target.value)}
      spellCheck={false}
      className={`${control} font-mono text-[13px]`}
    />
  );
}

function NumberField(props: SettingFieldProps) {
  const { unit, none } = props.setting;
  return (
    <span className="relative block">
      <input
        {...common(props)}
        inputMode="decimal"
        value={textIn(props.raw)}
        placeholder={none ?? ''}
        onChange={(event) => props.onChange(event.target.value)}
        className={`${control} tabular-nums ${unit === null ? '' : 'pr-16'}`}
      />
      {unit !== null && (
        <span className="text-muted pointer-events-none absolute inset-y-0 right-3 flex items-center text-[13px]">
          {unit}
        </span>
      )}
    </span>
  );
}

function Lines(props: SettingFieldProps) {
  const rows = Math.min(8, Math.max(2, textIn(props.raw).split('\n').length + 1));
  return (
    <textarea
      {...common(props)}
      rows={rows}
      value={textIn(props.raw)}
      onChange={(event) => props.onChange(event.target.value)}
      spellCheck={false}
      placeholder="none"
      className={`${control} block py-2 font-mono text-[13px]`}
    />
  );
}

function Entries(props: SettingFieldProps) {
  const { setting, raw, disabled, hintId, onChange } = props;
  const { items = {}, maxItems } = schemaOf(setting);
  const entries: readonly EntryDraft[] = Array.isArray(raw) ? (raw as readonly EntryDraft[]) : [];
  const put = (index: number, entry: EntryDraft) =>
    onChange(entries.map((one, at) => (at === index ? entry : one)));
  return (
    <div role="group" aria-label={setting.title} aria-describedby={hintId} className="grid gap-3">
      {entries.map((entry, index) => (
        // Entries have no names of their own; their fields are controlled, so nothing is lost by the place.
        // oxlint-disable-next-line react/no-array-index-key
        <fieldset key={index} disabled={disabled} className="border-line bg-canvas rounded-lg border p-3">
          <legend className="sr-only">{`Entry ${index + 1}`}</legend>
          <div className="flex items-start gap-2">
            <div className="grid grow gap-2">
              {Object.entries(items.properties ?? {}).map(([name, schema]) => (
                <EntryField
                  key={name}
                  name={name}
                  schema={schema}
                  text={entry[name] ?? ''}
                  onChange={(text) => put(index, { ...entry, [name]: text })}
                />
              ))}
            </div>
            <IconButton
              icon="bin"
              label={`Remove entry ${index + 1}`}
              onClick={() => onChange(entries.filter((_, at) => at !== index))}
            />
          </div>
        </fieldset>
      ))}
      <Button
        icon="plus"
        disabled={disabled || (maxItems !== undefined && entries.length >= maxItems)}
        onClick={() => onChange([...entries, {}])}
      >
        Add one
      </Button>
    </div>
  );
}

interface EntryFieldProps {
  name: string;
  schema: FieldSchema;
  text: string;
  onChange: (text: string) => void;
}

function EntryField({ name, schema, text, onChange }: EntryFieldProps) {
  const many = schema.type === 'array';
  const label = many ? `${name}, one on each line` : name;
  const shared = {
    value: text,
    spellCheck: false,
    className: `${control} block font-mono text-[13px] ${many ? 'py-2' : ''}`,
  };
  return (
    <label className="block">
      <span className="text-muted mb-1 block text-[13px]">{label}</span>
      {many ? (
        <textarea {...shared} rows={2} onChange={(event) => onChange(event.target.value)} />
      ) : (
        <input {...shared} onChange={(event) => onChange(event.target.value)} />
      )}
    </label>
  );
}

/** What may stand in the field, and what is meant by a number of bytes. */
export function fieldHint(setting: Setting, raw: Raw): ReactNode {
  const schema = schemaOf(setting);
  const value = valueOf(schema, raw);
  const parts: string[] = [];
  const isBytes = setting.unit?.startsWith('bytes') ?? false;
  if (isBytes && typeof value === 'number' && value >= 1000) {
    parts.push(`${bytes(value)}${setting.unit === 'bytes/s' ? '/s' : ''}`);
  } else if (editorOf(schema) === 'number') parts.push(rangeWords(schema));
  if (editorOf(schema) === 'lines') parts.push('One on each line.');
  return parts.join(' · ');
}
