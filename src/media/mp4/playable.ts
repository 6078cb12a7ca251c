/**
 * Which tracks fragmented MP4 can carry, and how they are named to a player.
 */
import type { AacConfig, CodecConfig, H264Config, H265Config, OpusConfig, Track } from '../track.ts';

/** A codec with a sample entry that browsers and HLS players know. */
export type PlayableConfig = H264Config | H265Config | AacConfig | OpusConfig;

export interface PlayableTrack extends Track {
  readonly codec: PlayableConfig;
}

/** False for G.711 and JPEG, and for Opus beyond stereo, whose channel mapping RTP cannot express. */
export function isPlayableInMp4(codec: CodecConfig): codec is PlayableConfig {
  if (codec.kind === 'opus') return codec.channels <= 2;
  return codec.kind === 'h264' || codec.kind === 'h265' || codec.kind === 'aac';
}

export function isPlayableTrack(track: Track): track is PlayableTrack {
  return isPlayableInMp4(track.codec);
}

/** The playable tracks' codecs as RFC 6381 names, joined by commas: for CODECS in HLS and for MSE. */
export function mimeCodecs(tracks: readonly Track[]): string {
  return tracks
    .filter(isPlayableTrack)
    .map((track) => track.codec.codecString)
    .join(',');
}

/** The track's number in the file; 0 is not allowed there. */
export function mp4TrackId(track: Track): number {
  return track.id + 1;
}
