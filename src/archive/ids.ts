/**
 * Ids of everything the archive makes: a prefix and 80 random bits.
 */
import { cameraId } from '../base/ids.ts';
import type { Random } from '../io/random.ts';

/** `rec_` (or another prefix) and 16 characters of Crockford's base 32, lower case. */
export function newId(prefix: 'rec' | 'run' | 'vol' | 'del', random: Random): string {
  return prefix + cameraId(random(16)).slice('cam'.length);
}
