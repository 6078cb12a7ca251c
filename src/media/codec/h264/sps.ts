/**
 * Sequence parameter sets of H.264 (ITU-T H.264, 7.3.2.1.1 and E.1.1).
 *
 * In:  a NAL unit of type 7.
 * Out: what a player and an archive need to know, or the reason why it is unusable. Never throws.
 */
import type { Result } from '../../../base/result.ts';
import { err, ok } from '../../../base/result.ts';
import { BitReader } from '../../bits.ts';
import { maxParameterSetBytes, removeEmulationPrevention } from '../nal-units.ts';
import { maxFramesPerSecond, maxPictureSidePixels } from '../video-limits.ts';
import { nalType, typeOf } from './nal.ts';
import { readVui } from './vui.ts';
import type { Vui } from './vui.ts';

export interface Sps {
  /** 0 to 31. */
  readonly id: number;
  readonly profileIdc: number;
  /** constraint_set0_flag is the highest bit. */
  readonly constraintFlags: number;
  /** Ten times the level: 40 is level 4. */
  readonly levelIdc: number;
  /** 0 grey, 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  readonly chromaFormatIdc: number;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
  /** The three planes are coded as pictures of their own. */
  readonly separatePlanes: boolean;
  /** Of frame_num in a slice, 4 to 16. */
  readonly frameNumberBits: number;
  readonly pictureOrderCountType: number;
  readonly maxRefFrames: number;
  /** Fields may be coded. */
  readonly interlaced: boolean;
  /** After cropping. */
  readonly widthPixels: number;
  readonly heightPixels: number;
  readonly vui: Vui | undefined;
}

/** Profiles whose SPS has the chroma and scaling fields (H.264, 7.3.2.1.1). */
const highProfiles: ReadonlySet<number> = new Set([
  100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135,
]);
const baselineProfile = 66;
const intraProfiles: ReadonlySet<number> = new Set([44, 100, 110, 122, 244]);
const maxSpsId = 31;
const maxRefFramesInCycle = 255;

export function parseSps(nal: Uint8Array): Result<Sps, string> {
  if (typeOf(nal) !== nalType.sps) return err('not a sequence parameter set');
  if (nal.length > maxParameterSetBytes) return err('sequence parameter set too long');
  const reader = new BitReader(removeEmulationPrevention(nal.subarray(1)));
  const profileIdc = reader.bits(8);
  const constraintFlags = reader.bits(8);
  const levelIdc = reader.bits(8);
  const id = reader.ue();
  if (id > maxSpsId) return err('sequence parameter set with a wrong id');
  const chroma = readChroma(reader, profileIdc);
  const frameNumberBits = 4 + reader.ue(); // log2_max_frame_num_minus4
  const pictureOrderCountType = readPictureOrderCountType(reader);
  const maxRefFrames = reader.ue();
  reader.skip(1); // gaps_in_frame_num_value_allowed_flag
  const size = readSize(reader, chroma.samplingIdc);
  const hasVui = reader.flag();
  if (reader.failed) return err('sequence parameter set cut off');
  if (!size.ok) return size;
  const vui = hasVui ? readVui(reader) : undefined;
  const { interlaced, widthPixels, heightPixels } = size.value;
  if (frameNumberBits > 16) return err('sequence parameter set with too large frame numbers');
  const { chromaFormatIdc, samplingIdc, bitDepthLuma, bitDepthChroma } = chroma;
  const separatePlanes = chromaFormatIdc === 3 && samplingIdc === 0;
  if (chromaFormatIdc > 3 || bitDepthLuma > 14 || bitDepthChroma > 14) {
    return err('sequence parameter set with a wrong chroma format');
  }
  const profile = { profileIdc, constraintFlags, levelIdc, chromaFormatIdc, bitDepthLuma, bitDepthChroma };
  const order = { separatePlanes, frameNumberBits, pictureOrderCountType, maxRefFrames };
  return ok({ id, ...profile, ...order, interlaced, widthPixels, heightPixels, vui });
}

/** From the VUI: time_scale counts fields (H.264, E.2.1). Undefined when absent or absurd. */
export function framesPerSecond(sps: Sps): number | undefined {
  const timing = sps.vui?.timing;
  if (!timing) return undefined;
  const rate = timing.timeScale / (2 * timing.unitsInTick);
  return rate > 0 && rate <= maxFramesPerSecond ? rate : undefined;
}

