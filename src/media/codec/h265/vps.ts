/**
 * Video parameter sets of H.265 (ITU-T H.265, 7.3.2.1): the id, and the frame rate that some cameras put only here.
 */
import type { Result } from '../../../base/result.ts';
import { err, ok } from '../../../base/result.ts';
import { BitReader } from '../../bits.ts';
import { maxParameterSetBytes, removeEmulationPrevention } from '../nal-units.ts';
import { nalHeaderBytes, nalType, typeOf } from './nal.ts';
import { readProfileTierLevel } from './profile.ts';
import { readTiming } from './vui.ts';
import type { Timing } from './vui.ts';

export interface Vps {
  /** 0 to 15. */
  readonly id: number;
  readonly timing: Timing | undefined;
}

const maxSubLayersMinus1 = 6;
/** 7.4.3.1 */
const maxLayerSets = 1024;

/** A set whose later parts are cut off is still taken, without its frame rate. */
export function parseVps(nal: Uint8Array): Result<Vps, string> {
  if (typeOf(nal) !== nalType.vps) return err('not a video parameter set');
  if (nal.length > maxParameterSetBytes) return err('video parameter set too long');
  const reader = new BitReader(removeEmulationPrevention(nal.subarray(nalHeaderBytes)));
  const id = reader.bits(4);
  reader.skip(8); // base layer flags, vps_max_layers_minus1
  const subLayersMinus1 = reader.bits(3);
  reader.skip(1 + 16); // vps_temporal_id_nesting_flag, vps_reserved_0xffff_16bits
  if (reader.failed) return err('video parameter set cut off');
  if (subLayersMinus1 > maxSubLayersMinus1) return err('video parameter set with too many layers');
  readProfileTierLevel(reader, subLayersMinus1);
  const forEachLayer = reader.flag();
  for (let i = forEachLayer ? 0 : subLayersMinus1; i <= subLayersMinus1; i += 1) {
    for (let field = 0; field < 3; field += 1) reader.ue(); // buffering, reordering, latency
  }
  const maxLayerId = reader.bits(6);
  const layerSets = reader.ue() + 1;
  if (layerSets > maxLayerSets) return ok({ id, timing: undefined });
  reader.skip((layerSets - 1) * (maxLayerId + 1)); // layer_id_included_flag
  const timing = reader.flag() ? readTiming(reader) : undefined;
  return ok({ id, timing });
}
