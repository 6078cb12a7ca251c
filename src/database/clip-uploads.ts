/**
 * Queries on `clip_uploads` and `clip_upload_parts`: clips that come in several goes.
 */
import type { Kysely, Selectable } from 'kysely';
import type { Schema } from './schema.ts';

export interface UploadPart {
  readonly offsetBytes: number;
  readonly bytes: number;
  readonly volumeId: string;
  readonly path: string;
  readonly keyId: string | null;
}

export interface StoredUpload {
  readonly id: string;
  readonly clientId: string;
  readonly startMs: number;
  readonly endMs: number | null;
  readonly lengthBytes: number;
  readonly expiresMs: number;
  /** What became of it, once it is whole. */
  readonly clipId: string | null;
  readonly fault: string | null;
}

type Queries = Kysely<Schema>;

/** Of one client or of all. */
export async function listUploads(queries: Queries, clientId?: string): Promise<readonly StoredUpload[]> {
  let query = queries.selectFrom('clip_uploads').selectAll();
  if (clientId !== undefined) query = query.where('client_id', '=', clientId);
  return (await query.orderBy('id').execute()).map(uploadOf);
}

export async function findUpload(
  queries: Queries,
  clientId: string,
  id: string,
): Promise<StoredUpload | undefined> {
  const row = await queries
    .selectFrom('clip_uploads')
    .selectAll()
    .where('id', '=', id)
    .where('client_id', '=', clientId)
    .executeTakeFirst();
  return row && uploadOf(row);
}

/** Throws when the id exists already. */
export async function insertUpload(queries: Queries, upload: StoredUpload): Promise<void> {
  await queries
    .insertInto('clip_uploads')
    .values({
      id: upload.id,
      client_id: upload.clientId,
      start_ms: upload.startMs,
      end_ms: upload.endMs,
      length_bytes: upload.lengthBytes,
      expires_ms: upload.expiresMs,
      clip_id: upload.clipId,
      fault: upload.fault,
    })
    .execute();
}

/** What became of it, and until when that is told. */
export async function settleUpload(
  queries: Queries,
  id: string,
  outcome: { readonly clipId: string | null; readonly fault: string | null; readonly expiresMs: number },
): Promise<void> {
  const { clipId, fault, expiresMs } = outcome;
  await queries
    .updateTable('clip_uploads')
    .set({ clip_id: clipId, fault, expires_ms: expiresMs })
    .where('id', '=', id)
    .execute();
}

/** In the order of the file. */
export async function listParts(queries: Queries, uploadId: string): Promise<readonly UploadPart[]> {
  const rows = await queries
    .selectFrom('clip_upload_parts')
    .selectAll()
    .where('upload_id', '=', uploadId)
    .orderBy('offset_bytes')
    .execute();
  return rows.map((row) => ({
    offsetBytes: row.offset_bytes,
    bytes: row.bytes,
    volumeId: row.volume_id,
    path: row.path,
    keyId: row.key_id,
  }));
}

/**
 * Adds a durable part, in place of one that begins at the same byte. The file that is not needed any more is garbage from
 * now on. False when the upload was deleted meanwhile: then nothing was changed.
 */
export async function putPart(
  queries: Queries,
  uploadId: string,
  part: UploadPart,
  nowMs: number,
): Promise<boolean> {
  return queries.transaction().execute(async (inOne) => {
    const upload = await inOne
      .selectFrom('clip_uploads')
      .select('id')
      .where('id', '=', uploadId)
      .executeTakeFirst();
    if (!upload) return false;
    await dropParts(inOne, uploadId, nowMs, part.offsetBytes);
    await inOne
      .insertInto('clip_upload_parts')
      .values({
        upload_id: uploadId,
        offset_bytes: part.offsetBytes,
        bytes: part.bytes,
        volume_id: part.volumeId,
        path: part.path,
        key_id: part.keyId,
      })
      .execute();
    await inOne.deleteFrom('clip_files').where('path', '=', part.path).execute();
    return true;
  });
}

/** Its parts are garbage from now on; with `whole` the upload itself goes too. */
export async function dropUpload(
  queries: Queries,
  uploadId: string,
  nowMs: number,
  whole: boolean,
): Promise<void> {
  await queries.transaction().execute(async (inOne) => {
    await dropParts(inOne, uploadId, nowMs, 0);
    if (whole) await inOne.deleteFrom('clip_uploads').where('id', '=', uploadId).execute();
  });
}

/** Those that begin at this byte or after it. */
async function dropParts(inOne: Queries, uploadId: string, nowMs: number, fromBytes: number): Promise<void> {
  const old = await inOne
    .selectFrom('clip_upload_parts')
    .select(['path', 'volume_id'])
    .where('upload_id', '=', uploadId)
    .where('offset_bytes', '>=', fromBytes)
    .execute();
  for (const { path, volume_id } of old) {
    await inOne
      .insertInto('garbage')
      .values({ path, volume_id, since_ms: nowMs })
      .onConflict((conflict) => conflict.column('path').doNothing())
      .execute();
  }
  await inOne
    .deleteFrom('clip_upload_parts')
    .where('upload_id', '=', uploadId)
    .where('offset_bytes', '>=', fromBytes)
    .execute();
}

function uploadOf(row: Selectable<Schema['clip_uploads']>): StoredUpload {
  return {
    id: row.id,
    clientId: row.client_id,
    startMs: row.start_ms,
    endMs: row.end_ms,
    lengthBytes: row.length_bytes,
    expiresMs: row.expires_ms,
    clipId: row.clip_id,
    fault: row.fault,
  };
}
