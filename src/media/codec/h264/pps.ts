/**
 * Picture parameter sets of H.264 (ITU-T H.264, 7.3.2.2): only which is which.
 */
import type { Result } from '../../../base/result.ts';
import { err, ok } from '../../../base/result.ts';
import { BitReader } from '../../bits.ts';
import { maxParameterSetBytes, removeEmulationPrevention } from '../nal-units.ts';
import { nalType, typeOf } from './nal.ts';

export interface Pps {
  /** 0 to 255. */
  readonly id: number;
  /** 0 to 31. */
  readonly spsId: number;
}

/** Two numbers of at most 17 bits. */
const headBytes = 8;

export function parsePps(nal: Uint8Array): Result<Pps, string> {
  if (typeOf(nal) !== nalType.pps) return err('not a picture parameter set');
  if (nal.length > maxParameterSetBytes) return err('picture parameter set too long');
  const reader = new BitReader(removeEmulationPrevention(nal.subarray(1), headBytes));
  const id = reader.ue();
  const spsId = reader.ue();
  if (reader.failed) return err('picture parameter set cut off');
  if (id > 255 || spsId > 31) return err('picture parameter set with a wrong id');
  return ok({ id, spsId });
}
