/**
 * Which tracks a playlist carries, decided from the first units of a stream.
 *
 * In:  tracks as announced and the units that follow. Out: a selection, once it can be made. A camera may
 * announce sound and never send any; a player would wait for it for ever, so only what was seen is selected.
 * The frame rate is measured too, because cameras declare wrong ones.
 */
import { writeInit } from '../../media/mp4/init.ts';
import type { PlayableTrack } from '../../media/mp4/playable.ts';
import { isPlayableTrack, mimeCodecs } from '../../media/mp4/playable.ts';
import type { AccessUnit, Track } from '../../media/track.ts';
import { isVideo } from '../../media/track.ts';
import { measureFrameSeconds } from './part-target.ts';

export interface Selection {
  /** Video, or audio when it is alone. */
  readonly lead: PlayableTrack;
  /** Audio beside video. */
  readonly following: PlayableTrack | undefined;
  readonly followingUnitSeconds: number;
  readonly frameSeconds: number;
  readonly initBytes: Uint8Array;
  readonly codecs: string;
  readonly picture: { readonly widthPixels: number; readonly heightPixels: number } | undefined;
}

/** Intervals whose median is the frame rate. At 25 fps they are the first part, so nothing is delayed. */
const wantedFrames = 5;
/** At low frame rates two frames must do. */
const enoughSeconds = 0.3;
/** How long sound that was announced may take to arrive. */
const soundGraceSeconds = 0.6;
/** A minute of sound without a picture; more is not kept. */
const maxPendingUnits = 3_000;

export class Selecting {
  readonly #lead: PlayableTrack | undefined;
  readonly #following: PlayableTrack | undefined;
  #units: AccessUnit[] = [];
  #leadSeconds: number[] = [];
  #heard = false;

  constructor(tracks: readonly Track[]) {
    const playable = tracks.filter(isPlayableTrack);
    const video = playable.find((track) => isVideo(track.codec));
    const audio = playable.find((track) => !isVideo(track.codec));
    this.#lead = video ?? audio;
    this.#following = video && audio;
  }

  /** False: none of the tracks can be carried. */
  get possible(): boolean {
    return this.#lead !== undefined;
  }

  /** What arrived so far, oldest first; to be given to whoever uses the selection. */
  get units(): readonly AccessUnit[] {
    return this.#units;
  }

  restart(): void {
    this.#units = [];
    this.#leadSeconds = [];
  }

  /** The selection, with the unit that made it possible. */
  push(unit: AccessUnit): Selection | undefined {
    const lead = this.#lead;
    if (!lead || this.#units.length >= maxPendingUnits) return undefined;
    this.#units.push(unit);
    if (unit.track === this.#following?.id) this.#heard = true;
    if (unit.track === lead.id) this.#leadSeconds.push(unit.dts / lead.clockHz);
    return this.#isEnough() ? this.#select(lead) : undefined;
  }

  #isEnough(): boolean {
    const frames = this.#leadSeconds.length;
    const spanSeconds = (this.#leadSeconds.at(-1) ?? 0) - (this.#leadSeconds[0] ?? 0);
    if (frames < 2) return false;
    if (frames < wantedFrames && spanSeconds < enoughSeconds) return false;
    return !this.#following || this.#heard || spanSeconds >= soundGraceSeconds;
  }

  #select(lead: PlayableTrack): Selection | undefined {
    const following = this.#heard ? this.#following : undefined;
    const tracks = following ? [lead, following] : [lead];
    const init = writeInit(tracks);
    if (!init.ok) return undefined;
    const { codec } = lead;
    const declaredFps = isVideo(codec) ? codec.framesPerSecond : undefined;
    return {
      lead,
      following,
      followingUnitSeconds: following ? audioUnitSeconds(following) : 0,
      frameSeconds: measureFrameSeconds(this.#leadSeconds, declaredFps),
      initBytes: init.value,
      codecs: mimeCodecs(tracks),
      picture: isVideo(codec)
        ? { widthPixels: codec.widthPixels, heightPixels: codec.heightPixels }
        : undefined,
    };
  }
}

/** AAC: 1024 samples (ISO/IEC 14496-3, 4.5.2.1.1). Opus: 20 ms unless the packets say otherwise (RFC 7587, 6.1). */
function audioUnitSeconds({ codec }: PlayableTrack): number {
  return codec.kind === 'aac' ? 1024 / codec.sampleRateHz : 0.02;
}
