/**
 * Access units as fragments of MP4, ready to be stored.
 *
 * In:  the units of one set of tracks, in the order of the hub, the first of the leading track a keyframe. Out: every
 * unit exactly once: fragments of one GOP or one second, whichever is shorter, sound of the same time beside the
 * pictures. A fragment is made when the next picture says how long the last one lasted, and the sound has caught up.
 * Memory is bounded in bytes and units; nothing is ever left out.
 */
import type { Hertz, UnixMs } from '../base/units.ts';
import { ticksToSeconds } from '../base/units.ts';
import type { Sample, TrackRun } from '../media/mp4/fragment.ts';
import { writeFragments } from '../media/mp4/fragment.ts';
import type { PlayableTrack } from '../media/mp4/playable.ts';
import type { AccessUnit } from '../media/track.ts';
import { isVideo, unitBytes } from '../media/track.ts';
import { CaptureLine } from './capture-line.ts';

/** A fragment without what the network has to say about it. */
export interface MadeFragment {
  readonly bytes: Uint8Array;
  /** Capture time of its first sample. */
  readonly startMs: UnixMs;
  readonly durationMs: number;
  /** Decoding time of its first sample, in milliseconds on the track's own clock. */
  readonly mediaMs: number;
  /** Its first video sample is a keyframe (or there is no video). */
  readonly key: boolean;
  readonly frames: number;
  /** Units of all tracks. */
  readonly units: number;
  /** Fragments of one line of time have one number: those of another do not continue it. */
  readonly line: number;
  /** By how much a clock was set before it, positive when it went forward; 0 when none was. */
  readonly steppedMs: number;
}

const maxFragmentSeconds = 1;
/** GOPs that are shorter share a fragment: a camera that sends keyframes only would else make one of each. */
const minGopSeconds = 0.5;
/** Sound may be so much later than the pictures of its time; later than that it goes into the next fragment. */
const maxSoundDelaySeconds = 0.5;
/** Two seconds of a 64 Mbit/s camera: beyond it a fragment is made of what there is. */
const maxHeldBytes = 16 * 1024 * 1024;
/** As many units as 8 s of 60 pictures and two kinds of sound; bounds what a flood of tiny units costs. */
const maxHeldUnits = 1500;
/** `sample_duration` has 32 bits. */
const maxDurationTicks = 2 ** 32 - 1;
/** Nothing that comes more rarely is a rhythm. */
const maxFrameSeconds = 10;
/** A longer pause between two units of sound is silence, not the length of the first. */
const maxSoundSeconds = 0.5;

interface Lane {
  readonly track: PlayableTrack;
  units: AccessUnit[];
  /** Usual of late; what is supposed of a sample whose end is not known. */
  durationTicks: number;
}

/** Where a fragment will end: before that unit of the leading track. */
interface Cut {
  /** How many units of the leading track it has. */
  readonly units: number;
  readonly seconds: number;
  readonly capturedMs: UnixMs;
}

const none: readonly MadeFragment[] = [];

export class Fragmenter {
  /** Those that are carried: the leading one first. */
  readonly tracks: readonly PlayableTrack[];
  readonly #line = new CaptureLine();
  readonly #lead: Lane;
  readonly #others: readonly Lane[];
  readonly #byId = new Map<number, Lane>();
  #cuts: Cut[] = [];
  /** Units of the leading track since the last cut, and when the first of them is. */
  #open = 0;
  #openSeconds = 0;
  #openKey = true;
  #sequence = 0;
  #heldBytes = 0;
  #heldUnits = 0;
  #freshLine = false;
  #lineNumber = 0;

