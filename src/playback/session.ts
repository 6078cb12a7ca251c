/**
 * One playback session: a stretch of one camera's past as segments, growing while it is still being recorded.
 *
 * In:  recordings and their fragment tables. Out: playlists, and where each segment's media is.
 * Promises: addresses stay valid for its life; segments are only ever added.
 */
import type { Clock } from '../base/clock.ts';
import type { CameraId } from '../base/ids.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { UnixMs } from '../base/units.ts';
import { unixMs } from '../base/units.ts';
import type { Archive, ArchiveFault, FragmentEntry, RecordingId, RecordingInfo } from '../archive/types.ts';
import type { Track } from '../media/track.ts';
import type { SegmentFormat } from './playlist.ts';
import type { IndexedRecording, PlannedSegment } from './segment-plan.ts';
import { SegmentPlan } from './segment-plan.ts';
import {
  durableWithinMs,
  longestGrowingSegmentMs,
  longestSegmentMs,
  maxCodecs,
  maxRecordings,
  refreshMs,
} from './session-limits.ts';

/** What sessions read from. */
export interface FootageParts {
  readonly archive: Pick<Archive, 'list' | 'nearest' | 'open'>;
  /** Fragment tables of closed recordings; those that are not there are left out. */
  readonly tables: (
    ids: readonly RecordingId[],
  ) => Promise<ReadonlyMap<RecordingId, readonly FragmentEntry[]>>;
  readonly clock: Clock;
}

export interface SessionRange {
  readonly cameraId: CameraId;
  readonly fromMs: UnixMs;
  readonly toMs: UnixMs;
}

/** What a decoder has to know before segments of one kind. */
export interface SessionCodec {
  readonly init: Uint8Array;
  readonly tracks: readonly Track[];
}

/** What is open, or ended so recently, may go on. */
const stillRecordingMs = 15_000;
/** Recordings that are tried for a codec's init segment: some may be damaged or just deleted. */
const triesForCodec = 3;
/** Segments before this one's time would have negative times in a transport stream. */
const originLeadSeconds = 10;

export class Session {
  readonly id: string;
  readonly range: SessionRange;
  /** Was being recorded when it began. */
  readonly isEvent: boolean;
  readonly format: SegmentFormat;
  /** Unix time at which the times of its transport stream begin. */
  readonly originSeconds: number;
  /** Places of segments that could not be read. */
  readonly missing = new Set<number>();
  readonly #parts: FootageParts;
  readonly #plan: SegmentPlan;
  readonly #codecs: (SessionCodec | undefined)[];
  #growing: boolean;
  #refreshedMs: number;
  #refreshing: Promise<void> | undefined;

  constructor(id: string, planned: Planned, format: SegmentFormat, parts: FootageParts) {
    this.id = id;
    this.range = planned.range;
    this.isEvent = planned.isGrowing;
    this.format = format;
    this.#parts = parts;
    this.#plan = planned.plan;
    this.#codecs = planned.codecs;
    this.#growing = planned.isGrowing;
    this.#refreshedMs = parts.clock.monotonicMs();
    const beginMs = planned.plan.segments[0]?.mediaStartMs ?? planned.range.fromMs;
    this.originSeconds = Math.floor(beginMs / 1000) - originLeadSeconds;
  }

  get segments(): readonly PlannedSegment[] {
    return this.#plan.segments;
  }

  /** Recordings that something is known to be wrong with. */
  get damaged(): ReadonlySet<RecordingId> {
    return this.#plan.damaged;
  }

  /** By `PlannedSegment.codec`; undefined where no recording of it could be opened. */
  get codecs(): readonly (SessionCodec | undefined)[] {
    return this.#codecs;
  }

  get isGrowing(): boolean {
    return this.#growing;
  }

