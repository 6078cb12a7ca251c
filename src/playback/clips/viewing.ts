/**
 * One way of watching a client's clips: from a moment of the past in real time, or following new clips as they arrive.
 * Everybody at the same address shares it.
 *
 * In: the clock, the clips of the client in their order, segments made ready. Out: a playlist. Promises: a segment is listed
 * only once it is there, so players never ask for what cannot be shown; a clip that fails is left out, and
 * what comes after it is a discontinuity; clips are made ready ahead.
 *
 * The playlist runs ahead of the moment that is shown by the three target durations that players stay behind its end, so that
 * they show just that moment. Over a hole in the footage it does not run ahead: what comes after begins when its time comes.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { StoredClip } from '../../database/clips.ts';
import { LivePlaylist } from './live-playlist.ts';
import type { ListedSegment } from './live-playlist.ts';
import type { ClipPart } from './parts.ts';
import { partCount, partsOf, targetDurationSeconds } from './parts.ts';
import type { ReadySegments } from './ready-segments.ts';

/** From a moment of the past: at `startMs` of the clock, `refMs` is shown. */
export interface Replay {
  readonly startMs: number;
  readonly refMs: number;
}

export interface ViewingParts {
  readonly clock: Clock;
  readonly clips: ClipOrder;
  readonly segments: Pick<ReadySegments, 'get' | 'prepare'>;
  /** Clips made ready ahead. */
  readonly lookAhead: number;
  /** Undefined: new clips are followed. */
  readonly replay: Replay | undefined;
}

/** The clips of one client that can be shown, by start. */
export interface ClipOrder {
  /** Behind `after`, at most `limit`. */
  next(after: ClipPlace, limit: number): Promise<readonly StoredClip[]>;
  /** The newest, oldest of them first. */
  newest(limit: number): Promise<readonly StoredClip[]>;
  /** The first that ends after this moment, and those before and after it when there is none near. */
  around(
    ms: number,
  ): Promise<{ readonly at: StoredClip | undefined; readonly before: StoredClip | undefined }>;
}

/** Behind everything that begins earlier, and of those that begin together behind the smaller id. */
export interface ClipPlace {
  readonly startMs: number;
  readonly id: string;
}

const targetMs = targetDurationSeconds * 1000;
/** RFC 8216, 6.3.3: players begin three target durations before the end. */
const leadMs = 3 * targetMs;
/** More between two clips is a hole; less is a camera that rounds. */
const holeMs = targetMs;
/** Behind the moment shown, for players that are late. */
const keptMs = 30_000;
/** When new clips are followed, so much stays listed. */
const followedMs = 60_000;
/** Newest clips that are listed at once when new ones are followed. */
const followedClips = 5;
const lookEveryMs = 500;
/** Sequence numbers begin at the tenths of a second since 2020: later ones never fall below earlier ones. */
const sequenceEpochMs = Date.UTC(2020, 0, 1);
const sequenceUnitMs = 100;

export class Viewing {
  readonly #parts: ViewingParts;
  readonly #playlist: LivePlaylist;
  #place: ClipPlace | undefined;
  /** Of the clip that is being listed. */
  #current: { readonly clip: StoredClip; readonly parts: readonly ClipPart[]; next: number } | undefined;
  #broken = false;
  #lastClip = '';
  #lastEndMs: number | undefined;
  #advancing: Promise<void> | undefined;
  #timer: Timer | undefined;
  #fault: string | undefined;
  #closed = false;

  constructor(parts: ViewingParts) {
    this.#parts = parts;
    const nowMs = parts.clock.nowMs();
    this.#playlist = new LivePlaylist(Math.max(0, Math.floor((nowMs - sequenceEpochMs) / sequenceUnitMs)));
  }

  /** The moment that is shown now; later than everything when new clips are followed. */
  get shownMs(): number {
    const { replay, clock } = this.#parts;
    if (!replay) return Infinity;
    return replay.refMs + Math.max(0, clock.nowMs() - replay.startMs);
  }

  get isEmpty(): boolean {
    return this.#playlist.segments.length === 0;
  }

