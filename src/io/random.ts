/**
 * Randomness that nobody can guess. Users take `Random` as an argument, so that tests are repeatable.
 */
import { randomBytes } from 'node:crypto';

/** Fresh bytes, as many as asked for. */
export type Random = (bytes: number) => Uint8Array;

export const systemRandom: Random = (bytes) => randomBytes(bytes);
