/**
 * Everything since the last keyframe, so that no viewer waits for the next one.
 *
 * In:  units of all tracks in arrival order. Out: the same units, beginning with a video keyframe
 * (with the newest second when there is only audio). Holds references, copies nothing.
 */
import type { AccessUnit, Track, TrackId } from '../media/track.ts';
import { isVideo, unitBytes } from '../media/track.ts';

/** A 10 s GOP of a 4K camera at 16 Mbit/s is 20 MB; more than this is a camera that hardly sends keyframes. */
export const maxGopBytes = 32 * 1024 * 1024;
/** 60 s at 30 fps with two audio tracks; bounds the work of starting a reader. */
const maxGopUnits = 6_000;
/** Audio alone: about one second of 20 ms frames. */
const maxAudioUnits = 50;

export class GopCache {
  #units: AccessUnit[] = [];
  #bytes = 0;
  #video: TrackId | undefined;
  /** Over a limit, or just after a change of configuration: nothing is kept until a keyframe. */
  #waitingForKey = true;

  /** Forgets all; units are kept again from the next keyframe on. */
  reset(tracks: readonly Track[]): void {
    this.#video = tracks.find((track) => isVideo(track.codec))?.id;
    this.#clear();
    this.#waitingForKey = this.#video !== undefined;
  }

  push(unit: AccessUnit): void {
    if (this.#video === undefined) return this.#pushAudio(unit);
    if (unit.track === this.#video && unit.key) {
      this.#clear();
      this.#waitingForKey = false;
    }
    if (this.#waitingForKey) return;
    this.#units.push(unit);
    this.#bytes += unitBytes(unit);
    if (this.#bytes > maxGopBytes || this.#units.length > maxGopUnits) {
      this.#clear();
      this.#waitingForKey = true;
    }
  }

  /** A reader may start here: units to give it at once, oldest first. Empty when it must wait for a keyframe. */
  units(): readonly AccessUnit[] {
    return this.#units;
  }

  #pushAudio(unit: AccessUnit): void {
    this.#units.push(unit);
    if (this.#units.length > maxAudioUnits) this.#units.shift();
  }

  #clear(): void {
    // A new array: a reader may be walking over the old one.
    this.#units = [];
    this.#bytes = 0;
  }
}
