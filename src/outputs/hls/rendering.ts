/**
 * The playlists of a window as bytes: made once per change, whoever asks and however many.
 */
import { gzipSync } from 'node:zlib';
import type { MediaPlaylist, PlaylistSegment } from '../../media/hls/playlist.ts';
import { writeMediaPlaylist, writeMultivariantPlaylist } from '../../media/hls/playlist.ts';
import { partsListedTargets, skipBoundaryTargets } from './options.ts';
import type { Segment, Window } from './window.ts';

export type PlaylistForm = 'full' | 'delta';

export interface PlaylistTerms {
  readonly targetDurationSeconds: number;
  readonly partTargetMs: number;
  /** How much further from the end than needed players stay; asked anew for each playlist. */
  readonly extraHoldBackMs: () => number;
}

/**
 * RFC 8216bis, 4.4.3.8: three part targets are recommended, as two leave no room for a late part; three target
 * durations are the least.
 */
const holdBackTargets = 3;
/** 10 kbit/s: a bandwidth that changes with every request says no more. */
const bandwidthStep = 10_000;

export class Rendering {
  readonly #window: Window;
  readonly #terms: PlaylistTerms;
  readonly #bytes = new Map<string, Uint8Array>();
  #version = -1;

  constructor(window: Window, terms: PlaylistTerms) {
    this.#window = window;
    this.#terms = terms;
  }

  /** The same buffer for everyone until the window changes. */
  media(form: PlaylistForm, gzip: boolean, nextPartUri: string): Uint8Array {
    if (this.#version !== this.#window.version) this.#bytes.clear();
    this.#version = this.#window.version;
    const name = `${form} ${gzip}`;
    const known = this.#bytes.get(name);
    if (known) return known;
    const bytes = gzip
      ? gzipSync(this.media(form, false, nextPartUri))
      : Buffer.from(writeMediaPlaylist(this.#playlist(form, nextPartUri)));
    this.#bytes.set(name, bytes);
    return bytes;
  }

  multivariant(mediaUri: string, framesPerSecond: number): Uint8Array {
    const segments = this.#window.listed();
    const init = segments.at(-1)?.init;
    const { picture } = init ?? {};
    return Buffer.from(
      writeMultivariantPlaylist([
        {
          uri: mediaUri,
          ...bandwidth(segments),
          codecs: init?.codecs ?? '',
          picture: picture && { ...picture, framesPerSecond },
        },
      ]),
    );
  }

  #playlist(form: PlaylistForm, preloadHintUri: string): MediaPlaylist {
    const { targetDurationSeconds, partTargetMs, extraHoldBackMs } = this.#terms;
    const partHoldBackSeconds = (holdBackTargets * partTargetMs + extraHoldBackMs()) / 1000;
    const listed = this.#window.listed();
    const canSkipUntilSeconds = skipBoundaryTargets * targetDurationSeconds;
    const skippedSegments = form === 'delta' ? countBefore(listed, canSkipUntilSeconds) : 0;
    const withoutParts = countBefore(listed, partsListedTargets * targetDurationSeconds);
    return {
      targetDurationSeconds,
      partTargetSeconds: partTargetMs / 1000,
      holdBackSeconds: holdBackTargets * targetDurationSeconds,
      partHoldBackSeconds,
      canSkipUntilSeconds,
      mediaSequence: listed[0]?.msn ?? 0,
      discontinuitySequence: this.#window.discontinuitySequence,
      startSeconds: startSeconds(listed, partHoldBackSeconds),
      skippedSegments,
      segments: listed
        .slice(skippedSegments)
        .map((segment, index) => listing(segment, skippedSegments + index >= withoutParts)),
      preloadHintUri,
    };
  }
}

function listing(segment: Segment, withParts: boolean): PlaylistSegment {
  return {
    discontinuity: segment.discontinuity,
    mapUri: segment.init.uri,
    programDateTimeMs: segment.wallMs,
    parts: withParts
      ? segment.parts.map(({ uri, seconds, independent }) => ({ uri, durationSeconds: seconds, independent }))
      : [],
    whole: segment.open ? undefined : { uri: segment.uri, durationSeconds: segment.seconds },
  };
}

/**
 * Players begin the hold-back before the end, at the beginning of that segment or at an independent part of it. One
 * that was begun without a keyframe has none (the second one of a playlist, and those of very long GOPs): hls.js would
 * wait for the next keyframe and then not find its way there. So such a playlist names the last keyframe before.
 */
function startSeconds(segments: readonly Segment[], holdBackSeconds: number): number | undefined {
  let at = segments.length - 1;
  let fromEnd = segments[at]?.seconds ?? 0;
  for (; at > 0 && fromEnd < holdBackSeconds; at -= 1) fromEnd += segments[at - 1]?.seconds ?? 0;
  if (beginsWithKeyframe(segments[at])) return undefined;
  while (at > 0 && !beginsWithKeyframe(segments[at])) at -= 1;
  if (!beginsWithKeyframe(segments[at])) return undefined;
  return segments.slice(0, at).reduce((sum, segment) => sum + segment.seconds, 0);
}

function beginsWithKeyframe(segment: Segment | undefined): boolean {
  return segment?.parts[0]?.independent ?? false;
}

/** How many segments at the start lie wholly further from the end than so many seconds. */
function countBefore(segments: readonly Segment[], seconds: number): number {
  let fromEnd = 0;
  for (let at = segments.length - 1; at >= 0; at -= 1) {
    if (fromEnd > seconds) return at + 1;
    fromEnd += segments[at]?.seconds ?? 0;
  }
  return 0;
}

function bandwidth(segments: readonly Segment[]): {
  peakBitsPerSecond: number;
  averageBitsPerSecond: number;
} {
  let bytes = 0;
  let seconds = 0;
  let peak = 0;
  for (const segment of segments) {
    bytes += segment.bytes;
    seconds += segment.seconds;
    // A segment that has only begun is mostly keyframe: as a rate it would be far too high.
    if (!segment.open && segment.seconds > 0) peak = Math.max(peak, segment.bytes / segment.seconds);
  }
  const average = seconds > 0 ? bytes / seconds : 0;
  return { peakBitsPerSecond: stepped(peak || average), averageBitsPerSecond: stepped(average) };
}

function stepped(bytesPerSecond: number): number {
  return Math.max(1, Math.ceil((bytesPerSecond * 8) / bandwidthStep)) * bandwidthStep;
}
