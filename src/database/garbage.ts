/**
 * Queries on the `garbage` table: files to be unlinked, because no row points to them any more, or none does yet.
 */
import type { Kysely, Selectable } from 'kysely';
import type { Schema } from './schema.ts';

type GarbageRow = Selectable<Schema['garbage']>;
type Queries = Kysely<Schema>;

/** SQLite takes 32766 values in one statement; these rows have three columns. */
const maxRowsAtOnce = 500;

/** In a transaction, or alone. One that is there already stays. */
export async function insertGarbage(queries: Queries, rows: readonly GarbageRow[]): Promise<void> {
  for (let at = 0; at < rows.length; at += maxRowsAtOnce) {
    await queries
      .insertInto('garbage')
      .values(rows.slice(at, at + maxRowsAtOnce))
      .onConflict((conflict) => conflict.column('path').doNothing())
      .execute();
  }
}

/** By path. @param page.after a path, or empty for the first page */
export function listGarbage(
  queries: Queries,
  volumeId: string,
  page: { readonly after: string; readonly limit: number },
): Promise<readonly GarbageRow[]> {
  return queries
    .selectFrom('garbage')
    .selectAll()
    .where('volume_id', '=', volumeId)
    .where('path', '>', page.after)
    .orderBy('path')
    .limit(page.limit)
    .execute();
}

export async function putGarbage(queries: Queries, rows: readonly GarbageRow[]): Promise<void> {
  await queries.transaction().execute((transaction) => insertGarbage(transaction, rows));
}

/** Their files are gone, durably. */
export async function forgetGarbage(queries: Queries, paths: readonly string[]): Promise<void> {
  for (let at = 0; at < paths.length; at += maxRowsAtOnce) {
    await queries
      .deleteFrom('garbage')
      .where('path', 'in', paths.slice(at, at + maxRowsAtOnce))
      .execute();
  }
}

/** In the transaction in which its owner's row is written: the file stays. See `archive/blobs.ts`. */
export async function keepBlob(transaction: Queries, path: string): Promise<void> {
  await transaction.deleteFrom('garbage').where('path', '=', path).execute();
}
