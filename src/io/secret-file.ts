/**
 * The secret of the server: from the environment, else a file of mode 0600 that the first start makes.
 * Out: 32 bytes, or words that say what to do. The secret stands in no error.
 */
import { open } from 'node:fs/promises';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import { writeFileAtomically } from './files.ts';
import type { Random } from './random.ts';
import { secretBytes } from './secret-box.ts';

/** Holds the secret itself, and goes before the file. */
export const secretVariable = 'SIGHTLINE_SECRET_KEY';

export interface ServerSecret {
  readonly secret: Uint8Array;
  /** There was none. */
  readonly made: boolean;
}

/** A note and a line of 44 characters. */
const maxFileBytes = 4096;
/** Readable or writable by group or others. */
const othersMode = 0o077;

/** @param environmentText what `SIGHTLINE_SECRET_KEY` holds */
export async function serverSecret(
  file: string,
  environmentText: string | undefined,
  random: Random,
): Promise<Result<ServerSecret, string>> {
  if (environmentText !== undefined && environmentText !== '')
    return parsed(environmentText, `The variable ${secretVariable}`);
  try {
    const text = await readSecret(file);
    if (text === undefined) return ok({ secret: await writeNew(file, random), made: true });
    return text.ok ? parsed(text.value, `The file ${file}`) : text;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return err(`The secret of the server cannot be read or made: ${reason}`);
  }
}

/** Undefined: there is no file. */
async function readSecret(file: string): Promise<Result<string, string> | undefined> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!handle) return undefined;
  try {
    const { mode, size } = await handle.stat();
    if (process.platform !== 'win32' && (mode & othersMode) !== 0) return err(openToOthers(file, mode));
    if (size > maxFileBytes) return err(`The file ${file} is too large to be the secret of the server.`);
    return ok(await handle.readFile('utf8'));
  } finally {
    await handle.close();
  }
}

function openToOthers(file: string, mode: number): string {
  const shown = (mode & 0o777).toString(8).padStart(4, '0');
  return `The file ${file} has the mode ${shown}: others than its owner can get at it. Run: chmod 600 '${file}'`;
}

async function writeNew(file: string, random: Random): Promise<Uint8Array> {
  const secret = random(secretBytes);
  const note =
    '# Secret of this Sightline server: it opens the passwords of cameras and devices in the database.\n';
  await writeFileAtomically(file, `${note}${Buffer.from(secret).toString('base64')}\n`);
  return secret;
}

/** 64 hex digits or base64, after lines that begin with `#`. */
function parsed(text: string, where: string): Result<ServerSecret, string> {
  const word = text.replaceAll(/^#.*$/gm, '').trim();
  if (/^[0-9a-fA-F]{64}$/.test(word)) return ok({ secret: Buffer.from(word, 'hex'), made: false });
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(word)) return ok({ secret: Buffer.from(word, 'base64'), made: false });
  return err(
    `${where} holds no secret: 32 random bytes as base64 or hex, for example of \`openssl rand -base64 32\`. ` +
      'Restore it from a backup. Without it the passwords of cameras and devices have to be entered anew: ' +
      'then remove it, and the next start makes another.',
  );
}
