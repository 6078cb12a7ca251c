/**
 * What a volume still holds, before it is given up.
 */
import type { Kysely } from 'kysely';
import type { Schema } from './schema.ts';

export interface VolumeUse {
  /** Those that are being written included. */
  readonly recordings: number;
  /** Of the recordings that are whole. */
  readonly recordingBytes: number;
  /** Parts of clips that are still coming in included. */
  readonly clips: number;
  /** Files of small pictures. */
  readonly thumbs: number;
}

export async function volumeUse(queries: Kysely<Schema>, volumeId: string): Promise<VolumeUse> {
  const sums = await queries
    .selectFrom('storage_use')
    .select(({ fn }) => [fn.sum<number>('recordings').as('recordings'), fn.sum<number>('bytes').as('bytes')])
    .where('volume_id', '=', volumeId)
    .executeTakeFirst();
  const count = async (
    table: 'recording_openings' | 'clips' | 'clip_upload_parts' | 'clip_files' | 'thumb_packs',
  ): Promise<number> => {
    const counted = await queries
      .selectFrom(table)
      .select(({ fn }) => fn.countAll<number>().as('rows'))
      .where('volume_id', '=', volumeId)
      .executeTakeFirst();
    return counted?.rows ?? 0;
  };
  return {
    recordings: (sums?.recordings ?? 0) + (await count('recording_openings')),
    recordingBytes: sums?.bytes ?? 0,
    clips: (await count('clips')) + (await count('clip_upload_parts')) + (await count('clip_files')),
    thumbs: await count('thumb_packs'),
  };
}
