/**
 * Media that a client sends to a camera (RTSP RECORD, WHIP): what servers of such protocols share.
 *
 * In:  the tracks that were agreed, then their RTP and RTCP packets. Out: tracks and units at the camera's sink, and
 * RTCP for the sender: receiver reports, and requests for a keyframe where it understands them.
 *
 *   begin ──► open ──leave (sender), end (camera), silence, goodbye──► over
 *
 * Promise: whatever the packets, nothing throws and what is kept is bounded; `onOver` is called exactly once unless
 * the server itself called `leave`; afterwards nothing is taken or sent, and no timer is left.
 */
import type { Clock, Timer } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { MonotonicMs } from '../base/units.ts';
import { Intake } from '../media/ingest/intake.ts';
import { defaultIngestLimits } from '../media/ingest/limits.ts';
import type { OfferedTrack } from '../media/ingest/offer.ts';
import { keyframeRequest, receiverReport } from '../media/ingest/reports.ts';
import type { Arrival } from '../media/rtp/capture-clock.ts';
import { reorderLimits, udpReorderLimits } from '../media/rtp/reorder.ts';
import type { AccessUnit, Track } from '../media/track.ts';
import { isVideo } from '../media/track.ts';
import type { Publish, Publisher, PublishRefusal, PublishSink } from './publishing.ts';
import type { SourceCounters, SourceFault } from './source.ts';

/** Gaps are looked at so often: a packet waits at most this much longer than its limit. */
const tickMs = 50;
/** Without any RTP for so long the sender is taken for gone: firewalls and cut cables say no goodbye. */
export const maxSilenceMs = 10_000;
/** RFC 3550, 6.2: the least interval of reports. */
const usualReportMs = 5000;
/** Senders of WebRTC make keyframes only when asked; new viewers and HLS segments begin with one. */
const keyframeEveryMs = 2000;
/** A request and its answer take their time: asking again sooner would only cost bandwidth. */
const keyframeAgainMs = 500;

export interface PublishedTrack {
  /** From `chooseTracks(description, 'publisher')`. */
  readonly offered: OfferedTrack;
  readonly lower: 'tcp' | 'udp';
}

export interface PublishedMediaOptions {
  readonly publish: Publish;
  /** Id or name of the camera, as the client wrote it. */
  readonly camera: string;
  /** A few words, for example `RTSP push over TCP`. */
  readonly transport: string;
  /** The client's IP address. */
  readonly address: string;
  /** Their place is their number in `packet` and `send`. */
  readonly tracks: readonly PublishedTrack[];
  readonly clock: Clock;
  readonly log: Log;
  /** Our own in RTCP, 32 random bits. */
  readonly ssrc: number;
  /** The sender understands PLI (`a=rtcp-fb:… nack pli`): keyframes are asked for when they are missed. */
  readonly asksKeyframes: boolean;
  /** How long a packet that overtook others waits for them over UDP; else as the camera's viewers want it. */
  readonly reorderMs?: () => number;
  readonly reportEveryMs?: number;
  /** An RTCP compound for the sender of that track. */
  send(track: number, rtcp: Uint8Array): void;
  /** The camera wants no more, or the sender is taken for gone: the server closes the session. Words for people. */
  onOver(reason: string): void;
}

type State =
  | { readonly kind: 'beginning' }
  | { readonly kind: 'open'; readonly sink: PublishSink; readonly timer: Timer }
  | { readonly kind: 'over' };

export class PublishedMedia implements Publisher {
  readonly #options: PublishedMediaOptions;
  readonly #intake: Intake;
  /** The video track's place among the agreed ones; -1 when there is none, or it cannot be asked. */
  readonly #asked: number;
  #state: State = { kind: 'beginning' };
  #bytesReceived = 0;
  #lastRtpMs: MonotonicMs;
  #reportedMs = Number.NEGATIVE_INFINITY;
  #keyframeMs = Number.NEGATIVE_INFINITY;
  /** Set with the first packet. */
  #requestedMs: MonotonicMs | undefined;
  #wantsKeyframe = true;
  #lostBefore = 0;
  /** The video track's number among those that were told. */
  #picture: number | undefined;

  /** Takes the camera's place for a sender, from now on. */
  static begin(options: PublishedMediaOptions): Result<PublishedMedia, PublishRefusal> {
    const media = new PublishedMedia(options);
    const taken = options.publish(options.camera, media);
    if (!taken.ok) return taken;
    return media.#open(taken.value) ? ok(media) : err({ kind: 'disabled' });
  }

