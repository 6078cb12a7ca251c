/**
 * The command as it is typed, for what the usual test server hides: its first words, its exit code.
 */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { until } from './until.ts';

const program = resolve(import.meta.dirname, '../../../bin/sightline.mjs');

export interface Command {
  readonly pid: number;
  readonly exit: Promise<number | null>;
  output(): string;
  complaints(): string;
  /** Where it says the dashboard is. */
  url(): Promise<string>;
  send(signal: NodeJS.Signals): void;
}

export function sightline(...words: readonly string[]): Command {
  // Servers of several tests run at one time.
  const env = {
    ...process.env,
    SIGHTLINE__ACCOUNTS: 'false',
    SIGHTLINE__RTSP__PORT: '0',
    SIGHTLINE__WEBRTC__PORT: '0',
  };
  const child = spawn(process.execPath, [program, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let complaints = '';
  child.stdout.on('data', (text) => (output += String(text)));
  child.stderr.on('data', (text) => (complaints += String(text)));
  const killed = (): void => void child.kill('SIGKILL');
  process.once('exit', killed);
  return {
    pid: child.pid ?? 0,
    exit: new Promise((done) => child.once('close', (code) => done(code))),
    output: () => output,
    complaints: () => complaints,
    url: () =>
      until(
        'the server says where it is',
        () => /http:\/\/[\w.[\]:]+/.exec(output)?.[0],
        30_000,
        () => output + complaints,
      ),
    send: (signal) => void child.kill(signal),
  };
}
