/**
 * A WebRTC client that is no browser, in a child process: see `webrtc-client-program.ts`.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ClientResult } from './webrtc-client-program.ts';

const program = fileURLToPath(new URL('webrtc-client-program.ts', import.meta.url));

export interface ClientOptions {
  /** Connections, one after the other. */
  readonly rounds?: number;
  /** Damaged RTCP packets that are sent in each. */
  readonly packets?: number;
  readonly seed?: number;
}

export async function runWebRtcClient(
  url: string,
  { rounds = 1, packets = 0, seed = 1 }: ClientOptions = {},
): Promise<ClientResult> {
  const words = [url, rounds, packets, seed].map(String);
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ['--no-warnings', program, ...words], { timeout: 120_000 });
  return JSON.parse(stdout) as ClientResult;
}