  private constructor(options: PublishedMediaOptions) {
    this.#options = options;
    this.#lastRtpMs = options.clock.monotonicMs();
    this.#asked = options.asksKeyframes
      ? options.tracks.findIndex(({ offered }) => offered.kind === 'video')
      : -1;
    this.#intake = new Intake({
      limits: defaultIngestLimits,
      // A packet may complete several units; the camera may end us at the first.
      sink: {
        tracks: (tracks) => this.#onTracks(tracks),
        unit: (unit) => this.#onUnit(unit),
      },
      notBeforeMs: undefined,
      onDamaged: (reason) =>
        options.log.info('A sender sent something that was thrown away', { camera: options.camera, reason }),
    });
    for (const { offered, lower } of options.tracks) {
      this.#intake.add({ offered, reorder: reorderLimits(lower, () => this.#reorderMs()) });
    }
    this.#intake.start();
  }

  get transport(): string {
    return this.#options.transport;
  }

  get address(): string {
    return this.#options.address;
  }

  /** Tracks that were agreed and have sent nothing yet. */
  get silentTracks(): number {
    return this.#intake.silentTracks;
  }

  counters(): SourceCounters {
    return { bytesReceived: this.#bytesReceived, ...this.#intake.counters };
  }

  /** @param bytes are kept and shared with all viewers: the caller must not write over them. */
  packet(track: number, part: 'rtp' | 'rtcp', bytes: Uint8Array): void {
    if (this.#state.kind !== 'open') return;
    const arrival = this.#arrival();
    this.#bytesReceived += bytes.length;
    if (part === 'rtp') this.#lastRtpMs = arrival.monotonicMs;
    try {
      this.#intake.packet(track, part, bytes, arrival);
    } catch (error) {
      this.#bug(error);
    }
  }

  /** RTCP that came on a way that all tracks share (BUNDLE): each takes what its own sender says. */
  sharedRtcp(bytes: Uint8Array): void {
    if (this.#state.kind !== 'open') return;
    this.#bytesReceived += bytes.length;
    try {
      this.#intake.sharedRtcp(bytes, this.#arrival());
    } catch (error) {
      this.#bug(error);
    }
  }

  /** The sender has gone. @param message for people, for example `The sender closed its connection.` */
  leave(message: string): void {
    this.#close()?.ended({ kind: 'ended', message });
  }

  /** Of the camera: it wants no more. */
  end(reason: string): void {
    if (this.#close()) this.#options.onOver(reason);
  }

  /** Asks for a keyframe with the next tick, where the sender understands. */
  wantKeyframe(): void {
    this.#wantsKeyframe = true;
  }

  /** Asked at every gap, and by the intake at its start. */
  #reorderMs(): number {
    const sink = this.#state.kind === 'open' ? this.#state.sink : undefined;
    return this.#options.reorderMs?.() ?? sink?.reorderMs?.() ?? udpReorderLimits.maxAgeMs;
  }

  /** False when the camera ended us while it took us. */
  #open(sink: PublishSink): boolean {
    if (this.#state.kind !== 'beginning') return false;
    this.#state = { kind: 'open', sink, timer: this.#tickLater() };
    return true;
  }

  #onTracks(tracks: readonly Track[]): void {
    if (this.#state.kind !== 'open') return;
    this.#picture = tracks.find(({ codec }) => isVideo(codec))?.id;
    this.#state.sink.tracks(tracks);
  }

  #onUnit(unit: AccessUnit): void {
    if (this.#state.kind !== 'open') return;
    if (unit.key && unit.track === this.#picture) {
      this.#keyframeMs = this.#options.clock.monotonicMs();
      this.#wantsKeyframe = false;
    }
    this.#state.sink.unit(unit);
  }

  #tickLater(): Timer {
    return this.#options.clock.after(tickMs, () => this.#tick());
  }

  #tick(): void {
    if (this.#state.kind !== 'open') return;
    this.#state = { ...this.#state, timer: this.#tickLater() };
    const arrival = this.#arrival();
    try {
      this.#intake.tick(arrival);
      this.#report(arrival);
      this.#askForKeyframe(arrival);
    } catch (error) {
      this.#bug(error);
    }
    if (this.#intake.ended) {
      this.#fail({ kind: 'ended', message: 'The sender ended the stream.' });
    } else if (arrival.monotonicMs - this.#lastRtpMs >= maxSilenceMs) {
      const seconds = Math.round(maxSilenceMs / 1000);
      this.#fail({ kind: 'stalled', message: `The sender has sent nothing for ${seconds} s.` });
    }
  }

  #report(now: Arrival): void {
    const { tracks, ssrc, reportEveryMs = usualReportMs } = this.#options;
    if (now.monotonicMs - this.#reportedMs < reportEveryMs) return;
    this.#reportedMs = now.monotonicMs;
    for (const track of tracks.keys()) {
      // Somebody may be over after the first.
      if (this.#state.kind !== 'open') return;
      this.#options.send(track, receiverReport(this.#intake, track, ssrc, now));
    }
  }

  /** When none came at the start, after losses, for new viewers, and when the last one is long ago. */
  #askForKeyframe({ monotonicMs: nowMs }: Arrival): void {
    const media = this.#asked < 0 ? undefined : this.#intake.ssrc(this.#asked);
    if (media === undefined || this.#state.kind !== 'open') return;
    // Most begin with one.
    this.#requestedMs ??= nowMs;
    const lost = this.#intake.packetsLost(this.#asked);
    if (lost > this.#lostBefore || nowMs - this.#keyframeMs >= keyframeEveryMs) this.#wantsKeyframe = true;
    this.#lostBefore = lost;
    if (!this.#wantsKeyframe || nowMs - this.#requestedMs < keyframeAgainMs) return;
    this.#requestedMs = nowMs;
    this.#options.send(this.#asked, keyframeRequest(this.#options.ssrc, media));
  }

  #arrival(): Arrival {
    const { clock } = this.#options;
    return { wallMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
  }

  /** A mistake of ours in reading what a sender sends ends its session, not the server. */
  #bug(error: unknown): void {
    this.#options.log.error('Reading a sender failed; please report this', { error });
    this.#fail({ kind: 'protocol', message: 'What the sender sends could not be understood.' });
  }

  #fail(fault: SourceFault): void {
    const sink = this.#close();
    if (!sink) return;
    sink.ended(fault);
    this.#options.onOver(fault.message);
  }

  /** Returns the sink if it was open. */
  #close(): PublishSink | undefined {
    const state = this.#state;
    this.#state = { kind: 'over' };
    if (state.kind !== 'open') return undefined;
    state.timer.cancel();
    return state.sink;
  }
}
