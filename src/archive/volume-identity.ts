/**
 * The file by which a volume says who it is. In: a folder. Out: its identity, or what stands in the way.
 */
import { join } from 'node:path';
import { z } from 'zod';
import type { Disk } from './disk.ts';
import { errorCode, errorText } from './disk.ts';

export const identityFile = 'sightline-volume.json';

const identitySchema = z.object({
  format: z.literal('sightline-volume'),
  version: z.literal(1),
  id: z.string().regex(/^vol_[0-9a-hjkmnp-tv-z]{16}$/),
});

type VolumeIdentity =
  | { readonly kind: 'is'; readonly id: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'no-folder' }
  | { readonly kind: 'not-ours'; readonly reason: string };

/** What a folder says about itself; never rejects. */
export async function volumeIdentity(disk: Disk, path: string): Promise<VolumeIdentity> {
  try {
    const content = new TextDecoder().decode(await disk.readSmall(join(path, identityFile)));
    const parsed = identitySchema.safeParse(JSON.parse(content));
    return parsed.success
      ? { kind: 'is', id: parsed.data.id }
      : { kind: 'not-ours', reason: 'it is not what we wrote' };
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') return { kind: 'not-ours', reason: errorText(error) };
  }
  try {
    await disk.readFolder(path);
    return { kind: 'none' };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return { kind: 'no-folder' };
    return { kind: 'not-ours', reason: errorText(error) };
  }
}
