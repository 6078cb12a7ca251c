/**
 * The configuration of an H.265 track: from parameter sets, from SDP (RFC 7798, 7.1), and from and to
 * the hvcC box (HEVCDecoderConfigurationRecord, ISO/IEC 14496-15, 8.3.3.1).
 */
import type { Result } from '../../../base/result.ts';
import { err, ok } from '../../../base/result.ts';
import type { H265Config } from '../../track.ts';
import { copyBytes, isReasonable, trimTrailingZeros } from '../nal-units.ts';
import { nalHeaderBytes, nalType, typeOf } from './nal.ts';
import { parsePps } from './pps.ts';
import { codecString } from './profile.ts';
import { parseSps } from './sps.ts';
import type { Sps } from './sps.ts';
import { timingRate } from './vui.ts';
import { parseVps } from './vps.ts';

/** Ids go to 63. */
const maxPps = 64;
/** Longer than any that fits a reasonable SDP; keeps decoding bounded. */
const maxSpropCharacters = 65_536;

export interface H265ParameterSetList {
  readonly vps: Uint8Array;
  readonly sps: Uint8Array;
  readonly pps: readonly Uint8Array[];
}

/** Checks every set. At least one PPS is needed; bytes are copied, so nothing larger stays alive behind them. */
export function h265Config(sets: H265ParameterSetList): Result<H265Config, string> {
  const vps = parseVps(sets.vps);
  if (!vps.ok) return vps;
  const sps = parseSps(sets.sps);
  if (!sps.ok) return sps;
  if (sets.pps.length === 0) return err('no picture parameter set');
  if (sets.pps.length > maxPps || !isReasonable(sets.pps)) return err('too many picture parameter sets');
  for (const nal of sets.pps) {
    const result = parsePps(nal);
    if (!result.ok) return result;
  }
  const timing = sps.value.vui?.timing ?? vps.value.timing;
  return ok({
    kind: 'h265',
    vps: copyBytes(sets.vps),
    sps: copyBytes(sets.sps),
    pps: sets.pps.map(copyBytes),
    widthPixels: sps.value.widthPixels,
    heightPixels: sps.value.heightPixels,
    framesPerSecond: timing && timingRate(timing),
    codecString: codecString(sps.value.profile),
    reorderFrames: sps.value.reorderFrames,
  });
}

/** From the fmtp values of the same names: base64 NAL units with commas between. */
export interface H265Sprop {
  readonly vps: string;
  readonly sps: string;
  readonly pps: string;
}

/** Takes the first VPS, the first SPS and every PPS, wherever they are: cameras mix the three up. */
export function h265ConfigFromSprop(sprop: H265Sprop): Result<H265Config, string> {
  const text = `${sprop.vps},${sprop.sps},${sprop.pps}`;
  if (text.length > maxSpropCharacters) return err('parameter sets in SDP too long');
  const nals = text.split(',').map((entry) => trimTrailingZeros(Buffer.from(entry.trim(), 'base64')));
  return configOf(nals, 'parameter sets in SDP');
}

export interface ParsedHvcC {
  readonly config: H265Config;
  /** Of the length before each NAL unit in a sample. */
  readonly lengthBytes: 1 | 2 | 4;
}

/** The contents of an hvcC box, without the box header. */
export function parseHvcC(bytes: Uint8Array): Result<ParsedHvcC, string> {
  if (bytes.length < 23) return err('hvcC cut off');
  if (bytes[0] !== 1) return err('hvcC of an unknown version');
  const lengthBytes = ((bytes[21] ?? 0) & 3) + 1;
  if (lengthBytes === 3) return err('hvcC with lengths of three bytes');
  const nals: Uint8Array[] = [];
  let at = 23;
  for (let arrays = bytes[22] ?? 0; arrays > 0; arrays -= 1) {
    const count = read16(bytes, at + 1);
    at += 3;
    for (let i = 0; i < count; i += 1) {
      const end = at + 2 + read16(bytes, at);
      if (end > bytes.length) return err('hvcC cut off');
      nals.push(bytes.subarray(at + 2, end));
      at = end;
    }
  }
  const config = configOf(nals, 'hvcC');
  if (!config.ok) return config;
  return ok({ config: config.value, lengthBytes: lengthBytes as 1 | 2 | 4 });
}

/**
 * The contents of an hvcC box, for samples with lengths of four bytes and all parameter sets in the box (`hvc1`).
 * Throws if the configuration was not made by this module.
 */
export function writeHvcC(config: H265Config): Uint8Array {
  const sps = parseSps(config.sps);
  if (!sps.ok) throw new Error(`hvcC from a bad configuration: ${sps.error}`);
  const bytes = hvcCHead(sps.value);
  bytes.push(3); // numOfArrays
  pushArray(bytes, nalType.vps, [config.vps]);
  pushArray(bytes, nalType.sps, [config.sps]);
  pushArray(bytes, nalType.pps, config.pps);
  return Uint8Array.from(bytes);
}

function configOf(nals: readonly Uint8Array[], where: string): Result<H265Config, string> {
  const ofType = (type: number) => nals.filter((nal) => nal.length > nalHeaderBytes && typeOf(nal) === type);
  const [vps] = ofType(nalType.vps);
  const [sps] = ofType(nalType.sps);
  if (!vps || !sps) return err(`${where} without VPS or SPS`);
  return h265Config({ vps, sps, pps: ofType(nalType.pps) });
}

function hvcCHead(sps: Sps): number[] {
  const { profile } = sps;
  const flags = profile.compatibilityFlags;
  return [
    1, // configurationVersion
    (profile.profileSpace << 6) | (profile.highTier ? 0x20 : 0) | profile.profileIdc,
    (flags >>> 24) & 255,
    (flags >>> 16) & 255,
    (flags >>> 8) & 255,
    flags & 255,
    ...profile.constraintBytes,
    profile.levelIdc,
    0xf0, // min_spatial_segmentation_idc, upper bits: 0 is unknown
    0x00,
    0b1111_1100, // parallelismType: 0 is unknown
    0b1111_1100 | sps.chromaFormatIdc,
    0b1111_1000 | (sps.bitDepthLuma - 8),
    0b1111_1000 | (sps.bitDepthChroma - 8),
    0, // avgFrameRate: 0 is unspecified
    0,
    (sps.temporalLayers << 3) | (sps.temporalIdNesting ? 4 : 0) | 3, // constantFrameRate 0, lengthSizeMinusOne 3
  ];
}

function pushArray(bytes: number[], type: number, nals: readonly Uint8Array[]): void {
  bytes.push(0x80 | type, nals.length >> 8, nals.length & 255); // array_completeness is the highest bit
  for (const nal of nals) {
    bytes.push(nal.length >> 8, nal.length & 255);
    for (const byte of nal) bytes.push(byte);
  }
}

function read16(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
}
