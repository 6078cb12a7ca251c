/** Everything that can be set while the server runs, made from what the server says of each setting. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { ReactNode } from 'react';
import type { Setting, SettingsAnswer } from '../../../src/api/contract/settings.ts';
import { camerasQuery } from '../api/cameras.ts';
import { faultText, fieldFault } from '../api/http.ts';
import { useMay } from '../api/session.ts';
import { settingsQuery, useChangeSettings } from '../api/settings.ts';
import { Icon } from '../parts/icons.tsx';
import { Notice } from '../parts/notice.tsx';
import { NetworkFacts } from '../parts/settings/network-facts.tsx';
import { SettingRow } from '../parts/settings/row.tsx';
import { SaveBar } from '../parts/settings/save-bar.tsx';
import { useEdits } from '../parts/settings/use-edits.ts';
import type { Edits } from '../parts/settings/use-edits.ts';
import { useTitle } from '../parts/title.ts';

export function SettingsPage() {
  useTitle('Settings');
  const { camera } = useSearch({ from: '/frame/settings' });
  const settings = useQuery(settingsQuery(camera));
  if (settings.data) return <Loaded key={camera ?? ''} answer={settings.data} camera={camera} />;
  if (settings.error)
    return <Notice title="The settings could not be read">{faultText(settings.error)}</Notice>;
  return <p className="text-muted py-10">Reading the settings…</p>;
}

function Loaded({ answer, camera }: { answer: SettingsAnswer; camera: string | undefined }) {
  const [sought, setSought] = useState('');
  const edits = useEdits(answer);
  const seesNetwork = useMay('system:read');
  const change = useChangeSettings(camera);
  const groups = grouped(answer.settings.filter((setting) => isMeant(setting, sought)));
  const changed = answer.settings.filter(({ key }) => edits.edits.has(key));
  const save = () =>
    change.mutate({ values: edits.values, revision: edits.revision }, { onSuccess: () => edits.clear() });
  const reset = ({ key }: Setting) => {
    edits.drop(key);
    change.mutate({ values: { [key]: null }, revision: answer.revision });
  };
  return (
    <div className="mx-auto max-w-5xl pb-6">
      <h1 className="py-4 text-[19px] font-semibold tracking-[-0.015em]">Settings</h1>
      <div className="mb-5 grid gap-3 sm:grid-cols-[minmax(0,1fr)_264px]">
        <Search value={sought} onChange={setSought} />
        <Whose camera={camera} />
      </div>
      {camera !== undefined && (
        <p className="text-muted mb-4">What is not set here is as the server has it.</p>
      )}
      <div className="grid gap-8 lg:grid-cols-[160px_minmax(0,1fr)]">
        <GroupList groups={groups} />
        <div className="grid min-w-0 gap-7">
          {groups.size === 0 && (
            <p className="border-line text-muted bg-surface rounded-xl border px-4 py-6 text-center">
              No setting has “{sought}” in its name or description.
            </p>
          )}
          {Array.from(groups, ([name, settings]) => (
            <Group
              key={name}
              name={name}
              settings={settings}
              edits={edits}
              ofCamera={camera !== undefined}
              facts={name === 'Network' && camera === undefined && seesNetwork && <NetworkFacts />}
              faultOf={(key) => edits.faults.get(key) ?? settingFault(change.error, key)}
              onReset={reset}
            />
          ))}
        </div>
      </div>
      <SaveBar
        changed={changed}
        blocked={edits.faults.size > 0 || changed.some(({ key }) => edits.edits.get(key)?.overtaken)}
        busy={change.isPending}
        error={change.error}
        onSave={save}
        onDiscard={() => {
          edits.clear();
          change.reset();
        }}
      />
    </div>
  );
}

interface GroupProps {
  name: string;
  settings: readonly Setting[];
  edits: Edits;
  ofCamera: boolean;
  /** What came of the settings, below them. */
  facts: ReactNode;
  faultOf: (key: string) => string | undefined;
  onReset: (setting: Setting) => void;
}

