/**
 * What the command line's tools work with: the index, the volumes that are there, and the keys. In: settings. Out: all
 * of it, opened, or one sentence that says what to do.
 */
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import type { Disk } from '../../archive/disk.ts';
import { systemDisk } from '../../archive/disk.ts';
import type { Envelopes } from '../../archive/envelope.ts';
import { makeEnvelopes } from '../../archive/seal/envelopes.ts';
import { KeyRing } from '../../archive/seal/key-ring.ts';
import type { Keys } from '../../archive/seal/keys.ts';
import { openKeys } from '../../archive/seal/keys.ts';
import { masterKeyVariable } from '../../archive/seal/master-key-source.ts';
import type { RecoveryPrivateKey } from '../../archive/seal/recovery-key.ts';
import { parseRecoveryKey } from '../../archive/seal/recovery-key.ts';
import { volumeIdentity } from '../../archive/volume-identity.ts';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import { openDatabase } from '../../database/database.ts';
import { lockFolder } from '../../database/folder-lock.ts';
import { listVolumes } from '../../database/recordings.ts';
import type { Schema } from '../../database/schema.ts';
import { systemRandom } from '../../io/random.ts';
import type { Settings } from '../../settings/schema.ts';

interface ToolVolume {
  readonly id: string;
  readonly path: string;
}

export interface Toolbox {
  readonly disk: Disk;
  readonly queries: Kysely<Schema>;
  readonly envelopes: Envelopes;
  readonly keys: Keys;
  /** Those that are there. */
  readonly volumes: readonly ToolVolume[];
  /** Words for those that the settings or the index name, and that are not there. */
  readonly missing: readonly string[];
  volumePath(id: string): string | undefined;
  close(): Promise<void>;
}

export interface ToolNeeds {
  /** The server must not run meanwhile. */
  readonly alone: boolean;
  /** Opens what is sealed in place of the master key. */
  readonly recoveryKeyFile?: string | undefined;
}

export async function openToolbox(settings: Settings, needs: ToolNeeds): Promise<Result<Toolbox, string>> {
  const found = await access(settings.data).then(
    () => true,
    () => false,
  );
  if (!found) return err(`There is no data folder ${settings.data}. Name it with --data or --config.`);
  const keys = await openToolKeys(settings, needs.recoveryKeyFile);
  if (!keys.ok) return keys;
  const lock = needs.alone ? lockFolder(settings.data) : undefined;
  if (lock && !lock.ok) return err(lock.error.message);
  const release = (): void => {
    if (lock?.ok) lock.value.release();
  };
  const opened = await openDatabase(join(settings.data, 'sightline.sqlite'));
  if (!opened.ok) {
    release();
    return err(opened.error.message);
  }
  const { queries } = opened.value;
  const volumes = await findVolumes(settings, queries);
  const paths = new Map(volumes.there.map(({ id, path }) => [id, path]));
  return ok({
    ...keys.value,
    disk: systemDisk,
    queries,
    volumes: volumes.there,
    missing: volumes.missing,
    volumePath: (id) => paths.get(id),
    close: async () => {
      await opened.value.close();
      release();
    },
  });
}

export interface ToolKeys {
  readonly keys: Keys;
  readonly envelopes: Envelopes;
}

/** Keys alone, for files without an index. Nothing is made. */
export async function openToolKeys(
  { storage, data }: Settings,
  recoveryKeyFile: string | undefined,
): Promise<Result<ToolKeys, string>> {
  const recovery = recoveryKeyFile === undefined ? ok(undefined) : await readRecoveryKey(recoveryKeyFile);
  if (!recovery.ok) return recovery;
  const keys = await openKeys({
    storage: { ...storage, seal: { ...storage.seal, enabled: false } },
    data,
    environmentText: process.env[masterKeyVariable],
    random: systemRandom,
    disk: systemDisk,
  });
  if (!keys.ok) return keys;
  const unlocking = { masters: keys.value.masters, recovery: recovery.value };
  const ring = new KeyRing({ disk: systemDisk, unlocking, locking: undefined, random: systemRandom });
  return ok({ keys: keys.value, envelopes: makeEnvelopes(false, ring, systemRandom) });
}

async function readRecoveryKey(path: string): Promise<Result<RecoveryPrivateKey, string>> {
  try {
    return parseRecoveryKey(await readFile(path, 'utf8'));
  } catch (error) {
    return err(`The recovery key cannot be read: ${error instanceof Error ? error.message : ''}`);
  }
}

/** Those of the settings, and those that the index has recordings on. */
async function findVolumes(
  { storage }: Settings,
  queries: Kysely<Schema>,
): Promise<{ there: readonly ToolVolume[]; missing: readonly string[] }> {
  const known = await listVolumes(queries);
  const there = new Map<string, ToolVolume>();
  const missing: string[] = [];
  for (const path of new Set([...storage.volumes, ...known].map((volume) => volume.path))) {
    const identity = await volumeIdentity(systemDisk, path);
    // Where the settings say it is comes first: the index may be a copy, and remember the original.
    if (identity.kind === 'is') there.set(identity.id, there.get(identity.id) ?? { id: identity.id, path });
    // A volume of the settings that was never used is nothing that is missing.
    else if (known.some((volume) => volume.path === path)) missing.push(path);
  }
  const lost = known.filter(({ id, path }) => missing.includes(path) && !there.has(id));
  return { there: [...there.values()], missing: lost.map(({ path }) => `The volume ${path} is not there.`) };
}