  /** Looks for what was recorded meanwhile, unless it has just been done. */
  async refresh(): Promise<void> {
    if (!this.#growing) return;
    if (this.#parts.clock.monotonicMs() - this.#refreshedMs < refreshMs) return;
    this.#refreshing ??= this.#grow().finally(() => (this.#refreshing = undefined));
    await this.#refreshing;
  }

  async #grow(): Promise<void> {
    const nowMs = this.#parts.clock.nowMs();
    const added = await addRecordings(this.#parts, this.range, this.#plan);
    await addCodecs(this.#parts, this.#plan, this.#codecs);
    const isOver = nowMs > this.range.toMs + durableWithinMs && added.ok && !added.value.isOpen;
    if (this.#plan.reachedEnd || isOver) this.#growing = false;
    this.#refreshedMs = this.#parts.clock.monotonicMs();
  }
}

/** A session's stretch, before its format is chosen. */
export interface Planned {
  readonly range: SessionRange;
  readonly plan: SegmentPlan;
  readonly codecs: (SessionCodec | undefined)[];
  readonly isGrowing: boolean;
}

/** Reads the index; the error says that the range is too large, or why nothing can be read. */
export async function planSession(
  parts: FootageParts,
  range: SessionRange,
): Promise<Result<Planned, ArchiveFault>> {
  const nowMs = parts.clock.nowMs();
  const mayGrow = range.toMs > nowMs - durableWithinMs;
  const plan = new SegmentPlan({
    fromMs: range.fromMs,
    toMs: range.toMs,
    longestMs: mayGrow ? longestGrowingSegmentMs : longestSegmentMs,
    freshFromMs: mayGrow ? unixMs(nowMs - stillRecordingMs) : undefined,
  });
  const added = await addRecordings(parts, range, plan);
  if (!added.ok) return added;
  const codecs: (SessionCodec | undefined)[] = [];
  const fault = await addCodecs(parts, plan, codecs);
  if (fault && codecs.every((codec) => codec === undefined)) return err(fault);
  const isAlive = added.value.isOpen || added.value.endMs > nowMs - stillRecordingMs;
  return ok({ range, plan, codecs, isGrowing: mayGrow && isAlive && !plan.reachedEnd });
}

interface Added {
  /** One of them is still being written. */
  readonly isOpen: boolean;
  /** Of the newest. */
  readonly endMs: number;
}

async function addRecordings(
  { archive, tables }: FootageParts,
  { cameraId, toMs }: SessionRange,
  plan: SegmentPlan,
): Promise<Result<Added, ArchiveFault>> {
  const listed = await archive.list(cameraId, plan.resumeMs, toMs, maxRecordings + 1);
  if (listed.length > maxRecordings) return err(tooMany);
  const fresh = inOrder(listed).filter(({ id }) => !plan.has(id));
  const closed = fresh.filter(({ endReason }) => endReason !== undefined).map(({ id }) => id);
  const known = await tables(closed);
  for (const info of fresh) {
    const table = known.get(info.id);
    const recording = table ? { info, fragments: table } : await openTable(archive, info.id);
    if (recording === 'later') break;
    if (recording === 'never') plan.drop(info.id);
    else plan.add(recording);
  }
  const endMs = listed.reduce((latest, info) => Math.max(latest, info.endMs), 0);
  return ok({ isOpen: listed.some(({ endReason }) => endReason === undefined), endMs });
}

const tooMany: ArchiveFault = {
  kind: 'busy',
  message: `The range has more than ${maxRecordings} recordings. Choose a shorter one.`,
};

/** By run, so that a clock that was set back does not shuffle two runs. */
function inOrder(recordings: readonly RecordingInfo[]): readonly RecordingInfo[] {
  const runStarts = new Map<string, number>();
  for (const { runId, startMs } of recordings) {
    runStarts.set(runId, Math.min(startMs, runStarts.get(runId) ?? Infinity));
  }
  const runStart = ({ runId }: RecordingInfo): number => runStarts.get(runId) ?? 0;
  return recordings.toSorted((a, b) => runStart(a) - runStart(b) || a.startMs - b.startMs);
}

async function openTable(
  archive: FootageParts['archive'],
  id: RecordingId,
): Promise<IndexedRecording | 'later' | 'never'> {
  const opened = await archive.open(id);
  if (!opened.ok) return opened.error.kind === 'busy' ? 'later' : 'never';
  const { info } = opened.value;
  const fragments = opened.value.fragments();
  opened.value.close();
  return { info, fragments };
}

/** Fills in the codecs that are new in the plan; returns why the last one that failed did. */
async function addCodecs(
  { archive }: FootageParts,
  plan: SegmentPlan,
  codecs: (SessionCodec | undefined)[],
): Promise<ArchiveFault | undefined> {
  let fault: ArchiveFault | undefined;
  for (let at = 0; at < Math.min(plan.codecs.length, maxCodecs); at += 1) {
    if (codecs[at]) continue;
    codecs[at] = undefined;
    for (const id of recordingsOf(plan.segments, at)) {
      const opened = await archive.open(id);
      if (!opened.ok) {
        fault = opened.error;
        continue;
      }
      const { init, tracks } = opened.value;
      codecs[at] = { init, tracks };
      opened.value.close();
      break;
    }
  }
  return fault;
}

function recordingsOf(segments: readonly PlannedSegment[], codec: number): ReadonlySet<RecordingId> {
  const ids = new Set<RecordingId>();
  for (const segment of segments) {
    if (segment.codec === codec) ids.add(segment.recordingId);
    if (ids.size === triesForCodec) break;
  }
  return ids;
}
