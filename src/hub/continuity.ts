/**
 * Keeps a stream's times strictly increasing over reconnects.
 *
 * In:  units of one connection after another, each anchored at its own wall time. Out: the same units,
 * moved as one block when a connection begins before the last one ended (the camera's clock ran fast, or
 * the machine's clock was set back). A unit that would still go back is refused.
 */
import type { Ticks } from '../base/units.ts';
import { ticks } from '../base/units.ts';
import type { AccessUnit, Track, TrackId } from '../media/track.ts';

/** The gap left when times would overlap: one frame at 25 fps. */
const stepSeconds = 0.04;

export class Continuity {
  #lastDtsSeconds = Number.NEGATIVE_INFINITY;
  readonly #lastDts = new Map<TrackId, number>();
  /** All that was published before this connection lies at or before it, on whatever track. */
  #floorSeconds = Number.NEGATIVE_INFINITY;
  #clockHz: readonly number[] = [];
  /** Added to every time of this connection; undefined until its first unit. */
  #shiftSeconds: number | undefined;

  /** A new connection begins. */
  interrupted(): void {
    this.#shiftSeconds = undefined;
    this.#beginTracks();
  }

  tracks(tracks: readonly Track[]): void {
    const clockHz = tracks.map((track) => track.clockHz);
    // The same number may now be another track, on another clock.
    if (clockHz.join() !== this.#clockHz.join()) this.#beginTracks();
    this.#clockHz = clockHz;
  }

  /** The unit with a time that may be published, or undefined when it would go back. */
  next(unit: AccessUnit): AccessUnit | undefined {
    const clockHz = this.#clockHz[unit.track];
    if (clockHz === undefined) return undefined;
    this.#shiftSeconds ??= this.#shiftFor(unit.dts / clockHz);
    const moved = this.#shiftSeconds === 0 ? unit : shifted(unit, Math.round(this.#shiftSeconds * clockHz));
    const lastDts = this.#lastDts.get(unit.track);
    const goesBack = lastDts === undefined ? moved.dts / clockHz <= this.#floorSeconds : moved.dts <= lastDts;
    if (goesBack) return undefined;
    this.#lastDts.set(unit.track, moved.dts);
    this.#lastDtsSeconds = Math.max(this.#lastDtsSeconds, moved.dts / clockHz);
    return moved;
  }

  #beginTracks(): void {
    this.#lastDts.clear();
    this.#floorSeconds = this.#lastDtsSeconds;
  }

  #shiftFor(firstDtsSeconds: number): number {
    // Other tracks may begin a little earlier than the first unit to arrive: what lies below the floor is refused.
    const earliestSeconds = this.#lastDtsSeconds + stepSeconds;
    return firstDtsSeconds >= earliestSeconds ? 0 : earliestSeconds - firstDtsSeconds;
  }
}

function shifted(unit: AccessUnit, by: number): AccessUnit {
  const move = (time: Ticks): Ticks => ticks(time + by);
  return { ...unit, pts: move(unit.pts), dts: move(unit.dts) };
}
