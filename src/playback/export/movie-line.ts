/**
 * Samples of recordings as one movie: where each lies in the movie's time, and what of it is shown.
 *
 * In:  samples in the order of the archive, with times in UTC on their tracks' clocks, and the capture time of each.
 * Out: sample tables, the stretch of each track that is shown, and a map from movie time to UTC.
 * Promises: a hole in the footage takes no time in the movie, and tracks stay together behind it; inside a stretch the
 * times are the recorded ones; whatever the samples say, movie time never goes back.
 */
import type { UnixMs } from '../../base/units.ts';
import type { MovieTrack } from '../../media/mp4/movie.ts';
import { movieClockHz } from '../../media/mp4/movie.ts';
import type { PlayableTrack } from '../../media/mp4/playable.ts';
import { mp4TrackId } from '../../media/mp4/playable.ts';
import type { Mp4Sample } from '../../media/mp4/read.ts';
import { SampleTables } from '../../media/mp4/sample-tables.ts';
import { isVideo } from '../../media/track.ts';

/** Capture times jitter by less, and a group of pictures that was left out is longer. */
const holeSeconds = 1;
/** Media that begins so long before the end of what is there is another stretch of time. */
const overlapSeconds = 0.05;

export interface ShownRange {
  readonly startMs: UnixMs;
  readonly endMs: UnixMs;
  readonly cut: 'keyframe' | 'exact';
}

/** From here on movie time and capture time run together. */
export interface TimePoint {
  /** Of the movie as it is shown; negative for what lies before its beginning. */
  readonly movieMs: number;
  readonly utcMs: number;
  readonly recordingId: string;
}

export interface FinishedLine {
  readonly tracks: readonly MovieTrack[];
  readonly times: readonly TimePoint[];
  /** Of the first and the last picture shown, and how long that takes. */
  readonly startMs: number;
  readonly endMs: number;
  readonly durationMs: number;
}

/** One fragment's samples, as they will lie in the file one after another from `offsetBytes`. */
export interface Placement {
  readonly samples: readonly Mp4Sample[];
  readonly offsetBytes: number;
  readonly recordingId: string;
  /** Capture time minus media time. */
  readonly mediaOffsetMs: number;
}

interface Lane {
  readonly track: PlayableTrack;
  readonly tables: SampleTables;
  /** Movie time minus recorded time, in ticks. */
  shift: number;
  /** Decoding time of the last sample in the movie, and how long it lasts. */
  lastTicks: number;
  lastDuration: number;
}

export class MovieLine {
  readonly #range: ShownRange;
  readonly #lanes = new Map<number, Lane>();
  readonly #lead: Lane;
  readonly #times: { readonly ticks: number; readonly utcMs: number; readonly recordingId: string }[] = [];
  #stretches = 0;
  /** Where the lead goes on in recorded time, in ticks. */
  #expected: number | undefined;
  #shownFrom: { readonly ticks: number; readonly utcMs: number } | undefined;
  #shownTo = 0;
  #lastMs = 0;

