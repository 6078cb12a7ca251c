/**
 * Video usability information of H.264 (ITU-T H.264, E.1.1): the parts that tell time and order.
 */
import type { BitReader } from '../../bits.ts';
import { skipVuiHead } from '../vui-head.ts';
import { maxReorderFrames } from '../video-limits.ts';

export interface Vui {
  readonly timing: Timing | undefined;
  /** max_num_reorder_frames; undefined when absent or more than the standard allows. */
  readonly maxReorderFrames: number | undefined;
}

interface Timing {
  readonly unitsInTick: number;
  readonly timeScale: number;
  readonly fixed: boolean;
}

/** H.264, E.2.2 */
const maxCodedPictureBuffers = 32;

/** Cameras cut their VUI short: what was read before the bits ended is kept. */
export function readVui(reader: BitReader): Vui {
  skipVuiHead(reader);
  const timing = reader.flag() ? readTiming(reader) : undefined;
  const nalHrd = reader.flag();
  if (nalHrd) skipHrd(reader);
  const vclHrd = reader.flag();
  if (vclHrd) skipHrd(reader);
  if (nalHrd || vclHrd) reader.skip(1); // low_delay_hrd_flag
  reader.skip(1); // pic_struct_present_flag
  const reorder = reader.flag() ? readReorderFrames(reader) : undefined;
  return { timing, maxReorderFrames: reader.failed ? undefined : reorder };
}

/** Undefined when a part of it is missing or zero. */
function readTiming(reader: BitReader): Timing | undefined {
  const unitsInTick = reader.bits(32);
  const timeScale = reader.bits(32);
  const fixed = reader.flag();
  if (reader.failed || unitsInTick === 0 || timeScale === 0) return undefined;
  return { unitsInTick, timeScale, fixed };
}

/** H.264, E.1.2 */
function skipHrd(reader: BitReader): void {
  const buffers = Math.min(reader.ue() + 1, maxCodedPictureBuffers);
  reader.skip(8); // bit_rate_scale, cpb_size_scale
  for (let i = 0; i < buffers; i += 1) {
    reader.ue(); // bit_rate_value_minus1
    reader.ue(); // cpb_size_value_minus1
    reader.skip(1); // cbr_flag
  }
  reader.skip(20); // delay and offset lengths
}

/** bitstream_restriction */
function readReorderFrames(reader: BitReader): number | undefined {
  reader.skip(1); // motion_vectors_over_pic_boundaries_flag
  for (let i = 0; i < 4; i += 1) reader.ue(); // bytes, bits and motion vector bounds
  const frames = reader.ue();
  reader.ue(); // max_dec_frame_buffering
  return frames <= maxReorderFrames ? frames : undefined;
}
