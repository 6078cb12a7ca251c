/**
 * A data key as it lies on a volume: wrapped, once for each key that may open it.
 * In: text of a key file and keys. Out: the data key, or the text again with other wraps.
 *
 * What it is wrapped with is bound to owner, day and id: a key file that was renamed or moved opens nothing.
 */
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { Random } from '../../io/random.ts';
import { deriveKey, keyBytes, nonceBytes, openBytes, sealBytes } from './aead.ts';
import type { MasterKey } from './master-key.ts';
import { idBytes } from './preamble.ts';
import type { RecoveryPrivateKey, RecoveryPublicKey } from './recovery-key.ts';
import { agreeForOpening, agreeForSealing } from './recovery-key.ts';

/** Ten wraps take 3 KB. */
export const maxKeyFileBytes = 64 * 1024;
/** The master key, the one before it while keys are rotated, and recovery keys. */
const maxWraps = 16;

export interface DataKey {
  /** 32 hex digits. */
  readonly id: string;
  readonly secret: Uint8Array;
}

/** Keys that open data keys. */
export interface Unlocking {
  readonly masters: readonly MasterKey[];
  readonly recovery?: RecoveryPrivateKey | undefined;
}

/** Keys that data keys are wrapped for. */
export interface Locking {
  readonly master: MasterKey;
  readonly recovery: RecoveryPublicKey | undefined;
}

const base64 = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9+/]*={0,2}$/);
const keyName = z.string().regex(/^[0-9a-f]{16}$/);
const sealed = { key: keyName, nonce: base64, sealed: base64 };
const wrapSchema = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('master'), ...sealed }),
  z.strictObject({ by: z.literal('recovery'), ...sealed, public: base64 }),
]);
type Wrap = z.infer<typeof wrapSchema>;

const keyFileSchema = z.strictObject({
  sightlineDataKey: z.literal(1),
  owner: z.string().min(1).max(100),
  day: z.string().min(1).max(20),
  id: z.string().regex(/^[0-9a-f]{32}$/),
  wraps: z.array(wrapSchema).max(maxWraps),
});
export type KeyFile = z.infer<typeof keyFileSchema>;

/** Never throws. */
export function parseKeyFile(text: string): Result<KeyFile, 'damaged'> {
  try {
    const parsed = keyFileSchema.safeParse(JSON.parse(text));
    return parsed.success ? ok(parsed.data) : err('damaged');
  } catch {
    return err('damaged');
  }
}

export function keyFileText(file: KeyFile): string {
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** A new key, and the file that keeps it. */
export function makeDataKey(
  place: { readonly owner: string; readonly day: string },
  locking: Locking,
  random: Random,
): { readonly key: DataKey; readonly file: KeyFile } {
  const id = Buffer.from(random(idBytes)).toString('hex');
  const key = { id, secret: random(keyBytes) };
  const empty: KeyFile = { sightlineDataKey: 1, owner: place.owner, day: place.day, id, wraps: [] };
  return { key, file: wrapFor(empty, key, locking, random) };
}

/** The same data key, wrapped for these keys and no other. */
export function wrapFor(file: KeyFile, key: DataKey, locking: Locking, random: Random): KeyFile {
  const wraps: Wrap[] = [wrapForMaster(file, key, locking.master, random)];
  if (locking.recovery) wraps.push(wrapForRecovery(file, key, locking.recovery, random));
  return { ...file, wraps };
}

/** Whether `wrapFor` would change for whom the key is wrapped. */
export function isWrappedFor({ wraps }: KeyFile, { master, recovery }: Locking): boolean {
  const wanted = recovery ? [`master ${master.id}`, `recovery ${recovery.id}`] : [`master ${master.id}`];
  return wraps.length === wanted.length && wraps.every(({ by, key }) => wanted.includes(`${by} ${key}`));
}

/** Tries what there is. `no-key`: it is wrapped for other keys. `damaged`: for one of these, and it does not open. */
export function unlock(file: KeyFile, unlocking: Unlocking): Result<DataKey, 'no-key' | 'damaged'> {
  let met = false;
  for (const wrap of file.wraps) {
    const key = wrappingKey(wrap, unlocking);
    if (key === undefined) continue;
    met = true;
    const nonce = Buffer.from(wrap.nonce, 'base64');
    const secret = openBytes(key, Buffer.from(wrap.sealed, 'base64'), {
      nonce,
      context: context(file, wrap),
    });
    if (secret?.length === keyBytes) return ok({ id: file.id, secret });
  }
  return err(met ? 'damaged' : 'no-key');
}

function wrappingKey(wrap: Wrap, { masters, recovery }: Unlocking): KeyObject | undefined {
  if (wrap.by === 'master') {
    const master = masters.find(({ id }) => id === wrap.key);
    return master && masterWrappingKey(master);
  }
  if (recovery?.id !== wrap.key) return undefined;
  const shared = agreeForOpening(recovery, Buffer.from(wrap.public, 'base64'));
  return shared && recoveryWrappingKey(shared);
}

function wrapForMaster(file: KeyFile, key: DataKey, master: MasterKey, random: Random): Wrap {
  const head = { by: 'master', key: master.id } as const;
  return { ...head, ...sealedWith(masterWrappingKey(master), key, context(file, head), random) };
}

function wrapForRecovery(file: KeyFile, key: DataKey, recovery: RecoveryPublicKey, random: Random): Wrap {
  const head = { by: 'recovery', key: recovery.id } as const;
  const { shared, publicKey } = agreeForSealing(recovery);
  const sealedKey = sealedWith(recoveryWrappingKey(shared), key, context(file, head), random);
  return { ...head, ...sealedKey, public: Buffer.from(publicKey).toString('base64') };
}

function sealedWith(wrapping: KeyObject, key: DataKey, bound: Uint8Array, random: Random) {
  const nonce = random(nonceBytes);
  const bytes = sealBytes(wrapping, key.secret, { nonce, context: bound });
  return { nonce: Buffer.from(nonce).toString('base64'), sealed: Buffer.from(bytes).toString('base64') };
}

const noSalt = new Uint8Array(0);

function masterWrappingKey(master: MasterKey): KeyObject {
  return deriveKey(master.secret, noSalt, 'sightline wrap 1');
}

function recoveryWrappingKey({ secret, salt }: { secret: Uint8Array; salt: Uint8Array }): KeyObject {
  return deriveKey(secret, salt, 'sightline recovery wrap 1');
}

function context(file: KeyFile, wrap: { readonly by: string; readonly key: string }): Uint8Array {
  const parts = ['sightline data key 1', file.owner, file.day, file.id, wrap.by, wrap.key];
  return new TextEncoder().encode(JSON.stringify(parts));
}
