/**
 * Recordings in the order in which they may go: of one camera the oldest first, of many the one that has had the
 * largest part of its time.
 */
import type { Kysely } from 'kysely';
import type { CameraId } from '../base/ids.ts';
import type { Schema } from '../database/schema.ts';
import type { StoredFile } from '../database/storage.ts';
import { filesWithin } from '../database/storage.ts';
import type { Span } from '../database/timeline.ts';

export interface CandidatesOptions {
  readonly queries: Kysely<Schema>;
  readonly cameraId: CameraId;
  /** Only what lies on this volume, when it is named. */
  readonly volumeId?: string | undefined;
  /** What may go lies whole in one of these; oldest first. */
  readonly spans: readonly Span[];
  /** How long its footage is meant to be kept. */
  readonly wantedDays: number;
}

/** Read at one time: an hour and a half of recordings. */
const pageSize = 100;

/** Of one camera. */
export class Candidates {
  readonly wantedDays: number;
  readonly #options: CandidatesOptions;
  #page: readonly StoredFile[] = [];
  #at = 0;
  #span = 0;
  /** Read up to here within the span; those that begin at this very moment may have been read. */
  #readToMs = 0;
  readonly #readThere = new Set<string>();

  constructor(options: CandidatesOptions) {
    this.#options = options;
    this.wantedDays = options.wantedDays;
  }

  /** The next that may go, if it was read already: the others are compared without waiting. */
  get known(): StoredFile | undefined {
    return this.#page[this.#at];
  }

  /** The next that may go; undefined when none is left. */
  async peek(): Promise<StoredFile | undefined> {
    while (this.#at >= this.#page.length) {
      const span = this.#options.spans[this.#span];
      if (!span) return undefined;
      await this.#readPage(span);
    }
    return this.#page[this.#at];
  }

  take(): void {
    this.#at += 1;
  }

  async #readPage(span: Span): Promise<void> {
    const startMs = Math.max(span.startMs, this.#readToMs);
    const limit = pageSize + this.#readThere.size;
    const { queries } = this.#options;
    const page = await filesWithin(queries, this.#options, { startMs, endMs: span.endMs }, limit);
    this.#page = page.filter(({ id }) => !this.#readThere.has(id));
    this.#at = 0;
    if (page.length < limit) this.#span += 1;
    const lastMs = this.#page.at(-1)?.startMs;
    if (lastMs === undefined) return;
    if (lastMs !== this.#readToMs) this.#readThere.clear();
    this.#readToMs = lastMs;
    for (const { id, startMs: at } of this.#page) if (at === lastMs) this.#readThere.add(id);
  }
}

/** Takes the one of them that has had the largest part of its time; undefined when none may go. */
export async function takeNext(
  candidates: readonly Candidates[],
  nowMs: number,
): Promise<StoredFile | undefined> {
  let chosen: { readonly from: Candidates; readonly file: StoredFile; readonly share: number } | undefined;
  for (const from of candidates) {
    const file = from.known ?? (await from.peek());
    if (!file) continue;
    const share = (nowMs - file.startMs) / from.wantedDays;
    if (!chosen || share > chosen.share) chosen = { from, file, share };
  }
  chosen?.from.take();
  return chosen?.file;
}
