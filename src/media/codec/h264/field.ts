/**
 * Interlaced pictures: which field a slice belongs to (H.264, 7.3.3).
 */
import { BitReader } from '../../bits.ts';
import { removeEmulationPrevention } from '../nal-units.ts';
import { sliceHeadBytes } from './nal.ts';
import type { Sps } from './sps.ts';

/** Which lines of a picture a slice codes; undefined for a whole frame, and for too few bytes (7.3.3). */
export function fieldOf(slice: Uint8Array, sps: Sps): 'top' | 'bottom' | undefined {
  if (!sps.interlaced) return undefined;
  const reader = new BitReader(removeEmulationPrevention(slice.subarray(1), sliceHeadBytes));
  reader.ue(); // first_mb_in_slice
  reader.ue(); // slice_type
  reader.ue(); // pic_parameter_set_id
  if (sps.separatePlanes) reader.skip(2); // colour_plane_id
  reader.skip(sps.frameNumberBits); // frame_num
  const isField = reader.flag();
  const isBottom = reader.flag();
  if (reader.failed || !isField) return undefined;
  return isBottom ? 'bottom' : 'top';
}
