/** The fields of a source, for adding and for editing. */
import type { ReactNode } from 'react';
import { CheckField, SelectField, TextField } from '../field.tsx';
import { Icon } from '../icons.tsx';
import type { IconName } from '../icons.tsx';
import type { SourceDraft } from './source-draft.ts';

interface FieldsProps {
  draft: SourceDraft;
  onChange: (draft: SourceDraft) => void;
  error?: string | undefined;
  /** Of the address or file; by default just that. */
  label?: string;
}

const kinds: readonly { kind: SourceDraft['kind']; icon: IconName; name: string; words: string }[] = [
  { kind: 'rtsp', icon: 'camera', name: 'Camera', words: 'On the network' },
  { kind: 'push', icon: 'push', name: 'Sent here', words: 'RTSP push or WHIP' },
  { kind: 'file', icon: 'file', name: 'File', words: 'A video, looped' },
  { kind: 'demo', icon: 'demo', name: 'Demo', words: 'No hardware' },
];

export function KindChoice({ draft, onChange }: FieldsProps) {
  return (
    <fieldset className="grid grid-cols-2 gap-2.5 sm:grid-cols-4">
      <legend className="sr-only">Where the picture comes from</legend>
      {kinds.map(({ kind, icon, name, words }) => (
        <label
          key={kind}
          className="border-line has-checked:border-accent has-checked:bg-accent/8 hover:border-line-strong has-focus-visible:outline-accent flex cursor-pointer flex-col gap-1 rounded-xl border px-3 py-3 transition-colors has-focus-visible:outline-2 has-focus-visible:outline-offset-2"
        >
          <input
            type="radio"
            name="kind"
            value={kind}
            checked={draft.kind === kind}
            onChange={() => onChange({ ...draft, kind })}
            className="sr-only"
          />
          <Icon name={icon} size={20} />
          <span className="mt-1 font-semibold">{name}</span>
          <span className="text-muted text-[13px] leading-tight">{words}</span>
        </label>
      ))}
    </fieldset>
  );
}

export function SourceFields({ draft, onChange, error, label }: FieldsProps) {
  switch (draft.kind) {
    case 'rtsp':
      return <RtspFields draft={draft} onChange={onChange} error={error} {...(label && { label })} />;
    case 'file':
      return (
        <TextField
          label={label ?? 'File'}
          mono
          value={draft.path}
          onChange={(event) => onChange({ ...draft, path: event.target.value })}
          placeholder="front-door.mp4"
          hint="MP4, MPEG-TS or MKV, in the media folder of the server."
          error={error}
          spellCheck={false}
        />
      );
    case 'push':
      return (
        <Quiet>
          The camera, an encoder or a browser sends its picture to this server. Where to send it is shown when
          the camera has been added, under “Addresses and commands”.
        </Quiet>
      );
    case 'demo':
      return (
        <Quiet>
          A moving test picture with a clock, made by the server itself: good for a first look, and for
          measuring how far behind live a screen is.
        </Quiet>
      );
  }
}

function RtspFields({ draft, onChange, error, label = 'Address' }: FieldsProps) {
  return (
    <>
      <TextField
        label={label}
        mono
        value={draft.url}
        onChange={(event) => onChange({ ...draft, url: event.target.value })}
        placeholder="rtsp://user:password@192.168.1.20/stream1"
        hint="A stream, or just the address of the camera, like 192.168.1.20. User name and password stay on the server and are never shown again."
        error={error}
        autoComplete="off"
        autoFocus={draft.url === ''}
        autoCapitalize="none"
        spellCheck={false}
        inputMode="url"
      />
      {/^rtsps?:/i.test(draft.url.trim()) && (
        <SelectField
          label="Transport"
          value={draft.transport}
          onChange={(event) =>
            onChange({ ...draft, transport: event.target.value as SourceDraft['transport'] })
          }
          options={{ auto: 'Automatic', tcp: 'TCP', udp: 'UDP' }}
        />
      )}
      {/^rtsps:/i.test(draft.url.trim()) && (
        <CheckField
          label="Check the certificate"
          hint="Switch this off for a camera that signs its own."
          checked={draft.verifyTls}
          onChange={(event) => onChange({ ...draft, verifyTls: event.target.checked })}
        />
      )}
    </>
  );
}

function Quiet({ children }: { children: ReactNode }) {
  return <p className="text-muted bg-raised rounded-lg px-4 py-3.5">{children}</p>;
}
