/**
 * Volumes in the index: which were seen where, and what is still on one. In: queries. Out: rows, and words for people.
 */
import type { Kysely } from 'kysely';
import { listVolumes, putVolume } from '../database/recordings.ts';
import type { Schema } from '../database/schema.ts';
import type { VolumeUse } from '../database/volume-use.ts';
import { volumeUse } from '../database/volume-use.ts';
import type { Blobs } from './blobs.ts';
import type { VolumesOptions } from './volumes.ts';

export function volumeMemory(queries: Kysely<Schema>): VolumesOptions['memory'] {
  return {
    list: () => listVolumes(queries),
    put: ({ id, path, createdMs }) => putVolume(queries, { id, path, created_ms: createdMs }),
  };
}

/** What keeps a volume from being given up; undefined: nothing. */
export async function heldOn(
  volumeId: string,
  queries: Kysely<Schema>,
  blobs: Pick<Blobs, 'isGrowingOn'>,
): Promise<string | undefined> {
  if (blobs.isGrowingOn(volumeId)) return 'a file that is being written';
  return useWords(await volumeUse(queries, volumeId));
}

function useWords({ recordings, recordingBytes, clips, thumbs }: VolumeUse): string | undefined {
  const words = [
    recordings > 0 && `${count(recordings, 'recording')} (${size(recordingBytes)})`,
    clips > 0 && count(clips, 'clip'),
    thumbs > 0 && count(thumbs, 'file of preview pictures', 'files of preview pictures'),
  ].filter((word) => word !== false);
  return words.length > 0 ? words.join(', ') : undefined;
}

function count(number: number, one: string, many = `${one}s`): string {
  return number === 1 ? `one ${one}` : `${number} ${many}`;
}

function size(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
