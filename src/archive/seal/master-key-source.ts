/**
 * Where the master key comes from: the environment, else a command's output, else a file of mode 0600.
 * Out: the keys, or words that say what to do. Neither keys nor what a command printed stand in an error.
 */
import { execFile } from 'node:child_process';
import { open, realpath } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import type { Result } from '../../base/result.ts';
import { err } from '../../base/result.ts';
import { writeFileAtomically } from '../../io/files.ts';
import { errorCode } from '../disk.ts';
import type { MasterKey, MasterKeys } from './master-key.ts';
import { masterKeyText, maxMasterKeyTextBytes, parseMasterKeys } from './master-key.ts';

/** Holds the key itself, or several. */
export const masterKeyVariable = 'SIGHTLINE_MASTER_KEY';

/** A command asks another machine, perhaps; nobody waits longer for a start. */
const commandTimeoutMs = 15_000;
/** Readable or writable by group or others. */
const othersMode = 0o077;

export type MasterKeySource =
  | { readonly kind: 'environment'; readonly text: string }
  | { readonly kind: 'command'; readonly command: readonly string[] }
  | { readonly kind: 'file'; readonly path: string };

export interface KeySourceFault {
  /** `absent`: there is no file yet. */
  readonly kind: 'absent' | 'refused';
  /** For people. */
  readonly message: string;
}

/** @param environmentText what `SIGHTLINE_MASTER_KEY` holds */
export function masterKeySource(
  seal: { readonly keyFile: string; readonly keyCommand?: readonly string[] | undefined },
  environmentText: string | undefined,
): MasterKeySource {
  if (environmentText !== undefined && environmentText !== '')
    return { kind: 'environment', text: environmentText };
  if (seal.keyCommand) return { kind: 'command', command: seal.keyCommand };
  return { kind: 'file', path: seal.keyFile };
}

export async function readMasterKeys(source: MasterKeySource): Promise<Result<MasterKeys, KeySourceFault>> {
  switch (source.kind) {
    case 'environment':
      return refusedUnless(parseMasterKeys(source.text, masterKeyVariable));
    case 'command':
      return printedKeys(source.command);
    case 'file':
      return storedKeys(source.path);
  }
}

/** Makes or replaces the file, for its owner only. Rejects with the system's error. */
export async function writeMasterKeys(path: string, keys: readonly MasterKey[]): Promise<void> {
  const note =
    '# Master key of Sightline. Whoever has it can open sealed recordings; without it nobody can.\n';
  // A link to a file on another disk stays a link.
  const target = await realpath(path).catch(() => path);
  await writeFileAtomically(target, note + masterKeyText(keys));
}

/** Words when the file would lie on a volume: whoever takes the disk would have both. */
export function keyFileOnVolume(path: string, volumes: readonly string[]): string | undefined {
  for (const volume of volumes) {
    const between = relative(resolve(volume), resolve(path));
    if (between === '..' || between.startsWith(`..${sep}`) || resolve(between) === between) continue;
    return `The master key ${path} lies on the volume ${volume}: whoever takes that disk would have key and footage. Name another place: storage.seal.keyFile.`;
  }
  return undefined;
}

async function storedKeys(path: string): Promise<Result<MasterKeys, KeySourceFault>> {
  try {
    const handle = await open(path, 'r');
    try {
      const { mode, size } = await handle.stat();
      const fault = modeFault(path, mode) ?? sizeFault(path, size);
      if (fault !== undefined) return refused(fault);
      return refusedUnless(parseMasterKeys(await handle.readFile('utf8'), `The master key file ${path}`));
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT')
      return err({ kind: 'absent', message: `There is no master key file ${path}.` });
    const reason = error instanceof Error ? error.message : String(error);
    return refused(`The master key file cannot be read: ${reason}`);
  }
}

function modeFault(path: string, mode: number): string | undefined {
  if (process.platform === 'win32' || (mode & othersMode) === 0) return undefined;
  const shown = (mode & 0o777).toString(8).padStart(4, '0');
  return `The master key file ${path} has the mode ${shown}: others than its owner can get at it. Run: chmod 600 '${path}'`;
}

function sizeFault(path: string, bytes: number): string | undefined {
  return bytes <= maxMasterKeyTextBytes
    ? undefined
    : `The master key file ${path} is too large to hold keys.`;
}

function printedKeys(command: readonly string[]): Promise<Result<MasterKeys, KeySourceFault>> {
  const [program = '', ...words] = command;
  const name = `The command for the master key (${program})`;
  const limits = {
    timeout: commandTimeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: maxMasterKeyTextBytes,
  } as const;
  return new Promise((done) => {
    execFile(program, words, { ...limits, shell: false, windowsHide: true }, (failure, printed) => {
      if (!failure) done(refusedUnless(parseMasterKeys(printed, `What ${name.toLowerCase()} printed`)));
      else done(refused(`${name} ${commandFault(failure)}. Run it by hand as the server's user.`));
    });
  });
}

function commandFault(failure: {
  readonly code?: string | number | null | undefined;
  readonly killed?: boolean | undefined;
}): string {
  if (failure.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return 'printed too much to be keys';
  if (failure.killed) return `gave no key within ${commandTimeoutMs / 1000} s`;
  return typeof failure.code === 'number'
    ? `ended with ${failure.code}`
    : `cannot be started (${failure.code})`;
}

function refused(message: string): Result<never, KeySourceFault> {
  return err({ kind: 'refused', message });
}

function refusedUnless(parsed: Result<MasterKeys, string>): Result<MasterKeys, KeySourceFault> {
  return parsed.ok ? parsed : refused(parsed.error);
}
