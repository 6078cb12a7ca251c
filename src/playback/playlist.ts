/**
 * Playlists of a stretch of the past (RFC 8216bis): media, keyframes alone, and the one that names both.
 * In: planned segments. Out: text. Addresses are relative to the session's.
 */
import type { UnixMs } from '../base/units.ts';
import type { PlannedSegment } from './segment-plan.ts';

/** `ts`: MPEG-TS. `fmp4`: fragments as they were recorded. */
export type SegmentFormat = 'ts' | 'fmp4';

export interface MediaListing {
  readonly format: SegmentFormat;
  readonly segments: readonly PlannedSegment[];
  /** Places of segments that turned out to be gone or unreadable. */
  readonly missing: ReadonlySet<number>;
  readonly targetDurationSeconds: number;
  /** Where to begin. */
  readonly fromMs: UnixMs;
  /** It was made while its range was being recorded. */
  readonly isEvent: boolean;
  /** Nothing will be added. */
  readonly isEnded: boolean;
}

/** A keyframe: where it is, and how long until the next one. */
export interface KeyframeListing {
  readonly uri: string;
  readonly startMs: UnixMs;
  readonly durationMs: number;
  readonly discontinuity: boolean;
  readonly codec: number;
}

export interface VariantListing {
  readonly peakBitsPerSecond: number;
  readonly averageBitsPerSecond: number;
  readonly keyframeBitsPerSecond: number;
  /** RFC 6381 names of everything in it, and of its pictures; the latter undefined without any. */
  readonly codecs: string;
  readonly videoCodecs: string | undefined;
  readonly picture:
    | {
        readonly widthPixels: number;
        readonly heightPixels: number;
        readonly framesPerSecond: number | undefined;
      }
    | undefined;
}

/** EXT-X-GAP needs 8 (section 8). */
const playlistVersion = 8;

export function writeMedia(listing: MediaListing): string {
  const { segments, isEvent, isEnded } = listing;
  const lines = [
    '#EXTM3U',
    `#EXT-X-VERSION:${playlistVersion}`,
    `#EXT-X-TARGETDURATION:${listing.targetDurationSeconds}`,
    `#EXT-X-PLAYLIST-TYPE:${isEvent ? 'EVENT' : 'VOD'}`,
    '#EXT-X-MEDIA-SEQUENCE:0',
  ];
  if (segments.every(({ key }) => key)) lines.push('#EXT-X-INDEPENDENT-SEGMENTS');
  const offsetMs = listing.fromMs - (segments[0]?.startMs ?? listing.fromMs);
  if (offsetMs > 0) lines.push(`#EXT-X-START:TIME-OFFSET=${seconds(offsetMs)},PRECISE=YES`);
  for (const [index, segment] of segments.entries()) pushSegment(lines, listing, index, segment);
  if (isEnded) lines.push('#EXT-X-ENDLIST');
  lines.push('');
  return lines.join('\n');
}

/** Each keyframe is a file by itself, with the init segment of the picture alone. */
export function writeKeyframes(
  keyframes: readonly KeyframeListing[],
  isEvent: boolean,
  isEnded: boolean,
): string {
  const longestMs = keyframes.reduce((longest, { durationMs }) => Math.max(longest, durationMs), 0);
  const lines = [
    '#EXTM3U',
    `#EXT-X-VERSION:${playlistVersion}`,
    `#EXT-X-TARGETDURATION:${Math.max(1, Math.ceil(longestMs / 1000))}`,
    `#EXT-X-PLAYLIST-TYPE:${isEvent ? 'EVENT' : 'VOD'}`,
    '#EXT-X-MEDIA-SEQUENCE:0',
    '#EXT-X-I-FRAMES-ONLY',
  ];
  let codec = -1;
  for (const keyframe of keyframes) {
    if (keyframe.discontinuity) lines.push('#EXT-X-DISCONTINUITY');
    if (keyframe.codec !== codec) lines.push(`#EXT-X-MAP:URI="keyframe/init-${keyframe.codec}.mp4"`);
    codec = keyframe.codec;
    lines.push(
      `#EXT-X-PROGRAM-DATE-TIME:${iso(keyframe.startMs)}`,
      `#EXTINF:${seconds(keyframe.durationMs)},`,
      keyframe.uri,
    );
  }
  if (isEnded) lines.push('#EXT-X-ENDLIST');
  lines.push('');
  return lines.join('\n');
}

export function writeVariants(variant: VariantListing): string {
  const { picture, codecs, videoCodecs } = variant;
  const size = picture ? [`RESOLUTION=${picture.widthPixels}x${picture.heightPixels}`] : [];
  const rate = picture?.framesPerSecond ? [`FRAME-RATE=${picture.framesPerSecond.toFixed(3)}`] : [];
  const attributes = [
    `BANDWIDTH=${variant.peakBitsPerSecond}`,
    `AVERAGE-BANDWIDTH=${variant.averageBitsPerSecond}`,
    `CODECS="${codecs}"`,
    ...size,
    ...rate,
    ...(picture ? ['CLOSED-CAPTIONS=NONE'] : []),
  ];
  const lines = ['#EXTM3U', `#EXT-X-VERSION:${playlistVersion}`, `#EXT-X-STREAM-INF:${attributes.join(',')}`];
  lines.push('playlist.m3u8');
  if (videoCodecs !== undefined) {
    const words = [`BANDWIDTH=${variant.keyframeBitsPerSecond}`, `CODECS="${videoCodecs}"`, ...size];
    lines.push(`#EXT-X-I-FRAME-STREAM-INF:${words.join(',')},URI="keyframes.m3u8"`);
  }
  lines.push('');
  return lines.join('\n');
}

/** TARGETDURATION that holds for all of them (4.4.3.1). */
export function targetDurationSeconds(segments: readonly PlannedSegment[]): number {
  const longestMs = segments.reduce((longest, { durationMs }) => Math.max(longest, durationMs), 0);
  return Math.max(1, Math.ceil(longestMs / 1000));
}

function pushSegment(lines: string[], listing: MediaListing, index: number, segment: PlannedSegment): void {
  const { format, missing, segments } = listing;
  const before = segments[index - 1];
  const afterMissing = missing.has(index - 1) && !missing.has(index);
  if (segment.discontinuity || afterMissing) lines.push('#EXT-X-DISCONTINUITY');
  if (format === 'fmp4' && before?.codec !== segment.codec) {
    lines.push(`#EXT-X-MAP:URI="init/${segment.codec}.mp4"`);
  }
  lines.push(`#EXT-X-PROGRAM-DATE-TIME:${iso(segment.startMs)}`);
  if (missing.has(index)) lines.push('#EXT-X-GAP');
  lines.push(`#EXTINF:${seconds(segment.durationMs)},`, `segment/${index}.${format === 'ts' ? 'ts' : 'm4s'}`);
}

function iso(time: UnixMs): string {
  return new Date(time).toISOString();
}

/** Finer than a tick of 90 kHz, and without trailing zeros. */
function seconds(milliseconds: number): string {
  return String(Math.round(milliseconds * 100) / 1e5);
}
