/**
 * Opens the database: checks that it is sound and not newer than this program, then brings it up to date.
 * Trouble comes back as a sentence that names the file and says what to do.
 */
import { stat } from 'node:fs/promises';
import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import { migrate, unknownSteps } from './migrations.ts';
import type { Schema } from './schema.ts';
import { openSqlite } from './sqlite.ts';

export interface DatabaseFault {
  readonly kind: 'corrupt' | 'newer' | 'unopenable';
  /** For people: which file, what is wrong, what to do. */
  readonly message: string;
}

export interface Database {
  /** For the query modules. */
  readonly queries: Kysely<Schema>;
  /** Whether it answers now. */
  answers(): Promise<boolean>;
  close(): Promise<void>;
}

/** A full check reads the whole file; beyond this size it would delay the start too long. */
const maxCheckedBytes = 64 * 1024 * 1024;

/** SQLite's primary result codes (sqlite3.h). */
const sqliteCorrupt = 11;
const sqliteNotADatabase = 26;

/** Opens or creates `file`; its folder has to exist. */
export async function openDatabase(file: string): Promise<Result<Database, DatabaseFault>> {
  let queries: Kysely<Schema> | undefined;
  try {
    queries = await openSqlite(file);
    const fault = await findFault(queries, file);
    if (fault) {
      await queries.destroy();
      return err(fault);
    }
    await migrate(queries);
    return ok(opened(queries));
  } catch (error) {
    await queries?.destroy();
    return err(explain(error, file));
  }
}

function opened(queries: Kysely<Schema>): Database {
  return {
    queries,
    answers: async () => {
      try {
        await sql`select 1`.execute(queries);
        return true;
      } catch {
        return false;
      }
    },
    close: () => queries.destroy(),
  };
}

async function findFault(queries: Kysely<Schema>, file: string): Promise<DatabaseFault | undefined> {
  if ((await sizeBytes(file)) <= maxCheckedBytes) {
    const { rows } = await sql<{ quick_check: string }>`pragma quick_check(1)`.execute(queries);
    const verdict = rows[0]?.quick_check;
    if (verdict !== 'ok') return corrupt(file, verdict ?? 'the check gave no answer');
  }
  const unknown = await unknownSteps(queries);
  if (unknown.length === 0) return undefined;
  return {
    kind: 'newer',
    message:
      `The database ${file} was written by a newer version of Sightline (it has ${unknown.join(', ')}, ` +
      'which this version does not know). Start that newer version, or restore a copy of the database made before the upgrade.',
  };
}

async function sizeBytes(file: string): Promise<number> {
  const found = await stat(file).catch(() => undefined);
  return found?.size ?? 0;
}

function explain(error: unknown, file: string): DatabaseFault {
  const reason = error instanceof Error ? error.message : String(error);
  const code = sqliteCode(error);
  if (code === sqliteCorrupt || code === sqliteNotADatabase) return corrupt(file, reason);
  return {
    kind: 'unopenable',
    message: `The database ${file} cannot be opened: ${reason}. Check that its folder exists and that this user may write to the file and the folder.`,
  };
}

/** Extended result codes carry the primary one in their low byte. */
function sqliteCode(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}

function corrupt(file: string, reason: string): DatabaseFault {
  return {
    kind: 'corrupt',
    message:
      `The database ${file} is damaged (${reason}). Restore it from a backup; or move it away together with ` +
      'its -wal and -shm files and start again with an empty one: cameras have to be added again, recorded files stay.',
  };
}
