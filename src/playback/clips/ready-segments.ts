/**
 * Clips made ready for viewers: each part once for all who want it, a few at a time, what viewers wait for first.
 *
 * In: clips and their parts. Out: segments, or why there are none. Promises: one job for each part, a bounded number of jobs
 * running and waiting; what was deleted is forgotten, also while it is being made.
 */
import type { Log } from '../../base/log.ts';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { StoredClip } from '../../database/clips.ts';
import type { ClipMedia, MadeSegment, MediaFault, StreamFormat } from './media.ts';
import { partsOf } from './parts.ts';
import { SegmentCache } from './segment-cache.ts';
import type { ClipStore } from './store.ts';

export interface ReadySegmentsParts {
  readonly media: Pick<ClipMedia, 'segment'>;
  readonly store: Pick<ClipStore, 'read' | 'markBroken' | 'listen'>;
  readonly log: Log;
  readonly format: StreamFormat;
  /** 0: nothing is kept. */
  readonly maxCacheBytes: number;
}

export interface ReadyStatus {
  readonly usedCodec: string | null;
  readonly warning: string | null;
  readonly bytes: number;
  readonly segments: number;
  readonly evicted: number;
  readonly running: number;
  readonly waiting: number;
}

type Made = Result<MadeSegment, MediaFault>;

interface Job {
  readonly key: string;
  readonly clip: StoredClip;
  readonly part: number;
  urgent: boolean;
  forgotten: boolean;
  readonly done: Promise<Made>;
  finish(made: Made): void;
}

/** As many as there are processes for it. */
const maxRunning = 2;
/** Viewers of many clients at one time, and what is made ahead for them. */
const maxWaiting = 256;
/** What is known to fail is not tried again for a while, nor remembered for ever. */
const maxFailed = 1000;
/** A process may have died of something else. */
const attempts = 2;

export class ReadySegments {
  readonly #parts: ReadySegmentsParts;
  readonly #cache: SegmentCache;
  readonly #jobs = new Map<string, Job>();
  /** Jobs that wait, in the order they came. */
  #waiting: Job[] = [];
  readonly #failed = new Map<string, MediaFault>();
  #running = 0;
  #usedCodec: string | null = null;
  #closed = false;