  /** @param tracks at least one */
  constructor(tracks: readonly PlayableTrack[]) {
    const lead = tracks.find(({ codec }) => isVideo(codec)) ?? tracks[0];
    if (!lead) throw new Error('a recording has a track');
    this.tracks = [lead, ...tracks.filter((track) => track !== lead)];
    const lanes = this.tracks.map(laneOf);
    for (const lane of lanes) this.#byId.set(lane.track.id, lane);
    [this.#lead = laneOf(lead)] = lanes;
    this.#others = lanes.slice(1);
  }

  /** Bytes of units that are in no fragment yet. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** How long a picture of late lasted: what can be expected of the next. */
  get frameSeconds(): number {
    return ticksToSeconds(this.#lead.durationTicks, this.#lead.track.clockHz);
  }

  /** Takes a unit; gives the fragments that it completes, oldest first. Units of other tracks are passed over. */
  push(unit: AccessUnit): readonly MadeFragment[] {
    const lane = this.#byId.get(unit.track);
    if (!lane) return none;
    if (lane === this.#lead) this.#cutBefore(unit);
    lane.units.push(unit);
    this.#heldBytes += unitBytes(unit);
    this.#heldUnits += 1;
    if (this.#heldBytes > maxHeldBytes || this.#heldUnits > maxHeldUnits) return this.#all();
    return this.#cuts.length > 0 ? this.#ripe() : none;
  }

  /** Everything that is left, when nothing follows for now: the lengths of the last units are supposed. */
  flush(): readonly MadeFragment[] {
    return this.#all();
  }

  /** What is left but for the newest picture: how long that is shown, the next one says. */
  flushSettled(): readonly MadeFragment[] {
    const newest = this.#lead.units.at(-1);
    if (newest && this.#open > 1) {
      const seconds = secondsOf(this.#lead, newest);
      this.#cuts.push({ units: this.#open - 1, seconds, capturedMs: newest.wallMs });
      this.#open = 1;
      this.#openSeconds = seconds;
      this.#openKey = newest.key;
    }
    const made = this.#cuts.map((cut) => this.#make(cut));
    this.#cuts = [];
    return made;
  }

  /** The server's clock was set: from the next keyframe on, capture times are taken anew. */
  clockStepped(): void {
    this.#freshLine = true;
  }

  #cutBefore(unit: AccessUnit): void {
    const { track } = this.#lead;
    const seconds = ticksToSeconds(unit.dts, track.clockHz);
    if (this.#open > 0) {
      const length = seconds - this.#openSeconds;
      // A fragment that does not begin with a keyframe never takes one in: files can be changed at keyframes only.
      const mayEnd = length >= minGopSeconds || !this.#openKey;
      const endOfGop = unit.key && isVideo(track.codec) && mayEnd;
      if (endOfGop || length >= maxFragmentSeconds) {
        this.#cuts.push({ units: this.#open, seconds, capturedMs: unit.wallMs });
        this.#open = 0;
      }
    }
    if (this.#open === 0) {
      this.#openSeconds = seconds;
      this.#openKey = unit.key;
    }
    this.#open += 1;
  }

  /** Fragments whose sound is complete, or was waited for long enough. */
  #ripe(): readonly MadeFragment[] {
    const made: MadeFragment[] = [];
    for (let cut = this.#cuts[0]; cut && this.#isRipe(cut); cut = this.#cuts[0]) {
      this.#cuts.shift();
      made.push(this.#make(cut));
    }
    return made;
  }

  #isRipe(cut: Cut): boolean {
    if (this.#others.length === 0) return true;
    const newest = this.#lead.units.at(-1);
    if (newest && secondsOf(this.#lead, newest) - cut.seconds >= maxSoundDelaySeconds) return true;
    return this.#others.every((lane) => {
      const last = lane.units.at(-1);
      return last !== undefined && secondsOf(lane, last) >= cut.seconds;
    });
  }

  #all(): readonly MadeFragment[] {
    const made = this.#cuts.map((cut) => this.#make(cut));
    this.#cuts = [];
    if (this.#heldUnits > 0) made.push(this.#make(undefined));
    this.#open = 0;
    return made;
  }

  /** @param cut undefined: of everything there is */
  #make(cut: Cut | undefined): MadeFragment {
    const runs: TrackRun[] = [];
    const lead = this.#take(this.#lead, cut?.units ?? this.#lead.units.length);
    if (lead.length > 0) runs.push({ track: this.#lead.track, samples: lead });
    for (const lane of this.#others) {
      const count = cut ? unitsBefore(lane, cut.seconds) : lane.units.length;
      const samples = this.#take(lane, count);
      if (samples.length > 0) runs.push({ track: lane.track, samples });
    }
    this.#sequence = (this.#sequence % maxDurationTicks) + 1;
    return { bytes: writeFragments(this.#sequence, runs), ...this.#place(runs, cut) };
  }

  #place(runs: readonly TrackRun[], cut: Cut | undefined): Omit<MadeFragment, 'bytes'> {
    const [first] = runs;
    const unit = first?.samples[0]?.unit;
    if (!first || !unit) throw new Error('a fragment has a sample');
    const mediaMs = ticksToSeconds(unit.dts, first.track.clockHz) * 1000;
    const video = isVideo(first.track.codec);
    const key = video ? unit.key : !isVideo(this.#lead.track.codec);
    const steppedMs = key ? this.#beginLine(mediaMs, unit.wallMs) : 0;
    const startMs = this.#line.at(mediaMs);
    const endMediaMs = cut ? cut.seconds * 1000 : endOf(first) * 1000;
    if (cut) this.#line.follow(endMediaMs, cut.capturedMs);
    const durationMs = Math.max(0, this.#line.at(endMediaMs) - startMs);
    const frames = video ? first.samples.length : 0;
    const units = runs.reduce((sum, run) => sum + run.samples.length, 0);
    return { startMs, durationMs, mediaMs, key, frames, units, line: this.#lineNumber, steppedMs };
  }

  #beginLine(mediaMs: number, capturedMs: UnixMs): number {
    const steppedMs = this.#line.begin(mediaMs, capturedMs, this.#freshLine);
    if (steppedMs !== 0 || this.#freshLine) this.#lineNumber += 1;
    this.#freshLine = false;
    return steppedMs;
  }

  /** The oldest units of a lane, with how long they last. */
  #take(lane: Lane, count: number): readonly Sample[] {
    const taken = lane.units.slice(0, count);
    lane.units = lane.units.slice(count);
    const next = lane.units[0];
    const samples = taken.map((unit, index) => {
      const follower = taken[index + 1];
      return { unit, durationTicks: follower ? lasts(unit, follower) : lastLasts(lane, unit, next) };
    });
    for (const { unit, durationTicks } of samples) {
      this.#heldBytes -= unitBytes(unit);
      if (durationTicks > 0) learnDuration(lane, durationTicks);
    }
    this.#heldUnits -= taken.length;
    return samples;
  }
}

/** Shorter ones count at once: one long pause must not make every picture that ends a recording long. */
function learnDuration(lane: Lane, durationTicks: number): void {
  const more = durationTicks - lane.durationTicks;
  if (durationTicks > lane.track.clockHz * maxFrameSeconds) return;
  lane.durationTicks = Math.max(1, Math.round(lane.durationTicks + (more < 0 ? more : more / 8)));
}

function laneOf(track: PlayableTrack): Lane {
  const { codec, clockHz } = track;
  const usualTicks = isVideo(codec) ? clockHz / (codec.framesPerSecond ?? 25) : soundTicks(track);
  return { track, units: [], durationTicks: Math.max(1, Math.round(usualTicks)) };
}

/** AAC: 1024 samples (ISO/IEC 14496-3, 4.5.2.1.1). Opus: 20 ms, the usual (RFC 7587, 6.1). */
function soundTicks({ codec, clockHz }: PlayableTrack): number {
  return codec.kind === 'aac' ? (1024 * clockHz) / codec.sampleRateHz : clockHz * 0.02;
}

function secondsOf(lane: Lane, unit: AccessUnit): number {
  return ticksToSeconds(unit.dts, lane.track.clockHz);
}

function unitsBefore(lane: Lane, seconds: number): number {
  const index = lane.units.findIndex((unit) => secondsOf(lane, unit) >= seconds);
  return index === -1 ? lane.units.length : index;
}

function lasts(unit: AccessUnit, follower: AccessUnit): number {
  return Math.min(maxDurationTicks, Math.max(0, follower.dts - unit.dts));
}

/** Sound ends by itself before a pause; a picture stays until the next one. */
function lastLasts(lane: Lane, unit: AccessUnit, next: AccessUnit | undefined): number {
  if (!next) return lane.durationTicks;
  const ticks = lasts(unit, next);
  const pause = !isVideo(lane.track.codec) && ticks > maxSoundTicks(lane.track.clockHz);
  return pause ? lane.durationTicks : ticks;
}

function maxSoundTicks(clockHz: Hertz): number {
  return clockHz * maxSoundSeconds;
}

/** In seconds of its track. */
function endOf({ track, samples }: TrackRun): number {
  const last = samples.at(-1);
  return last ? ticksToSeconds(last.unit.dts + last.durationTicks, track.clockHz) : 0;
}
