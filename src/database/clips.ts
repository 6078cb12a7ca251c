/**
 * Queries on `clip_clients` and `clips`: rows in the database, `ClipClient` and `StoredClip` outside of it.
 */
import type { Kysely, Selectable } from 'kysely';
import type { Schema } from './schema.ts';

export interface ClipClient {
  readonly id: string;
  readonly name: string;
  /** SHA-256 of its secret, hex. */
  readonly secretHash: string;
  readonly createdMs: number;
  /** When it last showed its secret; null never. */
  readonly seenMs: number | null;
}

export interface StoredClip {
  readonly id: string;
  readonly clientId: string;
  readonly volumeId: string;
  readonly path: string;
  /** Data key that sealed it; null for a plain file. */
  readonly keyId: string | null;
  /** SHA-256 of the bytes that were uploaded, hex. */
  readonly contentHash: string;
  readonly container: 'mp4' | 'ts' | 'mkv';
  readonly startMs: number;
  readonly endMs: number;
  /** As uploaded. */
  readonly bytes: number;
  readonly records: number;
  /** Broken: it was taken, but its pictures cannot be decoded. */
  readonly state: 'ready' | 'broken';
  readonly fault: string | null;
  readonly receivedMs: number;
}

type Queries = Kysely<Schema>;

/** All, oldest first. */
export async function listClients(queries: Queries): Promise<readonly ClipClient[]> {
  const rows = await queries
    .selectFrom('clip_clients')
    .selectAll()
    .orderBy('created_ms')
    .orderBy('id')
    .execute();
  return rows.map(clientOf);
}

export async function findClient(queries: Queries, id: string): Promise<ClipClient | undefined> {
  const row = await queries.selectFrom('clip_clients').selectAll().where('id', '=', id).executeTakeFirst();
  return row && clientOf(row);
}

/** Throws when the id exists already. */
export async function insertClient(queries: Queries, client: ClipClient): Promise<void> {
  const { id, name, secretHash, createdMs, seenMs } = client;
  await queries
    .insertInto('clip_clients')
    .values({ id, name, secret_hash: secretHash, created_ms: createdMs, seen_ms: seenMs })
    .execute();
}

