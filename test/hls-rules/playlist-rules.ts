/**
 * Rules that playlists can break by themselves.
 * In: a playlist, or one and the next. Out: violations. Pure.
 */
import type { ReadMediaPlaylist } from '../../src/media/hls/parse.ts';
import type { PlaylistSegment } from '../../src/media/hls/playlist.ts';
import type { Findings } from './report.ts';

/** Durations are written with five decimals. */
const rounding = 0.00002;
const shortestPart = 0.85;

/** One full playlist. */
export function checkPlaylist(playlist: ReadMediaPlaylist, findings: Findings): void {
  const { partTargetSeconds: partTarget, targetDurationSeconds: target } = playlist;
  findings.expect(playlist.version >= 9, 'version', `it is ${playlist.version}`);
  findings.expect(playlist.canBlockReload, 'server-control', 'CAN-BLOCK-RELOAD is not YES');
  findings.expect(
    playlist.holdBackSeconds >= 3 * target,
    'hold-back',
    `${playlist.holdBackSeconds} of ${target}`,
  );
  findings.expect(
    playlist.partHoldBackSeconds + rounding >= 3 * partTarget,
    'part-hold-back',
    `${playlist.partHoldBackSeconds} of ${partTarget}`,
  );
  findings.expect(
    playlist.canSkipUntilSeconds >= 6 * target,
    'can-skip-until',
    `${playlist.canSkipUntilSeconds}`,
  );
  findings.expect(!playlist.endsOnSegmentUri, 'no-segment-at-end', `at ${playlist.mediaSequence}`);
  findings.expect(playlist.preloadHintUri !== '', 'preload-hint', 'there is none');
  for (const [index, segment] of playlist.segments.entries()) {
    checkSegment(segment, playlist, `segment ${playlist.mediaSequence + index}`, findings);
  }
  checkPartsKept(playlist, findings);
}

function checkSegment(
  segment: PlaylistSegment,
  playlist: ReadMediaPlaylist,
  name: string,
  findings: Findings,
): void {
  const { partTargetSeconds: partTarget, targetDurationSeconds: target } = playlist;
  findings.expect(segment.mapUri !== '', 'init-segment', `${name} has no EXT-X-MAP`);
  findings.expect(segment.programDateTimeMs > 0, 'date-time', `${name} has none`);
  for (const [index, part] of segment.parts.entries()) {
    const detail = `${name}, part ${index}: ${part.durationSeconds} s of ${partTarget} s`;
    findings.expect(part.durationSeconds <= partTarget + rounding, 'part-duration-max', detail);
    const isLast = index === segment.parts.length - 1;
    const isLong = part.durationSeconds >= shortestPart * partTarget - rounding;
    findings.expect(isLast || isLong, 'part-duration-min', detail);
  }
  if (!segment.whole) return;
  const { durationSeconds } = segment.whole;
  findings.expect(
    Math.round(durationSeconds) <= target,
    'segment-duration-max',
    `${name}: ${durationSeconds} s`,
  );
  if (segment.parts.length === 0) return;
  const sum = segment.parts.reduce((total, part) => total + part.durationSeconds, 0);
  const allowed = rounding * (segment.parts.length + 1);
  findings.expect(
    Math.abs(sum - durationSeconds) <= allowed,
    'segment-duration-sum',
    `${name}: ${sum} of ${durationSeconds}`,
  );
}

function checkPartsKept(playlist: ReadMediaPlaylist, findings: Findings): void {
  let fromEnd = 0;
  for (const segment of playlist.segments.toReversed()) {
    if (fromEnd >= 3 * playlist.targetDurationSeconds) return;
    findings.expect(segment.parts.length > 0, 'parts-kept', `${fromEnd.toFixed(1)} s from the end`);
    fromEnd += secondsOf(segment);
  }
}

/** One full playlist and a later one. */
export function checkSuccession(
  before: ReadMediaPlaylist,
  after: ReadMediaPlaylist,
  findings: Findings,
): void {
  const same = (name: 'targetDurationSeconds' | 'partTargetSeconds'): boolean => before[name] === after[name];
  findings.expect(
    same('targetDurationSeconds'),
    'target-duration-constant',
    `${after.targetDurationSeconds}`,
  );
  findings.expect(same('partTargetSeconds'), 'part-target-constant', `${after.partTargetSeconds}`);
  const gone = after.mediaSequence - before.mediaSequence;
  findings.expect(gone >= 0, 'media-sequence', `${before.mediaSequence}, then ${after.mediaSequence}`);
  if (gone < 0) return;
  checkStart(before, after, gone, findings);
  for (const [index, segment] of before.segments.slice(gone).entries()) {
    const name = `segment ${after.mediaSequence + index}`;
    const later = after.segments[index];
    findings.expect(later !== undefined, 'append-only', `${name} was taken back`);
    if (later) checkUnchanged(segment, later, name, findings);
  }
}

function checkStart(
  before: ReadMediaPlaylist,
  after: ReadMediaPlaylist,
  gone: number,
  findings: Findings,
): void {
  if (gone > before.segments.length) return;
  const lost = before.segments.slice(0, gone).filter((segment) => segment.discontinuity).length;
  const expected = before.discontinuitySequence + lost;
  findings.expect(
    after.discontinuitySequence === expected,
    'discontinuity-sequence',
    `${after.discontinuitySequence} instead of ${expected} at ${after.mediaSequence}`,
  );
  if (gone === 0) return;
  const seconds = after.segments.reduce((total, segment) => total + secondsOf(segment), 0);
  findings.expect(seconds >= 3 * after.targetDurationSeconds, 'three-targets', `${seconds} s are left`);
}

function checkUnchanged(
  segment: PlaylistSegment,
  later: PlaylistSegment,
  name: string,
  findings: Findings,
): void {
  findings.expect(
    head(segment) === head(later),
    'append-only',
    `${name}: ${head(segment)}, then ${head(later)}`,
  );
  if (segment.whole) {
    const [was, is] = [JSON.stringify(segment.whole), JSON.stringify(later.whole)];
    findings.expect(was === is, 'append-only', `${name}: ${was}, then ${is}`);
  }
  if (later.parts.length === 0) return; // too old to be listed by parts
  for (const [index, part] of segment.parts.entries()) {
    const [was, is] = [JSON.stringify(part), JSON.stringify(later.parts[index])];
    findings.expect(was === is, 'append-only', `${name}, part ${index}: ${was}, then ${is}`);
  }
  const grew = later.parts.length > segment.parts.length;
  findings.expect(
    !(segment.whole && grew && segment.parts.length > 0),
    'append-only',
    `${name} grew after its end`,
  );
}

function head({ discontinuity, mapUri, programDateTimeMs }: PlaylistSegment): string {
  return JSON.stringify([discontinuity, mapUri, programDateTimeMs]);
}

function secondsOf(segment: PlaylistSegment): number {
  return (
    segment.whole?.durationSeconds ?? segment.parts.reduce((total, part) => total + part.durationSeconds, 0)
  );
}

/** What a client makes of a delta update and the playlist it has (6.2.5.1). */
export function completeDelta(
  before: ReadMediaPlaylist,
  delta: ReadMediaPlaylist,
): ReadMediaPlaylist | undefined {
  const from = delta.mediaSequence - before.mediaSequence;
  const kept = before.segments.slice(from, from + delta.skippedSegments);
  if (from < 0 || kept.length !== delta.skippedSegments) return undefined;
  return { ...delta, skippedSegments: 0, segments: [...kept, ...delta.segments] };
}
