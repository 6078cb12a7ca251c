/**
 * What flows between sources and readers: tracks, and the access units on them.
 * Everything here is immutable; bytes are shared by all readers and never changed.
 */
import type { Hertz, Ticks, UnixMs } from '../base/units.ts';

/** Index of a track within its stream, from 0. */
export type TrackId = number;

/** ITU-T H.264. Parameter sets as NAL units, without start codes or lengths. */
export interface H264Config {
  readonly kind: 'h264';
  readonly sps: Uint8Array;
  readonly pps: readonly Uint8Array[];
  /** Of the picture as shown, after cropping. */
  readonly widthPixels: number;
  readonly heightPixels: number;
  /** From the VUI; undefined when the camera does not say. */
  readonly framesPerSecond: number | undefined;
  /** RFC 6381, for example `avc1.640028`. */
  readonly codecString: string;
  /** Pictures that may follow in decoding order but precede in output order: 0 means no B-frames. */
  readonly reorderFrames: number;
}

/** ITU-T H.265. Parameter sets as NAL units. */
export interface H265Config {
  readonly kind: 'h265';
  readonly vps: Uint8Array;
  readonly sps: Uint8Array;
  readonly pps: readonly Uint8Array[];
  readonly widthPixels: number;
  readonly heightPixels: number;
  readonly framesPerSecond: number | undefined;
  /** ISO/IEC 14496-15 E.3, for example `hvc1.1.6.L120.90`. */
  readonly codecString: string;
  readonly reorderFrames: number;
}

/** MPEG-4 AAC: one raw_data_block per access unit. */
export interface AacConfig {
  readonly kind: 'aac';
  /** AudioSpecificConfig, ISO/IEC 14496-3, 1.6.2.1. */
  readonly audioSpecificConfig: Uint8Array;
  readonly sampleRateHz: number;
  readonly channels: number;
  /** RFC 6381, for example `mp4a.40.2`. */
  readonly codecString: string;
}

/** Opus, always on a 48 kHz clock (RFC 7587, 4.1): one packet per access unit. */
export interface OpusConfig {
  readonly kind: 'opus';
  readonly channels: number;
  readonly codecString: 'opus';
}

/** ITU-T G.711; not playable in fMP4 without conversion. */
export interface G711Config {
  readonly kind: 'g711';
  readonly law: 'a' | 'mu';
  readonly sampleRateHz: number;
  readonly channels: number;
}

/** One whole JPEG file per access unit; not playable in fMP4. */
export interface JpegConfig {
  readonly kind: 'mjpeg';
  readonly widthPixels: number;
  readonly heightPixels: number;
}

export type VideoConfig = H264Config | H265Config | JpegConfig;
type AudioConfig = AacConfig | OpusConfig | G711Config;
export type CodecConfig = VideoConfig | AudioConfig;

/** One elementary stream of a source. */
export interface Track {
  readonly id: TrackId;
  readonly clockHz: Hertz;
  readonly codec: CodecConfig;
}

/** One coded picture, or one audio frame. */
export interface AccessUnit {
  readonly track: TrackId;
  /** Presentation time. Starts at the wall time of the stream's first unit, then follows the camera's clock. */
  readonly pts: Ticks;
  /** Decoding time: strictly increasing per track and stream life; not above `pts`, except once after late B-frame detection. */
  readonly dts: Ticks;
  /** When it was captured: by the camera's sender reports if it has sane ones, else when it arrived. */
  readonly wallMs: UnixMs;
  /** Decoding can start here. Always true for audio and JPEG. */
  readonly key: boolean;
  /** Video: NAL units without start codes or lengths, no access unit delimiters. Audio and JPEG: one entry. Never empty. */
  readonly nals: readonly Uint8Array[];
}

export function isVideo(codec: CodecConfig): codec is VideoConfig {
  return codec.kind === 'h264' || codec.kind === 'h265' || codec.kind === 'mjpeg';
}

/** Bytes of an access unit's payload. */
export function unitBytes(unit: AccessUnit): number {
  let bytes = 0;
  for (const nal of unit.nals) bytes += nal.length;
  return bytes;
}
