/**
 * Which fragments make which segment.
 *
 * In:  recordings with their fragment tables, by start. Out: segments, each within one recording, each beginning at a
 * keyframe unless keyframes are too far apart. Promises: only the index is looked at, no media; a segment never
 * changes once it is planned, so that a playlist can grow.
 */
import type { UnixMs } from '../base/units.ts';
import type { FragmentEntry, RecordingId, RecordingInfo } from '../archive/types.ts';
import { freshSegmentMs, maxSegmentBytes, segmentMs } from './session-limits.ts';

/** A recording as the index knows it. */
export interface IndexedRecording {
  readonly info: RecordingInfo;
  readonly fragments: readonly FragmentEntry[];
}

export interface PlannedSegment {
  readonly recordingId: RecordingId;
  /** Its fragments, both included. */
  readonly first: number;
  readonly last: number;
  /** Capture time of its first sample. */
  readonly startMs: UnixMs;
  /** Of its media, with parts of a millisecond. */
  readonly durationMs: number;
  /** Media time of its first sample: UTC to within the camera's drift. */
  readonly mediaStartMs: number;
  readonly bytes: number;
  /** Begins with a keyframe. */
  readonly key: boolean;
  /** Does not continue the segment before. */
  readonly discontinuity: boolean;
  /** Place of its `codecId` in the plan's list. */
  readonly codec: number;
  /** There are segments of another codec before it. */
  readonly isMixed: boolean;
}

export interface PlanRules {
  /** The range; it begins at the keyframe at or before. */
  readonly fromMs: UnixMs;
  readonly toMs: UnixMs;
  readonly longestMs: number;
  /** What begins later is being watched while it is recorded; undefined when nothing is. */
  readonly freshFromMs: UnixMs | undefined;
}

/** Capture times jitter by less, and a group of pictures that was left out is longer. */
const holeMs = 1000;
/** Media times of two recordings of a run meet this well. */
const joinMs = 500;

export class SegmentPlan {
  readonly #rules: PlanRules;
  readonly #segments: PlannedSegment[] = [];
  readonly #codecs: string[] = [];
  readonly #finished = new Set<RecordingId>();
  readonly #damaged = new Set<RecordingId>();
  /** What the next segment would continue. */
  #end: { readonly runId: string; readonly codec: number; readonly mediaMs: number } | undefined;
  /** The recording that was still being written, and what of it is planned. */
  #open: { readonly info: RecordingInfo; readonly next: number } | undefined;
  /** Start of the recording that was added last. */
  #newestMs: UnixMs | undefined;
  #reachedEnd = false;

  constructor(rules: PlanRules) {
    this.#rules = rules;
  }

  get segments(): readonly PlannedSegment[] {
    return this.#segments;
  }

  /** `codecId`s in the order in which they occur. */
  get codecs(): readonly string[] {
    return this.#codecs;
  }

  /** Recordings that something is known to be wrong with. */
  get damaged(): ReadonlySet<RecordingId> {
    return this.#damaged;
  }

  /** Footage beyond the end of the range was seen: nothing will be added. */
  get reachedEnd(): boolean {
    return this.#reachedEnd;
  }

  /** Where to look for more: what ends earlier is planned. */
  get resumeMs(): UnixMs {
    return this.#newestMs ?? this.#rules.fromMs;
  }

  /** True for recordings that are planned to their end. */
  has(id: RecordingId): boolean {
    return this.#finished.has(id);
  }

