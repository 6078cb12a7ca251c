/**
 * The real server as users run it: a child process with a data folder of its own, on a port the system chose.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Camera, ProbeResult } from '../../src/api/contract/cameras.ts';

const root = resolve(import.meta.dirname, '../..');

export interface RunningServer {
  readonly url: string;
  readonly pid: number;
  readonly data: string;
  /** Everything the server wrote so far, for messages of failed tests. */
  output(): string;
  api<T>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }>;
  addCamera(camera: Record<string, unknown>): Promise<Camera>;
  probe(source: Record<string, unknown>): Promise<ProbeResult>;
  camera(id: string): Promise<Camera>;
  /** Polls until the camera is as wanted; fails with its last status after `withinMs`. */
  waitFor(id: string, what: string, wanted: (camera: Camera) => boolean, withinMs?: number): Promise<Camera>;
  stop(): Promise<void>;
  /** Like a power cut. */
  kill(): Promise<void>;
}

export interface ServerOptions {
  /** Text of the configuration file. */
  readonly config?: string;
  /** Whether the file allows cameras on this machine; it does when absent. */
  readonly localCameras?: boolean;
  /** Whether people have to sign in; not when absent. */
  readonly accounts?: boolean;
  /** Reuses the data folder of an earlier server. */
  readonly data?: string;
  readonly port?: number;
  /** Of RTSP; any free one when absent. Null: as the settings say. */
  readonly rtspPort?: number | null;
}

/** On a machine that does ten other things. */
const startedWithinMs = 90_000;

export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const data = options.data ?? (await mkdtemp(join(tmpdir(), 'sightline-test-')));
  const configFile = join(data, 'sightline.yaml');
  const network = (options.localCameras ?? true) ? 'network:\n  allow: [127.0.0.0/8]\n' : '';
  const fixed = `accounts: ${options.accounts ?? false}\n${network}`;
  await writeFile(configFile, fixed + (options.config ?? ''));
  const words = ['serve', '--config', configFile, '--data', data, '--port', String(options.port ?? 0)];
  const child = spawn(process.execPath, [join(root, 'bin/sightline.mjs'), ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Servers of several tests run at one time.
    env: {
      ...process.env,
      ...(options.rtspPort !== null && { SIGHTLINE__RTSP__PORT: String(options.rtspPort ?? 0) }),
      SIGHTLINE__WEBRTC__PORT: '0',
    },
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => output.push(String(text)));
  const url = await announcedUrl(child, output);
  return new Server(child, url, data, output, options.data === undefined);
}

async function announcedUrl(child: ChildProcess, output: string[]): Promise<string> {
  const deadline = Date.now() + startedWithinMs;
  while (Date.now() < deadline && child.exitCode === null) {
    const url = /http:\/\/[\w.[\]:]+/.exec(output.join(''))?.[0];
    if (url) return url;
    await new Promise((wake) => setTimeout(wake, 20));
  }
  child.kill('SIGKILL');
  throw new Error(`The server did not start:\n${output.join('')}`);
}

class Server implements RunningServer {
  readonly url: string;
  readonly data: string;
  readonly #child: ChildProcess;
  readonly #output: string[];
  readonly #ownsData: boolean;

  constructor(child: ChildProcess, url: string, data: string, output: string[], ownsData: boolean) {
    this.#child = child;
    this.url = url;
    this.data = data;
    this.#output = output;
    this.#ownsData = ownsData;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  output(): string {
    return this.#output.join('');
  }

  async api<T>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }> {
    const init: RequestInit = { method };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { 'content-type': 'application/json' };
    }
    const response = await fetch(this.url + path, init);
    const text = await response.text();
    return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as T };
  }

  async addCamera(camera: Record<string, unknown>): Promise<Camera> {
    const { status, body } = await this.api<Camera>('POST', '/api/v1/cameras', camera);
    if (status !== 201) throw new Error(`Adding a camera answered ${status}: ${JSON.stringify(body)}`);
    return body;
  }

  async probe(source: Record<string, unknown>): Promise<ProbeResult> {
    return (await this.api<ProbeResult>('POST', '/api/v1/cameras/probe', { source })).body;
  }

  async camera(id: string): Promise<Camera> {
    return (await this.api<Camera>('GET', `/api/v1/cameras/${id}`)).body;
  }

  async waitFor(
    id: string,
    what: string,
    wanted: (camera: Camera) => boolean,
    withinMs = 20_000,
  ): Promise<Camera> {
    const deadline = Date.now() + withinMs;
    let camera = await this.camera(id);
    while (!wanted(camera)) {
      if (Date.now() > deadline)
        throw new Error(`The camera never was ${what}: ${JSON.stringify(camera.status)}`);
      await new Promise((wake) => setTimeout(wake, 100));
      camera = await this.camera(id);
    }
    return camera;
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
    if (this.#ownsData) await rm(this.data, { recursive: true, force: true });
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill(signal);
    await exited;
  }
}
