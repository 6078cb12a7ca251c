/**
 * From the hub's pictures to what the media worker decodes and what it gives back.
 */
import type { Picture, PictureOptions } from '../hub/pictures.ts';
import { readJpegConfig } from '../media/codec/jpeg/file.ts';
import { unixMs } from '../base/units.ts';
import type { AccessUnit, JpegConfig, Track, VideoConfig } from '../media/track.ts';
import { isVideo } from '../media/track.ts';
import type { InputPieces, PipelineUnit } from './worker/protocol.ts';

export interface VideoTrack extends Track {
  readonly codec: VideoConfig;
}

export function videoTrackOf(tracks: readonly Track[]): VideoTrack | undefined {
  return tracks.find(isVideoTrack);
}

export function isVideoTrack(track: Track): track is VideoTrack {
  return isVideo(track.codec);
}

/** The camera's own files will do: nothing has to be decoded, whatever quality was asked for. */
export function passesThrough(codec: VideoConfig, { widthPixels }: PictureOptions): codec is JpegConfig {
  return codec.kind === 'mjpeg' && (widthPixels === undefined || widthPixels >= codec.widthPixels);
}

/** One picture of a Motion JPEG camera, as it came. */
export function cameraPicture({ widthPixels, heightPixels }: JpegConfig, unit: AccessUnit): Picture {
  return { bytes: unit.nals[0] ?? new Uint8Array(), captureMs: unit.wallMs, widthPixels, heightPixels };
}

/** One picture that the worker made; undefined when it is no JPEG file. */
export function madePicture({ bytes, wallMs }: PipelineUnit): Picture | undefined {
  const size = readJpegConfig(bytes);
  if (!size) return undefined;
  const { widthPixels, heightPixels } = size;
  return { bytes, captureMs: unixMs(wallMs), widthPixels, heightPixels };
}

const startCode = Uint8Array.of(0, 0, 0, 1);
const nothing = new Uint8Array();

/** @param alone a key of which no other picture will be sent */
export function pipelineInput(codec: VideoConfig, unit: AccessUnit, alone: boolean): InputPieces {
  const { key, wallMs, nals } = unit;
  if (codec.kind === 'mjpeg') return { key: true, alone, wallMs, before: nothing, pieces: nals };
  const pieces = key ? [...parameterSets(codec), ...nals] : nals;
  return { key, alone, wallMs, before: startCode, pieces };
}

/** Cameras may send them in SDP only. */
function parameterSets(codec: Exclude<VideoConfig, JpegConfig>): readonly Uint8Array[] {
  return codec.kind === 'h264' ? [codec.sps, ...codec.pps] : [codec.vps, codec.sps, ...codec.pps];
}
