/**
 * HLS playlists as text: RFC 8216bis, with its low-latency tags.
 *
 * In:  what a playlist says, as values. Out: its text. Pure, and the same types come back from `parse.ts`.
 * A media playlist always ends with a preload hint: a player that meets a segment URI at the very end takes
 * the finished segment for the part in progress.
 */

/** One partial segment (4.4.4.9). */
export interface PlaylistPart {
  readonly uri: string;
  readonly durationSeconds: number;
  /** Decoding can begin at its first picture. */
  readonly independent: boolean;
}

/** A media segment; `whole` is undefined while it grows, which only the last may. */
export interface PlaylistSegment {
  /** It does not continue the segment before (4.4.4.3). */
  readonly discontinuity: boolean;
  /** URI of the init segment that its media needs (4.4.4.5). */
  readonly mapUri: string;
  /** Capture time of its first picture, Unix ms (4.4.4.6). */
  readonly programDateTimeMs: number;
  /** Left out of the text for segments far from the live edge. */
  readonly parts: readonly PlaylistPart[];
  readonly whole: { readonly uri: string; readonly durationSeconds: number } | undefined;
}

/** 4.4.3; durations in seconds. */
export interface MediaPlaylist {
  readonly targetDurationSeconds: number;
  readonly partTargetSeconds: number;
  /** How far from the end players stay: without and with parts. */
  readonly holdBackSeconds: number;
  readonly partHoldBackSeconds: number;
  /** Older segments may be left out of a delta update. */
  readonly canSkipUntilSeconds: number;
  readonly mediaSequence: number;
  readonly discontinuitySequence: number;
  /** Where to begin, from the start of the playlist (4.4.2.2); undefined: the player's own choice. */
  readonly startSeconds: number | undefined;
  /** Segments left out at the start; 0 in a full playlist. */
  readonly skippedSegments: number;
  readonly segments: readonly PlaylistSegment[];
  /** The part that comes next (4.4.5.3). */
  readonly preloadHintUri: string;
}

/** 4.4.6.2 */
export interface Variant {
  readonly uri: string;
  /** Of the largest segment. */
  readonly peakBitsPerSecond: number;
  readonly averageBitsPerSecond: number;
  /** RFC 6381 names, separated by commas. */
  readonly codecs: string;
  readonly picture:
    | { readonly widthPixels: number; readonly heightPixels: number; readonly framesPerSecond: number }
    | undefined;
}

/** Skipping needs 9 (section 8). */
const playlistVersion = 9;

export function writeMediaPlaylist(playlist: MediaPlaylist): string {
  const lines = [
    '#EXTM3U',
    `#EXT-X-VERSION:${playlistVersion}`,
    `#EXT-X-TARGETDURATION:${playlist.targetDurationSeconds}`,
    `#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=${decimal(playlist.partHoldBackSeconds)}` +
      `,HOLD-BACK=${decimal(playlist.holdBackSeconds)},CAN-SKIP-UNTIL=${decimal(playlist.canSkipUntilSeconds)}`,
    `#EXT-X-PART-INF:PART-TARGET=${decimal(playlist.partTargetSeconds)}`,
    `#EXT-X-MEDIA-SEQUENCE:${playlist.mediaSequence}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${playlist.discontinuitySequence}`,
  ];
  if (playlist.startSeconds !== undefined)
    lines.push(`#EXT-X-START:TIME-OFFSET=${decimal(playlist.startSeconds)}`);
  if (playlist.skippedSegments > 0) lines.push(`#EXT-X-SKIP:SKIPPED-SEGMENTS=${playlist.skippedSegments}`);
  let mapUri = '';
  for (const segment of playlist.segments) {
    pushSegment(lines, segment, mapUri);
    mapUri = segment.mapUri;
  }
  lines.push(`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${playlist.preloadHintUri}"`, '');
  return lines.join('\n');
}

export function writeMultivariantPlaylist(variants: readonly Variant[]): string {
  const lines = ['#EXTM3U', `#EXT-X-VERSION:${playlistVersion}`];
  for (const variant of variants) {
    const { picture } = variant;
    const attributes = [
      `BANDWIDTH=${Math.ceil(variant.peakBitsPerSecond)}`,
      `AVERAGE-BANDWIDTH=${Math.ceil(variant.averageBitsPerSecond)}`,
      `CODECS="${variant.codecs}"`,
    ];
    if (picture) {
      attributes.push(
        `RESOLUTION=${picture.widthPixels}x${picture.heightPixels}`,
        `FRAME-RATE=${picture.framesPerSecond.toFixed(3)}`,
        'CLOSED-CAPTIONS=NONE',
      );
    }
    lines.push(`#EXT-X-STREAM-INF:${attributes.join(',')}`, variant.uri);
  }
  lines.push('');
  return lines.join('\n');
}

function pushSegment(lines: string[], segment: PlaylistSegment, mapUriBefore: string): void {
  if (segment.discontinuity) lines.push('#EXT-X-DISCONTINUITY');
  if (segment.mapUri !== mapUriBefore) lines.push(`#EXT-X-MAP:URI="${segment.mapUri}"`);
  lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(segment.programDateTimeMs).toISOString()}`);
  for (const part of segment.parts) {
    const independent = part.independent ? ',INDEPENDENT=YES' : '';
    lines.push(`#EXT-X-PART:DURATION=${decimal(part.durationSeconds)},URI="${part.uri}"${independent}`);
  }
  if (!segment.whole) return;
  lines.push(`#EXTINF:${decimal(segment.whole.durationSeconds)},`, segment.whole.uri);
}

/** Finer than a tick of 90 kHz, and without trailing zeros. */
function decimal(seconds: number): string {
  return String(Math.round(seconds * 1e5) / 1e5);
}
