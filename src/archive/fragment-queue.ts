/**
 * What a recording has to do: fragments that wait, the batch that is being written, and what is written but not synced.
 */
import { unixMs } from '../base/units.ts';
import { maxRecordingMs } from '../database/recordings.ts';
import type { Prepared, RecordingFile } from './recording-file.ts';
import type { Fragment } from './types.ts';

/** One step writes no more, so that other recordings get their turn. */
const maxBatchBytes = 8 * 1024 * 1024;
const maxBatchFragments = 64;

export class FragmentQueue {
  #waiting: Fragment[] = [];
  /** Taken, hashed and sealed once; written again as it is after a full disk. */
  #batch: readonly Prepared[] = [];
  #batchGiven: readonly Fragment[] = [];
  #unsynced: Fragment[] = [];
  #pendingBytes = 0;

  /** Not written yet. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#batch.length === 0;
  }

  add(fragment: Fragment): void {
    this.#pendingBytes += fragment.bytes.length;
    this.#waiting.push(fragment);
  }

  /** The same batch until it is written; empty when nothing waits. */
  batch(file: RecordingFile): readonly Prepared[] {
    if (this.#batch.length > 0) return this.#batch;
    let count = 0;
    let bytes = 0;
    for (const { bytes: fragment } of this.#waiting) {
      bytes += fragment.length;
      if (count >= maxBatchFragments || (count > 0 && bytes > maxBatchBytes)) break;
      count += 1;
    }
    this.#batchGiven = this.#waiting.splice(0, count);
    this.#batch = this.#batchGiven.map((fragment) => file.prepare(rounded(fragment)));
    return this.#batch;
  }

  batchWritten(): void {
    for (const fragment of this.#batchGiven) {
      this.#pendingBytes -= fragment.bytes.length;
      this.#unsynced.push(fragment);
    }
    this.#batch = [];
    this.#batchGiven = [];
  }

  /** Those that a sync after their writing made durable; each is told once. */
  takeSynced(): readonly Fragment[] {
    const synced = this.#unsynced;
    this.#unsynced = [];
    return synced;
  }

  clear(): void {
    this.#waiting = [];
    this.#batch = [];
    this.#batchGiven = [];
    this.#unsynced = [];
    this.#pendingBytes = 0;
  }
}

/** Files know whole milliseconds of time, and durations to the microsecond, of an hour at most. */
function rounded(fragment: Fragment): Fragment {
  const startMs = unixMs(Math.round(fragment.startMs));
  const durationMs = Math.min(Math.max(0, fragment.durationMs), maxRecordingMs);
  return { ...fragment, startMs, durationMs: Math.round(durationMs * 1000) / 1000 };
}
