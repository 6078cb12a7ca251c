/**
 * Rows of all cameras on their way to the database, many in one transaction.
 *
 * In:  gaps and events as they change, marks every few seconds. Out: batches, one at a time; of a row only the newest
 * state. What the database does not take is kept and tried again.
 */
import type { Log } from '../base/log.ts';
import type { CameraId } from '../base/ids.ts';
import type { CameraEvent, LedgerBatch, RecordingMark, StoredGap } from '../database/gaps.ts';

/** While the database takes nothing: beyond it the oldest rows are forgotten. */
const maxRows = 10_000;

export type WriteBatch = (batch: LedgerBatch) => Promise<void>;

export class Ledger {
  readonly #write: WriteBatch;
  readonly #log: Log;
  #gaps = new Map<string, StoredGap>();
  #noGaps = new Set<string>();
  #events = new Map<string, CameraEvent>();
  #marks = new Map<CameraId, RecordingMark>();
  #noMarks = new Set<CameraId>();
  #writing: Promise<void> | undefined;
  #failed = false;

  constructor(write: WriteBatch, log: Log) {
    this.#write = write;
    this.#log = log;
  }

  gap(gap: StoredGap): void {
    put(this.#gaps, gap.id, gap);
  }

  noGap(id: string): void {
    this.#gaps.delete(id);
    this.#noGaps.add(id);
  }

  event(event: CameraEvent): void {
    put(this.#events, event.id, event);
  }

  mark(mark: RecordingMark): void {
    this.#noMarks.delete(mark.cameraId);
    this.#marks.set(mark.cameraId, mark);
  }

  noMark(camera: CameraId): void {
    this.#marks.delete(camera);
    this.#noMarks.add(camera);
  }

  /** Begins to write what there is, unless it is being done already. Never rejects. */
  flush(): Promise<void> {
    this.#writing ??= this.#isEmpty()
      ? undefined
      : this.#flush().finally(() => {
          this.#writing = undefined;
        });
    return this.#writing ?? Promise.resolve();
  }

  /** Resolves when everything is written, or was refused once more. */
  async drain(): Promise<void> {
    await this.#writing;
    await this.flush();
  }

  async #flush(): Promise<void> {
    const { gaps, noGaps, events, marks, noMarks } = this.#take();
    try {
      await this.#write({
        gaps: [...gaps.values()],
        noGaps: [...noGaps],
        events: [...events.values()],
        marks: [...marks.values()],
        noMarks: [...noMarks],
      });
      this.#failed = false;
    } catch (error) {
      if (!this.#failed) this.#log.error('Gaps in recordings cannot be written to the database', { error });
      this.#failed = true;
      // What changed meanwhile is newer.
      for (const gap of this.#gaps.values()) put(gaps, gap.id, gap);
      for (const event of this.#events.values()) put(events, event.id, event);
      for (const mark of this.#marks.values()) marks.set(mark.cameraId, mark);
      for (const id of this.#noGaps) gaps.delete(id);
      this.#gaps = gaps;
      this.#events = events;
      this.#marks = marks;
      this.#noGaps = new Set([...noGaps, ...this.#noGaps]);
      this.#noMarks = new Set([...noMarks, ...this.#noMarks]);
    }
  }

  #take() {
    const taken = {
      gaps: this.#gaps,
      noGaps: this.#noGaps,
      events: this.#events,
      marks: this.#marks,
      noMarks: this.#noMarks,
    };
    this.#gaps = new Map();
    this.#noGaps = new Set();
    this.#events = new Map();
    this.#marks = new Map();
    this.#noMarks = new Set();
    return taken;
  }

  #isEmpty(): boolean {
    const sizes = [this.#gaps, this.#noGaps, this.#events, this.#marks, this.#noMarks];
    return sizes.every(({ size }) => size === 0);
  }
}

function put<T>(rows: Map<string, T>, id: string, row: T): void {
  rows.set(id, row);
  const [oldest] = rows.keys();
  if (rows.size > maxRows && oldest !== undefined) rows.delete(oldest);
}
