/**
 * The ledger of one camera: every interval in which a recording was wanted and is missing, or is poorer than what the
 * camera sent, is a row with its cause.
 *
 * In:  what is wanted, what was stored (in the order of time), what is known to be missing. Out: rows that begin, grow,
 * end or prove unnecessary. Promises: rows of one cause that touch are one; a row that is open is the only open one.
 */
import type { CameraId } from '../base/ids.ts';
import type { UnixMs } from '../base/units.ts';
import { unixMs } from '../base/units.ts';

export type GapCause =
  | 'camera-offline'
  | 'packets-lost'
  | 'disk-slow'
  | 'disk-full'
  | 'disk-failed'
  | 'server-stopped'
  | 'clock-stepped'
  | 'disabled'
  | 'unsupported';

export interface Shortfall {
  readonly cause: GapCause;
  /** Plain words; may be empty. */
  readonly detail: string;
}

export interface Gap extends Shortfall {
  readonly id: string;
  readonly cameraId: CameraId;
  readonly startMs: UnixMs;
  /** Null while it lasts. */
  readonly endMs: UnixMs | null;
}

export interface GapChanges {
  /** New, or with another end than before. */
  changed(gap: Gap): void;
  /** Nothing was missing after all. */
  removed(gap: Gap): void;
}

export interface Footage {
  readonly startMs: number;
  readonly endMs: number;
  /** Why there is a hole before it; undefined when there is none. */
  readonly after: Shortfall | undefined;
  /** RTP packets that it lacks. */
  readonly lostPackets: number;
}

/** Less than a viewer notices, and than the last picture's length may be wrong. */
const toleranceMs = 250;
/** What the last fragment of a recording may lack towards its end without anything being wrong. */
const tailToleranceMs = 1500;

export class CameraGaps {
  readonly #camera: CameraId;
  readonly #changes: GapChanges;
  readonly #newId: () => string;
  /** Up to here everything that was wanted is stored or stands in a row; undefined while nothing is wanted. */
  #coveredMs: number | undefined;
  #open: Gap | undefined;
  /** Newest row that has ended, to be prolonged. */
  #last: Gap | undefined;
  #degraded: Gap | undefined;
  #lost: Gap | undefined;

  constructor(camera: CameraId, changes: GapChanges, newId: () => string) {
    this.#camera = camera;
    this.#changes = changes;
    this.#newId = newId;
  }

  get open(): Gap | undefined {
    return this.#open;
  }

