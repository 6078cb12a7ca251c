/**
 * Which pictures a viewer gets, and with which times.
 *
 *   waiting ──begin──► catching-up ──all given──► live ◄──► until-key (something is missing, or the way is too narrow)
 *
 * A viewer begins with the pictures since the last keyframe. With their own times they would put it behind by their
 * length, for good; so they are moved together, right before the newest, and are played through at once. Promise: times
 * rise; no picture is given whose predecessors were not.
 */
import type { Packed } from './packed.ts';

/** Between pictures that were moved together, at most: 1 ms at 90 kHz. */
const maxStepTicks = 90;
/** Of a camera that says nothing: 25 pictures a second at 90 kHz. */
const usualIntervalTicks = 3600;

type State =
  | { readonly kind: 'waiting' }
  | {
      readonly kind: 'catching-up';
      readonly gop: readonly Packed[];
      /** So many were there at the beginning, and are moved together. */
      readonly moved: number;
      readonly firstTime: number;
      readonly stepTicks: number;
      next: number;
    }
  | { readonly kind: 'live' }
  | { readonly kind: 'until-key' };

export interface Given {
  readonly packed: Packed;
  readonly time: number;
}

export class Playhead {
  #state: State = { kind: 'waiting' };
  #lastNumber = -1;
  #lastTime = Number.NEGATIVE_INFINITY;
  /** Keyframes only: what lies between would not arrive. */
  keysOnly = false;
  unitsDropped = 0;

  get isCatchingUp(): boolean {
    return this.#state.kind === 'catching-up';
  }

  /**
   * Gives what is kept since the last keyframe, once more if need be; or waits for the next one if nothing is kept.
   * @param gop grows while the viewer catches up.
   */
  begin(gop: readonly Packed[]): void {
    const newest = gop.at(-1);
    if (!newest) {
      this.#state = { kind: 'until-key' };
      return;
    }
    const count = gop.length;
    const isFirst = this.#lastTime === Number.NEGATIVE_INFINITY;
    const stepTicks = isFirst ? maxStepTicks : stepWithin(intervalOf(gop), count);
    const firstTime = isFirst
      ? newest.time - (count - 1) * stepTicks
      : Math.max(this.#lastTime + stepTicks, newest.time - (count - 1) * stepTicks);
    this.#state = { kind: 'catching-up', gop, moved: count, firstTime, stepTicks, next: 0 };
  }

  /** The next picture of those that are kept; undefined when there is none left: then it is live. */
  next(current: readonly Packed[]): Given | undefined {
    const state = this.#state;
    if (state.kind !== 'catching-up') return undefined;
    if (state.gop !== current) {
      // A keyframe came meanwhile: what was before it is of no use any more.
      this.unitsDropped += Math.max(0, state.gop.length - state.next);
      this.#state = { kind: 'catching-up', gop: current, moved: 0, firstTime: 0, stepTicks: 0, next: 0 };
      return this.next(current);
    }
    const packed = state.gop[state.next];
    if (!packed) {
      this.#state = { kind: current.length > 0 ? 'live' : 'until-key' };
      return undefined;
    }
    const time = state.next < state.moved ? state.firstTime + state.next * state.stepTicks : packed.time;
    state.next += 1;
    return this.#given(packed, time);
  }

  /** A picture that has just come; undefined when this viewer does not get it (now). */
  live(packed: Packed): Given | undefined {
    const { kind } = this.#state;
    if (kind === 'waiting' || kind === 'catching-up' || packed.number <= this.#lastNumber) return undefined;
    if (packed.key) {
      this.#state = { kind: this.keysOnly ? 'until-key' : 'live' };
    } else if (kind === 'until-key' || packed.number !== this.#lastNumber + 1) {
      this.#state = { kind: 'until-key' };
      this.unitsDropped += 1;
      return undefined;
    }
    return this.#given(packed, packed.time);
  }

  /** What lies between keyframes is left out from now on. */
  leaveOut(): void {
    this.keysOnly = true;
    if (this.#state.kind === 'live' || this.#state.kind === 'catching-up')
      this.#state = { kind: 'until-key' };
  }

  #given(packed: Packed, wanted: number): Given {
    const time = Math.max(wanted, this.#lastTime + 1);
    this.#lastNumber = packed.number;
    this.#lastTime = time;
    return { packed, time };
  }
}

/** So that all of them end before the next picture's own time. */
function stepWithin(intervalTicks: number, count: number): number {
  return Math.max(1, Math.min(maxStepTicks, Math.floor((intervalTicks * 0.8) / (count + 1))));
}

function intervalOf(gop: readonly Packed[]): number {
  const newest = gop.at(-1)?.time;
  const before = gop.at(-2)?.time;
  return newest === undefined || before === undefined ? usualIntervalTicks : newest - before;
}
