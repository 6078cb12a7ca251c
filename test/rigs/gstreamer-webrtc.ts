/**
 * WebRTC clients of GStreamer in a child process, which ends when this process does.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface GstWebRtc {
  /** What it told so far, for example `answered 201` and `pictures 25`. */
  readonly told: readonly string[];
  /** With a farewell. */
  leave(): Promise<void>;
  /** At once. */
  kill(): Promise<void>;
}

const script = fileURLToPath(new URL('gstreamer-webrtc.py', import.meta.url));
/** The distribution's own Python has the bindings; another one earlier in the PATH may not. */
const python = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';

/** @param url WHEP to watch, WHIP to publish. */
export function startGstWebRtc(mode: 'watch' | 'publish', url: string): GstWebRtc {
  const child = spawn(python, [script, mode, url], { stdio: ['pipe', 'pipe', 'ignore'] });
  const told: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => told.push(line));
  child.stdin.on('error', () => undefined);
  const exited = once(child, 'exit');
  return {
    told,
    leave: async () => {
      child.stdin.end();
      await exited;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
