/**
 * How a track travels in RTP: its name in a session description, and its access units as payloads.
 *
 * Promise: whoever begins at a keyframe can decode, because parameter sets go in front of each.
 */
import type { Packetize, RtpPayload } from '../rtp/payload.ts';
import type { AccessUnit, CodecConfig, G711Config, H264Config, H265Config, Track } from '../track.ts';
import { aacFmtp, packetizeAac } from './aac/packetize.ts';
import { g711Packetizer } from './g711/payload.ts';
import { packetizeH264 } from './h264/packetize.ts';
import { packetizeH265 } from './h265/packetize.ts';
import { packetizeJpeg } from './jpeg/packetize.ts';
import { packetizeOpus } from './opus/payload.ts';

export interface RtpFormat {
  readonly kind: 'video' | 'audio';
  /** Where RFC 3551 has one. */
  readonly staticPayloadType: number | undefined;
  /** The value of `a=rtpmap` after the payload type, for example `H264/90000`. */
  readonly encoding: string;
  /** The value of `a=fmtp` after the payload type. */
  readonly fmtp: string | undefined;
  /** Empty when RTP cannot carry the unit. @param maxPayloadBytes without the RTP header. */
  packetize(unit: AccessUnit, maxPayloadBytes: number): readonly RtpPayload[];
}

export function rtpFormat({ codec, clockHz }: Track): RtpFormat {
  switch (codec.kind) {
    case 'h264':
      return video(`H264/${clockHz}`, h264Fmtp(codec), (unit, max) =>
        packetizeH264(withSets(unit, codec, [codec.sps, ...codec.pps]), max),
      );
    case 'h265':
      return video(`H265/${clockHz}`, h265Fmtp(codec), (unit, max) =>
        packetizeH265(withSets(unit, codec, [codec.vps, codec.sps, ...codec.pps]), max),
      );
    case 'mjpeg':
      return { ...video(`JPEG/${clockHz}`, undefined, plain(packetizeJpeg)), staticPayloadType: 26 };
    case 'aac':
      return audio(`MPEG4-GENERIC/${clockHz}/${codec.channels}`, aacFmtp(codec), packetizeAac);
    case 'opus':
      // RFC 7587, 7: always two channels in the name; the parameter says how many there are.
      return audio('opus/48000/2', codec.channels > 1 ? 'sprop-stereo=1' : undefined, packetizeOpus);
    case 'g711':
      return {
        ...audio(g711Encoding(codec), undefined, g711Packetizer(codec.channels)),
        ...g711Static(codec),
      };
  }
}

function video(encoding: string, fmtp: string | undefined, packetize: RtpFormat['packetize']): RtpFormat {
  return { kind: 'video', staticPayloadType: undefined, encoding, fmtp, packetize };
}

function audio(encoding: string, fmtp: string | undefined, packetize: Packetize): RtpFormat {
  return { kind: 'audio', staticPayloadType: undefined, encoding, fmtp, packetize: plain(packetize) };
}

function plain(packetize: Packetize): RtpFormat['packetize'] {
  return (unit, maxPayloadBytes) => packetize(unit.nals, maxPayloadBytes);
}

/** RFC 6184, 8.1. */
function h264Fmtp({ sps, pps }: H264Config): string {
  const profileLevelId = Buffer.from(sps.subarray(1, 4)).toString('hex').toUpperCase();
  const sets = [sps, ...pps].map(base64).join(',');
  return `packetization-mode=1;profile-level-id=${profileLevelId};sprop-parameter-sets=${sets}`;
}

/** RFC 7798, 7.1. */
function h265Fmtp({ vps, sps, pps }: H265Config): string {
  return `sprop-vps=${base64(vps)};sprop-sps=${base64(sps)};sprop-pps=${pps.map(base64).join(',')}`;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function g711Encoding({ law, sampleRateHz, channels }: G711Config): string {
  const name = law === 'mu' ? 'PCMU' : 'PCMA';
  return channels === 1 ? `${name}/${sampleRateHz}` : `${name}/${sampleRateHz}/${channels}`;
}

/** RFC 3551, 6: one channel at 8 kHz has a number of its own. */
function g711Static({ law, sampleRateHz, channels }: G711Config): Pick<RtpFormat, 'staticPayloadType'> {
  if (sampleRateHz !== 8000 || channels !== 1) return { staticPayloadType: undefined };
  return { staticPayloadType: law === 'mu' ? 0 : 8 };
}

/** Cameras differ in whether they repeat their sets; a keyframe that has an SPS has them all. */
function withSets(
  { key, nals }: AccessUnit,
  codec: CodecConfig,
  sets: readonly Uint8Array[],
): readonly Uint8Array[] {
  if (!key || nals.some((nal) => isSps(codec, nal))) return nals;
  return [...sets, ...nals];
}

/** H.264: table 7-1; H.265: table 7-1. */
function isSps(codec: CodecConfig, nal: Uint8Array): boolean {
  const head = nal[0] ?? 0;
  return codec.kind === 'h264' ? (head & 0x1f) === 7 : ((head >> 1) & 0x3f) === 33;
}
