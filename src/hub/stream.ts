/**
 * The live hub of one source: its readers, the last GOP, its state and statistics.
 *
 * In:  units from one source (through its supervisor). Out: the same units to every reader, each beginning
 * with the cached GOP. Promises: the source runs only while wanted; a reader that is slow or throws harms
 * only itself; times never go back while the stream lives.
 */
import type { Clock, Timer } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { AccessUnit, Track } from '../media/track.ts';
import { isVideo } from '../media/track.ts';
import type { BackOff } from './back-off.ts';
import { Continuity } from './continuity.ts';
import { GopCache } from './gop-cache.ts';
import { errorsOf, judgeHealth } from './health.ts';
import type { LatencyMode } from './latency.ts';
import { defaultLatency } from './latency.ts';
import type { HealthRules } from './options.ts';
import type { TroubleCounters } from './recent-trouble.ts';
import { RecentTrouble } from './recent-trouble.ts';
import { ReaderSlot, defaultBudgetBytes } from './reader-slot.ts';
import type { AttachRefusal, Attachment, Reader } from './reader.ts';
import type { Source } from './source.ts';
import { Statistics } from './statistics.ts';
import type { StreamStats, StreamStatus } from './status.ts';
import { trackInfo } from './status.ts';
import type { PublicState } from './supervisor.ts';
import { Supervisor } from './supervisor.ts';
import { sameTracks } from './same-tracks.ts';
import type { SumsByOutput, Viewer, ViewerEnd, ViewerInfo } from './viewers.ts';
import { Viewers } from './viewers.ts';

export interface StreamPolicy {
  /** `always` keeps the source connected without readers. */
  readonly start: 'on-demand' | 'always';
  /** On demand: how long the source stays connected after the last reader left. */
  readonly closeAfterMs: number;
  /** People watching at one time, over all outputs; 0 means no limit. */
  readonly maxReaders: number;
  /** What its viewers want: see `latency.ts`. */
  readonly latency?: LatencyMode;
}

/** A picture that can be decoded by itself, and on which track. */
export interface Keyframe {
  readonly track: Track;
  readonly unit: AccessUnit;
}

export interface StreamParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly backOff: BackOff;
  readonly health: HealthRules;
  /** Told of every change of state. */
  readonly onState: (id: string) => void;
}

export class Stream {
  readonly id: string;
  readonly #parts: StreamParts;
  readonly #supervisor: Supervisor;
  readonly #cache = new GopCache();
  readonly #statistics = new Statistics();
  readonly #continuity = new Continuity();
  readonly #recent = new RecentTrouble();
  #policy: StreamPolicy;
  #tracks: readonly Track[] = [];
  #lastKeyframe: Keyframe | undefined;
  /** Replaced, never changed: units are delivered while readers come and go. */
  #slots: readonly ReaderSlot[] = [];
  readonly #viewers: Viewers;
  #droppedByGone = 0;
  #closing: Timer | undefined;
  #closed = false;
  #freshConnection = false;
  #lastLogged = '';

