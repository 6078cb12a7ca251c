/**
 * Opens the keys of recordings for the running server. In: settings and the environment. Out: the envelopes that the
 * archive writes and reads with, or a `StartFault` that says what a person can do.
 */
import { systemDisk } from '../archive/disk.ts';
import type { Envelopes } from '../archive/envelope.ts';
import { makeEnvelopes } from '../archive/seal/envelopes.ts';
import type { KeyRing } from '../archive/seal/key-ring.ts';
import { openKeys } from '../archive/seal/keys.ts';
import { masterKeyVariable } from '../archive/seal/master-key-source.ts';
import type { Log } from '../base/log.ts';
import type { Random } from '../io/random.ts';
import type { Settings } from '../settings/schema.ts';
import { StartFault } from '../settings/start-fault.ts';

export interface Sealing {
  readonly envelopes: Envelopes;
  /** Whether there is a master key: sealed recordings can be read then. */
  readonly keysHere: boolean;
  readonly ring: KeyRing;
}

/** Takes the master key out of the environment: no worker that is started later inherits it. */
export async function openSealing(
  { data, storage }: Settings,
  { log, random }: { readonly log: Log; readonly random: Random },
): Promise<Sealing> {
  const environmentText = process.env[masterKeyVariable];
  delete process.env[masterKeyVariable];
  const keys = await openKeys({ storage, data, environmentText, random, disk: systemDisk });
  if (!keys.ok) throw new StartFault(keys.error);
  if (keys.value.note !== undefined) log.warn(keys.value.note);
  const envelopes = makeEnvelopes(storage.seal.enabled, keys.value.ring, random);
  return { envelopes, keysHere: keys.value.masters.length > 0, ring: keys.value.ring };
}
