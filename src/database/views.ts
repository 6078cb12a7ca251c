/**
 * Queries on the `views` table: saved arrangements of cameras.
 */
import type { Kysely, Selectable } from 'kysely';
import type { Schema } from './schema.ts';

export interface StoredView {
  readonly id: string;
  /** Of the account, or another name that `ownerOf` gives. */
  readonly ownerId: string;
  /** Null where it is no account, or one that was deleted. */
  readonly ownerName: string | null;
  readonly name: string;
  readonly shared: boolean;
  /** JSON text. */
  readonly layout: string;
  readonly createdMs: number;
  readonly changedMs: number;
}

export type ViewFields = Partial<Pick<StoredView, 'name' | 'shared' | 'layout'>>;

type NewView = Omit<StoredView, 'ownerName' | 'changedMs'>;

/** Their own and those that everybody sees, in no order. */
export async function viewsFor(queries: Kysely<Schema>, ownerId: string): Promise<readonly StoredView[]> {
  const rows = await selection(queries)
    .where((eb) => eb.or([eb('views.user_id', '=', ownerId), eb('views.shared', '=', 1)]))
    .execute();
  return rows.map(fromRow);
}

/** Undefined when there is none. */
export async function viewById(queries: Kysely<Schema>, id: string): Promise<StoredView | undefined> {
  const row = await selection(queries).where('views.id', '=', id).executeTakeFirst();
  return row && fromRow(row);
}

/** False when the owner has `most` already. */
export async function insertView(queries: Kysely<Schema>, view: NewView, most: number): Promise<boolean> {
  return queries.transaction().execute(async (inside) => {
    const { count } = await inside
      .selectFrom('views')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('user_id', '=', view.ownerId)
      .executeTakeFirstOrThrow();
    if (count >= most) return false;
    await inside
      .insertInto('views')
      .values({
        id: view.id,
        user_id: view.ownerId,
        name: view.name,
        shared: Number(view.shared),
        layout: view.layout,
        created_ms: view.createdMs,
        changed_ms: view.createdMs,
      })
      .execute();
    return true;
  });
}

/** False when there is none any more. */
export async function changeView(
  queries: Kysely<Schema>,
  id: string,
  { name, shared, layout }: ViewFields,
  changedMs: number,
): Promise<boolean> {
  const result = await queries
    .updateTable('views')
    .set({
      changed_ms: changedMs,
      ...(name !== undefined && { name }),
      ...(shared !== undefined && { shared: Number(shared) }),
      ...(layout !== undefined && { layout }),
    })
    .where('id', '=', id)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** False when there was none. */
export async function deleteView(queries: Kysely<Schema>, id: string): Promise<boolean> {
  const result = await queries.deleteFrom('views').where('id', '=', id).executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/**
 * The owner goes: views that nobody else sees are deleted, those that are shared are another's from now on, even where
 * that one has more than may be made then.
 * @returns ids of the shared ones
 */
export async function handOnViews(
  queries: Kysely<Schema>,
  ownerId: string,
  heirId: string,
): Promise<readonly string[]> {
  await queries.deleteFrom('views').where('user_id', '=', ownerId).where('shared', '=', 0).execute();
  const handed = await queries
    .updateTable('views')
    .set({ user_id: heirId })
    .where('user_id', '=', ownerId)
    .returning('id')
    .execute();
  return handed.map(({ id }) => id);
}

function selection(queries: Kysely<Schema>) {
  return queries
    .selectFrom('views')
    .leftJoin('users', 'users.id', 'views.user_id')
    .selectAll('views')
    .select('users.name as owner_name');
}

function fromRow(row: Selectable<Schema['views']> & { owner_name: string | null }): StoredView {
  return {
    id: row.id,
    ownerId: row.user_id,
    ownerName: row.owner_name,
    name: row.name,
    shared: row.shared === 1,
    layout: row.layout,
    createdMs: row.created_ms,
    changedMs: row.changed_ms,
  };
}
