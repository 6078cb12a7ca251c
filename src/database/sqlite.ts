/**
 * Kysely's SQLite dialect over a thread of its own (`sqlite-thread.ts`). In goes a file name, out comes a Kysely instance.
 *
 * What was committed survives a crash and a power cut: write-ahead log with `synchronous=FULL`. The thread keeps the
 * process alive while an answer is awaited, and not otherwise.
 */
import { Worker } from 'node:worker_threads';
import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from 'kysely';
import {
  CompiledQuery as Query,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { Schema } from './schema.ts';
import type { Answer, Question } from './sqlite-thread.ts';
import { closing, openingId } from './sqlite-thread.ts';

/** An error of the engine, as the driver gave it. */
class SqliteError extends Error {
  /** Extended result code of SQLite; undefined when the driver itself refused. */
  readonly errcode: number | undefined;

  constructor(message: string, errcode: number | undefined) {
    super(message);
    this.errcode = errcode;
  }
}

type Good = Exclude<Answer, { readonly message: string }>;

interface Waiting {
  readonly resolve: (answer: Good) => void;
  readonly reject: (error: Error) => void;
}

/** Opens or creates the file. Rejects with the driver's error when it cannot. */
export async function openSqlite(file: string): Promise<Kysely<Schema>> {
  const thread = new Thread(file);
  await thread.opened;
  return new Kysely<Schema>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new ThreadDriver(thread),
      createIntrospector: (database) => new SqliteIntrospector(database),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });
}

class Thread {
  readonly opened: Promise<Good>;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #ended: Promise<void>;
  #lastId = openingId;
  #fault: Error | undefined;

  constructor(file: string) {
    this.#worker = new Worker(new URL('sqlite-thread.ts', import.meta.url), { workerData: file });
    this.opened = this.#await(openingId);
    this.#worker.on('message', (answer: Answer) => this.#settle(answer));
    this.#worker.on('error', (error) =>
      this.#fail(error instanceof Error ? error : new Error(String(error))),
    );
    const ended = Promise.withResolvers<void>();
    this.#ended = ended.promise;
    this.#worker.once('exit', () => {
      this.#fail(new Error('the database was closed'));
      ended.resolve();
    });
  }

  ask(sql: string, values: readonly unknown[]): Promise<Good> {
    if (this.#fault) return Promise.reject(this.#fault);
    this.#lastId += 1;
    const answer = this.#await(this.#lastId);
    this.#worker.postMessage({ id: this.#lastId, sql, values } satisfies Question);
    return answer;
  }

  close(): Promise<void> {
    this.#worker.ref();
    this.#worker.postMessage(closing);
    return this.#ended;
  }

  #await(id: number): Promise<Good> {
    const { promise, resolve, reject } = Promise.withResolvers<Good>();
    this.#waiting.set(id, { resolve, reject });
    if (this.#waiting.size === 1) this.#worker.ref();
    return promise;
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ('message' in answer) waiting?.reject(new SqliteError(answer.message, answer.errcode));
    else waiting?.resolve(answer);
  }

  #fail(error: Error): void {
    this.#fault ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#fault);
    this.#waiting.clear();
  }
}

/** One connection; Kysely lets one transaction after another have it. */
class ThreadDriver implements Driver {
  readonly #thread: Thread;
  readonly #connection: ThreadConnection;

  constructor(thread: Thread) {
    this.#thread = thread;
    this.#connection = new ThreadConnection(thread);
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }

  async beginTransaction(): Promise<void> {
    await this.#connection.executeQuery(Query.raw('begin immediate'));
  }

  async commitTransaction(): Promise<void> {
    await this.#connection.executeQuery(Query.raw('commit'));
  }

  async rollbackTransaction(): Promise<void> {
    await this.#connection.executeQuery(Query.raw('rollback'));
  }

  async releaseConnection(): Promise<void> {}

  destroy(): Promise<void> {
    return this.#thread.close();
  }
}

class ThreadConnection implements DatabaseConnection {
  readonly #thread: Thread;

  constructor(thread: Thread) {
    this.#thread = thread;
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const answer = await this.#thread.ask(sql, parameters);
    if ('rows' in answer) return { rows: answer.rows as Row[] };
    return { rows: [], numAffectedRows: BigInt(answer.changes), insertId: BigInt(answer.lastId) };
  }

  /** Nothing streams: every query has a limit. */
  streamQuery(): AsyncIterableIterator<never> {
    throw new Error('queries are not streamed');
  }
}
