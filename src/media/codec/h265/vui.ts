/**
 * Video usability information of H.265 (ITU-T H.265, E.2.1): the parts that tell the frame rate.
 */
import type { BitReader } from '../../bits.ts';
import { skipVuiHead } from '../vui-head.ts';
import { maxFramesPerSecond } from '../video-limits.ts';

/** Cameras cut their VUI short: what was read before the bits ended is kept. */
export interface Vui {
  readonly timing: Timing | undefined;
}

export interface Timing {
  readonly unitsInTick: number;
  readonly timeScale: number;
}

export function readVui(reader: BitReader): Vui {
  skipVuiHead(reader);
  reader.skip(3); // neutral_chroma_indication_flag, field_seq_flag, frame_field_info_present_flag
  if (reader.flag()) for (let i = 0; i < 4; i += 1) reader.ue(); // default display window
  return { timing: reader.flag() ? readTiming(reader) : undefined };
}

/** num_units_in_tick and time_scale; undefined when a part is missing or zero. */
export function readTiming(reader: BitReader): Timing | undefined {
  const unitsInTick = reader.bits(32);
  const timeScale = reader.bits(32);
  if (reader.failed || unitsInTick === 0 || timeScale === 0) return undefined;
  return { unitsInTick, timeScale };
}

/** One tick is one picture (H.265, E.3.1). Undefined when absurd. */
export function timingRate(timing: Timing): number | undefined {
  const rate = timing.timeScale / timing.unitsInTick;
  return rate <= maxFramesPerSecond ? rate : undefined;
}
