/**
 * AudioSpecificConfig: what an AAC decoder must know (ISO/IEC 14496-3, 1.6.2).
 * In: its bytes, from SDP, `esds` or anywhere. Out: rate, channels and frame length, or why we cannot carry it.
 */
import type { Result } from '../../../base/result.ts';
import { err, ok } from '../../../base/result.ts';
import { BitReader } from '../../bits.ts';
import type { AacConfig } from '../../track.ts';

/** ISO/IEC 14496-3, 1.6.3.4; the place in the list is the index that is sent. */
export const aacRatesHz: readonly number[] = [
  96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350,
];
/** ISO/IEC 14496-3, 1.6.3.5; 0 means that the configuration spells the channels out. */
const channelsOfConfiguration: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 8, 0, 0, 0, 7, 8, 0, 8];
const escapeRateIndex = 15;

const spectralBandReplication = 5;
const parametricStereo = 29;
const plainObjectTypes: ReadonlySet<number> = new Set([1, 2, 3, 4]); // Main, LC, SSR, LTP

/** 256 bytes: a real configuration has 2 to 40. */
const maxConfigDigits = 512;

/** What an AudioSpecificConfig says, in our words. */
export interface AudioSpecificConfig {
  readonly config: AacConfig;
  /** Samples per channel of one frame, at `coreRateHz`. */
  readonly frameSamples: number;
  /** Rate of the plain AAC inside; half of `config.sampleRateHz` with spectral band replication. */
  readonly coreRateHz: number;
  /** In LATM the bits after these belong to others. */
  readonly usedBits: number;
}

/** Reads an AudioSpecificConfig. The error is a plain reason. */
export function parseAudioSpecificConfig(bytes: Uint8Array): Result<AudioSpecificConfig, string> {
  const bits = new BitReader(bytes);
  const outerType = readObjectType(bits);
  const coreRateHz = readRateHz(bits);
  const configuration = bits.bits(4);
  const outer = readOuterExtension(bits, outerType);
  const coreType = outer ? readObjectType(bits) : outerType;
  if (!plainObjectTypes.has(coreType)) return err(`AAC object type ${coreType} is not supported`);

  const { frameSamples, channels } = readGaSpecificConfig(bits, configuration);
  if (bits.failed) return err('AudioSpecificConfig is cut short');
  if (channels === 0 || coreRateHz === 0) return err('AudioSpecificConfig with reserved values');

  const behind = outer ? undefined : readTrailingExtension(bits, bits.bitsLeft);
  const usedBits = bytes.length * 8 - (behind?.bitsLeft ?? bits.bitsLeft);
  const plain = { objectType: coreType, rateHz: coreRateHz };
  const { objectType, rateHz } = outer ?? behind?.extension ?? plain;
  const config: AacConfig = {
    kind: 'aac',
    audioSpecificConfig: bytes,
    sampleRateHz: rateHz || coreRateHz,
    channels: objectType === parametricStereo ? 2 : channels,
    codecString: `mp4a.40.${objectType}`,
  };
  return ok({ config, frameSamples, coreRateHz, usedBits });
}

export interface PlainAac {
  /** 1 Main, 2 LC, 3 SSR, 4 LTP. */
  readonly objectType: number;
  readonly sampleRateHz: number;
  /** `channelConfiguration` as it is sent, 1 to 7. */
  readonly channelConfiguration: number;
}

/** Writes the configuration of plain AAC with frames of 1024 samples. */
export function writeAudioSpecificConfig(aac: PlainAac): Uint8Array {
  const index = aacRatesHz.indexOf(aac.sampleRateHz);
  const rateBits = index >= 0 ? 4 : 28;
  const rate = index >= 0 ? index : escapeRateIndex * 0x1000000 + aac.sampleRateHz;
  // Object type, rate and channels, then three GASpecificConfig flags of 0, filled up to whole bytes.
  const usedBits = 5 + rateBits + 4 + 3;
  const lengthBytes = Math.ceil(usedBits / 8);
  let value = (aac.objectType * 2 ** rateBits + rate) * 16 + aac.channelConfiguration;
  value *= 2 ** (3 + lengthBytes * 8 - usedBits);
  const out = new Uint8Array(lengthBytes);
  for (let at = lengthBytes - 1; at >= 0; at -= 1) {
    out[at] = value % 256;
    value = Math.floor(value / 256);
  }
  return out;
}

