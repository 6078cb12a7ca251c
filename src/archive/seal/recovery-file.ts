/**
 * The public half of the recovery key as it lies in the data folder. In: the file and the master keys. Out: the key.
 *
 * It is checked with a master key: whoever may write to the disk, but has no master key, cannot put a key of their
 * own in its place and have new recordings wrapped for it.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import { writeFileAtomically } from '../../io/files.ts';
import { deriveKey } from './aead.ts';
import { errorCode } from '../disk.ts';
import type { MasterKey } from './master-key.ts';
import type { RecoveryPublicKey } from './recovery-key.ts';
import { recoveryPublicKey } from './recovery-key.ts';

const recoveryFileSchema = z.strictObject({
  sightlineRecoveryKey: z.literal(1),
  public: z.string().regex(/^[A-Za-z0-9+/]{43}=$/),
  /** One for each master key that knows it. */
  checks: z.array(z.strictObject({ key: z.string().max(16), check: z.string().max(44) })).max(16),
});

/** Undefined when there is none; words when the file is there and not to be trusted. */
export async function readRecoveryFile(
  path: string,
  masters: readonly MasterKey[],
): Promise<Result<RecoveryPublicKey | undefined, string>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return ok(undefined);
    return err(`The recovery key ${path} cannot be read: ${error instanceof Error ? error.message : ''}`);
  }
  const file = parse(text);
  if (!file) return err(`The recovery key ${path} is damaged. ${help}`);
  const bytes = Buffer.from(file.public, 'base64');
  const trusted = file.checks.some(({ key, check }) =>
    masters.some((master) => master.id === key && sameCheck(checkOf(bytes, master), check)),
  );
  return trusted
    ? ok(recoveryPublicKey(bytes))
    : err(`The recovery key ${path} was not written by this server. ${help}`);
}

const help = 'Make a new one with `sightline keys recovery --replace`, or restore the file.';

/** Rejects with the system's error. */
export async function writeRecoveryFile(
  path: string,
  recovery: RecoveryPublicKey,
  masters: readonly MasterKey[],
): Promise<void> {
  const checks = masters.map((master) => ({
    key: master.id,
    check: checkOf(recovery.bytes, master).toString('base64'),
  }));
  const file = { sightlineRecoveryKey: 1, public: Buffer.from(recovery.bytes).toString('base64'), checks };
  await writeFileAtomically(path, `${JSON.stringify(file, null, 2)}\n`);
}

function parse(text: string): z.infer<typeof recoveryFileSchema> | undefined {
  try {
    return recoveryFileSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function checkOf(publicBytes: Uint8Array, master: MasterKey): Buffer {
  const key = deriveKey(master.secret, new Uint8Array(0), 'sightline recovery file 1');
  return createHmac('sha256', key).update(publicBytes).digest();
}

function sameCheck(expected: Buffer, text: string): boolean {
  const given = Buffer.from(text, 'base64');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
