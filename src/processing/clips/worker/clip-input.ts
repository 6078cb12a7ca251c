/**
 * A clip taken apart: its picture and its sound, whatever of the three containers it is in.
 */
import type { InputAudioTrack, InputVideoTrack } from 'mediabunny';
import { CustomSource, EncodedPacketSink, Input, MATROSKA, MP4, MPEG_TS, QTFF, WEBM } from 'mediabunny';
import type { Result } from '../../../base/result.ts';
import { err, ok } from '../../../base/result.ts';
import type { ClipMeasures } from '../messages.ts';
import type { RemoteFile } from './remote-file.ts';

/** Of the file's bytes kept by the library. */
const maxCacheBytes = 4 * 1024 * 1024;
const unreadable = 'The file is damaged: it cannot be taken apart as MP4, MPEG-TS or Matroska.';
const withoutVideo = 'The file has no picture in H.264, H.265, VP8, VP9 or AV1.';

export interface ClipInput {
  readonly input: Input;
  readonly video: InputVideoTrack;
  readonly audio: InputAudioTrack | undefined;
  /** Time of the first picture, in seconds of the file. */
  readonly originSeconds: number;
}

export function openInput(file: RemoteFile): Input {
  const source = new CustomSource({
    getSize: () => file.sizeBytes,
    read: (start, end) => file.read(start, end),
    maxCacheSize: maxCacheBytes,
    prefetchProfile: 'network',
    handleUnhandledError: () => undefined,
  });
  return new Input({ source, formats: [MP4, QTFF, MATROSKA, WEBM, MPEG_TS] });
}

/** The error is for people. Rejects when the library gives up. */
export async function openClip(input: Input): Promise<Result<ClipInput, string>> {
  if (!(await input.canRead())) return err(unreadable);
  const tracks = await input.getTracks();
  if (tracks.length === 0)
    return err('The file has nothing in it that can be played: it is damaged or was cut off.');
  const video = await input.getPrimaryVideoTrack();
  if (!video || (await video.getCodec()) === null) return err(withoutVideo);
  const audio = await input.getPrimaryAudioTrack();
  const first = await new EncodedPacketSink(video).getFirstPacket({ metadataOnly: true });
  if (!first || !Number.isFinite(first.timestamp)) return err('The file has no pictures.');
  // Of pictures that are decoded before they are shown, the first one decoded is the first one shown.
  return ok({ input, video, audio: audio ?? undefined, originSeconds: first.timestamp });
}

/** Reads the first and the last picture, too: of a file that was cut off they are not there. */
export async function measure(clip: ClipInput): Promise<Result<ClipMeasures, string>> {
  const { video, audio, originSeconds } = clip;
  const packets = new EncodedPacketSink(video);
  const first = await packets.getFirstPacket();
  const last = await packets.getPacket(Infinity);
  if (!first || !last || first.data.length === 0 || last.data.length === 0) return err(unreadable);
  const end = await video.computeDuration();
  const durationMs = Math.round((end - originSeconds) * 1000);
  if (!(durationMs > 0) || durationMs > maxDurationMs)
    return err('The file does not say credibly how long it is.');
  const codecs = [await video.getCodec(), await audio?.getCodec()].filter(
    (codec) => typeof codec === 'string',
  );
  return ok({ durationMs, hasVideo: true, codecs });
}

/** A week: nothing that one file holds. */
const maxDurationMs = 7 * 24 * 60 * 60 * 1000;