  constructor(id: string, source: Source, policy: StreamPolicy, parts: StreamParts) {
    this.id = id;
    this.#policy = policy;
    this.#parts = parts;
    this.#viewers = new Viewers(parts.clock);
    this.#supervisor = new Supervisor(source, parts.clock, parts.backOff, id, {
      onTracks: (tracks) => this.#onTracks(tracks),
      onUnit: (unit) => this.#onUnit(unit),
      onState: (state) => this.#onState(state),
      onBug: (error) => parts.log.error('a source failed', { stream: id, error }),
    });
    this.#wantOrNot();
  }

  /** Adds a reader; an on-demand source is started. The reader's first calls may happen before this returns. */
  attach(reader: Reader, options: { readonly budgetBytes?: number } = {}): Result<Attachment, AttachRefusal> {
    if (this.#closed) return err({ kind: 'closed' });
    const slot = new ReaderSlot(reader, options.budgetBytes ?? defaultBudgetBytes);
    this.#slots = [...this.#slots, slot];
    if (this.#tracks.length > 0) this.#guard(slot, () => slot.start(this.#tracks, this.#cache.units()));
    this.#wantOrNot();
    const detach = (): void => this.#remove(slot);
    return ok({
      get droppedUnits() {
        return slot.droppedUnits;
      },
      detach,
    });
  }

  /** Counts one person watching. `leave` may be called more than once. */
  admitViewer(viewer: Viewer): Result<{ leave(): void }, AttachRefusal> {
    if (this.#closed) return err({ kind: 'closed' });
    return this.#viewers.admit(viewer, this.#policy.maxReaders);
  }

  viewers(): ViewerInfo[] {
    return this.#viewers.list();
  }

  /** What all viewers there are and were have counted. */
  viewerSums(): SumsByOutput {
    return this.#viewers.sumsByOutput();
  }

  endViewer(id: string, reason: string): ViewerEnd {
    return this.#viewers.end(id, reason);
  }

  /** Changes limits and start mode; nobody is disconnected. */
  configure(policy: StreamPolicy): void {
    this.#policy = policy;
    this.#wantOrNot();
  }

  /** Takes media from another source; readers stay and see a discontinuity. */
  replaceSource(source: Source): void {
    this.#supervisor.replace(source);
  }

  get latency(): LatencyMode {
    return this.#policy.latency ?? defaultLatency;
  }

  get tracks(): readonly Track[] {
    return this.#tracks;
  }

  /** As `status`, without what has to be reckoned. */
  get publicState(): PublicState {
    return this.#supervisor.state;
  }

  /** On the way from the camera, over all its connections. */
  get packetsLost(): number {
    return this.#supervisor.counters().packetsLost;
  }

  /** The newest there was: it stays when the camera goes away. */
  get lastKeyframe(): Keyframe | undefined {
    return this.#lastKeyframe;
  }

  /** Ends the stream for good and tells every reader. */
  close(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#closing?.cancel();
    this.#supervisor.stop();
    const slots = this.#slots;
    this.#slots = [];
    for (const slot of slots) {
      slot.leave();
      this.#guard(slot, () => slot.reader.onEnd(reason));
    }
  }

  status(): StreamStatus {
    const state = this.#supervisor.state;
    const tracks = this.#tracks.map(trackInfo);
    const stats = this.#stats();
    const recent = this.#recent.since(this.#troubleCounters());
    const health = judgeHealth({ ...state, ...stats, recent }, this.#parts.health);
    const { lastPictureMs } = this.#statistics;
    return { ...state, lastPictureMs, transport: this.#supervisor.transport, tracks, stats, health };
  }

  #stats(): StreamStats {
    const nowMs = this.#parts.clock.monotonicMs();
    const statistics = this.#statistics;
    const counters = this.#troubleCounters();
    const { lastError, liveSinceMs } = this.#supervisor;
    return {
      bitrateBps: statistics.bitrateBps(nowMs),
      framesPerSecond: statistics.framesPerSecond(nowMs),
      gopSeconds: statistics.gopSeconds,
      keyframeAgeMs: statistics.keyframeAgeMs(nowMs),
      readers: this.#slots.length,
      viewers: this.#viewers.count,
      viewersByOutput: this.#viewers.countByOutput(),
      bytesReceived: statistics.bytesReceived,
      bytesSent: this.#viewers.sums().bytesSent,
      unitsReceived: statistics.unitsReceived,
      packetsLost: counters.packetsLost,
      damaged: counters.damaged,
      unitsDropped: counters.unitsDropped,
      reconnects: counters.reconnects,
      errors: errorsOf(counters),
      uptimeSeconds: liveSinceMs === undefined ? null : Math.floor((nowMs - liveSinceMs) / 1000),
      lastError: lastError?.message ?? null,
      lastErrorMs: lastError?.atMs ?? null,
    };
  }

  #troubleCounters(): TroubleCounters {
    const { packetsReceived, packetsLost, damaged } = this.#supervisor.counters();
    const { reconnects } = this.#supervisor;
    const ofReaders = this.#slots.reduce((sum, slot) => sum + slot.droppedUnits, this.#droppedByGone);
    const ofViewers = this.#viewers.sums();
    // A reader with one viewer tells of the same units twice.
    const unitsDropped = Math.max(ofReaders, ofViewers.unitsDropped);
    const viewerErrors = ofViewers.errors;
    return { packetsReceived, packetsLost, damaged, unitsDropped, reconnects, viewerErrors };
  }

  #onTracks(tracks: readonly Track[]): void {
    // A camera that repeats itself is no reason to forget the GOP.
    if (!this.#freshConnection && sameTracks(this.#tracks, tracks)) return;
    this.#continuity.tracks(tracks);
    this.#statistics.reset(tracks);
    this.#cache.reset(tracks);
    // A reconnect to the same camera mostly brings the same configuration: no news for readers.
    if (sameTracks(this.#tracks, tracks)) return;
    this.#tracks = tracks;
    for (const slot of this.#slots) this.#guard(slot, () => slot.tracks(tracks));
  }

  #onUnit(arrived: AccessUnit): void {
    if (this.#freshConnection) this.#beginConnection();
    const unit = this.#continuity.next(arrived);
    if (!unit) return;
    const nowMs = this.#parts.clock.monotonicMs();
    this.#statistics.count(unit, nowMs);
    if (this.#recent.isDue(nowMs)) this.#recent.note(nowMs, this.#troubleCounters());
    if (unit.key) this.#keepKeyframe(unit);
    this.#cache.push(unit);
    for (const slot of this.#slots) {
      try {
        slot.unit(unit);
      } catch (error) {
        this.#expel(slot, error);
      }
    }
  }

  #keepKeyframe(unit: AccessUnit): void {
    const track = this.#tracks[unit.track];
    if (track && isVideo(track.codec)) this.#lastKeyframe = { track, unit };
  }

  #beginConnection(): void {
    this.#freshConnection = false;
    this.#continuity.interrupted();
    for (const slot of this.#slots) slot.interrupted();
  }

  #onState(state: PublicState): void {
    if (state.state !== 'live' && state.state !== 'stalled') {
      this.#freshConnection = true;
      // A picture from before the interruption must never start a new viewer as if it were live.
      this.#cache.reset(this.#tracks);
    }
    this.#logState(state);
    this.#parts.onState(this.id);
  }

  /** A camera that stays away is one line, not one for every attempt. */
  #logState(state: PublicState): void {
    const line = `${state.state} ${state.reason ?? ''}`;
    if (line === this.#lastLogged) return;
    this.#lastLogged = line;
    const fields = { stream: this.id, ...(state.reason ? { reason: state.reason } : {}) };
    if (state.reason) this.#parts.log.warn(`camera is ${state.state}`, fields);
    else this.#parts.log.info(`camera is ${state.state}`, fields);
  }

  #remove(slot: ReaderSlot): void {
    slot.leave();
    if (!this.#slots.includes(slot)) return;
    this.#slots = this.#slots.filter((other) => other !== slot);
    this.#droppedByGone += slot.droppedUnits;
    this.#wantOrNot();
  }

  /** Starts the source when someone wants it, and lets it go `closeAfterMs` after nobody does. */
  #wantOrNot(): void {
    const wanted = !this.#closed && (this.#policy.start === 'always' || this.#slots.length > 0);
    this.#closing?.cancel();
    this.#closing = undefined;
    if (wanted) return this.#supervisor.start();
    if (this.#closed || this.#supervisor.state.state === 'idle') return;
    this.#closing = this.#parts.clock.after(this.#policy.closeAfterMs, () => this.#supervisor.stop());
  }

  #guard(slot: ReaderSlot, run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#expel(slot, error);
    }
  }

  /** A reader that throws is a bug of ours; the others must not suffer. */
  #expel(slot: ReaderSlot, error: unknown): void {
    this.#parts.log.error('a reader failed and was removed', {
      stream: this.id,
      reader: slot.reader.kind,
      error,
    });
    this.#remove(slot);
  }
}
