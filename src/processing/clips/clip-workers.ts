/**
 * Everything that is done with the inside of clips: measured when they arrive, made anew when they are shown.
 *
 * In: clips that can be read. Out: facts and segments. Promises: a bounded number of processes and of waiting jobs; a
 * damaged clip costs its own job and nothing else; processes end when nothing has been asked for a while.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { ClipJob, ClipJobFault, ClipJobResult, ReadableClip } from './clip-process.ts';
import { ClipProcess } from './clip-process.ts';
import type { ClipMeasures, ClipSegmentOrder } from './messages.ts';

export interface ClipWorkersOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** For tests. */
  readonly program?: string;
  readonly jobMs?: number;
}

export interface MadeClipSegment {
  /** MPEG-TS. */
  readonly bytes: Uint8Array;
  readonly durationMs: number;
  /** What was used, which may not be what was wished. */
  readonly encoder: string;
}

/** Encoding takes a core each; live pictures and recording need theirs. */
const maxProcesses = 2;
/** Uploads and viewers that wait; more would wait too long. */
const maxWaiting = 64;
/** Starting one takes a second: viewers ask every few seconds. */
const idleMs = 60_000;

export class ClipWorkers {
  readonly #options: ClipWorkersOptions;
  readonly #idle: { readonly process: ClipProcess; readonly timer: Timer }[] = [];
  readonly #busy = new Set<ClipProcess>();
  readonly #waiting: (() => void)[] = [];
  #closed = false;

  constructor(options: ClipWorkersOptions) {
    this.#options = options;
  }

  async probe(clip: ReadableClip): Promise<Result<ClipMeasures, ClipJobFault>> {
    const done = await this.#run({ clip });
    if (!done.ok) return done;
    return done.value.kind === 'measured' ? ok(done.value.facts) : err(strange);
  }

  async segment(clip: ReadableClip, order: ClipSegmentOrder): Promise<Result<MadeClipSegment, ClipJobFault>> {
    const done = await this.#run({ clip, order });
    if (!done.ok) return done;
    return done.value.kind === 'made' ? ok(done.value) : err(strange);
  }

  /** Process ids, for tests and the status. */
  pids(): readonly number[] {
    const all = [...this.#busy, ...this.#idle.map(({ process }) => process)];
    return all.map(({ pid }) => pid).filter((pid) => pid !== undefined);
  }

  /** Ends all processes; resolves when they are gone. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const wake of this.#waiting.splice(0)) wake();
    const idle = this.#idle.splice(0);
    for (const { timer } of idle) timer.cancel();
    const all = [...this.#busy, ...idle.map(({ process }) => process)];
    await Promise.all(all.map((process) => process.close()));
  }

  async #run(job: ClipJob): Promise<Result<ClipJobResult, ClipJobFault>> {
    if (this.#busy.size >= maxProcesses) {
      if (this.#waiting.length >= maxWaiting) {
        return err({ kind: 'failed', message: `${maxWaiting} clips wait to be worked on already.` });
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    if (this.#closed) return err({ kind: 'failed', message: 'The clip workers were stopped.' });
    const process = this.#take();
    this.#busy.add(process);
    try {
      return await process.run(job);
    } finally {
      this.#busy.delete(process);
      this.#rest(process);
      this.#waiting.shift()?.();
    }
  }

  #take(): ClipProcess {
    const idle = this.#idle.pop();
    idle?.timer.cancel();
    return idle?.process ?? new ClipProcess(this.#options);
  }

  #rest(process: ClipProcess): void {
    if (this.#closed) return void process.close();
    const timer = this.#options.clock.after(idleMs, () => {
      this.#idle.splice(
        this.#idle.findIndex((entry) => entry.process === process),
        1,
      );
      void process.close();
    });
    this.#idle.push({ process, timer });
  }
}

const strange: ClipJobFault = { kind: 'failed', message: 'The clip worker did something else than asked.' };
