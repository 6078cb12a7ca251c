/**
 * Sample entries: the box in `stsd` that tells a decoder what the samples are.
 * In: a codec configuration. Out: one box, written.
 * ISO/IEC 14496-12 (12.1.3, 12.2.3), 14496-14, 14496-15, and the Opus mapping of opus-codec.org.
 */
import { writeAvcC } from '../codec/h264/config.ts';
import { writeHvcC } from '../codec/h265/config.ts';
import type { AacConfig, H264Config, H265Config, OpusConfig } from '../track.ts';
import type { BoxWriter } from './box-writer.ts';
import type { PlayableConfig } from './playable.ts';

const opusRateHz = 48000;

/** Upper bound of what `sampleEntry` writes: the fields, and the codec's own bytes with their lengths. */
export function sampleEntryBound(codec: PlayableConfig): number {
  const fieldsBytes = 256;
  return fieldsBytes + ownBytes(codec);
}

export function sampleEntry(out: BoxWriter, codec: PlayableConfig): void {
  switch (codec.kind) {
    case 'h264':
      return avc1(out, codec);
    case 'h265':
      return hvc1(out, codec);
    case 'aac':
      return mp4a(out, codec);
    case 'opus':
      return opus(out, codec);
  }
}

function ownBytes(codec: PlayableConfig): number {
  if (codec.kind === 'opus') return 0;
  if (codec.kind === 'aac') return codec.audioSpecificConfig.length;
  const spsBytes = 2 * codec.sps.length; // H.264 may repeat its extension
  const vpsBytes = codec.kind === 'h265' ? codec.vps.length : 0;
  return codec.pps.reduce((bytes, set) => bytes + set.length + 2, spsBytes + vpsBytes);
}

function avc1(out: BoxWriter, codec: H264Config): void {
  const box = out.open('avc1');
  visualFields(out, codec.widthPixels, codec.heightPixels);
  const avcC = out.open('avcC');
  out.bytes(writeAvcC(codec));
  out.close(avcC);
  out.close(box);
}

function hvc1(out: BoxWriter, codec: H265Config): void {
  const box = out.open('hvc1');
  visualFields(out, codec.widthPixels, codec.heightPixels);
  const hvcC = out.open('hvcC');
  out.bytes(writeHvcC(codec));
  out.close(hvcC);
  out.close(box);
}

function visualFields(out: BoxWriter, widthPixels: number, heightPixels: number): void {
  const dotsPerInch = 72;
  out.zeros(6); // reserved
  out.u16(1); // data_reference_index
  out.zeros(16); // pre_defined, reserved
  out.u16(widthPixels); // width
  out.u16(heightPixels); // height
  out.fixed16(dotsPerInch); // horizresolution
  out.fixed16(dotsPerInch); // vertresolution
  out.u32(0); // reserved
  out.u16(1); // frame_count
  out.zeros(32); // compressorname
  out.u16(0x18); // depth: colour without alpha
  out.u16(0xffff); // pre_defined = -1
}

function mp4a(out: BoxWriter, codec: AacConfig): void {
  const box = out.open('mp4a');
  audioFields(out, codec.channels, codec.sampleRateHz);
  esds(out, codec.audioSpecificConfig);
  out.close(box);
}

function opus(out: BoxWriter, codec: OpusConfig): void {
  const box = out.open('Opus');
  audioFields(out, codec.channels, opusRateHz);
  dOps(out, codec.channels);
  out.close(box);
}

function audioFields(out: BoxWriter, channels: number, sampleRateHz: number): void {
  out.zeros(6); // reserved
  out.u16(1); // data_reference_index
  out.zeros(8); // reserved
  out.u16(channels); // channelcount
  out.u16(16); // samplesize
  out.zeros(4); // pre_defined, reserved
  out.fixed16(sampleRateHz); // samplerate
}

/** Descriptors of ISO/IEC 14496-1, 7.2.6: each is a tag, a length and its fields. */
function esds(out: BoxWriter, audioSpecificConfig: Uint8Array): void {
  const descriptorHead = 5;
  const decoderConfigBytes = 13 + descriptorHead + audioSpecificConfig.length;
  const syncLayerBytes = 1;
  const streamBytes = 3 + descriptorHead + decoderConfigBytes + descriptorHead + syncLayerBytes;

  const box = out.openFull('esds', 0, 0);
  descriptor(out, 0x03, streamBytes); // ES_Descriptor
  out.u16(0); // ES_ID: 0 in a file
  out.u8(0); // no dependency, no URL, no clock stream; priority 0
  descriptor(out, 0x04, decoderConfigBytes); // DecoderConfigDescriptor
  out.u8(0x40); // objectTypeIndication: MPEG-4 audio
  out.u8(0x15); // streamType = audio, upStream = 0, reserved = 1
  out.zeros(3); // bufferSizeDB: unknown
  out.u32(0); // maxBitrate: unknown
  out.u32(0); // avgBitrate: unknown
  descriptor(out, 0x05, audioSpecificConfig.length); // DecoderSpecificInfo
  out.bytes(audioSpecificConfig);
  descriptor(out, 0x06, syncLayerBytes); // SLConfigDescriptor
  out.u8(2); // predefined: as in an MP4 file
  out.close(box);
}

/** The length in four groups of seven bits, the top bit saying that more follow. */
function descriptor(out: BoxWriter, tag: number, lengthBytes: number): void {
  out.u8(tag);
  out.u8(0x80 | (lengthBytes >>> 21));
  out.u8(0x80 | ((lengthBytes >>> 14) & 0x7f));
  out.u8(0x80 | ((lengthBytes >>> 7) & 0x7f));
  out.u8(lengthBytes & 0x7f);
}

/** "Encapsulation of Opus in ISO Base Media File Format", 4.3.2. */
function dOps(out: BoxWriter, channels: number): void {
  const box = out.open('dOps');
  out.u8(0); // Version
  out.u8(channels); // OutputChannelCount
  out.u16(0); // PreSkip: a viewer joins in the middle, nothing is to be trimmed
  out.u32(opusRateHz); // InputSampleRate
  out.u16(0); // OutputGain
  out.u8(0); // ChannelMappingFamily: mono or stereo
  out.close(box);
}
