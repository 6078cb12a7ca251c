/**
 * Times and durations of one track as they are published: without a gap, without overlap, known at once.
 *
 * A frame's duration is the time to the next frame, which has not come yet. To wait for it would cost a frame
 * of delay, so it is foretold: the frame ends where the next one is due. When the next one comes early or late,
 * it still begins there, and its own duration makes up for the difference. With steady timestamps nothing is
 * ever moved; with jitter a picture is shown early or late by less than that jitter.
 *
 * As the durations are ours to choose, a part can always be made to keep its bounds (`part-target.ts`): the last
 * frame of a part is stretched or cut to fit, by at most 15 % of a part, and the next frame pays it back.
 */

/** Published time of a unit. Ticks. */
export interface Placed {
  readonly dts: number;
  readonly durationTicks: number;
  /** It completes the part. */
  readonly closesPart: boolean;
}

export interface PartBounds {
  readonly shortestTicks: number;
  readonly longestTicks: number;
}

/** How fast the expected interval follows a changed frame rate. */
const follow = 1 / 8;
/** An interval longer than this many expected ones is a hole, not a frame rate. */
const holeIntervals = 4;
/** Shorter frames are useless to decoders, and would let rounding errors make empty ones. */
const minFrameSeconds = 0.001;

/** The track that decides where parts end: video, or audio when it is alone. */
export class LeadTimeline {
  readonly #bounds: PartBounds;
  readonly #minTicks: number;
  #intervalTicks: number;
  #lastDts: number | undefined;
  #nextDts: number | undefined;

  constructor(bounds: PartBounds, clockHz: number, frameSeconds: number) {
    this.#bounds = bounds;
    this.#intervalTicks = frameSeconds * clockHz;
    this.#minTicks = Math.max(1, Math.round(minFrameSeconds * clockHz));
  }

  /** The next unit begins anew where it says. */
  restart(): void {
    this.#lastDts = undefined;
    this.#nextDts = undefined;
  }

  /** How far published time is behind (positive) or ahead of the unit's own. Ticks. */
  lagTicks(dts: number): number {
    return this.#nextDts === undefined ? 0 : dts - this.#nextDts;
  }

  get intervalTicks(): number {
    return this.#intervalTicks;
  }

  /** @param partTicks what the part in progress has so far; less than its shortest length */
  place(dts: number, partTicks: number): Placed {
    this.#observe(dts);
    const start = this.#nextDts ?? dts;
    const room = this.#bounds.longestTicks - partTicks;
    const due = Math.max(this.#minTicks, Math.round(dts + this.#intervalTicks - start));
    const wanted = Math.min(due, room);
    // A tick of patience: the interval of 30000/1001 fps is not a whole number.
    const next = Math.max(this.#minTicks, this.#intervalTicks);
    const closesPart = partTicks + wanted + next > this.#bounds.longestTicks + 1;
    const durationTicks = closesPart ? Math.max(wanted, this.#bounds.shortestTicks - partTicks) : wanted;
    this.#nextDts = start + durationTicks;
    return { dts: start, durationTicks, closesPart };
  }

  #observe(dts: number): void {
    const interval = dts - (this.#lastDts ?? dts - this.#intervalTicks);
    this.#lastDts = dts;
    if (interval > holeIntervals * this.#intervalTicks) return;
    this.#intervalTicks += (interval - this.#intervalTicks) * follow;
  }
}

/** Audio beside video. A unit that was lost leaves a hole; each one can be decoded alone. */
export class FollowingTimeline {
  #unitTicks: number;
  #lastInterval = 0;
  #lastDts: number | undefined;
  #nextDts = 0;

  constructor(clockHz: number, unitSeconds: number) {
    this.#unitTicks = Math.round(unitSeconds * clockHz);
  }

  restart(): void {
    this.#lastDts = undefined;
    this.#nextDts = 0;
  }

  place(dts: number): { readonly dts: number; readonly durationTicks: number } {
    this.#observe(dts);
    const isHole = dts - this.#nextDts > this.#unitTicks / 2;
    const start = isHole ? dts : this.#nextDts;
    const durationTicks = Math.max(1, dts + this.#unitTicks - start);
    this.#nextDts = start + durationTicks;
    return { dts: start, durationTicks };
  }

  /** One long interval is a lost unit; two alike are the length of units. */
  #observe(dts: number): void {
    const interval = dts - (this.#lastDts ?? dts - this.#unitTicks);
    this.#lastDts = dts;
    if (interval < 1.5 * this.#unitTicks || interval === this.#lastInterval) this.#unitTicks = interval;
    this.#lastInterval = interval;
  }
}
