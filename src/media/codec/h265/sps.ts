/**
 * Sequence parameter sets of H.265 (ITU-T H.265, 7.3.2.2.1).
 *
 * In:  a NAL unit of type 33.
 * Out: what a player and an archive need to know, or the reason why it is unusable. Never throws.
 */
import type { Result } from '../../../base/result.ts';
import { err, ok } from '../../../base/result.ts';
import { BitReader } from '../../bits.ts';
import { maxParameterSetBytes, removeEmulationPrevention } from '../nal-units.ts';
import { maxPictureSidePixels, maxReorderFrames } from '../video-limits.ts';
import { nalHeaderBytes, nalType, typeOf } from './nal.ts';
import { readProfileTierLevel } from './profile.ts';
import type { ProfileTierLevel } from './profile.ts';
import { skipReferencePictureSets } from './reference-sets.ts';
import { readVui } from './vui.ts';
import type { Vui } from './vui.ts';

export interface Sps {
  /** 0 to 15. */
  readonly id: number;
  readonly vpsId: number;
  /** Temporal sub-layers, 1 to 7. */
  readonly temporalLayers: number;
  readonly temporalIdNesting: boolean;
  readonly profile: ProfileTierLevel;
  /** 0 grey, 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  readonly chromaFormatIdc: number;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
  /** sps_max_num_reorder_pics of the highest sub-layer. */
  readonly reorderFrames: number;
  /** After the conformance window. */
  readonly widthPixels: number;
  readonly heightPixels: number;
  readonly vui: Vui | undefined;
}

const maxSubLayersMinus1 = 6;
const maxSpsId = 15;
const maxLongTermReferences = 32;

export function parseSps(nal: Uint8Array): Result<Sps, string> {
  if (typeOf(nal) !== nalType.sps) return err('not a sequence parameter set');
  if (nal.length > maxParameterSetBytes) return err('sequence parameter set too long');
  const reader = new BitReader(removeEmulationPrevention(nal.subarray(nalHeaderBytes)));
  const vpsId = reader.bits(4);
  const subLayersMinus1 = reader.bits(3);
  if (subLayersMinus1 > maxSubLayersMinus1) return err('sequence parameter set with too many layers');
  const temporalIdNesting = reader.flag();
  const profile = readProfileTierLevel(reader, subLayersMinus1);
  const id = reader.ue();
  if (id > maxSpsId) return err('sequence parameter set with a wrong id');
  const picture = readPicture(reader);
  if (!picture.ok) return picture;
  const lsbBits = reader.ue() + 4; // log2_max_pic_order_cnt_lsb_minus4
  const reorderFrames = readReorderFrames(reader, subLayersMinus1);
  skipCodingTools(reader);
  if (lsbBits > 16 || reader.failed) return err('sequence parameter set cut off');
  const setsFault = skipReferencePictureSets(reader);
  if (setsFault !== undefined) return err(setsFault);
  skipLongTermReferences(reader, lsbBits);
  reader.skip(2); // sps_temporal_mvp_enabled_flag, strong_intra_smoothing_enabled_flag
  const hasVui = reader.flag();
  if (reader.failed) return err('sequence parameter set cut off');
  const vui = hasVui ? readVui(reader) : undefined;
  const layers = { temporalLayers: subLayersMinus1 + 1, temporalIdNesting };
  return ok({ id, vpsId, ...layers, profile, ...picture.value, reorderFrames, vui });
}

interface Picture {
  readonly chromaFormatIdc: number;
  readonly widthPixels: number;
  readonly heightPixels: number;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
}

function readPicture(reader: BitReader): Result<Picture, string> {
  const chromaFormatIdc = reader.ue();
  const separatePlanes = chromaFormatIdc === 3 && reader.flag();
  let widthPixels = reader.ue();
  let heightPixels = reader.ue();
  if (Math.max(widthPixels, heightPixels) > maxPictureSidePixels) return err('picture too large');
  if (reader.flag()) {
    const unitX = !separatePlanes && (chromaFormatIdc === 1 || chromaFormatIdc === 2) ? 2 : 1;
    const unitY = !separatePlanes && chromaFormatIdc === 1 ? 2 : 1;
    widthPixels -= unitX * (reader.ue() + reader.ue());
    heightPixels -= unitY * (reader.ue() + reader.ue());
  }
  const bitDepthLuma = 8 + reader.ue();
  const bitDepthChroma = 8 + reader.ue();
  if (reader.failed) return err('sequence parameter set cut off');
  if (widthPixels <= 0 || heightPixels <= 0) return err('cropping leaves no picture');
  if (chromaFormatIdc > 3 || bitDepthLuma > 16 || bitDepthChroma > 16) {
    return err('sequence parameter set with a wrong chroma format');
  }
  return ok({ chromaFormatIdc, widthPixels, heightPixels, bitDepthLuma, bitDepthChroma });
}

/** The last entry is the highest sub-layer's, which is the one that is played. */
function readReorderFrames(reader: BitReader, subLayersMinus1: number): number {
  const forEachLayer = reader.flag(); // sps_sub_layer_ordering_info_present_flag
  let frames = 0;
  for (let i = forEachLayer ? 0 : subLayersMinus1; i <= subLayersMinus1; i += 1) {
    reader.ue(); // sps_max_dec_pic_buffering_minus1
    frames = reader.ue();
    reader.ue(); // sps_max_latency_increase_plus1
  }
  return frames <= maxReorderFrames ? frames : 0;
}

/** Block sizes, scaling lists, filters and PCM. */
function skipCodingTools(reader: BitReader): void {
  for (let i = 0; i < 6; i += 1) reader.ue(); // block and transform sizes, transform depths
  if (reader.flag() && reader.flag()) skipScalingLists(reader);
  reader.skip(2); // amp_enabled_flag, sample_adaptive_offset_enabled_flag
  if (reader.flag()) {
    reader.skip(8); // pcm bit depths
    reader.ue(); // log2_min_pcm_luma_coding_block_size_minus3
    reader.ue(); // log2_diff_max_min_pcm_luma_coding_block_size
    reader.skip(1); // pcm_loop_filter_disabled_flag
  }
}

/** H.265, 7.3.4 */
function skipScalingLists(reader: BitReader): void {
  for (let size = 0; size < 4; size += 1) {
    for (let matrix = 0; matrix < 6; matrix += size === 3 ? 3 : 1) {
      if (!reader.flag()) {
        reader.ue(); // scaling_list_pred_matrix_id_delta
        continue;
      }
      if (size > 1) reader.se(); // scaling_list_dc_coef_minus8
      const coefficients = Math.min(64, 1 << (4 + (size << 1)));
      for (let i = 0; i < coefficients; i += 1) reader.se();
    }
  }
}

function skipLongTermReferences(reader: BitReader, lsbBits: number): void {
  if (!reader.flag()) return;
  const count = Math.min(reader.ue(), maxLongTermReferences);
  for (let i = 0; i < count; i += 1) reader.skip(lsbBits + 1);
}
