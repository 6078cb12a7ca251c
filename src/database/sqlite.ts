/**
 * Kysely's SQLite dialect over `node:sqlite`. In goes a file name, out comes a Kysely instance.
 *
 * What was committed survives a crash and a power cut: write-ahead log with `synchronous=FULL`.
 * Only this file names the driver's class, which later Node versions rename.
 */
import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import type { SqliteDatabase, SqliteStatement } from 'kysely';
import { Kysely, SqliteDialect } from 'kysely';
import type { Schema } from './schema.ts';

/** For its owner only: camera passwords stand in it. SQLite gives the files beside it the same mode. */
const privateMode = 0o600;

/** Another process (a backup, a person with a SQLite shell) may hold the file for a moment. */
const busyTimeoutMs = 5000;

/** Opens or creates the file. Throws the driver's error when it cannot. */
export function openSqlite(file: string): Kysely<Schema> {
  closeSync(openSync(file, 'a', privateMode));
  const driver = new DatabaseSync(file, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true });
  try {
    driver.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;');
  } catch (error) {
    driver.close();
    throw error;
  }
  return new Kysely<Schema>({ dialect: new SqliteDialect({ database: forKysely(driver) }) });
}

function forKysely(driver: DatabaseSync): SqliteDatabase {
  return {
    close: () => driver.close(),
    prepare: (text) => statement(driver.prepare(text)),
  };
}

function statement(prepared: StatementSync): SqliteStatement {
  return {
    reader: prepared.columns().length > 0,
    all: (values) => prepared.all(...bound(values)),
    run: (values) => prepared.run(...bound(values)),
    iterate: (values) => prepared.iterate(...bound(values)),
  };
}

/** The driver itself refuses, with an error, values that SQLite cannot hold. */
function bound(values: readonly unknown[]): SQLInputValue[] {
  return values as SQLInputValue[];
}
