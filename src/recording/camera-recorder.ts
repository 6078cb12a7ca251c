/**
 * One camera: what is wanted of its recording, what of it is done, and what is missing.
 *
 * In:  its policy, commands, its stream, and a call of `tick` every half second. Out: recordings in the archive, rows in
 * the ledger. Promises: footage is never waited for and never waits for the disk; whatever is wanted and not
 * stored stands in the ledger within five seconds.
 */
import type { Archive, ArchiveFault, Trigger } from '../archive/types.ts';
import type { Clock } from '../base/clock.ts';
import type { CameraId } from '../base/ids.ts';
import type { UnixMs } from '../base/units.ts';
import { unixMs } from '../base/units.ts';
import type { Account } from './accounting.ts';
import { Accounting } from './accounting.ts';
import type { RecordedStream } from './feed.ts';
import { Feed } from './feed.ts';
import type { Gap, GapCause, GapChanges, Shortfall } from './gaps.ts';
import { CameraGaps } from './gaps.ts';
import { Wishes } from './modes.ts';
import { endMs, type Piece } from './piece.ts';
import type { RecordingPolicy } from './policy.ts';
import { PreBuffer } from './pre-buffer.ts';
import { Writing } from './writing.ts';

export interface CameraRecorderParts {
  readonly id: CameraId;
  readonly clock: Clock;
  readonly archive: Pick<Archive, 'write'>;
  /** The main stream; undefined while the camera is switched off. */
  readonly stream: () => RecordedStream | undefined;
  /** Added to what waits for this camera: what all others hold beyond their share. */
  readonly pressureBytes: (ownBytes: number) => number;
  readonly gaps: GapChanges;
  readonly newGapId: () => string;
}

type RecordingState = 'off' | 'waiting' | 'recording' | 'failing';

export interface RecorderStatus {
  readonly state: RecordingState;
  /** Why it is failing, in plain words. */
  readonly reason: string | null;
  readonly untilMs: UnixMs | null;
  readonly trigger: Trigger | null;
}

/** A failed disk is told of when another one did not take over. */
const diskGraceMs = 2000;
/** A camera that is connected to is given so long before it counts as away. */
const connectGraceMs = 3000;
/** As a stream that stalls; together with the look every half second below five seconds. */
const silenceMs = 4000;
/** A recording ends with its GOP when memory goes on from there; a longer GOP is cut. */
const maxTailMs = 5000;

const connecting: Shortfall = { cause: 'camera-offline', detail: 'The camera was being connected to.' };
const silent: Shortfall = {
  cause: 'camera-offline',
  detail: 'The camera is connected, but nothing that a recording can begin with has come from it.',
};
const disabled: Shortfall = { cause: 'disabled', detail: 'The camera was switched off.' };
const unsupported: Shortfall = {
  cause: 'unsupported',
  detail: 'The camera sends nothing that fits into MP4. If it offers H.264 or H.265, choose that.',
};
const slowDisk: Shortfall = {
  cause: 'disk-slow',
  detail: 'The disk was slower than the camera, and too much waited in memory.',
};

export class CameraRecorder {
  readonly wishes: Wishes;
  readonly gaps: CameraGaps;
  readonly #parts: CameraRecorderParts;
  readonly #feed: Feed;
  readonly #writing: Writing;
  readonly #buffer = new PreBuffer();
  readonly #accounting = new Accounting();
  #enabled = true;
  /** What pieces are stored for; undefined while none is. */
  #recording: Trigger | undefined;
  /** Stored to the first keyframe after the end that was asked for, or for so long (monotonic). */
  #tail: { readonly fromMs: UnixMs; readonly until: number } | undefined;
  #needsKey = false;
  #wanted = false;
  #wantedAt: number;
  #tickedAt: number;
  #fault: { readonly shortfall: Shortfall; readonly at: number } | undefined;
  #droppedAtPiece = 0;
  /** Why the next piece does not continue the last one, besides what the piece says itself. */
  #holeBefore: Shortfall | undefined;
  /** Waiting for a failed archive: not yet in the ledger. */
  readonly #uncounted = new Set<Piece>();
  #durableMs = 0;
  #line: number | undefined;
  #step: { readonly byMs: number; readonly at: number; readonly told: boolean } | undefined;

