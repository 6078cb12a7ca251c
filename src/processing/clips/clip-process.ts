/**
 * One clip worker as the server sees it: a process that does one job at a time.
 *
 * In: jobs, and the clip's bytes when it asks for them. Out: what it found or made. A process that crashes, hangs or talks
 * nonsense costs the job it had; so does one that takes too long.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import { WorkerChild } from '../../io/worker/child.ts';
import type { ClipMeasures, ClipSegmentOrder, FromClipWorker, ToClipWorker } from './messages.ts';
import { bytesMessage, readFromClipWorker, segmentMessage } from './messages.ts';

/** A clip as it is read; never as a whole. */
export interface ReadableClip {
  readonly sizeBytes: number;
  /** Bytes [start, end); the error is for people. */
  read(start: number, end: number): Promise<Result<Uint8Array, string>>;
}

export interface ClipJob {
  readonly clip: ReadableClip;
  /** Absent: the clip is measured. */
  readonly order?: ClipSegmentOrder;
}

export type ClipJobResult =
  | { readonly kind: 'measured'; readonly facts: ClipMeasures }
  | {
      readonly kind: 'made';
      readonly bytes: Uint8Array;
      readonly durationMs: number;
      readonly encoder: string;
    };

export interface ClipJobFault {
  readonly kind: 'broken' | 'unavailable' | 'failed';
  /** For people. */
  readonly message: string;
}

export interface ClipProcessOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Path of the program; for tests. */
  readonly program?: string;
  /** For tests; by default by what there is to read. */
  readonly jobMs?: number;
}

/** A small machine encodes nine seconds in fewer. */
const jobMs = 60_000;
/** And a large file without an index is read whole once. */
const readBytesPerMs = 10_000;
/** Of one segment: nine seconds at the largest bitrate that can be set. */
const maxSegmentBytes = 128 * 1024 * 1024;
/** Asked for and not answered: the worker has a picture and a sound to read, in pieces. */
const maxReads = 64;

interface RunningJob {
  readonly job: ClipJob;
  readonly timer: Timer;
  readonly chunks: Uint8Array[];
  bytes: number;
  reads: number;
  resolve(result: Result<ClipJobResult, ClipJobFault>): void;
}

export class ClipProcess {
  readonly #options: ClipProcessOptions;
  #child: WorkerChild | undefined;
  #running: RunningJob | undefined;

  constructor(options: ClipProcessOptions) {
    this.#options = options;
  }

  /** Process id while there is a process. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Always resolves. Must not be called before the job before has resolved. */
  run(job: ClipJob): Promise<Result<ClipJobResult, ClipJobFault>> {
    if (this.#running) throw new Error('a clip worker has one job at a time');
    const child = (this.#child ??= this.#start());
    const limitMs = this.#options.jobMs ?? jobMs + job.clip.sizeBytes / readBytesPerMs;
    return new Promise((resolve) => {
      const timer = this.#options.clock.after(limitMs, () => this.#kill('it took too long for a clip'));
      this.#running = { job, timer, chunks: [], bytes: 0, reads: 0, resolve };
      const { sizeBytes } = job.clip;
      this.#tell(
        child,
        job.order ? { type: 'segment', sizeBytes, order: job.order } : { type: 'probe', sizeBytes },
      );
    });
  }

  /** Ends the process; the next job starts another. Resolves when it is gone. */
  async close(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    this.#finish(err({ kind: 'failed', message: 'The clip worker was stopped.' }));
    await child?.close();
  }

  #start(): WorkerChild {
    const { clock, log } = this.#options;
    const program = this.#options.program ?? `${import.meta.dirname}/worker/main.ts`;
    const child: WorkerChild = new WorkerChild(
      { program, clock, log: log.child({ worker: 'clips' }) },
      {
        json: (message) => this.#hear(child, message),
        message: (kind, payload) => this.#takeBytes(child, kind, payload),
        exited: (reason) => this.#lost(child, reason),
      },
    );
    return child;
  }

  #hear(child: WorkerChild, json: unknown): void {
    const message = readFromClipWorker(json);
    if (!message) child.kill('it sent a control message of an unknown shape');
    else if (message.type === 'read') void this.#read(child, message);
    else this.#finish(this.#resultOf(message));
  }

  #resultOf(message: Exclude<FromClipWorker, { type: 'read' }>): Result<ClipJobResult, ClipJobFault> {
    if (message.type === 'fault') return err({ kind: message.kind, message: message.message });
    if (message.type === 'measured') return ok({ kind: 'measured', facts: message.facts });
    const bytes = joined(this.#running?.chunks ?? [], this.#running?.bytes ?? 0);
    return ok({ kind: 'made', bytes, durationMs: message.durationMs, encoder: message.encoder });
  }

  async #read(child: WorkerChild, { read, start, end }: FromClipWorker & { type: 'read' }): Promise<void> {
    const running = this.#running;
    if (!running) return;
    if (running.reads >= maxReads) return child.kill('it reads more than it takes');
    running.reads += 1;
    const bytes = await running.job.clip.read(start, end);
    running.reads -= 1;
    if (this.#running !== running) return;
    if (!bytes.ok) return this.#tell(child, { type: 'unread', read });
    const answer = new Uint8Array(4 + bytes.value.length);
    new DataView(answer.buffer).setUint32(0, read);
    answer.set(bytes.value, 4);
    if (!child.send(bytesMessage, answer)) child.kill('it does not take what it asked for');
  }

  #takeBytes(child: WorkerChild, kind: number, payload: Uint8Array): void {
    const running = this.#running;
    if (!running) return;
    running.bytes += payload.length;
    if (kind !== segmentMessage || running.bytes > maxSegmentBytes) {
      child.kill('it sent bytes that nobody wanted');
      return;
    }
    running.chunks.push(payload);
  }

  #lost(child: WorkerChild, reason: string): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    const message = `The clip could not be worked on: the process that did ended (${reason}).`;
    this.#finish(err({ kind: 'failed', message }));
  }

  #kill(reason: string): void {
    this.#child?.kill(reason);
  }

  #finish(result: Result<ClipJobResult, ClipJobFault>): void {
    const running = this.#running;
    this.#running = undefined;
    running?.timer.cancel();
    running?.resolve(result);
  }

  #tell(child: WorkerChild, message: ToClipWorker): void {
    if (!child.sendJson(message)) child.kill('it does not read what it is told');
  }
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
