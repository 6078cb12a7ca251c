/**
 * Rules about the bytes behind a playlist.
 * In: init segments and parts in order, with what was declared of them. Out: violations.
 */
import type { Mp4Track } from '../../src/media/mp4/read.ts';
import { readFragments, readInit } from '../../src/media/mp4/read.ts';
import type { PlaylistPart, PlaylistSegment } from '../../src/media/hls/playlist.ts';
import type { Findings } from './report.ts';

type Mp4Sample = ReturnType<typeof readFragments>['fragments'][number]['samples'][number];

/** One tick of the coarsest clock in use, and the rounding of the playlist. */
const toleranceSeconds = 0.002;
const maxDateDriftMs = 100;

export class MediaRules {
  readonly #findings: Findings;
  #tracks: readonly Mp4Track[] = [];
  readonly #nextSeconds = new Map<number, number>();
  /** Date minus media time at the start of this stretch without discontinuity. */
  #dateOffsetMs: number | undefined;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  /** A segment begins: with its init segment, before its parts. */
  begin(segment: PlaylistSegment, init: Uint8Array): void {
    const read = readInit(init);
    this.#findings.expect(
      read.ok && read.value.length > 0,
      'init-segment',
      `${segment.mapUri} cannot be read`,
    );
    this.#tracks = read.ok ? read.value : [];
    if (!segment.discontinuity) return;
    this.#nextSeconds.clear();
    this.#dateOffsetMs = undefined;
  }

  part(part: PlaylistPart, body: Uint8Array, beginsAt: { readonly dateMs: number } | undefined): void {
    const { fragments, fault } = readFragments(body, this.#tracks);
    this.#findings.expect(fault === undefined, 'media-readable', `${part.uri}: ${fault?.reason}`);
    const samples = fragments.flatMap((fragment) => fragment.samples);
    const lead = this.#tracks.find((track) => track.handler === 'vide') ?? this.#tracks[0];
    if (!lead) return;
    const leading = samples.filter((sample) => sample.trackId === lead.id);
    this.#checkLead(part, lead, leading);
    for (const sample of samples) this.#follow(part, sample, sample.trackId === lead.id);
    const [first] = leading;
    if (beginsAt && first) this.#checkDate(part, beginsAt.dateMs - (first.dts / lead.timescaleHz) * 1000);
  }

  #checkLead(part: PlaylistPart, lead: Mp4Track, samples: readonly Mp4Sample[]): void {
    const ticks = samples.reduce((total, sample) => total + sample.durationTicks, 0);
    const seconds = ticks / lead.timescaleHz;
    this.#findings.expect(
      Math.abs(seconds - part.durationSeconds) <= toleranceSeconds,
      'media-duration',
      `${part.uri}: declared ${part.durationSeconds} s, has ${seconds} s`,
    );
    this.#findings.expect(
      !part.independent || samples[0]?.key === true,
      'independent',
      `${part.uri} does not`,
    );
  }

  #follow(part: PlaylistPart, sample: Mp4Sample, leads: boolean): void {
    const track = this.#tracks.find(({ id }) => id === sample.trackId);
    if (!track) return;
    const seconds = sample.dts / track.timescaleHz;
    const expected = this.#nextSeconds.get(track.id) ?? seconds;
    const hole = seconds - expected;
    const isContinuous = hole >= -toleranceSeconds && (!leads || hole <= toleranceSeconds);
    this.#findings.expect(
      isContinuous,
      'media-continuous',
      `${part.uri}, track ${track.id}: ${hole.toFixed(4)} s off`,
    );
    this.#nextSeconds.set(track.id, seconds + sample.durationTicks / track.timescaleHz);
  }

  #checkDate(part: PlaylistPart, offsetMs: number): void {
    this.#dateOffsetMs ??= offsetMs;
    const driftMs = offsetMs - this.#dateOffsetMs;
    this.#findings.expect(
      Math.abs(driftMs) <= maxDateDriftMs,
      'date-time',
      `at ${part.uri} the date is ${driftMs.toFixed(0)} ms from media time`,
    );
  }
}
