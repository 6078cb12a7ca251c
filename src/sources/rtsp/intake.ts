/**
 * Media of one connection: packets of every route in, tracks and units out to the hub.
 *
 * Packets that come before the answer to PLAY are kept, within a limit: the first key frame is among them.
 */
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { UnixMs } from '../../base/units.ts';
import type { SourceSink } from '../../hub/source.ts';
import type { Arrival } from '../../media/rtp/capture-clock.ts';
import { Timeline } from '../../media/rtp/timeline.ts';
import type { RtpInfo } from '../../media/rtsp/headers.ts';
import { Gate } from './gate.ts';
import type { RtspLimits } from './limits.ts';
import { TrackReceiver } from './receiver.ts';
import type { AgreedTrack } from './session.ts';

/** What may wait for the answer to PLAY: a large key frame. */
const maxEarlyBytes = 4 * 1024 * 1024;
const maxEarlyPackets = 4096;
/** Different reasons told in the log of one connection; more would only repeat. */
const maxReasons = 20;

export interface IntakeOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: RtspLimits;
  readonly sink: Pick<SourceSink, 'tracks' | 'unit'>;
  /** End of the connection before. */
  readonly notBeforeMs: UnixMs | undefined;
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
  readonly #tracks: AgreedTrack[] = [];
  readonly #reasons = new Set<string>();
  #state: State = { kind: 'before', packets: [], bytes: 0 };
  #damaged = 0;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#gate = new Gate(options.sink, options.limits);
  }

  /** Returns the track's number, for `packet`. */
  add(track: AgreedTrack): number {
    return this.#tracks.push(track) - 1;
  }

  get tracks(): readonly AgreedTrack[] {
    return this.#tracks;
  }

  /** The hub has received something. */
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

  /** The camera said goodbye on every track. */
  get ended(): boolean {
    const receivers = this.#receivers();
    return receivers.length > 0 && receivers.every((receiver) => receiver.ended);
  }

  arrival(): Arrival {
    return { wallMs: this.#options.clock.nowMs(), monotonicMs: this.#options.clock.monotonicMs() };
  }

  /** PLAY was answered. */
  start(rtpInfo: readonly RtpInfo[]): void {
    if (this.#state.kind !== 'before') return;
    const early = this.#state.packets;
    const timeline = new Timeline(
      this.#tracks.map(({ offered, url }, index) => ({
        kind: offered.kind,
        clockHz: offered.clockHz,
        startRtpTime: infoFor(rtpInfo, url, index, this.#tracks.length)?.rtpTime,
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
      this.damaged('media before PLAY was answered');
      return;
    }
    state.bytes += bytes.length;
    state.packets.push({ track, part, bytes, arrival });
  }

  /** Called often: gives up what is waited for too long. */
  tick(arrival: Arrival): void {
    for (const receiver of this.#receivers()) receiver.expire(arrival);
    this.#gate.tick(arrival.monotonicMs);
  }

  report(track: number, arrival: Arrival) {
    return this.#receivers()[track]?.report(arrival);
  }

  /** Counts, and logs each kind of reason once. */
  damaged(reason: string): void {
    this.#damaged += 1;
    const kind = reason.replaceAll(/\d+/g, 'n');
    if (this.#reasons.has(kind) || this.#reasons.size >= maxReasons) return;
    this.#reasons.add(kind);
    this.#options.log.info('The camera sent something that was thrown away', { reason });
  }

  #receiver(track: AgreedTrack, index: number, timeline: Timeline): TrackReceiver {
    const receiver = new TrackReceiver(index, track.offered, track.route.kind, timeline, {
      config: (codec) => this.#gate.config(index, codec),
      unit: (unit) => this.#gate.unit(index, unit, this.#options.clock.monotonicMs()),
      damaged: (reason) => this.damaged(reason),
    });
    this.#gate.add(receiver);
    return receiver;
  }

  #receivers(): readonly TrackReceiver[] {
    return this.#state.kind === 'running' ? this.#state.receivers : [];
  }
}

/** Entries name the address of their track, absolute or not; when none fits, their order counts. */
function infoFor(infos: readonly RtpInfo[], url: string, index: number, tracks: number): RtpInfo | undefined {
  const named = infos.find((info) => info.url !== '' && (info.url === url || url.endsWith(`/${info.url}`)));
  return named ?? (infos.length === tracks ? infos[index] : undefined);
}
