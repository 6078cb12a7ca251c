/**
 * How each codec is carried in a transport stream.
 * In: a track. Out: its numbers, and the bytes that stand before its samples there but not in MP4.
 */
import type { AacConfig, H264Config, H265Config, OpusConfig, Track } from '../track.ts';
import { parseAudioSpecificConfig } from '../codec/aac/config.ts';
import { BitReader } from '../bits.ts';
import { joinAnnexB } from '../codec/nal-units.ts';
import type { TableEntry } from './tables.ts';

/** A track in a transport stream. */
export type TsStream = TableEntry & {
  readonly streamId: number;
  readonly clockHz: number;
} & (VideoFraming | AacFraming | OpusFraming);

interface VideoFraming {
  readonly kind: 'video';
  /** Before a keyframe: access unit delimiter and parameter sets as a byte stream. */
  readonly beforeKey: Uint8Array;
  /** Before any other picture: the delimiter. */
  readonly beforeOther: Uint8Array;
}

interface AacFraming {
  readonly kind: 'aac';
  /** ADTS header of an empty frame (ISO/IEC 14496-3, 1.A.2.2). */
  readonly adts: Uint8Array;
  /** In ticks of the track. */
  readonly frameTicks: number;
}

interface OpusFraming {
  readonly kind: 'opus';
}

/** As FFmpeg numbers them. */
const firstPid = 0x100;
const noDescriptors = new Uint8Array(0);

/** Undefined for what a transport stream cannot carry: G.711, Motion JPEG, AAC that ADTS has no words for. */
export function tsStream(track: Track): TsStream | undefined {
  const pid = firstPid + track.id;
  const { codec, clockHz } = track;
  switch (codec.kind) {
    case 'h264':
      return { ...h264, ...h264Framing(codec), pid, clockHz };
    case 'h265':
      return { ...h265, ...h265Framing(codec), pid, clockHz };
    case 'aac': {
      const framing = aacFraming(codec, clockHz);
      return framing && { ...aac, ...framing, pid, clockHz };
    }
    case 'opus':
      return { ...opus, descriptors: opusDescriptors(codec), kind: 'opus', pid, clockHz };
    case 'g711':
    case 'mjpeg':
      return undefined;
  }
}

/** Tables 2-22 and 2-34. */
const h264 = { streamType: 0x1b, streamId: 0xe0, descriptors: noDescriptors };
const h265 = { streamType: 0x24, streamId: 0xe0, descriptors: noDescriptors };
const aac = { streamType: 0x0f, streamId: 0xc0, descriptors: noDescriptors };
/** Private data, told apart by its descriptor. */
const opus = { streamType: 0x06, streamId: 0xbd };

/** Any picture may follow: slices of all types (ITU-T H.264, 7.3.2.4; H.265, 7.3.2.5). */
const h264Delimiter = Uint8Array.of(0x09, 0xf0);
const h265Delimiter = Uint8Array.of(0x46, 0x01, 0x50);

function h264Framing({ sps, pps }: H264Config): VideoFraming {
  return {
    kind: 'video',
    beforeKey: joinAnnexB([h264Delimiter, sps, ...pps]),
    beforeOther: joinAnnexB([h264Delimiter]),
  };
}

function h265Framing({ vps, sps, pps }: H265Config): VideoFraming {
  return {
    kind: 'video',
    beforeKey: joinAnnexB([h265Delimiter, vps, sps, ...pps]),
    beforeOther: joinAnnexB([h265Delimiter]),
  };
}

function aacFraming(codec: AacConfig, clockHz: number): AacFraming | undefined {
  const parsed = parseAudioSpecificConfig(codec.audioSpecificConfig);
  const adts = adtsHeader(codec.audioSpecificConfig);
  if (!parsed.ok || !adts) return undefined;
  const { frameSamples, coreRateHz } = parsed.value;
  return { kind: 'aac', adts, frameTicks: (frameSamples * clockHz) / coreRateHz };
}

const extendingTypes: readonly number[] = [5, 29]; // SBR, PS
const escapeRate = 15;

/** The plain AAC inside is described; decoders find the extensions by themselves. */
function adtsHeader(config: Uint8Array): Uint8Array | undefined {
  const bits = new BitReader(config);
  const outerType = bits.bits(5);
  const rate = bits.bits(4);
  if (rate === escapeRate) return undefined;
  const channels = bits.bits(4);
  let type = outerType;
  if (extendingTypes.includes(outerType)) {
    if (bits.bits(4) === escapeRate) bits.skip(24);
    type = bits.bits(5);
  }
  if (type < 1 || type > 4 || channels < 1 || channels > 7) return undefined;
  return Uint8Array.of(
    0xff,
    0xf1, // MPEG-4, layer 0, no checksum
    ((type - 1) << 6) | (rate << 2) | (channels >> 2),
    (channels & 3) << 6,
    0,
    0x1f, // buffer fullness: unknown
    0xfc,
  );
}

/** Registration (13818-1, 2.6.8) and the extension that the Opus-in-TS draft of 2014 defines for its channels. */
function opusDescriptors({ channels }: OpusConfig): Uint8Array {
  const registration = [0x05, 4, 0x4f, 0x70, 0x75, 0x73]; // "Opus"
  const extension = [0x7f, 2, 0x80, channels];
  return Uint8Array.from([...registration, ...extension]);
}