  /** For the marks: see `recording_marks`. */
  coveredUntilMs(nowMs: UnixMs): UnixMs {
    if (this.#coveredMs === undefined || this.#open) return nowMs;
    return unixMs(Math.min(nowMs, Math.max(0, this.#coveredMs)));
  }

  /** A row that was open when the server ended goes on. */
  adopt(gap: Gap): void {
    this.#open = gap;
    this.#coveredMs = gap.startMs;
  }

  /** From now on a recording is wanted. */
  want(fromMs: UnixMs): void {
    this.#coveredMs ??= fromMs;
  }

  /**
   * It is wanted no more, and what was captured until then is stored.
   * @param why what a missing end is due to
   */
  unwant(atMs: UnixMs, why: Shortfall): void {
    const coveredMs = this.#coveredMs;
    if (coveredMs === undefined) return;
    if (!this.#open && atMs - coveredMs > tailToleranceMs) this.#begin(coveredMs, why);
    this.#end(Math.max(coveredMs, atMs));
    this.#endDegraded();
    this.#coveredMs = undefined;
  }

  /** Nothing is coming now. */
  missing(nowMs: UnixMs, { cause, detail }: Shortfall): void {
    if (this.#coveredMs === undefined) return;
    const open = this.#open;
    if (open?.cause === cause) return;
    if (open && nowMs - open.startMs <= toleranceMs) return this.#reword(open, { cause, detail });
    const fromMs = open ? Math.max(nowMs, open.startMs) : Math.min(this.#coveredMs, nowMs);
    this.#end(fromMs);
    this.#begin(fromMs, { cause, detail });
  }

  /** Stored, or on its way to the disk: what was missing ends where it begins. */
  footage(footage: Footage): void {
    const coveredMs = this.#coveredMs;
    if (coveredMs === undefined) return;
    if (this.#open) this.#end(Math.max(this.#open.startMs, footage.startMs));
    else if (footage.after && footage.startMs - coveredMs > toleranceMs)
      this.add(coveredMs, footage.startMs, footage.after);
    this.#coveredMs = Math.max(coveredMs, footage.endMs);
    if (footage.lostPackets > 0) this.#degrade(footage);
    else this.#endDegraded();
  }

  /** An interval that is over. It may be empty: a moment that something happened at. */
  add(startMs: number, endMs: number, shortfall: Shortfall): void {
    this.#endDegraded();
    if (this.#open) this.#end(startMs);
    this.#begin(startMs, shortfall);
    this.#end(endMs, true);
  }

  /** What was told as stored, or on its way, is not: the disk failed it. */
  lost(startMs: number, endMs: number, { cause, detail }: Shortfall): void {
    const before = this.#lost;
    const joins = before?.cause === cause && Math.abs(startMs - (before.endMs ?? 0)) <= toleranceMs;
    const begun = { id: this.#newId(), cameraId: this.#camera, startMs: unixMs(startMs), cause, detail };
    this.#lost = { ...(joins ? before : begun), endMs: unixMs(endMs) };
    this.#changes.changed(this.#lost);
  }

  /** The clock was set: what is covered from now on is told in the new time. */
  stepped(byMs: number, atMs: number): void {
    if (this.#coveredMs === undefined) return;
    this.#end(Math.max(this.#open?.startMs ?? 0, atMs - byMs));
    const detail = `The clock was set ${byMs > 0 ? 'forward' : 'back'} by ${spoken(Math.abs(byMs))}.`;
    const startMs = byMs > 0 ? Math.min(this.#coveredMs, atMs) : atMs;
    this.add(startMs, atMs, { cause: 'clock-stepped', detail });
    this.#last = undefined;
    this.#coveredMs = atMs;
  }

  #begin(startMs: number, { cause, detail }: Shortfall): void {
    const last = this.#last;
    const joins = last?.cause === cause && Math.abs(startMs - (last.endMs ?? 0)) <= toleranceMs;
    const begun = { id: this.#newId(), cameraId: this.#camera, startMs: unixMs(startMs), cause, detail };
    this.#open = joins ? { ...last, endMs: null } : { ...begun, endMs: null };
    this.#last = undefined;
    this.#changes.changed(this.#open);
  }

  #end(endMs: number, evenEmpty = false): void {
    const open = this.#open;
    if (!open) return;
    this.#open = undefined;
    this.#coveredMs = Math.max(this.#coveredMs ?? 0, endMs);
    if (endMs - open.startMs <= toleranceMs && !evenEmpty) return this.#changes.removed(open);
    this.#last = { ...open, endMs: unixMs(endMs) };
    this.#changes.changed(this.#last);
  }

  #reword(open: Gap, { cause, detail }: Shortfall): void {
    this.#open = { ...open, cause, detail };
    this.#changes.changed(this.#open);
  }

  #degrade({ startMs, endMs, lostPackets }: Footage): void {
    const before = this.#degraded;
    this.#degraded = {
      id: before?.id ?? this.#newId(),
      cameraId: this.#camera,
      startMs: before?.startMs ?? unixMs(startMs),
      endMs: unixMs(endMs),
      cause: 'packets-lost',
      detail: `Packets were lost on the way from the camera (${lostPackets} in the last second of it).`,
    };
    this.#changes.changed(this.#degraded);
  }

  #endDegraded(): void {
    this.#degraded = undefined;
  }
}

function spoken(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 120) return `${seconds.toFixed(1)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