  constructor(parts: CameraRecorderParts, policy: RecordingPolicy) {
    const { id, clock, archive } = parts;
    this.#parts = parts;
    this.wishes = new Wishes(clock, policy);
    this.gaps = new CameraGaps(id, parts.gaps, parts.newGapId);
    this.#wantedAt = clock.monotonicMs();
    this.#tickedAt = clock.monotonicMs();
    this.#feed = new Feed({
      clock,
      onPiece: (piece) => this.#onPiece(piece),
      pendingBytes: () => parts.pressureBytes(this.#writing.pendingBytes),
      overBudget: () => this.#fault?.shortfall ?? slowDisk,
    });
    const events = {
      stored: (piece: Piece) => this.#onStored(piece),
      lost: (piece: Piece, fault: ArchiveFault) => this.#onLost(piece, fault),
      failing: (fault: ArchiveFault | undefined) => this.#onFault(fault),
    };
    this.#writing = new Writing({ archive, clock, cameraId: id, events });
  }

  get account(): Account {
    return this.#accounting.account;
  }

  get droppedUnits(): number {
    return this.#feed.droppedUnits;
  }

  get pendingBytes(): number {
    return this.#writing.pendingBytes;
  }

  get wanted(): boolean {
    return this.#wanted;
  }

  /** Of footage and rows, for the marks. */
  get coveredUntilMs(): UnixMs {
    const coveredMs = this.gaps.coveredUntilMs(this.#parts.clock.nowMs());
    return this.pendingBytes > 0 ? unixMs(Math.min(coveredMs, this.#durableMs)) : coveredMs;
  }

  status(): RecorderStatus {
    const { trigger } = this.wishes.now();
    const { untilMs } = this.wishes;
    if (!trigger) {
      const off = this.wishes.policy.mode === 'off';
      return { state: off ? 'off' : 'waiting', reason: null, untilMs, trigger };
    }
    const reason = this.gaps.open?.detail ?? null;
    return { state: reason === null ? 'recording' : 'failing', reason, untilMs, trigger };
  }

  /** Makes it so. Footage that is wanted before and after goes on. */
  apply(policy: RecordingPolicy, enabled: boolean): void {
    this.wishes.policy = policy;
    this.#enabled = enabled;
    this.tick();
  }

  /** Of an earlier life of the server. */
  resume(gap: Gap): void {
    this.gaps.adopt(gap);
  }

  /** Compares what is wanted with what is. Every half second, and whenever something changed. */
  tick(): void {
    const { clock } = this.#parts;
    const at = clock.monotonicMs();
    const { trigger, armed } = this.wishes.now();
    if (this.#wanted) this.#accounting.wanted(at - this.#tickedAt);
    this.#tickedAt = at;
    this.#want(trigger !== null, at);
    this.#connect(trigger !== null || armed || this.#tail !== undefined);
    this.#follow(this.#enabled ? trigger : null, this.#enabled && armed);
    if (this.#feed.attached && this.#feed.isSilent()) this.#feed.settle();
    this.#writing.retry();
    const missing = this.#wanted ? this.#judge(at) : undefined;
    if (missing) this.#miss(missing);
  }

  /** The gap begins where the last picture that came ends. */
  #miss(missing: Shortfall): void {
    if (!this.gaps.open && missing.cause === 'camera-offline') this.#feed.flush();
    this.gaps.missing(this.#parts.clock.nowMs(), missing);
  }

  /** The machine's clock was set. */
  clockStepped(byMs: number): void {
    const at = this.#parts.clock.monotonicMs();
    // Units that came after the step may have told of it first.
    if (this.#step?.told && at - this.#step.at < 5000 && Math.abs(this.#step.byMs - byMs) < 1000) return;
    this.#feed.clockStepped();
    this.#step = { byMs, at, told: false };
    if (!this.#feed.attached || this.gaps.open) this.#tellStep(byMs, this.#parts.clock.nowMs());
  }

  /** Ends the recording; resolves when everything is committed or given up. What is wanted stays wanted. */
  async close(): Promise<void> {
    this.#feed.leave();
    this.#writing.end('stopped');
    this.#recording = undefined;
    await this.#writing.settled();
  }

  /** As `close`, for good: nothing is wanted of the camera any more. */
  async remove(): Promise<void> {
    this.#wanted = false;
    await this.close();
    this.#unwant();
  }

  #want(wanted: boolean, at: number): void {
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    this.#wantedAt = at;
    if (wanted) this.gaps.want(this.#parts.clock.nowMs());
  }

  #connect(needed: boolean): void {
    if (this.#enabled && needed) this.#feed.join(this.#parts.stream());
    else if (this.#feed.attached) this.#leaveFeed();
    const stream = this.#feed.attached ? this.#parts.stream() : undefined;
    const state = stream?.publicState;
    if (state && state.state !== 'live' && state.state !== 'stalled')
      this.#feed.interrupted(shortfallOf(state.reason));
  }

  #leaveFeed(): void {
    this.#feed.leave();
    this.#buffer.clear();
  }

  #follow(trigger: Trigger | null, armed: boolean): void {
    if (trigger) {
      if (this.#recording === undefined) this.#begin(trigger);
      this.#recording = trigger;
      this.#tail = undefined;
    } else if (this.#recording !== undefined) {
      this.#finish(armed);
    } else if (!this.#wanted) {
      this.#unwant();
    }
  }

  #begin(trigger: Trigger): void {
    this.#recording = trigger;
    this.#holeBefore ??= connecting;
    this.#needsKey = true;
    for (const piece of this.#buffer.take()) this.#store(piece, trigger);
  }

  /** With its GOP, if memory shall go on from there; at once if not. */
  #finish(armed: boolean): void {
    const at = this.#parts.clock.monotonicMs();
    if (armed && this.#feed.attached) {
      this.#tail ??= { fromMs: this.#parts.clock.nowMs(), until: at + maxTailMs };
      if (at < this.#tail.until) return;
    }
    this.#feed.flush();
    this.#end();
  }

  #end(): void {
    this.#writing.end('stopped');
    this.#recording = undefined;
    this.#tail = undefined;
    if (this.#wanted) return;
    const atMs = this.#parts.clock.nowMs();
    void this.#writing.settled().then(() => this.#unwant(atMs));
  }

  /** Once all that was recorded is stored. */
  #unwant(atMs = this.#parts.clock.nowMs()): void {
    if (this.#wanted || this.#recording !== undefined) return;
    this.gaps.unwant(atMs, this.#fault?.shortfall ?? connecting);
  }

  #onPiece(piece: Piece): void {
    const recording = this.#recording;
    const isAfter = this.#tail !== undefined && piece.fragment.startMs >= this.#tail.fromMs;
    if (recording !== undefined && isAfter && piece.fragment.key) this.#end();
    if (this.#recording !== undefined) this.#store(piece, this.#recording);
    else this.#buffer.push(piece, this.wishes.now().preMs);
  }

  #store(piece: Piece, trigger: Trigger): void {
    if (this.#needsKey && !piece.fragment.key) return;
    this.#needsKey = false;
    this.#droppedAtPiece = this.#feed.droppedUnits;
    this.#accounting.received(piece);
    if (this.#fault) this.#uncounted.add(piece);
    else this.#count(piece);
    this.#writing.append(piece, trigger);
  }

  /** Into the ledger. */
  #count(piece: Piece): void {
    this.#lookForStep(piece);
    const after = piece.break ?? this.#holeBefore;
    this.#holeBefore = undefined;
    const { startMs, lostPackets } = piece.fragment;
    this.gaps.footage({ startMs, endMs: endMs(piece), after, lostPackets });
  }

  #lookForStep({ line, steppedMs, fragment, break: broken }: Piece): void {
    const another = this.#line !== undefined && line !== this.#line && !broken;
    this.#line = line;
    if (!another) return;
    const step = this.#step?.told === false ? this.#step.byMs : steppedMs;
    this.#tellStep(step, fragment.startMs);
  }

  #tellStep(byMs: number, atMs: UnixMs): void {
    this.#step = { byMs, at: this.#parts.clock.monotonicMs(), told: true };
    this.gaps.stepped(byMs, atMs);
  }

  #onStored(piece: Piece): void {
    this.#accounting.stored(piece);
    this.#durableMs = endMs(piece);
    if (this.#uncounted.delete(piece)) this.#count(piece);
  }

  #onLost(piece: Piece, fault: ArchiveFault): void {
    this.#accounting.lost(piece);
    const shortfall = ofFault(fault);
    if (this.#uncounted.delete(piece)) this.#holeBefore ??= shortfall;
    else this.gaps.lost(piece.fragment.startMs, endMs(piece), shortfall);
  }

  #onFault(fault: ArchiveFault | undefined): void {
    if (!fault) this.#fault = undefined;
    else this.#fault ??= { shortfall: ofFault(fault), at: this.#parts.clock.monotonicMs() };
  }

  /** What is wrong now; undefined when nothing is, or it may still pass. */
  #judge(at: number): Shortfall | undefined {
    if (!this.#enabled) return disabled;
    if (this.#fault && at - this.#fault.at >= diskGraceMs) return this.#fault.shortfall;
    if (this.#feed.droppedUnits > this.#droppedAtPiece) return this.#fault?.shortfall ?? slowDisk;
    const stream = this.#parts.stream();
    return stream && this.#judgeStream(stream.publicState, at);
  }

  #judgeStream({ state, reason }: RecordedStream['publicState'], at: number): Shortfall | undefined {
    if (state === 'offline' || state === 'error' || state === 'stalled') return shortfallOf(reason);
    if (this.#feed.unsupported) return unsupported;
    // What it was before it may be until footage comes: a gap is not cut in two while a camera is connected to.
    if (this.gaps.open || at - this.#wantedAt < connectGraceMs) return undefined;
    if (state !== 'live') return this.#feed.isSilent(connectGraceMs) ? connecting : undefined;
    return this.#feed.isSilent(silenceMs) ? silent : undefined;
  }
}

function shortfallOf(reason: string | null): Shortfall {
  return { cause: 'camera-offline', detail: reason ?? connecting.detail };
}

const causes: Readonly<Partial<Record<ArchiveFault['kind'], GapCause>>> = {
  'disk-full': 'disk-full',
  'disk-slow': 'disk-slow',
  busy: 'disk-slow',
};

function ofFault({ kind, message }: ArchiveFault): Shortfall {
  return { cause: causes[kind] ?? 'disk-failed', detail: message };
}
