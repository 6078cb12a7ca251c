/**
 * Access units to parts and segments.
 *
 * In:  units of a lead track (video, or audio when it is alone) and of an audio track beside it.
 * Out: parts and segments in a `Window`, each unit packed once. Promises: a part is complete with the arrival of
 * its last frame; a segment begins with a keyframe, unless the camera's keyframes are further apart than
 * TARGETDURATION allows; no part and no segment is longer than declared.
 */
import { ticks } from '../../base/units.ts';
import type { TrackRun } from '../../media/mp4/fragment.ts';
import { fragmentBytes, writeFragmentSeries } from '../../media/mp4/fragment.ts';
import type { AccessUnit, Track } from '../../media/track.ts';
import { maxPartBytes, maxPartUnits } from './options.ts';
import { shortestPart } from './part-target.ts';
import type { Selection } from './selection.ts';
import { FollowingTimeline, LeadTimeline } from './timeline.ts';
import type { Init, Segment, Window } from './window.ts';

/** Fixed for the life of a playlist. */
export interface SegmentPlan {
  readonly partTargetMs: number;
  readonly targetDurationSeconds: number;
  readonly segmentMs: number;
  /** Part of every URI, so that a cache never mistakes this playlist's media for another's. */
  readonly token: string;
  readonly firstMsn: number;
}

/** A keyframe ends a segment that has this part of its wished length: 1.92 s is near enough to 2 s. */
const nearEnough = 0.75;
/** EXTINF is rounded before it is compared with TARGETDURATION (RFC 8216bis, 4.4.4.1); 50 ms are left unused. */
const roundedAwaySeconds = 0.45;
/** Published time this far from the camera's is set right at the next keyframe, with a discontinuity. */
const maxLagSeconds = 1;

interface OpenPart {
  /** One unit each; written when the part is complete, so that media is copied once. */
  fragments: TrackRun[][];
  bytes: number;
  /** Of the lead track. */
  ticks: number;
  independent: boolean;
}

export class Segmenter {
  readonly #window: Window;
  readonly #plan: SegmentPlan;
  #selection: Selection;
  #init: Init;
  #lead: LeadTimeline;
  #following: FollowingTimeline | undefined;
  #segment: Segment | undefined;
  #part: OpenPart = emptyPart();
  #discontinuity = false;
  #nextMsn: number;
  #nextPart = 0;
  #nextFragment = 1;
  #initVersion = 0;

  constructor(window: Window, plan: SegmentPlan, selection: Selection) {
    this.#window = window;
    this.#plan = plan;
    this.#selection = selection;
    this.#nextMsn = plan.firstMsn;
    this.#init = this.#nextInit(selection);
    this.#lead = this.#leadTimeline(selection);
    this.#following = followingTimeline(selection);
  }

  /** Name of the part that comes next, whatever segment it will belong to. */
  get nextPartUri(): string {
    return `part-${this.#plan.token}-${this.#nextPart}.mp4`;
  }

  get framesPerSecond(): number {
    return this.#selection.lead.clockHz / this.#lead.intervalTicks;
  }

  push(unit: AccessUnit): void {
    const { lead, following } = this.#selection;
    if (unit.track === lead.id) this.#pushLead(lead, unit);
    else if (following && unit.track === following.id) this.#pushFollowing(following, unit);
  }

