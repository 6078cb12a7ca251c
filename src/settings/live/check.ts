/**
 * Whether wanted changes may be made: every one that may not is told, with its key and what would be right.
 */
import type { SettingKey } from './registry.ts';
import { definitionOf, faultsOf, isSettingKey, settingKeys } from './registry.ts';
import { unknownKey } from '../fault.ts';

export interface SettingAuthor {
  readonly id: string;
  readonly name: string;
}

export interface WantedChanges {
  /** By key; null: as by default, and for a camera as the server. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Null: of the server. */
  readonly cameraId: string | null;
  readonly by: SettingAuthor;
  /** What the author had read: a key that changed after it is refused. Absent: whatever is there is replaced. */
  readonly sinceRevision?: number;
}

/**
 * - `invalid`: no such key, or a value that is not allowed.
 * - `managed`: the start-up settings say what it is.
 * - `changed-meanwhile`: somebody else was faster.
 */
export interface SettingRefusal {
  readonly key: string;
  readonly kind: 'invalid' | 'managed' | 'changed-meanwhile';
  /** For people; begins with the key. */
  readonly message: string;
}

/** More than there are keys is a mistake; the first ones say enough. */
const maxRefusals = 50;

export interface SettingFacts {
  /** Where the start-up settings say it; undefined where they do not. */
  readonly managedBy: (key: SettingKey) => string | undefined;
  readonly lastChange: (
    key: SettingKey,
    cameraId: string | null,
  ) => { readonly revision: number; readonly by: SettingAuthor } | undefined;
}

export function refusalsOf(wanted: WantedChanges, facts: SettingFacts): readonly SettingRefusal[] {
  const refusals: SettingRefusal[] = [];
  for (const [key, value] of Object.entries(wanted.values)) {
    if (refusals.length >= maxRefusals) break;
    const refusal = refusalOf(key, value, wanted, facts);
    if (refusal) refusals.push({ key: key.slice(0, maxShownKey), ...refusal });
  }
  return refusals;
}

/** Longer ones are nobody's typing error. */
const maxShownKey = 60;

type Refusal = Omit<SettingRefusal, 'key'>;

function refusalOf(
  key: string,
  value: unknown,
  { cameraId, sinceRevision }: WantedChanges,
  facts: SettingFacts,
): Refusal | undefined {
  if (!isSettingKey(key)) return invalid(`${key.slice(0, maxShownKey)}: ${unknownKey(key, settingKeys)}`);
  if (cameraId !== null && definitionOf(key).scope === 'server') {
    return invalid(`${key}: is one for the whole server; a camera cannot have another`);
  }
  const managedBy = facts.managedBy(key);
  if (managedBy !== undefined) {
    return { kind: 'managed', message: `${key}: is set by ${managedBy}; change it there and start again` };
  }
  const faults = value === null ? [] : faultsOf(key, value);
  if (faults.length > 0) return invalid(faults.slice(0, maxRefusals).join('; '));
  const last = facts.lastChange(key, cameraId);
  if (!last || sinceRevision === undefined || last.revision <= sinceRevision) return undefined;
  const message = `${key}: was changed by ${last.by.name} in the meantime; look at it and change it again`;
  return { kind: 'changed-meanwhile', message };
}

function invalid(message: string): Refusal {
  return { kind: 'invalid', message };
}
