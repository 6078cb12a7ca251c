/**
 * Keeps one source connected: connects, notices silence, waits, connects again.
 *
 * In:  start and stop from the stream, faults and units from the source. Out: its state, and what the
 * source delivers while connected. Promise: at most one connection at a time; nothing is delivered after `stop`.
 */
import type { Clock, Timer } from '../base/clock.ts';
import type { MonotonicMs, UnixMs } from '../base/units.ts';
import { unixMs } from '../base/units.ts';
import type { AccessUnit, Track } from '../media/track.ts';
import { isVideo } from '../media/track.ts';
import type { BackOff } from './back-off.ts';
import type { Source, SourceConnection, SourceCounters, SourceFault, SourceSink } from './source.ts';
import { lastingFaults } from './source.ts';
import type { StreamState } from './status.ts';

/** Silence after which viewers are told; with the check interval it is noticed within 5 s. */
const silenceMs = 4_000;
/** A camera may send less than one picture a second: silence is judged by its own rhythm too. */
const silenceFrames = 3;
/** Silence after which the connection is given up and made anew. */
const giveUpMs = 10_000;
const checkEveryMs = 500;
/** A source has its own limits for each step; this guards all of them together. */
const firstUnitMs = 25_000;
/** So long must media flow before past failures are forgiven; else a camera that drops at once is asked in a loop. */
const provenMs = 10_000;
/** Faults that tell of the whole host. Any other is this stream's own: its neighbours must not wait for it. */
const hostFaults: ReadonlySet<SourceFault['kind']> = new Set(['refused', 'no-route', 'timeout', 'tls']);
/** The camera answers, so this is no `timeout` of its host. */
const noFirstUnit: SourceFault = {
  kind: 'stalled',
  message: 'The camera was reached but sent no picture in time.',
};

type State =
  | { readonly kind: 'stopped' }
  /** Without a guard: a source that is sent to, and nobody sends. */
  | { readonly kind: 'connecting'; readonly connection: SourceConnection; readonly guard: Timer | undefined }
  | { readonly kind: 'live'; readonly connection: SourceConnection; readonly sinceMs: MonotonicMs }
  | { readonly kind: 'waiting'; readonly timer: Timer };

/** State as shown to people. */
export interface PublicState {
  readonly state: StreamState;
  readonly reason: string | null;
  readonly sinceMs: UnixMs;
  readonly nextTryMs: UnixMs | null;
}

export interface SupervisorEvents {
  onTracks(tracks: readonly Track[]): void;
  onUnit(unit: AccessUnit): void;
  onState(state: PublicState): void;
  /** The source threw, which is a bug; to this stream it is a failed attempt, to the others nothing. */
  onBug(error: unknown): void;
}

const noCounters: SourceCounters = { bytesReceived: 0, packetsReceived: 0, packetsLost: 0, damaged: 0 };

export class Supervisor {
  readonly #clock: Clock;
  readonly #backOff: BackOff;
  readonly #events: SupervisorEvents;
  readonly #key: string;
  #source: Source;
  #state: State = { kind: 'stopped' };
  #public: PublicState;
  #watch: Timer | undefined;
  /** Tracks whose silence counts; undefined until this connection told its tracks. */
  #videoTracks: ReadonlySet<number> | undefined;
  #lastUnitMs: MonotonicMs;
  #frameIntervalMs = 0;
  #proven = false;
  /** Somebody has sent to this connection. */
  #arrived = false;
  /** After a lasting fault, also when stopped in between: people who reload must not lock the camera's account. */
  #rest: { readonly fault: SourceFault; readonly untilMs: number } | undefined;
  /** Counters of finished connections. */
  #past: SourceCounters = noCounters;
  reconnects = 0;
  lastError: { readonly message: string; readonly atMs: UnixMs } | undefined;

  /** @param key names this stream in the back-off. */
  constructor(source: Source, clock: Clock, backOff: BackOff, key: string, events: SupervisorEvents) {
    this.#source = source;
    this.#clock = clock;
    this.#backOff = backOff;
    this.#key = key;
    this.#events = events;
    this.#lastUnitMs = clock.monotonicMs();
    this.#public = { state: 'idle', reason: null, sinceMs: clock.nowMs(), nextTryMs: null };
  }

