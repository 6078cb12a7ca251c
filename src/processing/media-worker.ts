/**
 * The media worker as the server sees it: one child process with native code, started when first needed, kept warm,
 * started again when it dies.
 *
 * In: pipelines to open. Out: their coded pictures, and for each exactly one `ended` unless it was closed. When the
 * process dies every pipeline ends; whoever still wants one opens it again.
 */
import type { Clock, Timer } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { WorkerLimits } from '../io/worker/child.ts';
import { WorkerChild } from '../io/worker/child.ts';
import { maxPayloadBytes } from '../io/worker/framing.ts';
import { Restarts } from '../io/worker/restarts.ts';
import type { InputPieces, PipelineSpec, PipelineUnit, ToWorker } from './worker/protocol.ts';
import { decodeUnit, encodeInput, inputMessage, readFromWorker, unitMessage } from './worker/protocol.ts';

export interface PipelineFault {
  /** `unavailable`: this machine has no native code, trying again will not help. */
  readonly kind: 'unavailable' | 'worker';
  /** For people. */
  readonly message: string;
}

export interface PipelineSink {
  /** The process takes input for it from now on. Always later than `open`. */
  opened?(): void;
  unit(unit: PipelineUnit): void;
  /** Once, always later than `open`, unless the pipeline was closed before. Nothing follows. */
  ended(fault: PipelineFault): void;
}

export interface PipelineHandle {
  /** False when it was not taken: the process is behind, or the pipeline is not open. What builds on it is lost too. */
  send(input: InputPieces): boolean;
  close(): void;
}

export type MediaWorkerStatus =
  /** Nobody has asked for it yet. */
  | { readonly state: 'idle' }
  | { readonly state: 'starting' }
  | { readonly state: 'ready' }
  | { readonly state: 'unavailable'; readonly reason: string };

export interface MediaWorkerOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly limits?: WorkerLimits;
  /** Path of the program; for tests. */
  readonly program?: string;
}

/** Each costs native memory; more than this is a leak or an attack. */
export const maxPipelines = 64;
/** Of the pipe's queue; the rest is kept for control messages. */
export const maxInputQueueBytes = 6 * 1024 * 1024;
/** The first restart is immediate, the later ones wait, ever longer. */
const firstPauseMs = 500;
const maxPauseMs = 30_000;
/** A process that lived so long was well: its end is a new misfortune. */
const healthyAfterMs = 60_000;

interface OpenPipeline {
  readonly spec: PipelineSpec;
  readonly sink: PipelineSink;
}

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'starting'; readonly child: WorkerChild; readonly sinceMs: number }
  | { readonly kind: 'ready'; readonly child: WorkerChild; readonly sinceMs: number }
  | { readonly kind: 'pausing'; readonly timer: Timer }
  | { readonly kind: 'unavailable'; readonly reason: string }
  | { readonly kind: 'closed' };

export class MediaWorker {
  readonly #options: MediaWorkerOptions;
  readonly #pipelines = new Map<number, OpenPipeline>();
  #state: State = { kind: 'idle' };
  #nextPipeline = 1;
  #deathsInARow = 0;
  readonly restarts = new Restarts();

  constructor(options: MediaWorkerOptions) {
    this.#options = options;
  }

  status(): MediaWorkerStatus {
    const state = this.#state;
    switch (state.kind) {
      case 'idle':
      case 'ready':
        return { state: state.kind };
      case 'starting':
      case 'pausing':
        return { state: 'starting' };
      case 'unavailable':
        return { state: 'unavailable', reason: state.reason };
      case 'closed':
        return { state: 'unavailable', reason: 'The media worker was stopped.' };
    }
  }

  /** Process id while there is a process. */
  get pid(): number | undefined {
    return 'child' in this.#state ? this.#state.child.pid : undefined;
  }

