/**
 * From a track's RTP time to the stream's time line: ticks since 1970, one line for all tracks of a connection.
 *
 * The first unit lies at its arrival in wall time; from then on the camera's own clock runs, undisturbed by the
 * network and by our clock. Tracks start side by side by RTP-Info when the camera sends one that makes sense
 * (RFC 2326, 12.33), and are brought together later by their sender reports (RFC 3550, 6.4.1), slowly.
 * A jump of the camera's clock is taken out: the line goes on by the time that passed here.
 * Promise: a new anchor is always above everything placed on that track before; between anchors the order of
 * RTP times is kept, so B-frames may go back a little, nothing else does.
 * Pure: times of arrival are arguments. The design note is docs/design/time.md.
 */
import { ticks, unixMs, unixMsToTicks, type Hertz, type Ticks, type UnixMs } from '../../base/units.ts';
import { CaptureClock, type Arrival, type CaptureTime } from './capture-clock.ts';
import { unwrap32 } from './unwrap.ts';

export interface TimelineTrack {
  readonly kind: 'video' | 'audio';
  readonly clockHz: Hertz;
  /** `rtptime` of RTP-Info, 32 bits, if the camera sent it. */
  readonly startRtpTime: number | undefined;
}

export interface Placed {
  readonly pts: Ticks;
  readonly wallMs: UnixMs;
  /** Whose clock `wallMs` comes from. */
  readonly wallFrom: CaptureTime['from'];
  /** Set when the camera's clock jumped before this unit: by how much, more than what passed here. */
  readonly jumpMs: number | undefined;
}

/** What a sender report says: at this RTP time the camera's wall clock showed `ntpMs` (any clock, even a wrong one). */
export interface ClockReport {
  readonly ntpMs: number;
  /** 32 bits. */
  readonly rtpTime: number;
}

export type ReportUse =
  | 'capture-time' // believed: wall times come from the camera now
  | 'alignment' // its clock is wrong, but still relates tracks to each other
  | 'ignored'; // does not belong to the RTP times seen

/** Forward steps of RTP time beyond the time passed are jumps above this; encoders pause less. */
const maxForwardJumpMs = 3000;
/** Backward steps above this are jumps even between key units; 16 reordered pictures at 6 per second stay below. */
const maxReorderMs = 3000;
/** RTP-Info and sender reports that would set a track further off than this are wrong. */
const maxAlignmentMs = 5000;
/** RTP times of reports and RTP-Info lie this near to the media, or belong to something else. */
const maxReportDistanceMs = 30_000;
/** Tracks nearer than this are left alone: nobody notices (ITU-R BT.1359 begins at 45 ms), reports jitter by as much. */
const alignmentToleranceMs = 20;
/** How fast a track is moved to its place, as part of the time that passes: 20 ms each second. */
const alignmentRate = 0.02;
/** Reports of two tracks are comparable when the camera's clock ran between them as ours did, within this. */
const maxReportSkewMs = 500;

/** A track whose first unit was placed. */
interface Running {
  /** Added to RTP time. */
  offset: number;
  lastTime: number;
  lastPts: number;
  lastArrivalMs: number;
  highestTime: number;
  highestPts: number;
  /** Still to be added to `offset`, little by little. */
  owed: number;
}

interface TrackClock {
  readonly kind: TimelineTrack['kind'];
  readonly clockHz: Hertz;
  readonly startRtpTime: number | undefined;
  readonly capture: CaptureClock;
  running: Running | undefined;
  report: (ClockReport & { readonly arrival: Arrival }) | undefined;
}

export class Timeline {
  readonly #tracks: readonly TrackClock[];
  readonly #notBeforeMs: number;
  /** Stream time of the first unit, and when that was. */
  #start: { readonly streamMs: number; readonly arrivalMs: number } | undefined;
  /** Stream time at which every track's `startRtpTime` lies. */
  #originMs: number | undefined;

