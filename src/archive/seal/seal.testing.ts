/**
 * For tests: envelopes that seal, with a master key of their own.
 */
import { systemRandom } from '../../io/random.ts';
import type { Disk } from '../disk.ts';
import { systemDisk } from '../disk.ts';
import type { Envelopes } from '../envelope.ts';
import { makeEnvelopes } from './envelopes.ts';
import { KeyRing } from './key-ring.ts';
import type { MasterKey } from './master-key.ts';
import { makeMasterKey } from './master-key.ts';

/** As a server with this master key has them; without one, as a thief has them. */
export function testEnvelopes(
  master: MasterKey | undefined,
  sealing = true,
  disk: Disk = systemDisk,
): Envelopes {
  const masters = master ? [master] : [];
  const locking = master && { master, recovery: undefined };
  const ring = new KeyRing({ disk, unlocking: { masters }, locking, random: systemRandom });
  return makeEnvelopes(sealing, ring, systemRandom);
}

export const newMaster = (): MasterKey => makeMasterKey(systemRandom);
