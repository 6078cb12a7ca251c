/**
 * Short-term reference picture sets of H.265 (ITU-T H.265, 7.3.7): read only to get past them.
 */
import type { BitReader } from '../../bits.ts';

/** 7.4.3.2.1 */
const maxSets = 64;
/** MaxDpbSize - 1 at most; one set never names more. */
const maxPicturesPerSet = 16;

/** Returns what is wrong, if anything is. */
export function skipReferencePictureSets(reader: BitReader): string | undefined {
  const count = reader.ue();
  if (count > maxSets) return 'too many reference picture sets';
  let pictures = 0;
  for (let index = 0; index < count; index += 1) {
    const predicted = index > 0 && reader.flag();
    const next = predicted ? skipPredictedSet(reader, pictures) : skipSet(reader);
    if (next > maxPicturesPerSet) return 'reference picture set too large';
    pictures = next;
  }
  return undefined;
}

/** Returns the pictures in the set (NumDeltaPocs). */
function skipSet(reader: BitReader): number {
  const negative = reader.ue();
  const positive = reader.ue();
  const pictures = negative + positive;
  if (pictures > maxPicturesPerSet) return pictures;
  for (let i = 0; i < pictures; i += 1) {
    reader.ue(); // delta_poc_minus1
    reader.skip(1); // used_by_curr_pic_flag
  }
  return pictures;
}

/** A set given as changes to the one before, which has `pictures` pictures. */
function skipPredictedSet(reader: BitReader, pictures: number): number {
  reader.skip(1); // delta_rps_sign
  reader.ue(); // abs_delta_rps_minus1
  let kept = 0;
  for (let i = 0; i <= pictures; i += 1) {
    const used = reader.flag();
    const stays = used || reader.flag(); // use_delta_flag
    if (stays) kept += 1;
  }
  return kept;
}