/**
 * Pictures that may be decoded before one that is shown earlier. When the stream does not say, B-frames are
 * possible but no camera is known to use them then: 0, and the decoding times adapt if it was wrong.
 */
export function reorderFrames(sps: Sps): number {
  if (sps.profileIdc === baselineProfile || sps.pictureOrderCountType === 2) return 0;
  const intraOnly = intraProfiles.has(sps.profileIdc) && (sps.constraintFlags & 0x10) !== 0;
  if (intraOnly) return 0;
  return sps.vui?.maxReorderFrames ?? 0;
}

interface Chroma {
  readonly chromaFormatIdc: number;
  /** ChromaArrayType: 0 when the three planes are coded apart. */
  readonly samplingIdc: number;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
}

function readChroma(reader: BitReader, profileIdc: number): Chroma {
  if (!highProfiles.has(profileIdc)) {
    return { chromaFormatIdc: 1, samplingIdc: 1, bitDepthLuma: 8, bitDepthChroma: 8 };
  }
  const chromaFormatIdc = reader.ue();
  const separatePlanes = chromaFormatIdc === 3 && reader.flag();
  const bitDepthLuma = 8 + reader.ue();
  const bitDepthChroma = 8 + reader.ue();
  reader.skip(1); // qpprime_y_zero_transform_bypass_flag
  if (reader.flag()) skipScalingLists(reader, chromaFormatIdc === 3 ? 12 : 8);
  return { chromaFormatIdc, samplingIdc: separatePlanes ? 0 : chromaFormatIdc, bitDepthLuma, bitDepthChroma };
}

/** H.264, 7.3.2.1.1.1 */
function skipScalingLists(reader: BitReader, lists: number): void {
  for (let list = 0; list < lists; list += 1) {
    if (!reader.flag()) continue;
    const size = list < 6 ? 16 : 64;
    let last = 8;
    let next = 8;
    for (let i = 0; i < size && next !== 0; i += 1) {
      next = (last + reader.se() + 256) % 256;
      if (next !== 0) last = next;
    }
  }
}

function readPictureOrderCountType(reader: BitReader): number {
  const type = reader.ue();
  if (type === 0) reader.ue(); // log2_max_pic_order_cnt_lsb_minus4
  if (type === 1) {
    reader.skip(1); // delta_pic_order_always_zero_flag
    reader.se(); // offset_for_non_ref_pic
    reader.se(); // offset_for_top_to_bottom_field
    const cycle = Math.min(reader.ue(), maxRefFramesInCycle);
    for (let i = 0; i < cycle; i += 1) reader.se();
  }
  return type;
}

interface Size {
  readonly interlaced: boolean;
  readonly widthPixels: number;
  readonly heightPixels: number;
}

/** Size in macroblocks, less the cropping rectangle (H.264, 7.4.2.1.1, equations 7-19 to 7-22). */
function readSize(reader: BitReader, samplingIdc: number): Result<Size, string> {
  const widthMacroblocks = reader.ue() + 1;
  const heightMapUnits = reader.ue() + 1;
  const interlaced = !reader.flag();
  if (interlaced) reader.skip(1); // mb_adaptive_frame_field_flag
  reader.skip(1); // direct_8x8_inference_flag
  const fields = interlaced ? 2 : 1;
  const codedWidth = widthMacroblocks * 16;
  const codedHeight = heightMapUnits * 16 * fields;
  if (Math.max(codedWidth, codedHeight) > maxPictureSidePixels) return err('picture too large');
  let widthPixels = codedWidth;
  let heightPixels = codedHeight;
  if (reader.flag()) {
    const unitX = samplingIdc === 1 || samplingIdc === 2 ? 2 : 1;
    const unitY = (samplingIdc === 1 ? 2 : 1) * fields;
    widthPixels -= unitX * (reader.ue() + reader.ue());
    heightPixels -= unitY * (reader.ue() + reader.ue());
  }
  if (widthPixels <= 0 || heightPixels <= 0) return err('cropping leaves no picture');
  return ok({ interlaced, widthPixels, heightPixels });
}
