/**
 * The thread that holds the SQLite file, so that a commit that waits for a slow disk holds up nothing else.
 *
 * In:  `Question`s, one after another. Out: an `Answer` to each, in the same order. Only this file names the
 * driver's class, which later Node versions rename.
 */
import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

export interface Question {
  readonly id: number;
  readonly sql: string;
  readonly values: readonly unknown[];
}

export type Answer =
  | { readonly id: number; readonly rows: readonly unknown[] }
  | { readonly id: number; readonly changes: number | bigint; readonly lastId: number | bigint }
  | { readonly id: number; readonly message: string; readonly errcode: number | undefined };

/** The answer with this id comes first: whether the file could be opened. */
export const openingId = 0;
/** Asks for the file to be closed; the last question. */
export const closing = 'close';

/** For its owner only: camera passwords stand in it. SQLite gives the files beside it the same mode. */
const privateMode = 0o600;
/** Another process (a backup, a person with a SQLite shell) may hold the file for a moment. */
const busyTimeoutMs = 5000;
/** The program has about 150 different statements; those that only a migration uses may go. */
const maxPrepared = 300;

const prepared = new Map<string, StatementSync>();

function open(file: string): DatabaseSync {
  closeSync(openSync(file, 'a', privateMode));
  const driver = new DatabaseSync(file, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true });
  try {
    driver.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;');
  } catch (error) {
    driver.close();
    throw error;
  }
  return driver;
}

function answer(driver: DatabaseSync, { id, sql, values }: Question): Answer {
  const statement = prepare(driver, sql);
  // The driver itself refuses, with an error, values that SQLite cannot hold.
  const bound = values as SQLInputValue[];
  if (statement.columns().length > 0) return { id, rows: statement.all(...bound) };
  const { changes, lastInsertRowid } = statement.run(...bound);
  return { id, changes, lastId: lastInsertRowid };
}

function prepare(driver: DatabaseSync, sql: string): StatementSync {
  const known = prepared.get(sql);
  if (known) return known;
  const statement = driver.prepare(sql);
  prepared.set(sql, statement);
  if (prepared.size > maxPrepared) prepared.delete(prepared.keys().next().value ?? sql);
  return statement;
}

function fault(id: number, error: unknown): Answer {
  const message = error instanceof Error ? error.message : String(error);
  const code = typeof error === 'object' && error !== null && 'errcode' in error ? error.errcode : undefined;
  return { id, message, errcode: typeof code === 'number' ? code : undefined };
}

function serve(file: string): void {
  const port = parentPort;
  if (!port) throw new Error('this file is the program of a thread');
  let driver: DatabaseSync;
  try {
    driver = open(file);
  } catch (error) {
    port.postMessage(fault(openingId, error));
    return port.close();
  }
  port.on('message', (question: Question | typeof closing) => {
    if (question === closing) {
      driver.close();
      return port.close();
    }
    try {
      port.postMessage(answer(driver, question));
    } catch (error) {
      port.postMessage(fault(question.id, error));
    }
  });
  port.postMessage({ id: openingId, rows: [] } satisfies Answer);
}

if (parentPort) serve(workerData as string);
