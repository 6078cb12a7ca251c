/**
 * A worker process as the server sees it: started, pinged, killed when silent or talking nonsense, and its end noticed.
 *
 * In: a program (a TypeScript file that calls `connectToParent`). Out: its messages, and one `exited` with the reason.
 * The program gets no secrets: only a short list of environment variables is passed on.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { WorkerChannel } from './channel.ts';
import { messageKind } from './framing.ts';
import { LineLog } from './line-log.ts';

export interface WorkerLimits {
  readonly pingEveryMs: number;
  /** So many pings in a row without any message from the worker: it hangs and is killed. */
  readonly unansweredPings: number;
  /** The same before its first message of its own: loading native code from a slow card takes seconds. */
  readonly unansweredPingsAtStart: number;
}

/** Silence is ended after six seconds. */
const defaultWorkerLimits: WorkerLimits = {
  pingEveryMs: 2000,
  unansweredPings: 3,
  unansweredPingsAtStart: 15,
};

export interface WorkerChildOptions {
  /** Path of the program. */
  readonly program: string;
  readonly clock: Clock;
  /** Gets what the program writes to stderr, bounded. */
  readonly log: Log;
  readonly limits?: WorkerLimits;
}

export interface WorkerChildHooks {
  /** A control message. Its shape is the program's business and not yet checked. */
  json(message: unknown): void;
  /** A message of the program's own kind, 16 or above. */
  message(kind: number, payload: Uint8Array): void;
  /** Exactly once, when the process is gone, unless `close` was called before. */
  exited(reason: string): void;
}

/** Between the end of the pipe and the end of the process. */
const exitGraceMs = 500;
/** What a worker may know of its surroundings: the time zone, the language, where libraries lie. */
const passedOn = ['TZ', 'LANG', 'LC_ALL', 'LD_LIBRARY_PATH', 'SystemRoot', 'TEMP', 'TMPDIR'];
/**
 * Small heaps: a worker's memory counts on small machines, and one that is led to take more by bad input ends before
 * the machine suffers. Native memory and byte arrays are not counted.
 */
const nodeOptions = ['--max-semi-space-size=1', '--max-old-space-size=128', '--no-warnings'];

export class WorkerChild {
  readonly #process: ChildProcess;
  readonly #channel: WorkerChannel;
  readonly #hooks: WorkerChildHooks;
  readonly #clock: Clock;
  readonly #limits: WorkerLimits;
  readonly #gone: Promise<void>;
  #state: 'starting' | 'running' | 'closing' | 'gone' = 'starting';
  #unanswered = 0;
  #pingTimer: Timer | undefined;
  #killReason: string | undefined;

  constructor(options: WorkerChildOptions, hooks: WorkerChildHooks) {
    this.#hooks = hooks;
    this.#clock = options.clock;
    this.#limits = options.limits ?? defaultWorkerLimits;
    this.#process = spawn(process.execPath, [...nodeOptions, options.program], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      env: Object.fromEntries(passedOn.map((name) => [name, process.env[name]])),
      windowsHide: true,
    });
    this.#channel = new WorkerChannel(this.#process.stdio[3] as Duplex, {
      message: (kind, payload) => this.#receive(kind, payload),
      closed: (fault) => this.#lose(fault),
    });
    const lines = new LineLog(options.log, options.clock);
    this.#process.stderr?.on('data', (chunk: Uint8Array) => lines.push(chunk));
    this.#gone = new Promise((resolve) => {
      const end = (reason: string): void => {
        this.#exit(reason);
        resolve();
      };
      this.#process.once('exit', (code, signal) => end(exitReason(code, signal)));
      this.#process.once('error', (error) => end(`it could not be started: ${error.message}`));
    });
    this.#ping();
  }

  /** Undefined when the system refused to start it. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Bytes written that the worker has not taken. */
  get queuedBytes(): number {
    return this.#channel.queuedBytes;
  }

  /** False when the worker takes no more: its queue is full, or it is gone. */
  send(kind: number, payload: Uint8Array): boolean {
    return this.#channel.send(kind, payload);
  }

  sendJson(message: object): boolean {
    return this.#channel.sendJson(message);
  }

  /** At once and without asking; `exited` follows with this reason. */
  kill(reason: string): void {
    if (this.#state === 'gone') return;
    this.#killReason ??= reason;
    this.#process.kill('SIGKILL');
  }

  /** Ends the process; resolves when it is gone. No hook is called any more. */
  close(): Promise<void> {
    if (this.#state !== 'gone') {
      this.#state = 'closing';
      this.#channel.close();
      this.#process.kill('SIGKILL'); // it holds nothing that could be lost
    }
    return this.#gone;
  }

  #receive(kind: number, payload: Uint8Array): void {
    if (this.#state === 'closing' || this.#state === 'gone' || this.#killReason !== undefined) return;
    this.#unanswered = 0;
    if (kind === messageKind.pong) return;
    this.#state = 'running';
    if (kind >= messageKind.firstOwn) {
      this.#hooks.message(kind, payload);
    } else if (kind === messageKind.json) {
      this.#receiveJson(payload);
    } else {
      this.kill(`it sent a message of the unknown kind ${kind}`);
    }
  }

  /** Mostly the process is ending by itself, and its exit says more than a closed pipe. */
  #lose(fault: string | undefined): void {
    if (fault !== undefined) this.kill(fault);
    else this.#clock.after(exitGraceMs, () => this.kill('it closed its pipe'));
  }

  #receiveJson(payload: Uint8Array): void {
    let message: unknown;
    try {
      message = JSON.parse(Buffer.from(payload).toString());
    } catch {
      this.kill('it sent a control message that is not JSON');
      return;
    }
    this.#hooks.json(message);
  }

  /**
   * Pings are counted, not seconds: when the server itself was held up, or the machine slept, one late
   * tick says nothing about the worker.
   */
  #ping(): void {
    if (this.#state === 'closing' || this.#state === 'gone') return;
    const { unansweredPings, unansweredPingsAtStart, pingEveryMs } = this.#limits;
    if (this.#unanswered >= (this.#state === 'starting' ? unansweredPingsAtStart : unansweredPings)) {
      this.kill(`it did not answer for ${(this.#unanswered * pingEveryMs) / 1000} s`);
      return;
    }
    this.#unanswered += 1;
    this.#channel.send(messageKind.ping);
    this.#pingTimer = this.#clock.after(pingEveryMs, () => this.#ping());
  }

  #exit(reason: string): void {
    if (this.#state === 'gone') return;
    const closing = this.#state === 'closing';
    this.#state = 'gone';
    this.#pingTimer?.cancel();
    this.#channel.close();
    if (!closing) this.#hooks.exited(this.#killReason ?? reason);
  }
}

function exitReason(code: number | null, signal: string | null): string {
  return signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`;
}
