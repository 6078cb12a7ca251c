/**
 * Reads what `playlist.ts` writes, and the same tags from other servers: RFC 8216bis.
 *
 * In:  text from anywhere. Out: a media playlist or a multivariant one, or what is wrong and in which line.
 * Never throws; work is bounded by `maxPlaylistCharacters`. Unknown tags are passed over (6.3.1).
 */
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { MediaPlaylist, PlaylistPart, PlaylistSegment, Variant } from './playlist.ts';

/** A day of two-second segments is 4 MB; a live window is a few KB. */
const maxPlaylistCharacters = 8_000_000;

export interface PlaylistFault {
  /** From 1. */
  readonly line: number;
  readonly reason: string;
}

export interface MultivariantPlaylist {
  readonly variants: readonly Variant[];
}

/** A media playlist as read; numbers that its tags left out are 0, texts empty. */
export interface ReadMediaPlaylist extends MediaPlaylist {
  readonly version: number;
  readonly canBlockReload: boolean;
  readonly ended: boolean;
  /** The last line that is neither empty nor a tag is also the last that says anything. */
  readonly endsOnSegmentUri: boolean;
}

export function parseMediaPlaylist(text: string): Result<ReadMediaPlaylist, PlaylistFault> {
  const lines = linesOf(text);
  if (!lines.ok) return lines;
  const reading = new MediaReading();
  for (const [index, line] of lines.value.entries()) {
    const reason = reading.line(line);
    if (reason) return err({ line: index + 1, reason });
  }
  return ok(reading.result());
}

export function parseMultivariantPlaylist(text: string): Result<MultivariantPlaylist, PlaylistFault> {
  const lines = linesOf(text);
  if (!lines.ok) return lines;
  const variants: Variant[] = [];
  let attributes: ReadonlyMap<string, string> | undefined;
  for (const [index, line] of lines.value.entries()) {
    const [tag, value] = splitTag(line);
    if (tag === '#EXT-X-STREAM-INF') attributes = readAttributes(value);
    if (line === '' || line.startsWith('#')) continue;
    if (!attributes) return err({ line: index + 1, reason: 'a URI without #EXT-X-STREAM-INF' });
    variants.push(variantOf(line, attributes));
    attributes = undefined;
  }
  return ok({ variants });
}

/**
 * `NAME=value,NAME="quoted, value"` (4.2). What does not fit that form is left out. A name begins the text or follows
 * a comma: a search that could begin anywhere would take quadratic time.
 */
export function readAttributes(text: string): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name = '', quoted, plain = ''] of text.matchAll(
    /(?:^|,)\s*([A-Z0-9-]+)=(?:"([^"]*)"|([^",]*))(?=,|$)/g,
  )) {
    attributes.set(name, quoted ?? plain);
  }
  return attributes;
}

type TagReader = (value: string) => string | undefined;

class MediaReading {
  #version = 0;
  #targetDurationSeconds = 0;
  #partTargetSeconds = 0;
  #control: ReadonlyMap<string, string> = new Map();
  #mediaSequence = 0;
  #discontinuitySequence = 0;
  #startSeconds: number | undefined;
  #skippedSegments = 0;
  #preloadHintUri = '';
  #ended = false;
  #endsOnSegmentUri = false;
  readonly #segments: PlaylistSegment[] = [];
  #mapUri = '';
  #discontinuity = false;
  #programDateTimeMs = 0;
  #durationSeconds: number | undefined;
  #parts: PlaylistPart[] = [];

