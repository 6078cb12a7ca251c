/**
 * Queries on `users`: rows in the database, `StoredUser` outside of it.
 */
import type { Kysely, Selectable } from 'kysely';
import type { Schema } from './schema.ts';
import { handOnViews } from './views.ts';

export interface StoredUser {
  readonly id: string;
  readonly name: string;
  /** What is unique: `name` in NFKC and lower case. */
  readonly nameKey: string;
  /** argon2id, PHC string; null: signs in elsewhere only. */
  readonly passwordHash: string | null;
  /** `<issuer>|<subject>` of an OpenID Connect login. */
  readonly externalSubject: string | null;
  readonly role: string;
  /** JSON text. */
  readonly grants: string;
  readonly disabled: boolean;
  readonly createdMs: number;
  readonly changedMs: number;
  readonly signedInMs: number | null;
}

type Queries = Kysely<Schema>;

/** All, oldest first. */
export async function listUsers(queries: Queries): Promise<readonly StoredUser[]> {
  const rows = await queries.selectFrom('users').selectAll().orderBy('created_ms').orderBy('id').execute();
  return rows.map(userOf);
}

/** Throws when the id or the name exists already. */
export async function insertUser(queries: Queries, user: StoredUser): Promise<void> {
  await queries.insertInto('users').values(rowOf(user)).execute();
}

/** As `insertUser`, but false and nothing changed when somebody with `role` exists already. */
export async function insertFirstUser(queries: Queries, user: StoredUser): Promise<boolean> {
  return queries.transaction().execute(async (inside) => {
    const found = await inside
      .selectFrom('users')
      .select('id')
      .where('role', '=', user.role)
      .executeTakeFirst();
    if (found) return false;
    await insertUser(inside, user);
    return true;
  });
}

export async function updateUser(queries: Queries, user: StoredUser): Promise<void> {
  const { id, ...columns } = rowOf(user);
  await queries.updateTable('users').set(columns).where('id', '=', id).execute();
}

/**
 * With everything that acts in the user's name, and with the views that nobody else sees.
 * @param heirId who has the shared ones from now on
 * @returns their ids
 */
export async function deleteUser(queries: Queries, id: string, heirId: string): Promise<readonly string[]> {
  return queries.transaction().execute(async (inside) => {
    for (const table of ['user_sessions', 'api_keys', 'share_links'] as const)
      await inside.deleteFrom(table).where('user_id', '=', id).execute();
    await inside.deleteFrom('users').where('id', '=', id).execute();
    return handOnViews(inside, id, heirId);
  });
}

function userOf(row: Selectable<Schema['users']>): StoredUser {
  return {
    id: row.id,
    name: row.name,
    nameKey: row.name_key,
    passwordHash: row.password_hash,
    externalSubject: row.external_subject,
    role: row.role,
    grants: row.grants,
    disabled: row.disabled !== 0,
    createdMs: row.created_ms,
    changedMs: row.changed_ms,
    signedInMs: row.signed_in_ms,
  };
}

function rowOf(user: StoredUser): Schema['users'] {
  return {
    id: user.id,
    name: user.name,
    name_key: user.nameKey,
    password_hash: user.passwordHash,
    external_subject: user.externalSubject,
    role: user.role,
    grants: user.grants,
    disabled: user.disabled ? 1 : 0,
    created_ms: user.createdMs,
    changed_ms: user.changedMs,
    signed_in_ms: user.signedInMs,
  };
}
