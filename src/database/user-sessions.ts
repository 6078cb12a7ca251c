/**
 * Queries on `user_sessions`: rows in the database, `StoredSession` outside of it.
 */
import type { Kysely } from 'kysely';
import type { Schema } from './schema.ts';

export interface StoredSession {
  readonly id: string;
  /** SHA-256 of what the cookie holds, hex. */
  readonly secretHash: string;
  readonly userId: string;
  /** `password`, `oidc`, `setup` or `proxy`. */
  readonly method: string;
  /** IP address and user agent it began with. */
  readonly address: string;
  readonly client: string;
  readonly createdMs: number;
  readonly seenMs: number;
  readonly expiresMs: number;
}

type Queries = Kysely<Schema>;

/** All, oldest first. */
export async function listSessions(queries: Queries): Promise<readonly StoredSession[]> {
  const rows = await queries
    .selectFrom('user_sessions')
    .selectAll()
    .orderBy('created_ms')
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    secretHash: row.secret_hash,
    userId: row.user_id,
    method: row.method,
    address: row.address,
    client: row.client,
    createdMs: row.created_ms,
    seenMs: row.seen_ms,
    expiresMs: row.expires_ms,
  }));
}

export async function insertSession(queries: Queries, session: StoredSession): Promise<void> {
  await queries
    .insertInto('user_sessions')
    .values({
      id: session.id,
      secret_hash: session.secretHash,
      user_id: session.userId,
      method: session.method,
      address: session.address,
      client: session.client,
      created_ms: session.createdMs,
      seen_ms: session.seenMs,
      expires_ms: session.expiresMs,
    })
    .execute();
}

export async function markSessionSeen(
  queries: Queries,
  { id, seenMs, expiresMs }: Pick<StoredSession, 'id' | 'seenMs' | 'expiresMs'>,
): Promise<void> {
  await queries
    .updateTable('user_sessions')
    .set({ seen_ms: seenMs, expires_ms: expiresMs })
    .where('id', '=', id)
    .execute();
}

/** At most a few hundred at a time: engines bound the variables of a statement. */
export async function deleteSessions(queries: Queries, ids: readonly string[]): Promise<void> {
  const most = 500;
  for (let at = 0; at < ids.length; at += most)
    await queries
      .deleteFrom('user_sessions')
      .where('id', 'in', ids.slice(at, at + most))
      .execute();
}
