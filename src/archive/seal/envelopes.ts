/**
 * Chooses the envelope of a file: new ones as the settings say, stored ones by their first bytes, so that plain and
 * sealed files live beside each other after the setting was changed.
 */
import { err, ok } from '../../base/result.ts';
import type { Random } from '../../io/random.ts';
import type { Envelopes } from '../envelope.ts';
import { plainEnvelope } from '../envelope.ts';
import type { ArchiveFault } from '../types.ts';
import type { KeyRing } from './key-ring.ts';
import type { Preamble, PreambleFault } from './preamble.ts';
import { looksSealed, preambleHolds, readPreamble } from './preamble.ts';
import { SealedEnvelope } from './sealed-envelope.ts';

/** `sealing` false: new files are plain, sealed ones still open. */
export function makeEnvelopes(sealing: boolean, keys: KeyRing, random: Random): Envelopes {
  return {
    sealing,
    create: async (place, fileId) => {
      if (!sealing) return ok(plainEnvelope);
      const key = await keys.forWriting(place);
      if (!key.ok) return key;
      const preamble = { fileId, keyId: Buffer.from(key.value.id, 'hex') };
      return ok(new SealedEnvelope(preamble, key.value.secret, random));
    },
    open: async (place, start) => {
      if (!looksSealed(start)) return ok(plainEnvelope);
      const preamble = readPreamble(start);
      if (typeof preamble === 'string') return err(preambleFault(preamble));
      const key = await keys.find(place, keyIdOf(preamble));
      if (!key.ok) return key;
      if (!preambleHolds(start, preamble, key.value.secret)) return err(preambleFault('damaged'));
      return ok(new SealedEnvelope(preamble, key.value.secret, random));
    },
  };
}

function keyIdOf({ keyId }: Preamble): string {
  return Buffer.from(keyId).toString('hex');
}

function preambleFault(fault: PreambleFault): ArchiveFault {
  if (fault === 'newer')
    return { kind: 'damaged', message: 'A newer version of Sightline sealed this file; update this one.' };
  return { kind: 'damaged', message: 'The first 60 bytes of the file are damaged, or of another file.' };
}
