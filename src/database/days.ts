/**
 * Whether anything of one owner's day is known on a volume: recordings, files being written, clips, small pictures,
 * what is to be unlinked.
 */
import type { Kysely } from 'kysely';
import type { Schema } from './schema.ts';

const dayMs = 86_400_000;

/** `garbage` knows no owner, but has few rows; all paths begin with owner and day. */
const tables = ['recording_openings', 'garbage', 'thumb_packs', 'clips', 'clip_upload_parts'] as const;

/** @param day UTC, `2026-11-21` */
export async function usesDay(
  queries: Kysely<Schema>,
  { volumeId, owner, day }: { readonly volumeId: string; readonly owner: string; readonly day: string },
): Promise<boolean> {
  const startMs = Date.parse(`${day}T00:00:00Z`);
  const recording = await queries
    .selectFrom('recordings')
    .select('id')
    .where('camera_id', '=', owner)
    .where('start_ms', '>=', startMs)
    .where('start_ms', '<', startMs + dayMs)
    .where('volume_id', '=', volumeId)
    .limit(1)
    .executeTakeFirst();
  if (recording) return true;
  for (const table of tables) {
    const row = await queries
      .selectFrom(table)
      .select('path')
      .where('volume_id', '=', volumeId)
      .where('path', '>=', `${owner}/${day}/`)
      .where('path', '<', `${owner}/${day}0`)
      .limit(1)
      .executeTakeFirst();
    if (row) return true;
  }
  return false;
}
