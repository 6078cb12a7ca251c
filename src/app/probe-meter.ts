/**
 * Measures a stream for a few seconds: frame rate, keyframe interval, bitrate, and what is worth changing.
 */
import { ticksToSeconds } from '../base/units.ts';
import type { Reader } from '../hub/reader.ts';
import type { AccessUnit, Track, VideoConfig } from '../media/track.ts';
import { isVideo, unitBytes } from '../media/track.ts';

/** Two keyframes tell the interval; a camera with a longer one, or whose sound is late, is measured this long. */
const longestSeconds = 6;
/** Figures over less are noise: at a 1 s interval the measuring goes on a little. */
const shortestSeconds = 2;
const longGopSeconds = 4;

export interface ProbeFigures {
  readonly framesPerSecond: number | null;
  readonly gopSeconds: number | null;
  readonly bitrateBps: number;
  readonly advice: string[];
}

export class ProbeMeter implements Reader {
  readonly kind = 'probe';
  readonly #silentTracks: () => number;
  readonly #onDone: () => void;
  #tracks: readonly Track[] = [];
  #frames = 0;
  #bytes = 0;
  #firstSeconds: number | undefined;
  #lastSeconds = 0;
  #keySeconds: number | undefined;
  #gopSeconds: number | null = null;

  /**
   * @param silentTracks how many of the offered tracks have sent nothing yet.
   * @param onDone called once or more when enough was seen.
   */
  constructor(silentTracks: () => number, onDone: () => void) {
    this.#silentTracks = silentTracks;
    this.#onDone = onDone;
  }

  get hasPicture(): boolean {
    return this.#firstSeconds !== undefined;
  }

  onTracks(tracks: readonly Track[]): void {
    this.#tracks = tracks;
  }

  onUnit(unit: AccessUnit): void {
    this.#bytes += unitBytes(unit);
    const track = this.#tracks[unit.track];
    if (!track || !this.#isMeasured(track)) return;
    const seconds = ticksToSeconds(unit.dts, track.clockHz);
    this.#firstSeconds ??= seconds;
    this.#lastSeconds = seconds;
    this.#frames += 1;
    if (unit.key && isVideo(track.codec)) this.#countKey(seconds);
    const seenSeconds = seconds - this.#firstSeconds;
    const enough = this.#gopSeconds !== null && seenSeconds >= shortestSeconds;
    if ((enough && this.#silentTracks() === 0) || seenSeconds >= longestSeconds) this.#onDone();
  }

  onEnd(): void {
    this.#onDone();
  }

  figures(): ProbeFigures {
    const seconds = this.#lastSeconds - (this.#firstSeconds ?? this.#lastSeconds);
    const video = this.#tracks.find((track) => isVideo(track.codec))?.codec as VideoConfig | undefined;
    const framesPerSecond = video && seconds > 0 ? round((this.#frames - 1) / seconds, 1) : null;
    return {
      framesPerSecond,
      gopSeconds: this.#gopSeconds === null ? null : round(this.#gopSeconds, 2),
      bitrateBps: seconds > 0 ? Math.round((this.#bytes * 8) / seconds) : 0,
      advice: [...advice(video, this.#gopSeconds, seconds), ...this.#silenceAdvice()],
    };
  }

  /** Video when there is any: audio alone is measured too. */
  #isMeasured(track: Track): boolean {
    return isVideo(track.codec) || !this.#tracks.some((other) => isVideo(other.codec));
  }

  /** A picture that is offered and does not come is a failed test, so what is silent here is sound. */
  #silenceAdvice(): string[] {
    if (this.#silentTracks() === 0) return [];
    return ['The camera offers sound but sends none. Switch its microphone on, or its sound off.'];
  }

  #countKey(seconds: number): void {
    if (this.#keySeconds !== undefined) this.#gopSeconds = seconds - this.#keySeconds;
    this.#keySeconds = seconds;
  }
}

function advice(video: VideoConfig | undefined, gopSeconds: number | null, seenSeconds: number): string[] {
  const lines: string[] = [];
  if (!video) lines.push('There is no video in this stream.');
  if (video?.kind === 'h265') {
    lines.push(
      'The video is H.265, which some browsers cannot play. Choose H.264 in the camera to be seen everywhere.',
    );
  }
  if (video && (gopSeconds ?? seenSeconds) > longGopSeconds) {
    const rate =
      gopSeconds === null
        ? `less than one keyframe in ${Math.floor(seenSeconds)} s`
        : `a keyframe every ${gopSeconds.toFixed(1)} s`;
    lines.push(
      `The camera sends ${rate}: pictures start slowly. Set its keyframe interval (I-frame interval, GOP) to 2 s.`,
    );
  }
  return lines;
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