  get state(): PublicState {
    return this.#public;
  }

  get transport(): string | null {
    return 'connection' in this.#state ? this.#state.connection.transport : null;
  }

  /** Since when media has flowed on this connection, pauses included; undefined without one. */
  get liveSinceMs(): MonotonicMs | undefined {
    return this.#state.kind === 'live' ? this.#state.sinceMs : undefined;
  }

  /** Of all connections since the stream began. */
  counters(): SourceCounters {
    if (!('connection' in this.#state)) return this.#past;
    return addCounters(this.#past, this.#state.connection.counters());
  }

  start(): void {
    if (this.#state.kind !== 'stopped') return;
    this.#watch = this.#clock.after(checkEveryMs, () => this.#check());
    const restMs = (this.#rest?.untilMs ?? 0) - this.#clock.monotonicMs();
    if (this.#rest && restMs > 0) return this.#wait(this.#rest.fault, restMs);
    this.#begin();
  }

  stop(): void {
    if (this.#state.kind === 'stopped') return;
    this.#leave('The camera was switched off or deleted.');
    this.#watch?.cancel();
    this.#show('idle', null, null);
  }

  /** The camera has a new address: connects to it at once when running. */
  replace(source: Source): void {
    const wasRunning = this.#state.kind !== 'stopped';
    this.#leave('The camera was changed.');
    this.#source = source;
    this.#rest = undefined;
    if (wasRunning) this.#begin();
  }

  #begin(): void {
    const { waiting } = this.#source;
    this.#connect();
    if (waiting === undefined) this.#show('connecting', null, null);
    else this.#show('offline', waiting, null);
  }

  /** The state is set before anyone is told: a listener may call `stop`. */
  #connect(): void {
    this.#proven = false;
    this.#arrived = false;
    this.#frameIntervalMs = 0;
    this.#videoTracks = undefined;
    let connection: SourceConnection | undefined;
    let early: SourceFault | undefined;
    connection = this.#open({
      arrived: () => {
        if (this.#owns(connection)) this.#onArrived(connection);
      },
      tracks: (tracks) => {
        if (this.#owns(connection)) this.#onTracks(tracks);
      },
      unit: (unit) => {
        if (this.#owns(connection)) this.#onUnit(unit, connection);
      },
      ended: (fault) => {
        if (connection === undefined) early ??= fault;
        else if (this.#owns(connection)) this.#fail(fault);
      },
    });
    const guard = early || this.#source.waiting === undefined ? this.#guard(early) : undefined;
    this.#state = { kind: 'connecting', connection, guard };
  }

  #guard(early?: SourceFault): Timer {
    return this.#clock.after(early ? 0 : firstUnitMs, () => this.#fail(early ?? noFirstUnit));
  }

  #open(sink: SourceSink): SourceConnection {
    try {
      return this.#source.connect(sink);
    } catch (error) {
      this.#events.onBug(error);
      sink.ended({ kind: 'unsupported', message: 'This source failed in a way it should not; see the log.' });
      return { transport: '', close: () => undefined, counters: () => noCounters };
    }
  }

  #owns(connection: SourceConnection | undefined): connection is SourceConnection {
    return 'connection' in this.#state && this.#state.connection === connection;
  }

  #onArrived(connection: SourceConnection): void {
    if (this.#state.kind !== 'connecting' || this.#state.guard) return;
    this.#arrived = true;
    this.#state = { kind: 'connecting', connection, guard: this.#guard() };
    this.#show('connecting', null, null);
  }

  #onTracks(tracks: readonly Track[]): void {
    const video = tracks.filter((track) => isVideo(track.codec));
    this.#videoTracks = new Set((video.length > 0 ? video : tracks).map((track) => track.id));
    this.#events.onTracks(tracks);
  }

  #onUnit(unit: AccessUnit, connection: SourceConnection): void {
    if (this.#videoTracks === undefined) return;
    if (this.#state.kind === 'connecting') {
      this.#state.guard?.cancel();
      this.#state = { kind: 'live', connection, sinceMs: this.#clock.monotonicMs() };
      this.#lastUnitMs = this.#clock.monotonicMs();
    }
    if (this.#videoTracks.has(unit.track)) this.#onPicture();
    // Someone who was told "live" may have stopped it.
    if (this.#owns(connection)) this.#events.onUnit(unit);
  }

  #onPicture(): void {
    const nowMs = this.#clock.monotonicMs();
    if (!this.#proven && this.#state.kind === 'live' && nowMs - this.#state.sinceMs >= provenMs)
      this.#prove();
    const intervalMs = nowMs - this.#lastUnitMs;
    // Rises at once, sinks slowly: bursts must not make a slow camera look silent.
    this.#frameIntervalMs = Math.max(intervalMs, this.#frameIntervalMs * 0.95);
    this.#lastUnitMs = nowMs;
    if (this.#public.state !== 'live') this.#show('live', null, null);
  }

  #prove(): void {
    this.#proven = true;
    this.#backOff.succeeded(this.#key);
    if (this.#source.host !== undefined) this.#backOff.succeeded(this.#source.host);
  }

  /** Every half second: has the camera fallen silent? */
  #check(): void {
    this.#watch = this.#clock.after(checkEveryMs, () => this.#check());
    if (this.#state.kind !== 'live') return;
    const silentMs = this.#clock.monotonicMs() - this.#lastUnitMs;
    if (silentMs >= Math.max(giveUpMs, this.#silenceMs() * 2)) {
      const seconds = Math.round(silentMs / 1000);
      this.#fail({ kind: 'stalled', message: `The camera sent no picture for ${seconds} s.` });
    } else if (silentMs >= this.#silenceMs() && this.#public.state === 'live') {
      this.#show('stalled', 'The camera is connected but sends no pictures.', null);
    }
  }

  #silenceMs(): number {
    return Math.max(silenceMs, Math.min(this.#frameIntervalMs, giveUpMs) * silenceFrames);
  }

  #fail(fault: SourceFault): void {
    this.#leave(fault.message);
    this.reconnects += 1;
    this.lastError = { message: fault.message, atMs: this.#clock.nowMs() };
    if (this.#arrived) return this.#waitForSender(fault);
    const lasting = lastingFaults.has(fault.kind);
    const name = hostFaults.has(fault.kind) ? (this.#source.host ?? this.#key) : this.#key;
    const delayMs = this.#backOff.failed(name, lasting);
    this.#rest = lasting ? { fault, untilMs: this.#clock.monotonicMs() + delayMs } : undefined;
    this.#wait(fault, delayMs);
  }

  /** Whoever sends decides when: there is nothing to try, and nothing to spare. */
  #waitForSender(fault: SourceFault): void {
    this.#connect();
    const waiting = this.#source.waiting ?? '';
    this.#show('offline', `${fault.message} ${waiting}`.trimEnd(), null);
  }

  #wait(fault: SourceFault, delayMs: number): void {
    const timer = this.#clock.after(delayMs, () => this.#retry());
    this.#state = { kind: 'waiting', timer };
    const state = lastingFaults.has(fault.kind) ? 'error' : 'offline';
    this.#show(state, fault.message, unixMs(this.#clock.nowMs() + delayMs));
  }

  #retry(): void {
    // The state shown stays "offline since": an attempt is no news until it succeeds.
    this.#connect();
    this.#publish({ ...this.#public, nextTryMs: null });
  }

  /** Ends whatever runs. @param reason for the far side */
  #leave(reason: string): void {
    const state = this.#state;
    this.#state = { kind: 'stopped' };
    if (state.kind === 'waiting') state.timer.cancel();
    if (state.kind === 'connecting') state.guard?.cancel();
    if (!('connection' in state)) return;
    this.#past = addCounters(this.#past, state.connection.counters());
    state.connection.close(reason);
  }

  #show(state: StreamState, reason: string | null, nextTryMs: UnixMs | null): void {
    const sinceMs = state === this.#public.state ? this.#public.sinceMs : this.#clock.nowMs();
    this.#publish({ state, reason, sinceMs, nextTryMs });
  }

  #publish(state: PublicState): void {
    this.#public = state;
    this.#events.onState(state);
  }
}

function addCounters(a: SourceCounters, b: SourceCounters): SourceCounters {
  return {
    bytesReceived: a.bytesReceived + b.bytesReceived,
    packetsReceived: a.packetsReceived + b.packetsReceived,
    packetsLost: a.packetsLost + b.packetsLost,
    damaged: a.damaged + b.damaged,
  };
}
