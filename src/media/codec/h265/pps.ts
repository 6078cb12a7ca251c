/**
 * Picture parameter sets of H.265 (ITU-T H.265, 7.3.2.3.1): only which is which.
 */
import type { Result } from '../../../base/result.ts';
import { err, ok } from '../../../base/result.ts';
import { BitReader } from '../../bits.ts';
import { maxParameterSetBytes, removeEmulationPrevention } from '../nal-units.ts';
import { nalHeaderBytes, nalType, typeOf } from './nal.ts';

export interface Pps {
  /** 0 to 63. */
  readonly id: number;
  /** 0 to 15. */
  readonly spsId: number;
}

/** Two numbers of at most 13 bits. */
const headBytes = 8;

export function parsePps(nal: Uint8Array): Result<Pps, string> {
  if (typeOf(nal) !== nalType.pps) return err('not a picture parameter set');
  if (nal.length > maxParameterSetBytes) return err('picture parameter set too long');
  const reader = new BitReader(removeEmulationPrevention(nal.subarray(nalHeaderBytes), headBytes));
  const id = reader.ue();
  const spsId = reader.ue();
  if (reader.failed) return err('picture parameter set cut off');
  if (id > 63 || spsId > 15) return err('picture parameter set with a wrong id');
  return ok({ id, spsId });
}
