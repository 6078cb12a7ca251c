/**
 * The key of this installation that signs exports: Ed25519, in a file of mode 0600, made when it is first needed.
 * As text a public key is `ed25519:` and its 32 bytes as base64 (RFC 8032, 5.1.5).
 */
import type { KeyObject } from 'node:crypto';
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import { writeFileAtomically } from '../../io/files.ts';
import type { ExportFault } from './order.ts';

const prefix = 'ed25519:';
/** What comes before the 32 bytes in a SubjectPublicKeyInfo (RFC 8410, 4). */
const spkiHead = Buffer.from('302a300506032b6570032100', 'hex');
const keyBytes = 32;

/** Reads it, or makes it when there is no file. */
export async function signingKey(path: string): Promise<Result<KeyObject, ExportFault>> {
  try {
    const found = await readIfThere(path);
    if (found === undefined) return ok(await makeKey(path));
    if (process.platform !== 'win32' && ((await stat(path)).mode & 0o077) !== 0)
      return fault(`The signing key ${path} can be read by others: give it mode 0600.`);
    const key = createPrivateKey(found);
    return key.asymmetricKeyType === 'ed25519' ? ok(key) : fault(`The key in ${path} is none of Ed25519.`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return fault(`The signing key ${path} cannot be read or made: ${why}.`);
  }
}

export function publicKeyOf(privateKey: KeyObject): string {
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return `${prefix}${spki.subarray(spkiHead.length).toString('base64')}`;
}

/** Undefined when the text is no public key. */
export function readPublicKey(text: string): KeyObject | undefined {
  const bytes = Buffer.from(text.slice(prefix.length), 'base64');
  if (!text.startsWith(prefix) || bytes.length !== keyBytes) return undefined;
  return createPublicKey({ key: Buffer.concat([spkiHead, bytes]), format: 'der', type: 'spki' });
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function makeKey(path: string): Promise<KeyObject> {
  const { privateKey } = generateKeyPairSync('ed25519');
  await writeFileAtomically(path, privateKey.export({ format: 'pem', type: 'pkcs8' }));
  return privateKey;
}

function fault(message: string): Result<never, ExportFault> {
  return err({ kind: 'failed', message });
}