function Group({ name, settings, edits, ofCamera, facts, faultOf, onReset }: GroupProps) {
  const inactive = settings.find(({ effect }) => effect === 'not-active-yet');
  const note = inactive?.effectNote ?? null;
  return (
    <section id={anchorOf(name)} className="min-w-0 scroll-mt-16">
      <h2 className="font-semibold">{name}</h2>
      {note !== null && <p className="text-muted text-[13px]">{note}</p>}
      <div className="border-line divide-line mt-2 bg-surface divide-y overflow-hidden rounded-xl border">
        {settings.map((setting) => (
          <SettingRow
            key={setting.key}
            setting={setting}
            raw={edits.rawOf(setting)}
            edit={edits.edits.get(setting.key)}
            fault={faultOf(setting.key)}
            ofCamera={ofCamera}
            onChange={(raw) => edits.put(setting, raw)}
            onReset={() => onReset(setting)}
            onTakeTheirs={() => edits.drop(setting.key)}
            onKeepMine={() => edits.keep(setting)}
          />
        ))}
      </div>
      {facts}
    </section>
  );
}

/** Beside the settings where there is room. */
function GroupList({ groups }: { groups: ReadonlyMap<string, readonly Setting[]> }) {
  return (
    <nav aria-label="Groups of settings" className="max-lg:hidden">
      <ul className="sticky top-20 grid gap-0.5">
        {Array.from(groups.keys(), (name) => (
          <li key={name}>
            <a
              href={`#${anchorOf(name)}`}
              className="text-muted hover:text-text hover:bg-raised -ml-3 block rounded-lg px-3 py-1.5"
            >
              {name}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Search({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  return (
    <label className="relative block">
      <span className="sr-only">Search settings</span>
      <span className="text-faint pointer-events-none absolute inset-y-0 left-3 flex items-center">
        <Icon name="search" size={16} />
      </span>
      <input
        type="search"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        placeholder="Search settings"
        className="bg-canvas border-line-strong placeholder:text-faint min-h-10 w-full rounded-lg border pr-3 pl-9 pointer-coarse:min-h-[44px] pointer-coarse:text-[16px]"
      />
    </label>
  );
}

/** The server, or one camera. */
function Whose({ camera }: { camera: string | undefined }) {
  const navigate = useNavigate();
  const { data: cameras = [] } = useQuery(camerasQuery);
  return (
    <label className="block">
      <span className="sr-only">Settings of</span>
      <select
        value={camera ?? ''}
        onChange={({ target: { value } }) =>
          void navigate({ to: '/settings', search: value === '' ? {} : { camera: value } })
        }
        className="bg-canvas border-line-strong min-h-10 w-full rounded-lg border px-3 pointer-coarse:min-h-[44px] pointer-coarse:text-[16px]"
      >
        <option value="">The whole server</option>
        {cameras.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function grouped(settings: readonly Setting[]): ReadonlyMap<string, readonly Setting[]> {
  const groups = new Map<string, Setting[]>();
  for (const setting of settings) {
    const group = groups.get(setting.group) ?? [];
    groups.set(setting.group, [...group, setting]);
  }
  return groups;
}

function isMeant({ key, group, title, description }: Setting, sought: string): boolean {
  const words = sought.toLowerCase().split(/\s+/).filter(Boolean);
  const text = [key, group, title, description].join(' ').toLowerCase();
  return words.every((word) => text.includes(word));
}

function anchorOf(group: string): string {
  return group.toLowerCase().replaceAll(/[^a-z]+/g, '-');
}

/** Messages for programs begin with the key; here it stands beside its setting. */
function settingFault(error: unknown, key: string): string | undefined {
  const fault = fieldFault(error, key);
  return fault?.startsWith(key) ? fault.replace(/^\w+(\[\d+\])?: /, '') : fault;
}