/** False when there is none. */
export async function changeSecret(queries: Queries, id: string, secretHash: string): Promise<boolean> {
  const result = await queries
    .updateTable('clip_clients')
    .set({ secret_hash: secretHash })
    .where('id', '=', id)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export async function markSeen(queries: Queries, id: string, seenMs: number): Promise<void> {
  await queries.updateTable('clip_clients').set({ seen_ms: seenMs }).where('id', '=', id).execute();
}

/** False when there was none. Its clips have to be deleted before. */
export async function deleteClient(queries: Queries, id: string): Promise<boolean> {
  const result = await queries.deleteFrom('clip_clients').where('id', '=', id).executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/** Its file is no longer an unfinished one. False when this client has a clip with the same content. */
export async function insertClip(queries: Queries, clip: StoredClip): Promise<boolean> {
  return queries.transaction().execute(async (inOne) => {
    const result = await inOne
      .insertInto('clips')
      .values(clipRow(clip))
      .onConflict((conflict) => conflict.columns(['client_id', 'content_hash']).doNothing())
      .executeTakeFirst();
    if ((result.numInsertedOrUpdatedRows ?? 0n) === 0n) return false;
    await inOne.deleteFrom('clip_files').where('path', '=', clip.path).execute();
    return true;
  });
}

export async function findClip(
  queries: Queries,
  clientId: string,
  id: string,
): Promise<StoredClip | undefined> {
  const row = await queries
    .selectFrom('clips')
    .selectAll()
    .where('id', '=', id)
    .where('client_id', '=', clientId)
    .executeTakeFirst();
  return row && clipOf(row);
}

export async function findClipByContent(
  queries: Queries,
  clientId: string,
  contentHash: string,
): Promise<StoredClip | undefined> {
  const row = await queries
    .selectFrom('clips')
    .selectAll()
    .where('client_id', '=', clientId)
    .where('content_hash', '=', contentHash)
    .executeTakeFirst();
  return row && clipOf(row);
}

/** Of one client, that overlap [fromMs, toMs), by start; at most `limit`. */
export async function listClips(
  queries: Queries,
  clientId: string,
  { fromMs, toMs, limit }: { readonly fromMs: number; readonly toMs: number; readonly limit: number },
): Promise<readonly StoredClip[]> {
  const rows = await queries
    .selectFrom('clips')
    .selectAll()
    .where('client_id', '=', clientId)
    .where('end_ms', '>', fromMs)
    .where('start_ms', '<', toMs)
    .orderBy('start_ms')
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(clipOf);
}

/** Those that can be shown, behind this start (and id, of those that begin together); at most `limit`. */
export async function clipsBehind(
  queries: Queries,
  clientId: string,
  after: { readonly startMs: number; readonly id: string },
  limit: number,
): Promise<readonly StoredClip[]> {
  const rows = await queries
    .selectFrom('clips')
    .selectAll()
    .where('client_id', '=', clientId)
    .where('state', '=', 'ready')
    .where('start_ms', '>=', after.startMs)
    .where((test) => test.or([test('start_ms', '>', after.startMs), test('id', '>', after.id)]))
    .orderBy('start_ms')
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(clipOf);
}

/** Those that can be shown and begin at this moment or before it, latest first; at most `limit`. */
export async function clipsUpTo(
  queries: Queries,
  clientId: string,
  startMs: number,
  limit: number,
): Promise<readonly StoredClip[]> {
  const rows = await queries
    .selectFrom('clips')
    .selectAll()
    .where('client_id', '=', clientId)
    .where('state', '=', 'ready')
    .where('start_ms', '<=', startMs)
    .orderBy('start_ms', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(clipOf);
}

/** Of all clients (or of one), that ended before `beforeMs` (Infinity: all), oldest first; at most `limit`. */
export async function clipsBefore(
  queries: Queries,
  beforeMs: number,
  limit: number,
  clientId?: string,
): Promise<readonly StoredClip[]> {
  let query = queries.selectFrom('clips').selectAll();
  if (Number.isFinite(beforeMs)) query = query.where('end_ms', '<', beforeMs);
  if (clientId !== undefined) query = query.where('client_id', '=', clientId);
  const rows = await query.orderBy('start_ms').orderBy('id').limit(limit).execute();
  return rows.map(clipOf);
}

/** Bytes and number of all clips. */
export async function clipTotals(
  queries: Queries,
): Promise<{ readonly bytes: number; readonly clips: number }> {
  const row = await queries
    .selectFrom('clips')
    .select(({ fn }) => [fn.sum<number | null>('bytes').as('bytes'), fn.countAll<number>().as('clips')])
    .executeTakeFirstOrThrow();
  return { bytes: row.bytes ?? 0, clips: row.clips };
}

export async function markBroken(queries: Queries, id: string, fault: string): Promise<void> {
  await queries.updateTable('clips').set({ state: 'broken', fault }).where('id', '=', id).execute();
}

/** Its file is garbage from now on. False when it was deleted meanwhile. */
export async function deleteClipRow(queries: Queries, clip: StoredClip, nowMs: number): Promise<boolean> {
  return queries.transaction().execute(async (inOne) => {
    const result = await inOne.deleteFrom('clips').where('id', '=', clip.id).executeTakeFirst();
    if (result.numDeletedRows === 0n) return false;
    await inOne
      .insertInto('garbage')
      .values({ path: clip.path, volume_id: clip.volumeId, since_ms: nowMs })
      .onConflict((conflict) => conflict.column('path').doNothing())
      .execute();
    return true;
  });
}

function clientOf(row: Selectable<Schema['clip_clients']>): ClipClient {
  return {
    id: row.id,
    name: row.name,
    secretHash: row.secret_hash,
    createdMs: row.created_ms,
    seenMs: row.seen_ms,
  };
}

/** Only ever written by `insertClip`. */
function clipOf(row: Selectable<Schema['clips']>): StoredClip {
  return {
    id: row.id,
    clientId: row.client_id,
    volumeId: row.volume_id,
    path: row.path,
    keyId: row.key_id,
    contentHash: row.content_hash,
    container: row.container as StoredClip['container'],
    startMs: row.start_ms,
    endMs: row.end_ms,
    bytes: row.bytes,
    records: row.records,
    state: row.state === 'broken' ? 'broken' : 'ready',
    fault: row.fault,
    receivedMs: row.received_ms,
  };
}

function clipRow(clip: StoredClip): Schema['clips'] {
  return {
    id: clip.id,
    client_id: clip.clientId,
    volume_id: clip.volumeId,
    path: clip.path,
    key_id: clip.keyId,
    content_hash: clip.contentHash,
    container: clip.container,
    start_ms: clip.startMs,
    end_ms: clip.endMs,
    bytes: clip.bytes,
    records: clip.records,
    state: clip.state,
    fault: clip.fault,
    received_ms: clip.receivedMs,
  };
}