  /** Why there is nothing, when it is this machine's trouble; for people. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** Lists what is due; resolves when there is nothing more to do now. Shared by all who ask. */
  advance(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#timer ??= this.#parts.clock.after(lookEveryMs, () => {
      this.#timer = undefined;
      void this.advance();
    });
    this.#advancing ??= this.#advance().finally(() => (this.#advancing = undefined));
    return this.#advancing;
  }

  text(): string {
    return this.#playlist.text();
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  async #advance(): Promise<void> {
    this.#place ??= await this.#begin();
    while (!this.#closed) {
      this.#trim();
      this.#current ??= await this.#nextClip();
      const current = this.#current;
      const part = current?.parts[current.next];
      if (!current || !part || !this.#isDue(current.clip.startMs + part.fromMs)) break;
      void this.#prepareAhead(current.clip, part.index);
      const taken = await this.#list(current.clip, part);
      if (!taken) break;
      current.next += 1;
      if (current.next >= current.parts.length) this.#current = undefined;
    }
    if (this.#current) await this.#prepareAhead(this.#current.clip, this.#current.next);
  }

  /** Just before the first clip that is shown. */
  async #begin(): Promise<ClipPlace> {
    const { clips, replay } = this.#parts;
    if (replay) {
      const { at } = await clips.around(this.shownMs);
      return at ? justBefore(at) : { startMs: this.shownMs, id: '' };
    }
    const newest = await clips.newest(followedClips);
    let ms = 0;
    const enough = newest.findLast((clip) => (ms += clip.endMs - clip.startMs) >= leadMs) ?? newest[0];
    return enough ? justBefore(enough) : { startMs: -1, id: '' };
  }

  async #nextClip(): Promise<{ clip: StoredClip; parts: readonly ClipPart[]; next: number } | undefined> {
    const [clip] = await this.#parts.clips.next(this.#place ?? { startMs: -1, id: '' }, 1);
    if (!clip) return undefined;
    // Clips that begin later than this moment may still arrive before it.
    if (!this.#isDue(clip.startMs)) return undefined;
    this.#place = { startMs: clip.startMs, id: clip.id };
    return { clip, parts: partsOf(clip.endMs - clip.startMs), next: 0 };
  }

  #isDue(startMs: number): boolean {
    const shownMs = this.shownMs;
    const isHole = this.#lastEndMs !== undefined && startMs - this.#lastEndMs > holeMs;
    return startMs <= (isHole ? shownMs : shownMs + leadMs);
  }

  /** False when it has to be tried again. */
  async #list(clip: StoredClip, part: ClipPart): Promise<boolean> {
    if (this.#isOver(clip, part)) {
      this.#broken = true;
      return true;
    }
    const made = await this.#parts.segments.get(clip, part.index);
    this.#fault = !made.ok && made.error.kind === 'unavailable' ? made.error.message : undefined;
    if (this.#fault !== undefined) return false;
    if (!made.ok) {
      this.#broken = true;
      return true;
    }
    const startMs = clip.startMs + part.fromMs;
    const segment: ListedSegment = {
      uri: `segments/${segmentName(clip, part.index)}`,
      startMs,
      durationMs: made.value.durationMs,
      discontinuity: this.#broken || this.#lastClip !== clip.id,
    };
    this.#broken = false;
    this.#lastClip = clip.id;
    this.#lastEndMs = startMs + made.value.durationMs;
    this.#playlist.add(segment);
    return true;
  }

  /** It was shown before this moment, or would have been: a server that is too slow goes on where it should be. */
  #isOver(clip: StoredClip, part: ClipPart): boolean {
    if (!this.#parts.replay) return false;
    const endMs = clip.startMs + part.toMs;
    return endMs <= (this.isEmpty ? this.shownMs : this.shownMs - keptMs);
  }

  #trim(): void {
    if (this.#parts.replay) {
      const shownMs = this.shownMs;
      this.#playlist.trim(({ startMs, durationMs }) => startMs + durationMs < shownMs - keptMs);
      return;
    }
    const all = this.#playlist.segments.reduce((sum, { durationMs }) => sum + durationMs, 0);
    let over = all - followedMs;
    this.#playlist.trim(({ durationMs }) => (over -= durationMs) >= 0);
  }

  /** The rest of this clip, and the clips after it. */
  async #prepareAhead(clip: StoredClip, fromPart: number): Promise<void> {
    const { segments, clips, lookAhead } = this.#parts;
    if (lookAhead === 0) return;
    const ahead = await clips.next({ startMs: clip.startMs, id: clip.id }, lookAhead);
    const count = partCount(clip.endMs - clip.startMs);
    for (let part = fromPart; part < Math.min(count, fromPart + lookAhead); part += 1)
      segments.prepare(clip, part);
    for (const next of ahead) {
      const parts = Math.min(partCount(next.endMs - next.startMs), lookAhead);
      for (let part = 0; part < parts; part += 1) segments.prepare(next, part);
    }
  }
}

/** A clip of one part is named like the clip. */
function segmentName(clip: StoredClip, part: number): string {
  const parts = partCount(clip.endMs - clip.startMs);
  return parts === 1 ? `${clip.id}.ts` : `${clip.id}.${part}.ts`;
}

function justBefore({ startMs, id }: StoredClip): ClipPlace {
  // No id is smaller by one: the place is behind the same start with everything but the last character.
  return { startMs, id: id.slice(0, -1) };
}
