/**
 * Tells of all tracks at once, and of none that stays silent.
 *
 * In:  configurations and units of each receiver. Out: `tracks` before the first unit, then units.
 * The first picture waits a moment for sound. Sound before the first picture is left out, because every
 * viewer starts with a picture. A track that speaks later is announced later, with the next free number.
 * Cameras often offer sound and send none; players wait for an announced track for ever.
 */
import type { MonotonicMs } from '../../base/units.ts';
import type { AccessUnit, CodecConfig, Track } from '../track.ts';
import type { IngestLimits } from './limits.ts';
import type { NewUnit, TrackReceiver } from './receiver.ts';

/** Where the media goes, as the hub's sources deliver it. */
export interface IngestSink {
  /** Before the first unit, and again whenever a track's configuration changes. */
  tracks(tracks: readonly Track[]): void;
  unit(unit: AccessUnit): void;
}

interface Lane {
  readonly receiver: Pick<TrackReceiver, 'kind' | 'clockHz'>;
  codec: CodecConfig | undefined;
  /** Its number once it was announced. */
  id: number | undefined;
}

type State =
  | { readonly kind: 'silent' }
  | { readonly kind: 'waiting'; readonly untilMs: number; readonly units: { lane: Lane; unit: NewUnit }[] }
  | { readonly kind: 'open' };

export class Gate {
  readonly #sink: IngestSink;
  readonly #limits: IngestLimits;
  readonly #lanes: Lane[] = [];
  #state: State = { kind: 'silent' };

  constructor(sink: IngestSink, limits: IngestLimits) {
    this.#sink = sink;
    this.#limits = limits;
  }

  /** Something was delivered. */
  get open(): boolean {
    return this.#state.kind === 'open';
  }

  /** Tracks that have sent nothing yet. */
  get silentTracks(): number {
    return this.#lanes.filter((lane) => lane.codec === undefined).length;
  }

  /** The next track; its number for `config` and `unit` counts from 0. */
  add(receiver: Lane['receiver']): void {
    this.#lanes.push({ receiver, codec: undefined, id: undefined });
  }

  config(laneIndex: number, codec: CodecConfig): void {
    const lane = this.#lane(laneIndex);
    lane.codec = codec;
    if (lane.id === undefined) return;
    this.#announce();
  }

  unit(laneIndex: number, unit: NewUnit, now: MonotonicMs): void {
    const lane = this.#lane(laneIndex);
    switch (this.#state.kind) {
      case 'silent':
        if (lane.receiver.kind === 'video' || !this.#hasVideo()) this.#begin(lane, unit, now);
        return;
      case 'waiting':
        this.#state.units.push({ lane, unit });
        this.#openIfReady(now);
        return;
      case 'open':
        if (lane.id === undefined) this.#announceAlso([lane]);
        this.#deliver(lane, unit);
    }
  }

  tick(now: MonotonicMs): void {
    this.#openIfReady(now);
  }

  #lane(index: number): Lane {
    const lane = this.#lanes[index];
    if (!lane) throw new RangeError(`there is no track ${String(index)}`);
    return lane;
  }

  #hasVideo(): boolean {
    return this.#lanes.some((lane) => lane.receiver.kind === 'video');
  }

  #begin(lane: Lane, unit: NewUnit, now: MonotonicMs): void {
    this.#state = { kind: 'waiting', untilMs: now + this.#limits.otherTracksMs, units: [{ lane, unit }] };
    this.#openIfReady(now);
  }

  /** Ready when every track is known (those with a configuration have sent something), or the wait is over. */
  #openIfReady(now: MonotonicMs): void {
    const state = this.#state;
    if (state.kind !== 'waiting') return;
    const complete = this.#lanes.every((lane) => lane.codec !== undefined);
    if (!complete && now < state.untilMs && state.units.length < this.#limits.waitingUnits) return;
    this.#state = { kind: 'open' };
    this.#announceAlso(this.#lanes.filter((lane) => lane.codec !== undefined));
    for (const { lane, unit } of state.units) this.#deliver(lane, unit);
  }

  #announceAlso(lanes: readonly Lane[]): void {
    for (const lane of lanes) lane.id = this.#lanes.filter((other) => other.id !== undefined).length;
    this.#announce();
  }

  #announce(): void {
    const tracks: Track[] = [];
    for (const { id, codec, receiver } of this.#lanes) {
      if (id !== undefined && codec) tracks[id] = { id, clockHz: receiver.clockHz, codec };
    }
    this.#sink.tracks(tracks);
  }

  #deliver(lane: Lane, unit: NewUnit): void {
    if (lane.id === undefined) return;
    const whole: AccessUnit = { track: lane.id, ...unit };
    this.#sink.unit(whole);
  }
}