  /** Takes the next recording, or one again that was still being written. */
  add({ info, fragments }: IndexedRecording): void {
    if (this.#finished.has(info.id)) return;
    const start = this.#open?.info.id === info.id ? this.#open.next : this.#startIn(fragments);
    const end = this.#endIn(fragments);
    if (end < fragments.length) this.#reachedEnd = true;
    const isWhole = info.endReason !== undefined || end < fragments.length;
    const next = this.#cut({ info, fragments }, { start, end, isWhole });
    this.#newestMs = info.startMs;
    if (info.damage !== undefined) this.#damaged.add(info.id);
    this.#open = isWhole ? undefined : { info, next };
    if (isWhole) this.#finished.add(info.id);
  }

  /** Its file cannot be read: nothing of it will come. */
  drop(id: RecordingId): void {
    this.#finished.add(id);
    if (this.#open?.info.id === id) this.#open = undefined;
  }

  /** The last keyframe at or before the start of the range; recordings begin with one. */
  #startIn(fragments: readonly FragmentEntry[]): number {
    if (this.#segments.length > 0) return 0;
    let start = 0;
    for (const [index, { startMs, key }] of fragments.entries()) {
      if (startMs > this.#rules.fromMs) break;
      if (key) start = index;
    }
    return start;
  }

  #endIn(fragments: readonly FragmentEntry[]): number {
    const past = fragments.findIndex(({ startMs }) => startMs >= this.#rules.toMs);
    return past < 0 ? fragments.length : past;
  }

  /** Plans segments from `start` to `end`; returns the first fragment that has to wait for more. */
  #cut(recording: IndexedRecording, { start, end, isWhole }: Stretch): number {
    const { fragments } = recording;
    const times = mediaTimes(recording);
    let first = start;
    for (let next = start + 1; next < end; next += 1) {
      if (!this.#endsBefore(fragments, first, next)) continue;
      this.#push(recording, times, first, next - 1);
      first = next;
    }
    if (!isWhole || first >= end) return first;
    this.#push(recording, times, first, end - 1);
    return end;
  }

  #endsBefore(fragments: readonly FragmentEntry[], first: number, next: number): boolean {
    const begin = fragments[first];
    const before = fragments[next - 1];
    const fragment = fragments[next];
    if (!begin || !before || !fragment) return false;
    if (isHole(before, fragment)) return true;
    const lengthMs = before.startMs + before.durationMs - begin.startMs;
    const enoughMs = begin.startMs >= (this.#rules.freshFromMs ?? Infinity) ? freshSegmentMs : segmentMs;
    if (fragment.key && lengthMs >= enoughMs) return true;
    if (lengthMs + fragment.durationMs > this.#rules.longestMs) return true;
    return bytesOf(fragments, first, next) > maxSegmentBytes;
  }

  #push({ info, fragments }: IndexedRecording, times: readonly number[], first: number, last: number): void {
    const begin = fragments[first];
    if (!begin) return;
    let durationMs = 0;
    for (let at = first; at <= last; at += 1) durationMs += fragments[at]?.durationMs ?? 0;
    const mediaStartMs = times[first] ?? 0;
    const codec = this.#codecOf(info.codecId);
    const before = this.#end;
    const continues =
      before?.runId === info.runId &&
      before.codec === codec &&
      Math.abs(mediaStartMs - before.mediaMs) <= joinMs;
    this.#segments.push({
      recordingId: info.id,
      first,
      last,
      startMs: begin.startMs,
      durationMs,
      mediaStartMs,
      bytes: bytesOf(fragments, first, last),
      key: begin.key,
      discontinuity: before !== undefined && !continues,
      codec,
      isMixed: this.#codecs.length > 1,
    });
    this.#end = { runId: info.runId, codec, mediaMs: mediaStartMs + durationMs };
  }

  #codecOf(codecId: string): number {
    const known = this.#codecs.indexOf(codecId);
    return known < 0 ? this.#codecs.push(codecId) - 1 : known;
  }
}

/** Fragments from `start` to before `end`; `isWhole`: none will follow. */
interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly isWhole: boolean;
}

/** Media time of each fragment: the sum of what is before, taken anew after a hole. */
function mediaTimes({ info, fragments }: IndexedRecording): readonly number[] {
  let mediaMs = info.startMs - info.mediaOffsetMs;
  let before: FragmentEntry | undefined;
  return fragments.map((fragment) => {
    if (before && isHole(before, fragment)) mediaMs = fragment.startMs - info.mediaOffsetMs;
    else if (before) mediaMs += before.durationMs;
    before = fragment;
    return mediaMs;
  });
}

function isHole(before: FragmentEntry, next: FragmentEntry): boolean {
  return next.startMs - (before.startMs + before.durationMs) > holeMs;
}

function bytesOf(fragments: readonly FragmentEntry[], first: number, last: number): number {
  let bytes = 0;
  for (let at = first; at <= last; at += 1) bytes += fragments[at]?.sizeBytes ?? 0;
  return bytes;
}
