/**
 * One server per data folder. In: the folder. Out: a lock that the system lets go of when the process
 * dies, however it dies, or a sentence that names the folder and says what to do.
 *
 * Node has no file locks, SQLite has them on every system: an exclusive transaction on an empty database
 * beside the real one. The real one is not locked itself, so that it can be read while the server runs.
 */
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';

export interface FolderLock {
  release(): void;
}

export interface LockFault {
  /** `taken`: by another server. `unlockable`: the folder cannot be written to, or cannot be locked. */
  readonly kind: 'taken' | 'unlockable';
  /** For people: which folder, what is wrong, what to do. */
  readonly message: string;
}

/** A server that is being restarted may still be stopping. Nothing else runs yet, so waiting blocks nobody. */
const patienceMs = 2000;
const privateMode = 0o600;

/** Primary result code for a lock that is held (sqlite3.h). */
const sqliteBusy = 5;

/** The folder has to exist. */
export function lockFolder(folder: string): Result<FolderLock, LockFault> {
  let driver: DatabaseSync | undefined;
  try {
    const file = join(folder, 'sightline.lock');
    closeSync(openSync(file, 'a', privateMode));
    const held = new DatabaseSync(file, { timeout: patienceMs });
    driver = held;
    held.exec('begin exclusive');
    return ok({ release: () => held.close() });
  } catch (error) {
    driver?.close();
    return err(explain(error, folder));
  }
}

function explain(error: unknown, folder: string): LockFault {
  if (isBusy(error)) {
    return {
      kind: 'taken',
      message:
        `The data folder ${folder} is in use by another Sightline. ` +
        'Stop that one, or give this one a folder of its own: --data.',
    };
  }
  const reason = error instanceof Error ? error.message : String(error);
  return {
    kind: 'unlockable',
    message: `The data folder ${folder} cannot be locked: ${reason}. Check that this user may write to it, or choose another with --data.`,
  };
}

/** Extended result codes carry the primary one in their low byte. */
function isBusy(error: unknown): boolean {
  if (!(error instanceof Error) || !('errcode' in error)) return false;
  return typeof error.errcode === 'number' && (error.errcode & 0xff) === sqliteBusy;
}