  constructor(parts: ReadySegmentsParts) {
    this.#parts = parts;
    this.#cache = new SegmentCache(parts.maxCacheBytes);
    parts.store.listen({ stored: () => undefined, deleted: (clip) => this.#forget(clip) });
  }

  status(): ReadyStatus {
    const { bytes, size, evicted } = this.#cache;
    const waiting = this.#waiting.length;
    return {
      usedCodec: this.#usedCodec,
      warning: this.#warning(),
      bytes,
      segments: size,
      evicted,
      running: this.#running,
      waiting,
    };
  }

  /** Somebody waits for it. Always resolves. */
  get(clip: StoredClip, part: number): Promise<Made> {
    const key = keyOf(clip, part);
    const known = this.#cache.get(key);
    if (known) return Promise.resolve(ok(known));
    const failed = this.#failed.get(key);
    if (failed) return Promise.resolve(err(failed));
    return this.#job(clip, part, true)?.done ?? Promise.resolve(err(tooMany));
  }

  /** Somebody will want it soon. Does nothing when there is no room to keep it. */
  prepare(clip: StoredClip, part: number): void {
    const key = keyOf(clip, part);
    if (this.#parts.maxCacheBytes === 0 || this.#cache.has(key) || this.#failed.has(key)) return;
    this.#job(clip, part, false);
  }

  /** Nothing is made any more; whoever waits hears so. */
  close(): void {
    this.#closed = true;
    const stopped: MediaFault = { kind: 'failed', message: 'The server stops.' };
    for (const job of this.#waiting.splice(0)) this.#finish(job, err(stopped));
  }

  #job(clip: StoredClip, part: number, urgent: boolean): Job | undefined {
    const key = keyOf(clip, part);
    const known = this.#jobs.get(key);
    if (known) {
      known.urgent ||= urgent;
      return known;
    }
    if (this.#closed || !this.#makeRoom(urgent)) return undefined;
    const { promise: done, resolve: finish } = Promise.withResolvers<Made>();
    const job: Job = { key, clip, part, urgent, forgotten: false, done, finish };
    this.#jobs.set(key, job);
    this.#waiting.push(job);
    this.#startNext();
    return job;
  }

  /** What somebody waits for goes before what somebody may want: the oldest of those gives way. */
  #makeRoom(urgent: boolean): boolean {
    if (this.#waiting.length < maxWaiting) return true;
    const least = urgent ? this.#waiting.find((job) => !job.urgent) : undefined;
    if (!least) return false;
    this.#waiting = this.#waiting.filter((job) => job !== least);
    this.#finish(least, err(tooMany));
    return true;
  }

  #startNext(): void {
    while (this.#running < maxRunning && this.#waiting.length > 0) {
      const next = this.#waiting.find((job) => job.urgent) ?? this.#waiting[0];
      if (!next) return;
      this.#waiting = this.#waiting.filter((job) => job !== next);
      this.#running += 1;
      void this.#run(next);
    }
  }

  async #run(job: Job): Promise<void> {
    let made = await this.#make(job);
    for (let attempt = 1; attempt < attempts && this.#mayTryAgain(job, made); attempt += 1) {
      made = await this.#make(job);
    }
    this.#running -= 1;
    if (!job.forgotten && made.ok) this.#keep(job, made.value);
    if (!job.forgotten && !made.ok && !this.#closed) await this.#fail(job, made.error);
    this.#finish(job, made);
    this.#startNext();
  }

  #mayTryAgain(job: Job, made: Made): boolean {
    return !made.ok && made.error.kind === 'failed' && !job.forgotten && !this.#closed;
  }

  async #make({ clip, part }: Job): Promise<Made> {
    const stretch = partsOf(clip.endMs - clip.startMs)[part];
    if (!stretch) return err({ kind: 'broken', message: 'The clip has no such part.' });
    const { fromMs, toMs } = stretch;
    const order = { format: this.#parts.format, fromMs, toMs, timeMs: clip.startMs };
    const made = await this.#parts.store.read(clip, (bytes) => this.#parts.media.segment(bytes, order));
    return made.ok ? made.value : err({ kind: 'unavailable', message: made.error.message });
  }

  #keep(job: Job, segment: MadeSegment): void {
    this.#cache.put(job.key, segment);
    const before = this.#usedCodec;
    this.#usedCodec = segment.encoder;
    const warning = this.#warning();
    if (warning !== null && before !== segment.encoder) this.#parts.log.warn(warning);
  }

  async #fail({ clip, part, key }: Job, fault: MediaFault): Promise<void> {
    if (fault.kind === 'unavailable') return;
    this.#failed.set(key, fault);
    for (const oldest of this.#failed.keys()) {
      if (this.#failed.size <= maxFailed) break;
      this.#failed.delete(oldest);
    }
    if (part === 0) await this.#parts.store.markBroken(clip, fault.message);
    else
      this.#parts.log.warn('A part of a clip cannot be shown', { clip: clip.id, part, fault: fault.message });
  }

  #finish(job: Job, made: Made): void {
    if (this.#jobs.get(job.key) === job) this.#jobs.delete(job.key);
    job.finish(made);
  }

  #forget(clip: StoredClip): void {
    const count = partsOf(clip.endMs - clip.startMs).length;
    for (let part = 0; part < count; part += 1) {
      const key = keyOf(clip, part);
      this.#cache.delete(key);
      this.#failed.delete(key);
      const job = this.#jobs.get(key);
      if (!job) continue;
      job.forgotten = true;
      if (!this.#waiting.includes(job)) continue;
      this.#waiting = this.#waiting.filter((waiting) => waiting !== job);
      this.#finish(job, err({ kind: 'broken', message: 'The clip was deleted.' }));
    }
  }

  #warning(): string | null {
    const wished = this.#parts.format.encoder;
    if (this.#usedCodec === null || this.#usedCodec === wished) return null;
    return (
      `The video codec ${wished} (the setting stream.video_codec) is not there, does not run here or does not go into ` +
      `MPEG-TS; clips are shown with ${this.#usedCodec}.`
    );
  }
}

const tooMany: MediaFault = {
  kind: 'unavailable',
  message: 'Too many clips are being made ready at this moment. Ask again in a few seconds.',
};

function keyOf(clip: StoredClip, part: number): string {
  return `${clip.id} ${part}`;
}
