/** What the audit log shows: by whom, of which camera, what, since when. */
import { useQuery } from '@tanstack/react-query';
import { camerasQuery } from '../../api/cameras.ts';
import type { AuditFilter } from '../../api/audit.ts';
import { useUsers } from '../../api/people.ts';
import { SelectField } from '../field.tsx';
import { actionWords } from './words.ts';

const dayMs = 86_400_000;
const spans = {
  '': 'At any time',
  '1': 'In the last day',
  '7': 'In the last week',
  '30': 'In the last month',
};

interface FiltersProps {
  filter: AuditFilter;
  /** Chosen span in days; empty: any. */
  days: string;
  nowMs: number;
  onChange: (filter: AuditFilter, days: string) => void;
}

export function Filters({ filter, days, nowMs, onChange }: FiltersProps) {
  const { data: users = [] } = useUsers();
  const { data: cameras = [] } = useQuery(camerasQuery);
  const put = (change: AuditFilter) => onChange({ ...filter, ...change }, days);
  const putDays = (chosen: string) =>
    onChange({ ...filter, fromMs: chosen === '' ? undefined : nowMs - Number(chosen) * dayMs }, chosen);
  return (
    <div className="grid grid-cols-2 gap-3 sm:grid-cols-4">
      <SelectField
        label="Who"
        options={named(users, 'Everybody')}
        value={filter.actor ?? ''}
        onChange={(event) => put({ actor: event.target.value })}
      />
      <SelectField
        label="Camera"
        options={named(cameras, 'Any or none')}
        value={filter.camera ?? ''}
        onChange={(event) => put({ camera: event.target.value })}
      />
      <SelectField
        label="What"
        options={{ '': 'Anything', ...actionWords }}
        value={filter.action ?? ''}
        onChange={(event) => put({ action: event.target.value })}
      />
      <SelectField
        label="When"
        options={spans}
        value={days}
        onChange={(event) => putDays(event.target.value)}
      />
    </div>
  );
}

/** Choices by id; empty for all. */
function named(list: readonly { id: string; name: string }[], all: string): Record<string, string> {
  return { '': all, ...Object.fromEntries(list.map(({ id, name }) => [id, name])) };
}
