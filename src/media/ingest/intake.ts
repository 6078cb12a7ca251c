/**
 * Media of one sender: RTP and RTCP packets of every track in, tracks and units out, on one time line.
 *
 * Packets that come before the start (the answer to PLAY) are kept, within a limit: the first key frame is among them.
 * Pure: time comes with the packets and with `tick`.
 */
import type { UnixMs } from '../../base/units.ts';
import type { Arrival } from '../rtp/capture-clock.ts';
import type { ReorderLimits } from '../rtp/reorder.ts';
import { Timeline } from '../rtp/timeline.ts';
import type { IngestSink } from './gate.ts';
import { Gate } from './gate.ts';
import type { IngestLimits } from './limits.ts';
import type { OfferedTrack } from './offer.ts';
import { TrackReceiver } from './receiver.ts';

/** What may wait for the start: a large key frame. */
const maxEarlyBytes = 4 * 1024 * 1024;
const maxEarlyPackets = 4096;
/** Different reasons told of one sender; more would only repeat. */
const maxReasons = 20;

export interface IntakeOptions {
  readonly limits: IngestLimits;
  readonly sink: IngestSink;
  /** End of the connection before. */
  readonly notBeforeMs: UnixMs | undefined;
  /** Something was thrown away; each kind of reason is told once. */
  readonly onDamaged: (reason: string) => void;
}

export interface IngestTrack {
  readonly offered: OfferedTrack;
  readonly reorder: ReorderLimits;
}

interface Early {
  readonly track: number;
  readonly part: 'rtp' | 'rtcp';
  readonly bytes: Uint8Array;
  readonly arrival: Arrival;
}

type State =
  | { readonly kind: 'before'; readonly packets: Early[]; bytes: number }
  | { readonly kind: 'running'; readonly timeline: Timeline; readonly receivers: readonly TrackReceiver[] };

export class Intake {
  readonly #options: IntakeOptions;
  readonly #gate: Gate;
  readonly #tracks: IngestTrack[] = [];
  readonly #reasons = new Set<string>();
  #state: State = { kind: 'before', packets: [], bytes: 0 };
  #damaged = 0;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#gate = new Gate(options.sink, options.limits);
  }

  /** Returns the track's number, for `packet`. */
  add(track: IngestTrack): number {
    return this.#tracks.push(track) - 1;
  }

  /** Tracks that were agreed and have sent nothing yet. */
  get silentTracks(): number {
    return this.#state.kind === 'running' ? this.#gate.silentTracks : this.#tracks.length;
  }

  /** The sink has received something. */
  get delivering(): boolean {
    return this.#gate.open;
  }

  get counters() {
    let packetsReceived = 0;
    let packetsLost = 0;
    for (const receiver of this.#receivers()) {
      packetsReceived += receiver.packetsReceived;
      packetsLost += receiver.packetsLost;
    }
    return { packetsReceived, packetsLost, damaged: this.#damaged };
  }

  get endMs(): UnixMs | undefined {
    return this.#state.kind === 'running' ? this.#state.timeline.endMs : undefined;
  }

  /** The sender said goodbye on every track. */
  get ended(): boolean {
    const receivers = this.#receivers();
    return receivers.length > 0 && receivers.every((receiver) => receiver.ended);
  }

  /** @param startRtpTimes for each track its RTP time at the start, where the sender told it (RFC 2326, 12.33). */
  start(startRtpTimes: readonly (number | undefined)[] = []): void {
    if (this.#state.kind !== 'before') return;
    const early = this.#state.packets;
    const timeline = new Timeline(
      this.#tracks.map(({ offered }, index) => ({
        kind: offered.kind,
        clockHz: offered.clockHz,
        startRtpTime: startRtpTimes[index],
      })),
      this.#options.notBeforeMs,
    );
    const receivers = this.#tracks.map((track, index) => this.#receiver(track, index, timeline));
    this.#state = { kind: 'running', timeline, receivers };
    for (const { track, part, bytes, arrival } of early) this.packet(track, part, bytes, arrival);
  }

  packet(track: number, part: 'rtp' | 'rtcp', bytes: Uint8Array, arrival: Arrival): void {
    const state = this.#state;
    if (state.kind === 'running') {
      state.receivers[track]?.[part](bytes, arrival);
      return;
    }
    if (state.bytes + bytes.length > maxEarlyBytes || state.packets.length >= maxEarlyPackets) {
      this.damaged('media before the start was agreed');
      return;
    }
    state.bytes += bytes.length;
    state.packets.push({ track, part, bytes, arrival });
  }

  /** RTCP of a way that all tracks share; each takes what its own sender says. Nothing before the start. */
  sharedRtcp(bytes: Uint8Array, arrival: Arrival): void {
    for (const receiver of this.#receivers()) receiver.rtcp(bytes, arrival, true);
  }

  /** Called often: gives up what is waited for too long. */
  tick(arrival: Arrival): void {
    for (const receiver of this.#receivers()) receiver.expire(arrival);
    this.#gate.tick(arrival.monotonicMs);
  }

  report(track: number, arrival: Arrival) {
    return this.#receivers()[track]?.report(arrival);
  }

  /** SSRC of the track's sender; undefined before its first packet. */
  ssrc(track: number): number | undefined {
    return this.#receivers()[track]?.ssrc;
  }

  packetsLost(track: number): number {
    return this.#receivers()[track]?.packetsLost ?? 0;
  }

  /** Counts, and tells each kind of reason once. */
  damaged(reason: string): void {
    this.#damaged += 1;
    const kind = reason.replaceAll(/\d+/g, 'n');
    if (this.#reasons.has(kind) || this.#reasons.size >= maxReasons) return;
    this.#reasons.add(kind);
    this.#options.onDamaged(reason);
  }

  #receiver(track: IngestTrack, index: number, timeline: Timeline): TrackReceiver {
    const receiver = new TrackReceiver(index, track.offered, track.reorder, timeline, {
      config: (codec) => this.#gate.config(index, codec),
      unit: (unit, now) => this.#gate.unit(index, unit, now),
      damaged: (reason) => this.damaged(reason),
    });
    this.#gate.add(receiver);
    return receiver;
  }

  #receivers(): readonly TrackReceiver[] {
    return this.#state.kind === 'running' ? this.#state.receivers : [];
  }
}