  /** @param tracks at least one */
  constructor(tracks: readonly PlayableTrack[], range: ShownRange) {
    this.#range = range;
    for (const track of tracks) this.#lanes.set(mp4TrackId(track), laneOf(track));
    const lanes = [...this.#lanes.values()];
    const lead = lanes.find(({ track }) => isVideo(track.codec)) ?? lanes[0];
    if (!lead) throw new Error('a movie has a track');
    this.#lead = lead;
  }

  /**
   * How much of a fragment is wanted: samples up to the last in decoding order that is captured before the end. What is
   * of no track of this movie is left out, too.
   */
  wanted(samples: readonly Mp4Sample[], mediaOffsetMs: number): readonly Mp4Sample[] {
    const last = new Map<number, number>();
    for (const [index, sample] of samples.entries()) {
      const lane = this.#lanes.get(sample.trackId);
      if (lane && captureMs(sample, lane, mediaOffsetMs) < this.#range.endMs) last.set(sample.trackId, index);
    }
    return samples.filter(({ trackId }, index) => index <= (last.get(trackId) ?? -1));
  }

  /** Takes what `wanted` gave; at least one sample. */
  place(placement: Placement): void {
    const { samples, mediaOffsetMs } = placement;
    this.#begin(placement);
    let offset = placement.offsetBytes;
    let track = 0;
    for (const sample of samples) {
      const lane = this.#lanes.get(sample.trackId);
      if (!lane) continue;
      if (sample.trackId !== track) lane.tables.beginChunk(offset);
      track = sample.trackId;
      offset += sample.sizeBytes;
      const dts = Math.max(lane.lastTicks, sample.dts + lane.shift);
      const pts = sample.pts + lane.shift;
      lane.tables.add({ dts, pts, key: sample.key, sizeBytes: sample.sizeBytes });
      lane.lastTicks = dts;
      lane.lastDuration = sample.durationTicks;
      if (lane !== this.#lead) continue;
      this.#expected = sample.dts + sample.durationTicks;
      this.#show(pts, sample.durationTicks, captureMs(sample, lane, mediaOffsetMs));
    }
  }

  /** Undefined when nothing of it would be shown. */
  finish(): FinishedLine | undefined {
    const from = this.#shownFrom;
    const { clockHz } = this.#lead.track;
    if (!from || this.#shownTo <= from.ticks) return undefined;
    const tracks = [...this.#lanes.values()].flatMap((lane) => this.#shown(lane, from.ticks) ?? []);
    const times = this.#times.map(({ ticks, utcMs, recordingId }) => ({
      movieMs: Math.round(((ticks - from.ticks) * 1000) / clockHz),
      utcMs: Math.round(utcMs),
      recordingId,
    }));
    const durationMs = Math.round(((this.#shownTo - from.ticks) * 1000) / clockHz);
    const [startMs, endMs] = [Math.round(from.utcMs), Math.round(this.#lastMs)];
    return { tracks, times, startMs, endMs, durationMs };
  }

  /** Places the first sample of a stretch at the end of what is there; notes the time of the lead. */
  #begin({ samples, recordingId, mediaOffsetMs }: Placement): void {
    const lead = samples.find(({ trackId }) => trackId === mp4TrackId(this.#lead.track));
    const isJoin = this.#stretches === 0 || (lead !== undefined && this.#isHole(lead.dts));
    if (isJoin) this.#join(samples);
    if (!lead || (!isJoin && this.#times.at(-1)?.recordingId === recordingId)) return;
    const utcMs = captureMs(lead, this.#lead, mediaOffsetMs);
    this.#times.push({ ticks: lead.pts + this.#lead.shift, utcMs, recordingId });
  }

  #isHole(dts: number): boolean {
    const seconds = (dts - (this.#expected ?? dts)) / this.#lead.track.clockHz;
    return seconds > holeSeconds || seconds < -overlapSeconds;
  }

  #join(samples: readonly Mp4Sample[]): void {
    let movieSeconds = 0;
    for (const { tables, track, lastTicks, lastDuration } of this.#lanes.values()) {
      if (tables.samples === 0) continue;
      movieSeconds = Math.max(movieSeconds, (lastTicks + lastDuration) / track.clockHz);
    }
    let mediaSeconds = Infinity;
    for (const { trackId, dts } of samples) {
      const lane = this.#lanes.get(trackId);
      if (lane) mediaSeconds = Math.min(mediaSeconds, dts / lane.track.clockHz);
    }
    for (const lane of this.#lanes.values()) {
      const { clockHz } = lane.track;
      lane.shift = Math.round(movieSeconds * clockHz) - Math.round(mediaSeconds * clockHz);
    }
    this.#stretches += 1;
  }

  #show(pts: number, duration: number, utcMs: number): void {
    this.#shownFrom ??= { ticks: pts, utcMs };
    const isBefore = this.#stretches === 1 && utcMs <= this.#range.startMs;
    if (this.#range.cut === 'exact' && isBefore && pts > this.#shownFrom.ticks)
      this.#shownFrom = { ticks: pts, utcMs };
    if (utcMs >= this.#range.endMs || pts + duration <= this.#shownTo) return;
    this.#shownTo = pts + duration;
    this.#lastMs = utcMs + (duration * 1000) / this.#lead.track.clockHz;
  }

  #shown(lane: Lane, leadFrom: number): MovieTrack | undefined {
    const { track, tables } = lane;
    if (tables.samples === 0) return undefined;
    const mediaTicks = tables.finish(lane.lastDuration);
    const perLead = track.clockHz / this.#lead.track.clockHz;
    const from = Math.round(leadFrom * perLead) - tables.firstDts;
    const leadEnd = Math.round(this.#shownTo * perLead) - tables.firstDts;
    const end = lane === this.#lead ? leadEnd : Math.min(leadEnd, mediaTicks);
    const shown = end - Math.max(0, from);
    if (shown <= 0) return undefined;
    const movieTicks = (ticks: number): number => Math.round((ticks * movieClockHz) / track.clockHz);
    const waitTicks = movieTicks(Math.max(0, -from));
    const fromTicks = Math.max(0, from);
    return { track, tables, mediaTicks, waitTicks, fromTicks, shownTicks: movieTicks(shown) };
  }
}

function laneOf(track: PlayableTrack): Lane {
  return { track, tables: new SampleTables(), shift: 0, lastTicks: 0, lastDuration: 0 };
}

function captureMs({ pts }: Mp4Sample, { track }: Lane, mediaOffsetMs: number): number {
  return (pts * 1000) / track.clockHz + mediaOffsetMs;
}
