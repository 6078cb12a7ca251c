/**
 * What the database knows of changed settings. What this version cannot read is left where it is, told, and not used.
 */
import type { Kysely } from 'kysely';
import type { Log } from '../../base/log.ts';
import type { Schema } from '../../database/schema.ts';
import { listSettings } from '../../database/settings.ts';
import type { SettingAuthor } from './check.ts';
import type { SettingKey } from './registry.ts';
import { definitionOf, faultsOf, isSettingKey } from './registry.ts';

export interface KeptSetting {
  readonly value: unknown;
  readonly changedMs: number;
  readonly by: SettingAuthor;
}

/** A key of the server, or of one camera. */
export function idOf(key: string, cameraId: string | null): string {
  return `${cameraId ?? ''}/${key}`;
}

export async function readStored(
  queries: Kysely<Schema>,
  log: Log,
): Promise<{ readonly kept: Map<string, KeptSetting>; readonly unreadable: Set<string> }> {
  const kept = new Map<string, KeptSetting>();
  const unreadable = new Set<string>();
  for (const { cameraId, key, valueJson, changedMs, changedBy, changedByName } of await listSettings(
    queries,
  )) {
    const id = idOf(key, cameraId);
    const value = parsed(valueJson);
    const wrong = whyUnusable(key, cameraId, value);
    if (wrong === undefined) {
      kept.set(id, { value, changedMs, by: { id: changedBy, name: changedByName ?? changedBy } });
      continue;
    }
    unreadable.add(id);
    log.warn('A stored setting is not used: another version of this program may have written it', {
      key,
      ...(cameraId !== '' && { camera: cameraId }),
      wrong,
    });
  }
  return { kept, unreadable };
}

function whyUnusable(key: string, cameraId: string, value: unknown): string | undefined {
  if (!isSettingKey(key)) return 'there is no such setting';
  if (cameraId !== '' && !mayDiffer(key)) return 'it is one for the whole server';
  return faultsOf(key, value)[0];
}

function mayDiffer(key: SettingKey): boolean {
  return definitionOf(key).scope === 'both';
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}