  readonly #tags: Readonly<Record<string, TagReader>> = {
    '#EXT-X-VERSION': (value) => number(value, (it) => (this.#version = it)),
    '#EXT-X-TARGETDURATION': (value) => number(value, (it) => (this.#targetDurationSeconds = it)),
    '#EXT-X-MEDIA-SEQUENCE': (value) => number(value, (it) => (this.#mediaSequence = it)),
    '#EXT-X-DISCONTINUITY-SEQUENCE': (value) => number(value, (it) => (this.#discontinuitySequence = it)),
    '#EXT-X-SERVER-CONTROL': (value) => void (this.#control = readAttributes(value)),
    '#EXT-X-PART-INF': (value) =>
      number(readAttributes(value).get('PART-TARGET'), (it) => (this.#partTargetSeconds = it)),
    '#EXT-X-START': (value) =>
      number(readAttributes(value).get('TIME-OFFSET'), (it) => (this.#startSeconds = it)),
    '#EXT-X-SKIP': (value) =>
      number(readAttributes(value).get('SKIPPED-SEGMENTS'), (it) => (this.#skippedSegments = it)),
    '#EXT-X-MAP': (value) => uri(value, (it) => (this.#mapUri = it)),
    '#EXT-X-PRELOAD-HINT': (value) => uri(value, (it) => (this.#preloadHintUri = it)),
    '#EXT-X-PROGRAM-DATE-TIME': (value) => number(Date.parse(value), (it) => (this.#programDateTimeMs = it)),
    '#EXT-X-PART': (value) => this.#part(readAttributes(value)),
    '#EXTINF': (value) => number(value.split(',')[0], (it) => (this.#durationSeconds = it)),
    '#EXT-X-DISCONTINUITY': () => void (this.#discontinuity = true),
    '#EXT-X-ENDLIST': () => void (this.#ended = true),
  };

  /** What is wrong with the line, if anything. */
  line(line: string): string | undefined {
    if (line === '') return undefined;
    this.#endsOnSegmentUri = !line.startsWith('#');
    if (this.#endsOnSegmentUri) return this.#segment(line);
    const [tag, value] = splitTag(line);
    return Object.hasOwn(this.#tags, tag) ? this.#tags[tag]?.(value) : undefined;
  }

  result(): ReadMediaPlaylist {
    if (this.#parts.length > 0) this.#push(undefined);
    const seconds = (name: string): number => Number(this.#control.get(name) ?? 0) || 0;
    return {
      version: this.#version,
      targetDurationSeconds: this.#targetDurationSeconds,
      partTargetSeconds: this.#partTargetSeconds,
      canBlockReload: this.#control.get('CAN-BLOCK-RELOAD') === 'YES',
      holdBackSeconds: seconds('HOLD-BACK'),
      partHoldBackSeconds: seconds('PART-HOLD-BACK'),
      canSkipUntilSeconds: seconds('CAN-SKIP-UNTIL'),
      mediaSequence: this.#mediaSequence,
      discontinuitySequence: this.#discontinuitySequence,
      startSeconds: this.#startSeconds,
      skippedSegments: this.#skippedSegments,
      segments: this.#segments,
      preloadHintUri: this.#preloadHintUri,
      ended: this.#ended,
      endsOnSegmentUri: this.#endsOnSegmentUri,
    };
  }

  #part(attributes: ReadonlyMap<string, string>): string | undefined {
    const partUri = attributes.get('URI');
    if (!partUri) return 'a part without URI';
    return number(attributes.get('DURATION'), (durationSeconds) =>
      this.#parts.push({
        uri: partUri,
        durationSeconds,
        independent: attributes.get('INDEPENDENT') === 'YES',
      }),
    );
  }

  #segment(segmentUri: string): string | undefined {
    if (this.#durationSeconds === undefined) return 'a segment without #EXTINF';
    this.#push({ uri: segmentUri, durationSeconds: this.#durationSeconds });
    return undefined;
  }

  #push(whole: PlaylistSegment['whole']): void {
    this.#segments.push({
      discontinuity: this.#discontinuity,
      mapUri: this.#mapUri,
      programDateTimeMs: this.#programDateTimeMs,
      parts: this.#parts,
      whole,
    });
    this.#discontinuity = false;
    this.#durationSeconds = undefined;
    this.#programDateTimeMs = 0;
    this.#parts = [];
  }
}

function linesOf(text: string): Result<readonly string[], PlaylistFault> {
  if (text.length > maxPlaylistCharacters) return err({ line: 1, reason: 'the playlist is too long' });
  const lines = text.split('\n').map((line) => line.trim());
  if (lines[0] !== '#EXTM3U') return err({ line: 1, reason: 'it does not begin with #EXTM3U' });
  return ok(lines);
}

function splitTag(line: string): readonly [string, string] {
  const colon = line.indexOf(':');
  return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1)];
}

function number(value: string | number | undefined, set: (value: number) => void): string | undefined {
  const read = value === undefined || value === '' ? Number.NaN : Number(value);
  if (!Number.isFinite(read) || read < 0) return 'a number is missing or wrong';
  set(read);
  return undefined;
}

function uri(attributes: string, set: (value: string) => void): string | undefined {
  const value = readAttributes(attributes).get('URI');
  if (!value) return 'a URI is missing';
  set(value);
  return undefined;
}

function variantOf(variantUri: string, attributes: ReadonlyMap<string, string>): Variant {
  const [widthPixels = 0, heightPixels = 0] = (attributes.get('RESOLUTION') ?? '').split('x').map(Number);
  const framesPerSecond = Number(attributes.get('FRAME-RATE') ?? 0);
  return {
    uri: variantUri,
    peakBitsPerSecond: Number(attributes.get('BANDWIDTH') ?? 0),
    averageBitsPerSecond: Number(attributes.get('AVERAGE-BANDWIDTH') ?? 0),
    codecs: attributes.get('CODECS') ?? '',
    picture: attributes.has('RESOLUTION') ? { widthPixels, heightPixels, framesPerSecond } : undefined,
  };
}
