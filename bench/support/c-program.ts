/**
 * A program in C: compiled when a bench begins, run as a child process, and ended with it.
 *
 * In:  a source file of `bench/`. Out: lines asked for and answered over its standard input and output; it ends when
 * its input closes, so it never outlives this process.
 */
import type { ChildProcessByStdio } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

const compiledWithinMs = 30_000;
const exitWithinMs = 3000;

/** A folder of this process for what it makes, gone when it ends. */
export const scratchFolder = mkdtempSync(join(tmpdir(), 'sightline-bench-'));
process.on('exit', () => rmSync(scratchFolder, { recursive: true, force: true }));

/** The usual variable of build tools. */
const compiler = process.env['CC'] ?? 'gcc';

/** @param source path below `bench/`. @returns the executable. @throws without a C compiler. */
export function compileC(source: string): string {
  const executable = join(scratchFolder, basename(source, '.c'));
  const words = ['-O2', '-o', executable, resolve(import.meta.dirname, '..', source)];
  execFileSync(compiler, words, { stdio: 'inherit', timeout: compiledWithinMs });
  return executable;
}

export class CProgram {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  /** Written and not yet asked for: a handful. */
  readonly #lines: string[] = [];
  #onChange: () => void = () => undefined;

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>) {
    this.#child = child;
    createInterface(child.stdout).on('line', (line) => {
      this.#lines.push(line);
      this.#onChange();
    });
    child.on('exit', () => this.#onChange());
    // It may be gone before it has read everything; its exit says so.
    child.stdin.on('error', () => undefined);
  }

  static start(executable: string, words: readonly string[]): CProgram {
    return new CProgram(spawn(executable, words, { stdio: ['pipe', 'pipe', 'inherit'] }));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The next line it writes; fails after `withinMs` or when it ends without one. */
  async line(withinMs: number): Promise<string> {
    const deadlineMs = performance.now() + withinMs;
    for (;;) {
      const line = this.#lines.shift();
      if (line !== undefined) return line;
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0) throw new Error(`The program said nothing for ${withinMs / 1000} s.`);
      if (this.#hasEnded) throw new Error(`The program ended with ${this.#child.exitCode}.`);
      await new Promise<void>((wake) => {
        const timer = setTimeout(wake, leftMs);
        this.#onChange = () => {
          clearTimeout(timer);
          wake();
        };
      });
    }
  }

  /** Sends an empty line, which asks for one back. */
  async ask<T>(withinMs: number): Promise<T> {
    this.#child.stdin.write('\n');
    return JSON.parse(await this.line(withinMs)) as T;
  }

  async stop(): Promise<void> {
    if (this.#hasEnded) return;
    const exited = once(this.#child, 'exit');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), exitWithinMs);
    this.#child.stdin.end();
    await exited;
    clearTimeout(timer);
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}
