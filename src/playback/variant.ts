/**
 * What a multivariant playlist says of a session: bitrates, codecs, size of the picture.
 */
import { mimeCodecs } from '../media/mp4/playable.ts';
import type { Track } from '../media/track.ts';
import { isVideo } from '../media/track.ts';
import type { VariantListing } from './playlist.ts';
import type { PlannedSegment } from './segment-plan.ts';
import type { SessionCodec } from './session.ts';

/** A bitrate that says more digits says no more. */
const bandwidthStep = 10_000;
/** Of a stream, keyframes alone; a guess, as the index has no sizes of single pictures. */
const keyframeShare = 0.3;

export function variantOf(
  segments: readonly PlannedSegment[],
  codecs: readonly (SessionCodec | undefined)[],
): VariantListing {
  const tracks = codecs.flatMap((codec) => codec?.tracks ?? []);
  const video = tracks.filter(({ codec }) => isVideo(codec));
  let bytes = 0;
  let ms = 0;
  let peak = 0;
  for (const segment of segments) {
    bytes += segment.bytes;
    ms += segment.durationMs;
    peak = Math.max(peak, (segment.bytes * 8000) / Math.max(1, segment.durationMs));
  }
  const average = (bytes * 8000) / Math.max(1, ms);
  return {
    peakBitsPerSecond: stepped(peak),
    averageBitsPerSecond: stepped(average),
    keyframeBitsPerSecond: stepped(average * keyframeShare),
    codecs: namesOf(tracks),
    videoCodecs: video.length > 0 ? namesOf(video) : undefined,
    picture: largest(video),
  };
}

/** Each once. */
function namesOf(tracks: readonly Track[]): string {
  return [...new Set(mimeCodecs(tracks).split(','))].join(',');
}

function largest(video: readonly Track[]): VariantListing['picture'] {
  let picture: VariantListing['picture'];
  for (const { codec } of video) {
    if (codec.kind !== 'h264' && codec.kind !== 'h265') continue;
    const { widthPixels, heightPixels, framesPerSecond } = codec;
    if (!picture || widthPixels * heightPixels > picture.widthPixels * picture.heightPixels)
      picture = { widthPixels, heightPixels, framesPerSecond };
  }
  return picture;
}

function stepped(bitsPerSecond: number): number {
  return Math.max(1, Math.ceil(bitsPerSecond / bandwidthStep)) * bandwidthStep;
}