  /**
   * Ends the first segment early, with what there is. hls.js refuses a playlist without a whole segment, and FFmpeg
   * reads nothing else; so the first viewer would wait for the next keyframe.
   */
  endFirst(): void {
    if (this.#segment?.msn === this.#plan.firstMsn && this.#segment.parts.length > 0) this.#endSegment();
  }

  /** The next keyframe does not continue what came before. */
  interrupt(): void {
    this.#endSegment();
    this.#part = emptyPart();
    this.#discontinuity = this.#window.newest !== undefined;
    this.#lead.restart();
    this.#following?.restart();
  }

  /** Other tracks from now on. The same init segment as before keeps its name. */
  reconfigure(selection: Selection): void {
    this.interrupt();
    this.#selection = selection;
    if (!Buffer.from(selection.initBytes).equals(this.#init.bytes)) this.#init = this.#nextInit(selection);
    this.#lead = this.#leadTimeline(selection);
    this.#following = followingTimeline(selection);
  }

  #pushLead(track: Track, unit: AccessUnit): void {
    if (unit.key) this.#meetKeyframe(track, unit);
    if (!unit.key && (this.#discontinuity || (!this.#segment && this.#nextPart === 0))) return;
    this.#segment ??= this.#beginSegment(unit);
    const part = this.#part;
    if (part.ticks === 0) part.independent = unit.key;
    const placed = this.#lead.place(unit.dts, part.ticks);
    this.#addUnit(track, moved(unit, placed.dts), placed.durationTicks);
    part.ticks += placed.durationTicks;
    if (placed.closesPart || part.bytes > maxPartBytes) this.#completePart(this.#segment, track);
  }

  #pushFollowing(track: Track, unit: AccessUnit): void {
    // Sound from before the first picture has nothing to belong to.
    if (!this.#following || (!this.#segment && this.#nextPart === 0) || this.#discontinuity) return;
    if (this.#part.fragments.length >= maxPartUnits) return;
    const placed = this.#following.place(unit.dts);
    this.#addUnit(track, moved(unit, placed.dts), placed.durationTicks);
  }

  #meetKeyframe(track: Track, unit: AccessUnit): void {
    if (Math.abs(this.#lead.lagTicks(unit.dts)) > maxLagSeconds * track.clockHz) return this.interrupt();
    const seconds = (this.#segment?.seconds ?? 0) + this.#part.ticks / track.clockHz;
    const isLong = seconds >= (nearEnough * this.#plan.segmentMs) / 1000;
    const beginsWithKeyframe = this.#segment?.parts[0]?.independent ?? this.#part.independent;
    // One that began without a keyframe is no place to start from: the sooner another begins, the better.
    if (isLong || !beginsWithKeyframe) this.#endSegment();
  }

  #addUnit(track: Track, unit: AccessUnit, durationTicks: number): void {
    const fragment = [{ track, samples: [{ unit, durationTicks }] }];
    this.#part.fragments.push(fragment);
    this.#part.bytes += fragmentBytes(fragment);
  }

  #beginSegment(unit: AccessUnit): Segment {
    const msn = this.#nextMsn;
    this.#nextMsn += 1;
    const segment = {
      msn,
      uri: `seg-${this.#plan.token}-${msn}.mp4`,
      init: this.#init,
      discontinuity: this.#discontinuity,
      wallMs: unit.wallMs,
      parts: [],
      seconds: 0,
      bytes: 0,
      open: true,
    };
    this.#discontinuity = false;
    return segment;
  }

  #completePart(segment: Segment, track: Track): void {
    const { fragments, independent } = this.#part;
    const part = {
      uri: this.nextPartUri,
      seconds: this.#part.ticks / track.clockHz,
      independent,
      body: writeFragmentSeries(this.#nextFragment, fragments),
    };
    this.#nextPart += 1;
    this.#nextFragment += fragments.length;
    this.#part = emptyPart();
    this.#window.addPart(segment, part);
    const longest = this.#plan.targetDurationSeconds + roundedAwaySeconds;
    if (segment.seconds + this.#plan.partTargetMs / 1000 > longest) this.#endSegment();
  }

  /** Sound that came after the last part goes on into the next segment. */
  #endSegment(): void {
    const segment = this.#segment;
    if (!segment) return;
    if (this.#part.ticks > 0) this.#completePart(segment, this.#selection.lead);
    this.#segment = undefined;
    if (segment.open && segment.parts.length > 0) this.#window.closeSegment(segment);
  }

  #nextInit({ initBytes, codecs, picture }: Selection): Init {
    const uri = `init-${this.#plan.token}-${this.#initVersion}.mp4`;
    this.#initVersion += 1;
    return { uri, bytes: initBytes, codecs, picture };
  }

  #leadTimeline({ lead, frameSeconds }: Selection): LeadTimeline {
    const longestTicks = Math.floor((this.#plan.partTargetMs / 1000) * lead.clockHz);
    const shortestTicks = Math.ceil(longestTicks * shortestPart) + 1;
    return new LeadTimeline({ shortestTicks, longestTicks }, lead.clockHz, frameSeconds);
  }
}

function followingTimeline({ following, followingUnitSeconds }: Selection): FollowingTimeline | undefined {
  return following && new FollowingTimeline(following.clockHz, followingUnitSeconds);
}

function emptyPart(): OpenPart {
  return { fragments: [], bytes: 0, ticks: 0, independent: false };
}

/** Shares everything with the unit; the same unit when it already stands where it should. */
function moved(unit: AccessUnit, dts: number): AccessUnit {
  if (dts === unit.dts) return unit;
  return { ...unit, dts: ticks(dts), pts: ticks(unit.pts + dts - unit.dts) };
}
