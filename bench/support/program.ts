/**
 * A measured program: a child process that answers questions and dies with its parent.
 *
 * In:  the file of a program that calls `serveParent`. Out: questions and answers as values, over the IPC channel.
 */
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

/** TypeScript is stripped and the first socket opened well within this. */
const startedWithinMs = 20_000;
/** A profile is written on the way out. */
const exitWithinMs = 10_000;

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

export interface ProgramOptions {
  /** For the child's `process.argv`. */
  readonly args?: readonly string[];
  /** Folder for a CPU profile of the child, written when it stops. */
  readonly profileFolder?: string | undefined;
  /** For the child's V8, to see what it does. */
  readonly v8Flag?: string | undefined;
}

export class Program {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: Error) => void }
  >();
  #nextId = 1;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (answer: Answer) => this.#onAnswer(answer));
    child.on('exit', (code, signal) => this.#onExit(`the program ended with ${signal ?? code}`));
  }

  /** @param file beside this one */
  static async start(file: string, options: ProgramOptions = {}): Promise<Program> {
    const { args = [], profileFolder, v8Flag } = options;
    const profile = profileFolder ? ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`] : [];
    const child = fork(resolve(import.meta.dirname, file), args, {
      execArgv: [...profile, ...(v8Flag ? [v8Flag] : [])],
      serialization: 'advanced',
    });
    const program = new Program(child);
    const timer = setTimeout(() => child.kill('SIGKILL'), startedWithinMs);
    await program.ask('ready').finally(() => clearTimeout(timer));
    return program;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async ask<T>(name: string, argument?: unknown): Promise<T> {
    const id = this.#nextId++;
    const answered = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#child.send({ id, name, argument });
    return (await answered) as T;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), exitWithinMs);
    if (this.#child.connected) this.#child.disconnect();
    await exited;
    clearTimeout(timer);
  }

  #onAnswer({ id, value, error }: Answer): void {
    const asked = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) asked?.resolve(value);
    else asked?.reject(new Error(error));
  }

  #onExit(why: string): void {
    for (const asked of this.#waiting.values()) asked.reject(new Error(why));
    this.#waiting.clear();
  }
}

/** Runs `use` with a program that is stopped afterwards, whatever happens. */
export async function withProgram<T>(
  start: Promise<Program>,
  use: (program: Program) => Promise<T>,
): Promise<T> {
  const program = await start;
  try {
    return await use(program);
  } finally {
    await program.stop();
  }
}

type Handlers = Readonly<Record<string, (argument: never) => unknown>>;

interface Question {
  readonly id: number;
  readonly name: string;
  readonly argument: never;
}

/** In the child: answers its parent, and ends when the parent is gone. */
export function serveParent(handlers: Handlers): void {
  const all: Handlers = { ready: () => true, usage: () => usage(), ...handlers };
  process.on('message', ({ id, name, argument }: Question) => {
    void Promise.resolve()
      .then(() => all[name]?.(argument))
      .then(
        (value) => process.send?.({ id, value }),
        (error: unknown) => process.send?.({ id, error: String(error) }),
      );
  });
  process.on('disconnect', () => process.exit());
}

/** What a process has used since it began. */
export interface Usage {
  /** User and system time of all its threads. */
  readonly cpuMs: number;
  /** Of a clock all processes of this machine share. */
  readonly atMs: number;
}

function usage(): Usage {
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1000, atMs: sharedNowMs() };
}

/** Monotonic, and the same in every process of this machine. */
export function sharedNowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