  /** Starts the process before it is needed, so that the first picture does not wait for it. */
  warm(): void {
    if (this.#state.kind === 'idle') this.#start();
  }

  open(spec: PipelineSpec, sink: PipelineSink): PipelineHandle {
    const id = this.#nextPipeline;
    this.#nextPipeline = (this.#nextPipeline + 1) % 2 ** 32;
    const refusal = this.#refusal();
    this.#pipelines.set(id, { spec, sink });
    if (refusal) queueMicrotask(() => this.#end(id, refusal));
    else if (this.#state.kind === 'ready') {
      this.#tell({ type: 'open', pipeline: id, spec });
      queueMicrotask(() => this.#pipelines.get(id)?.sink.opened?.());
    } else this.warm();
    return { send: (input) => this.#send(id, input), close: () => this.#close(id) };
  }

  /** Bytes of input that the process has not taken. */
  get queuedBytes(): number {
    return this.#state.kind === 'ready' ? this.#state.child.queuedBytes : 0;
  }

  /** Ends the process; resolves when it is gone. Pipelines are dropped without a word. */
  async close(): Promise<void> {
    const state = this.#state;
    this.#state = { kind: 'closed' };
    this.#pipelines.clear();
    if (state.kind === 'pausing') state.timer.cancel();
    if ('child' in state) await state.child.close();
  }

  #refusal(): PipelineFault | undefined {
    if (this.#pipelines.size >= maxPipelines) {
      return { kind: 'worker', message: `The media worker has ${maxPipelines} pipelines already.` };
    }
    const status = this.status();
    return status.state === 'unavailable' ? { kind: 'unavailable', message: status.reason } : undefined;
  }

  #start(): void {
    const { clock, log, limits } = this.#options;
    const program = this.#options.program ?? `${import.meta.dirname}/worker/main.ts`;
    const child = new WorkerChild(
      { program, clock, log: log.child({ worker: 'media' }), ...(limits && { limits }) },
      {
        json: (message) => this.#hear(child, message),
        message: (kind, payload) => this.#deliver(child, kind, payload),
        exited: (reason) => this.#died(reason),
      },
    );
    this.#state = { kind: 'starting', child, sinceMs: clock.monotonicMs() };
  }

  #hear(child: WorkerChild, json: unknown): void {
    const message = readFromWorker(json);
    switch (message?.type) {
      case undefined:
        child.kill('it sent a control message of an unknown shape');
        return;
      case 'ready':
        this.#ready(child);
        return;
      case 'unavailable':
        this.#unavailable(child, message.reason);
        return;
      case 'ended':
        this.#end(message.pipeline, {
          kind: 'worker',
          message: `The media worker failed: ${message.reason}.`,
        });
    }
  }

  #ready(child: WorkerChild): void {
    if (this.#state.kind !== 'starting') return;
    this.#state = { kind: 'ready', child, sinceMs: this.#state.sinceMs };
    const waiting = Array.from(this.#pipelines); // a sink may close others
    for (const [pipeline, { spec }] of waiting) this.#tell({ type: 'open', pipeline, spec });
    for (const [pipeline] of waiting) this.#pipelines.get(pipeline)?.sink.opened?.();
  }

  #unavailable(child: WorkerChild, cause: string): void {
    this.#options.log.warn('The media worker is not available', { cause });
    const reason =
      'FFmpeg for Node (the optional package node-av) is not installed or does not run on this machine.';
    this.#state = { kind: 'unavailable', reason };
    void child.close();
    this.#endAll({ kind: 'unavailable', message: reason });
  }

  #deliver(child: WorkerChild, kind: number, payload: Uint8Array): void {
    const decoded = kind === unitMessage ? decodeUnit(payload) : undefined;
    if (decoded) this.#pipelines.get(decoded.pipeline)?.sink.unit(decoded.unit);
    else child.kill('it sent a message that is no picture');
  }

  #died(reason: string): void {
    if (!('child' in this.#state)) return;
    const { clock, log } = this.#options;
    if (clock.monotonicMs() - this.#state.sinceMs >= healthyAfterMs) this.#deathsInARow = 0;
    this.#deathsInARow += 1;
    this.restarts.note(clock.monotonicMs());
    const pauseMs =
      this.#deathsInARow === 1 ? 0 : Math.min(maxPauseMs, firstPauseMs * 2 ** (this.#deathsInARow - 2));
    log.warn('The media worker ended and is started again', { reason, pauseMs });
    this.#state = { kind: 'pausing', timer: clock.after(pauseMs, () => this.#start()) };
    this.#endAll({ kind: 'worker', message: `The media worker ended (${reason}) and is started again.` });
  }

  #endAll(fault: PipelineFault): void {
    const ids = Array.from(this.#pipelines.keys()); // a sink may open again at once
    for (const id of ids) this.#end(id, fault);
  }

  #end(id: number, fault: PipelineFault): void {
    const pipeline = this.#pipelines.get(id);
    this.#pipelines.delete(id);
    pipeline?.sink.ended(fault);
  }

  #close(id: number): void {
    if (this.#pipelines.delete(id) && this.#state.kind === 'ready')
      this.#tell({ type: 'close', pipeline: id });
  }

  #send(pipeline: number, input: InputPieces): boolean {
    if (this.#state.kind !== 'ready' || !this.#pipelines.has(pipeline)) return false;
    if (this.queuedBytes > maxInputQueueBytes) return false;
    const message = encodeInput(pipeline, input);
    return message.length <= maxPayloadBytes && this.#state.child.send(inputMessage, message);
  }

  /** Control messages are tiny: when one does not fit, the process has not read for long. */
  #tell(message: ToWorker): void {
    if (this.#state.kind !== 'ready') return;
    if (!this.#state.child.sendJson(message)) this.#state.child.kill('it does not read what it is told');
  }
}
