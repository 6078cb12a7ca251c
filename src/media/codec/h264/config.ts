/**
 * The configuration of an H.264 track: from parameter sets, from SDP (RFC 6184, 8.1), and from and to
 * the avcC box (AVCDecoderConfigurationRecord, ISO/IEC 14496-15, 5.3.3.1).
 */
import type { Result } from '../../../base/result.ts';
import { err, ok } from '../../../base/result.ts';
import type { H264Config } from '../../track.ts';
import { copyBytes, isReasonable, trimTrailingZeros } from '../nal-units.ts';
import { nalType, typeOf } from './nal.ts';
import { parsePps } from './pps.ts';
import { framesPerSecond, parseSps, reorderFrames } from './sps.ts';
import type { Sps } from './sps.ts';

/** avcC counts them in 8 bits; every real stream has 1 to 4. */
const maxPps = 255;
/** Longer than any that fits a reasonable SDP; keeps decoding bounded. */
const maxSpropCharacters = 65_536;

/** Checks every set. At least one PPS is needed; bytes are copied, so nothing larger stays alive behind them. */
export function h264Config(sps: Uint8Array, pps: readonly Uint8Array[]): Result<H264Config, string> {
  const parsed = parseSps(sps);
  if (!parsed.ok) return parsed;
  if (pps.length === 0) return err('no picture parameter set');
  if (pps.length > maxPps || !isReasonable(pps)) return err('too many picture parameter sets');
  for (const nal of pps) {
    const result = parsePps(nal);
    if (!result.ok) return result;
  }
  return ok({
    kind: 'h264',
    sps: copyBytes(sps),
    pps: pps.map(copyBytes),
    widthPixels: parsed.value.widthPixels,
    heightPixels: parsed.value.heightPixels,
    framesPerSecond: framesPerSecond(parsed.value),
    codecString: codecString(parsed.value),
    reorderFrames: reorderFrames(parsed.value),
  });
}

/**
 * From the fmtp value `sprop-parameter-sets`: base64 NAL units with commas between. Takes the first SPS and
 * every PPS; skips empty entries, which cameras leave behind a last comma.
 */
export function h264ConfigFromSprop(parameterSets: string): Result<H264Config, string> {
  if (parameterSets.length > maxSpropCharacters) return err('sprop-parameter-sets too long');
  let sps: Uint8Array | undefined;
  const pps: Uint8Array[] = [];
  for (const text of parameterSets.split(',')) {
    const nal = trimTrailingZeros(Buffer.from(text.trim(), 'base64'));
    if (nal.length === 0) continue;
    if (typeOf(nal) === nalType.sps) sps ??= nal;
    if (typeOf(nal) === nalType.pps) pps.push(nal);
  }
  if (!sps) return err('sprop-parameter-sets without a sequence parameter set');
  return h264Config(sps, pps);
}

export interface ParsedAvcC {
  readonly config: H264Config;
  /** Of the length before each NAL unit in a sample. */
  readonly lengthBytes: 1 | 2 | 4;
}

/** The contents of an avcC box, without the box header. */
export function parseAvcC(bytes: Uint8Array): Result<ParsedAvcC, string> {
  if (bytes.length < 7) return err('avcC cut off');
  if (bytes[0] !== 1) return err('avcC of an unknown version');
  const lengthBytes = ((bytes[4] ?? 0) & 3) + 1;
  if (lengthBytes === 3) return err('avcC with lengths of three bytes');
  const spsList = readSets(bytes, 6, (bytes[5] ?? 0) & 31);
  if (!spsList.ok) return spsList;
  const ppsList = readSets(bytes, spsList.value.end + 1, bytes[spsList.value.end] ?? 0);
  if (!ppsList.ok) return ppsList;
  const sps = spsList.value.nals[0];
  if (!sps) return err('avcC without a sequence parameter set');
  const config = h264Config(sps, ppsList.value.nals);
  if (!config.ok) return config;
  return ok({ config: config.value, lengthBytes: lengthBytes as 1 | 2 | 4 });
}

/** The contents of an avcC box, for samples with lengths of four bytes. */
export function writeAvcC(config: H264Config): Uint8Array {
  const { sps, pps } = config;
  const parsed = parseSps(sps);
  const bytes: number[] = [
    1, // configurationVersion
    sps[1] ?? 0, // AVCProfileIndication
    sps[2] ?? 0, // profile_compatibility
    sps[3] ?? 0, // AVCLevelIndication
    0b1111_1100 | 3, // lengthSizeMinusOne
    0b1110_0000 | 1, // numOfSequenceParameterSets
  ];
  pushSet(bytes, sps);
  bytes.push(pps.length);
  for (const nal of pps) pushSet(bytes, nal);
  if (parsed.ok && hasChromaFields(parsed.value)) {
    bytes.push(
      0b1111_1100 | parsed.value.chromaFormatIdc,
      0b1111_1000 | (parsed.value.bitDepthLuma - 8),
      0b1111_1000 | (parsed.value.bitDepthChroma - 8),
      0, // numOfSequenceParameterSetExt
    );
  }
  return Uint8Array.from(bytes);
}

/** RFC 6381, 3.3: the three bytes after the SPS header in hexadecimal. */
function codecString(sps: Sps): string {
  const bytes = [sps.profileIdc, sps.constraintFlags, sps.levelIdc];
  return `avc1.${bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/** ISO/IEC 14496-15, 5.3.3.1.2 */
function hasChromaFields(sps: Sps): boolean {
  return [100, 110, 122, 144].includes(sps.profileIdc);
}

function pushSet(bytes: number[], nal: Uint8Array): void {
  bytes.push(nal.length >> 8, nal.length & 255);
  for (const byte of nal) bytes.push(byte);
}

function readSets(
  bytes: Uint8Array,
  start: number,
  count: number,
): Result<{ nals: Uint8Array[]; end: number }, string> {
  const nals: Uint8Array[] = [];
  let at = start;
  for (let i = 0; i < count; i += 1) {
    const length = (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
    at += 2;
    if (at + length > bytes.length) return err('avcC cut off');
    nals.push(bytes.subarray(at, at + length));
    at += length;
  }
  return ok({ nals, end: at });
}