  /** @param notBeforeMs the `endMs` of the connection before: this one begins after it. */
  constructor(tracks: readonly TimelineTrack[], notBeforeMs?: UnixMs) {
    this.#tracks = tracks.map((track) => ({
      ...track,
      capture: new CaptureClock(track.clockHz),
      running: undefined,
      report: undefined,
    }));
    this.#notBeforeMs = notBeforeMs ?? -Infinity;
  }

  /**
   * Places the next unit of a track, in decoding order.
   * @param time unwrapped RTP time
   * @param key audio, or a picture where decoding can start: all earlier ones are shown before it
   */
  place(trackIndex: number, time: number, key: boolean, arrival: Arrival): Placed {
    const track = this.#track(trackIndex);
    const running = track.running;
    let jumpMs: number | undefined;
    if (running === undefined) {
      track.running = this.#begin(track, time, arrival);
    } else {
      jumpMs = findJump(track, running, time, key, arrival);
      if (jumpMs === undefined) payOwed(running, time - running.lastTime);
      else anchorAnew(track, running, time, arrival);
    }
    const pts = advance(track.running ?? running, time, arrival);
    const captured = track.capture.capture(time, arrival);
    return { pts, wallMs: captured.wallMs, wallFrom: captured.from, jumpMs };
  }

  /** Takes a sender report of a track. */
  senderReport(trackIndex: number, report: ClockReport, arrival: Arrival): ReportUse {
    const track = this.#track(trackIndex);
    track.report = { ...report, arrival };
    if (track.running === undefined) return 'alignment';
    return this.#useReport(track, track.running.lastTime);
  }

  /** End of what was placed, over all tracks; undefined before the first unit. */
  get endMs(): UnixMs | undefined {
    let endMs: number | undefined;
    for (const { running, clockHz } of this.#tracks) {
      if (running) endMs = Math.max(endMs ?? -Infinity, toMs(running.highestPts, clockHz));
    }
    return endMs === undefined ? undefined : unixMs(endMs);
  }

  #track(index: number): TrackClock {
    const track = this.#tracks[index];
    if (!track) throw new RangeError(`there is no track ${String(index)}`);
    return track;
  }

  /** Where the first unit of a track lies. */
  #begin(track: TrackClock, time: number, arrival: Arrival): Running {
    this.#start ??= {
      streamMs: Math.max(arrival.wallMs, this.#notBeforeMs),
      arrivalMs: arrival.monotonicMs,
    };
    const arrivedMs = this.#start.streamMs + arrival.monotonicMs - this.#start.arrivalMs;
    const sinceStartMs = sinceRtpInfo(track, time);
    let placeMs = arrivedMs;
    if (sinceStartMs !== undefined) {
      this.#originMs ??= arrivedMs - sinceStartMs;
      const byInfoMs = this.#originMs + sinceStartMs;
      if (Math.abs(byInfoMs - arrivedMs) <= maxAlignmentMs) placeMs = byInfoMs;
    }
    const pts = unixMsToTicks(unixMs(Math.max(placeMs, this.#notBeforeMs)), track.clockHz);
    track.running = {
      offset: pts - time,
      lastTime: time,
      lastPts: pts,
      lastArrivalMs: arrival.monotonicMs,
      highestTime: time,
      highestPts: pts,
      owed: 0,
    };
    if (track.report) this.#useReport(track, time);
    return track.running;
  }

  #useReport(track: TrackClock, nearTime: number): ReportUse {
    const { report } = track;
    if (!report) return 'ignored';
    const time = unwrap32(report.rtpTime, nearTime);
    if (Math.abs(time - nearTime) > msToTicks(maxReportDistanceMs, track.clockHz)) {
      track.report = undefined;
      return 'ignored';
    }
    const believed = track.capture.useReport(time, unixMs(report.ntpMs), report.arrival);
    this.#align();
    return believed ? 'capture-time' : 'alignment';
  }

  /** Compares all tracks with the one that stays: audio before video, since uneven audio can be heard. */
  #align(): void {
    const ready = this.#tracks.filter((track) => track.running && track.report);
    const reference = ready.find((track) => track.kind === 'audio') ?? ready[0];
    for (const track of ready) {
      if (!reference || track === reference || !track.running) continue;
      const offMs = behindMs(reference, track);
      if (offMs === undefined || Math.abs(offMs) > maxAlignmentMs) continue;
      const small = Math.abs(offMs) <= alignmentToleranceMs;
      track.running.owed = small ? 0 : msToTicks(offMs, track.clockHz);
    }
  }
}