/** The `config` among the `fmtp` parameters; undefined when there is none, or no hexadecimal one. */
export function readHexConfig(parameters: ReadonlyMap<string, string>): Uint8Array | undefined {
  const digits = parameters.get('config') ?? '';
  if (digits.length > maxConfigDigits || !/^([0-9a-f]{2})+$/i.test(digits)) return undefined;
  return Uint8Array.from(Buffer.from(digits, 'hex'));
}

/** 1.6.2.1, GetAudioObjectType */
function readObjectType(bits: BitReader): number {
  const type = bits.bits(5);
  return type === 31 ? 32 + bits.bits(6) : type;
}

/** 0 when reserved. */
function readRateHz(bits: BitReader): number {
  const index = bits.bits(4);
  return index === escapeRateIndex ? bits.bits(24) : (aacRatesHz[index] ?? 0);
}

/** 4.4.1. No channels mean a reserved configuration. */
function readGaSpecificConfig(
  bits: BitReader,
  configuration: number,
): { readonly frameSamples: number; readonly channels: number } {
  const frameSamples = bits.flag() ? 960 : 1024; // frameLengthFlag
  if (bits.flag()) bits.skip(14); // dependsOnCoreCoder: coreCoderDelay
  bits.skip(1); // extensionFlag: 0 for the object types we take
  const channels =
    configuration === 0 ? readProgramChannels(bits) : (channelsOfConfiguration[configuration] ?? 0);
  return { frameSamples, channels };
}

interface Extension {
  readonly objectType: number;
  readonly rateHz: number;
}

/** Hierarchical signalling: the extension's object type comes first (1.6.5). */
function readOuterExtension(bits: BitReader, objectType: number): Extension | undefined {
  if (objectType !== spectralBandReplication && objectType !== parametricStereo) return undefined;
  return { objectType, rateHz: readRateHz(bits) };
}

interface TrailingExtension {
  readonly extension: Extension | undefined;
  /** After it, or after what comes before when there is none. */
  readonly bitsLeft: number;
}

/** Compatible signalling: the extension follows behind a sync word, where old decoders do not look (1.6.5). */
function readTrailingExtension(bits: BitReader, bitsLeft: number): TrailingExtension {
  const absent = { extension: undefined, bitsLeft };
  if (bitsLeft < 16 || bits.bits(11) !== 0x2b7) return absent;
  if (readObjectType(bits) !== spectralBandReplication) return absent;
  if (!bits.flag()) return { extension: undefined, bitsLeft: bits.bitsLeft };
  const rateHz = readRateHz(bits);
  if (bits.failed) return absent;
  const replicated = { extension: { objectType: spectralBandReplication, rateHz }, bitsLeft: bits.bitsLeft };
  if (bits.bitsLeft < 12 || bits.bits(11) !== 0x548 || !bits.flag()) return replicated;
  return { extension: { objectType: parametricStereo, rateHz }, bitsLeft: bits.bitsLeft };
}

/** Counts the channels of a program_config_element (4.4.1.1). */
function readProgramChannels(bits: BitReader): number {
  bits.skip(4 + 2 + 4); // element_instance_tag, object_type, sampling_frequency_index
  const pairableElements = bits.bits(4) + bits.bits(4) + bits.bits(4); // front, side, back
  const lowFrequencyElements = bits.bits(2);
  bits.skip(3 + 4); // numbers of data and coupling elements, which are no channels
  if (bits.flag()) bits.skip(4); // mono_mixdown_element_number
  if (bits.flag()) bits.skip(4); // stereo_mixdown_element_number
  if (bits.flag()) bits.skip(3); // matrix_mixdown_idx, pseudo_surround_enable
  let channels = lowFrequencyElements;
  for (let index = 0; index < pairableElements; index += 1) {
    channels += bits.flag() ? 2 : 1;
    bits.skip(4); // element_tag_select
  }
  return channels;
}
