/** One setting: what it is, its field, where its value comes from, and what a change does. */
import { useId } from 'react';
import type { ReactNode } from 'react';
import type { Setting } from '../../../../src/api/contract/settings.ts';
import { Icon } from '../icons.tsx';
import { editorOf, schemaOf } from './draft.ts';
import type { Raw } from './draft.ts';
import { SettingField, fieldHint } from './fields.tsx';
import type { Edit } from './use-edits.ts';
import { originWords, shownValue } from './words.ts';

export interface RowProps {
  setting: Setting;
  /** What stands in its fields. */
  raw: Raw;
  /** Undefined while nobody types. */
  edit: Edit | undefined;
  fault: string | undefined;
  /** Whether these are of a camera. */
  ofCamera: boolean;
  onChange: (raw: Raw) => void;
  /** Back to the default, or of a camera to the server's. */
  onReset: () => void;
  onTakeTheirs: () => void;
  onKeepMine: () => void;
}

export function SettingRow(props: RowProps) {
  const { setting, raw, edit, fault, onChange } = props;
  const hintId = useId();
  const wide = editorOf(schemaOf(setting)) === 'entries';
  return (
    <div
      data-setting={setting.key}
      className={`grid scroll-mt-16 scroll-mb-32 gap-x-8 gap-y-3 px-4 py-4 sm:px-5 ${wide ? '' : 'md:grid-cols-[minmax(0,1fr)_264px]'} ${edit ? 'bg-accent/6' : ''}`}
    >
      <div className="min-w-0">
        <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
          <label htmlFor={setting.key} className="font-medium">
            {setting.title}
          </label>
          <Badges {...props} />
        </div>
        <p className="text-muted mt-0.5 text-[13px]">{plain(setting.description)}</p>
        <Effect setting={setting} edited={edit !== undefined} />
        {edit?.overtaken ? <Overtaken {...props} /> : <Origin {...props} />}
      </div>
      <div className="min-w-0">
        <SettingField
          setting={setting}
          raw={raw}
          hintId={hintId}
          wrong={fault !== undefined}
          disabled={!setting.writable}
          onChange={onChange}
        />
        <p
          id={hintId}
          role={fault === undefined ? undefined : 'alert'}
          className={`mt-1.5 text-[13px] empty:hidden ${fault === undefined ? 'text-faint' : 'text-bad'}`}
        >
          {fault ?? fieldHint(setting, raw)}
        </p>
      </div>
    </div>
  );
}

function Badges({ setting, edit, ofCamera }: RowProps) {
  const own = setting.source === 'stored';
  return (
    <>
      {edit && <Badge tone="accent">Not saved</Badge>}
      {!edit && own && <Badge tone="accent">{ofCamera ? 'Own value' : 'Changed'}</Badge>}
      {setting.effect === 'not-active-yet' && <Badge tone="warn">Not active yet</Badge>}
      {setting.managedBy !== null && (
        <Badge tone="plain">
          <Icon name="lock" size={12} />
          Locked
        </Badge>
      )}
    </>
  );
}

function Badge({ tone, children }: { tone: 'accent' | 'warn' | 'plain'; children: ReactNode }) {
  const tones = {
    accent: 'text-accent border-accent/45',
    warn: 'text-warn border-warn/45',
    plain: 'text-muted border-line-strong',
  };
  return (
    <span
      className={`inline-flex items-center gap-1 rounded-full border px-2 text-[12px] leading-[18px] font-medium ${tones[tone]}`}
    >
      {children}
    </span>
  );
}

const effectWords: Readonly<Record<Setting['effect'], string>> = {
  'at-once': '',
  'new-viewers': 'Applies to whoever begins to watch from then on.',
  'reconnects-viewers': 'Ends viewers once.',
  restart: 'Applies with the next start of the server.',
  'not-active-yet': '',
};

/** What a change does; plainer while one is being made. Of those that do nothing yet the group says why. */
function Effect({ setting, edited }: { setting: Setting; edited: boolean }) {
  const { effect, effectNote } = setting;
  const words = effect === 'not-active-yet' ? '' : (effectNote ?? effectWords[effect]);
  if (words === '') return null;
  const interrupts = effect === 'reconnects-viewers' || effect === 'restart';
  return <p className={`mt-1 text-[13px] ${interrupts && edited ? 'text-warn' : 'text-faint'}`}>{words}</p>;
}

/** Somebody else changed it while it was being typed. */
function Overtaken({ setting, onTakeTheirs, onKeepMine }: RowProps) {
  return (
    <p role="status" className="text-warn mt-1.5 text-[13px]">
      {setting.changed?.by ?? 'Somebody'} changed it meanwhile to <b>{shownValue(setting, setting.value)}</b>.{' '}
      <TextButton onClick={onTakeTheirs}>Take it</TextButton> or{' '}
      <TextButton onClick={onKeepMine}>keep mine</TextButton>
    </p>
  );
}

/** Where the value comes from, and the way back. */
function Origin({ setting, edit, ofCamera, onReset }: RowProps) {
  const words = originWords(setting);
  const canReset = setting.writable && setting.source === 'stored' && !edit;
  if (words === '' && !canReset) return null;
  return (
    <p className="text-faint mt-1 text-[13px]">
      {words}{' '}
      {canReset && (
        <TextButton onClick={onReset}>
          {ofCamera
            ? `As the server (${shownValue(setting, setting.serverValue)})`
            : `Back to the default (${shownValue(setting, setting.default)})`}
        </TextButton>
      )}
    </p>
  );
}

function TextButton({ onClick, children }: { onClick: () => void; children: ReactNode }) {
  return (
    <button type="button" onClick={onClick} className="text-accent underline-offset-2 hover:underline">
      {children}
    </button>
  );
}

/** Descriptions mark words as Markdown does. */
function plain(text: string): ReactNode {
  return text.split('`').map((part, index) =>
    index % 2 === 0 ? (
      part
    ) : (
      <code key={part} className="text-text font-mono text-[12px]">
        {part}
      </code>
    ),
  );
}