/** How much later than `startRtpTime` a unit is; undefined when there is none or it belongs to other media. */
function sinceRtpInfo(track: TrackClock, time: number): number | undefined {
  if (track.startRtpTime === undefined) return undefined;
  const since = toMs(time - unwrap32(track.startRtpTime, time), track.clockHz);
  return Math.abs(since) <= maxReportDistanceMs ? since : undefined;
}

/** By how much the camera's clock jumped; undefined when it did not. */
function findJump(
  track: TrackClock,
  running: Running,
  time: number,
  key: boolean,
  arrival: Arrival,
): number | undefined {
  const stepMs = toMs(time - running.lastTime, track.clockHz);
  const beyondMs = stepMs - (arrival.monotonicMs - running.lastArrivalMs);
  const back = stepMs < -maxReorderMs || (key && time < running.highestTime);
  // A network that was held up delivers late, then fast; only a unit that comes before it could have is a jump.
  const forward =
    beyondMs > maxForwardJumpMs && track.capture.earlyMs(time, arrival.monotonicMs) > maxForwardJumpMs;
  return back || forward ? beyondMs : undefined;
}

/** Goes on from the unit before by the time that passed here. */
function anchorAnew(track: TrackClock, running: Running, time: number, arrival: Arrival): void {
  const passed = msToTicks(arrival.monotonicMs - running.lastArrivalMs, track.clockHz);
  const oneMs = Math.ceil(track.clockHz / 1000);
  const pts = Math.max(running.lastPts + passed, running.highestPts + oneMs);
  running.offset = pts - time;
  running.highestTime = time;
  running.owed = 0;
  track.report = undefined;
  track.capture.reset();
}

function payOwed(running: Running, step: number): void {
  if (running.owed === 0 || step <= 0) return;
  const most = Math.floor(step * alignmentRate);
  const paid = Math.max(-most, Math.min(most, running.owed));
  running.offset += paid;
  running.owed -= paid;
}

function advance(running: Running | undefined, time: number, arrival: Arrival): Ticks {
  if (!running) throw new Error('a track is placed before it has begun');
  const pts = time + running.offset;
  running.lastTime = time;
  running.lastPts = pts;
  running.lastArrivalMs = arrival.monotonicMs;
  running.highestTime = Math.max(running.highestTime, time);
  running.highestPts = Math.max(running.highestPts, pts);
  return ticks(pts);
}

/** How far `track` has to move to lie where `reference` has the same instant; undefined: not comparable now. */
function behindMs(reference: TrackClock, track: TrackClock): number | undefined {
  const [ours, theirs] = [reportOffsetMs(track), reportOffsetMs(reference)];
  if (ours === undefined || theirs === undefined || !reference.report || !track.report) return undefined;
  const cameraMs = track.report.ntpMs - reference.report.ntpMs;
  const passedMs = track.report.arrival.monotonicMs - reference.report.arrival.monotonicMs;
  return Math.abs(cameraMs - passedMs) > maxReportSkewMs ? undefined : theirs - ours;
}

/** Stream time minus the camera's wall clock. */
function reportOffsetMs({ report, running, clockHz }: TrackClock): number | undefined {
  if (!report || !running) return undefined;
  const time = unwrap32(report.rtpTime, running.lastTime);
  return toMs(time + running.offset, clockHz) - report.ntpMs;
}

function toMs(time: number, clockHz: Hertz): number {
  return (time / clockHz) * 1000;
}

function msToTicks(ms: number, clockHz: Hertz): number {
  return Math.round((ms * clockHz) / 1000);
}
