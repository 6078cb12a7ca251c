/**
 * Queries on `clip_files`: files that are being written for clips, and files of deleted ones in `garbage`.
 */
import type { Kysely } from 'kysely';
import type { Schema } from './schema.ts';

export interface ClipFile {
  readonly volumeId: string;
  /** Relative to the volume, with `/`. */
  readonly path: string;
}

type Queries = Kysely<Schema>;

/** Written before the file is made. */
export async function openClipFile(queries: Queries, { volumeId, path }: ClipFile): Promise<void> {
  await queries.insertInto('clip_files').values({ path, volume_id: volumeId }).execute();
}

/** Those that the server was writing when it died. Asked at the start, before anything is written. */
export async function listClipFiles(queries: Queries): Promise<readonly ClipFile[]> {
  const rows = await queries.selectFrom('clip_files').selectAll().execute();
  return rows.map(({ path, volume_id }) => ({ path, volumeId: volume_id }));
}

/** The file is gone. */
export async function forgetClipFile(queries: Queries, path: string): Promise<void> {
  await queries.deleteFrom('clip_files').where('path', '=', path).execute();
  await queries.deleteFrom('garbage').where('path', '=', path).execute();
}
