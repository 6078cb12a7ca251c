/**
 * The server as a worker process sees it. Answers pings, and ends the process when the server is gone:
 * at once when the pipe closes, and within a second when the main thread is too busy to notice.
 */
import { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { WorkerChannel } from './channel.ts';
import { messageKind } from './framing.ts';

/** File descriptor of the pipe, as `child.ts` lays it. */
const pipeDescriptor = 3;

export interface ParentHooks {
  json(message: unknown): void;
  /** A message of the program's own kind, 16 or above. */
  message?(kind: number, payload: Uint8Array): void;
}

/** Call once, first thing in a worker's program. */
export function connectToParent(hooks: ParentHooks): WorkerChannel {
  const channel = new WorkerChannel(new Socket({ fd: pipeDescriptor, readable: true, writable: true }), {
    message: (kind, payload) => {
      if (kind === messageKind.ping) channel.send(messageKind.pong);
      if (kind === messageKind.json) hooks.json(JSON.parse(Buffer.from(payload).toString()));
      if (kind >= messageKind.firstOwn) hooks.message?.(kind, payload);
    },
    closed: endProcess,
  });
  watchParent();
  return channel;
}

/** `process.exit` would wait for native calls on the thread pool, which may never return. */
function endProcess(): void {
  process.kill(process.pid, 'SIGKILL');
}

/**
 * A thread that ends the process when its parent is gone, however stuck in native code the main thread is.
 * Plain JavaScript in a string: a TypeScript file would load the type stripper into the thread, which takes 30 MB
 * instead of 10. An orphan is given to another parent, except on Windows.
 */
const watchdogProgram = `
  const { workerData: parent } = require('node:worker_threads');
  const lives = () => {
    if (process.platform !== 'win32') return process.ppid === parent;
    try { return process.kill(parent, 0); } catch { return false; }
  };
  setInterval(() => lives() || process.kill(process.pid, 'SIGKILL'), 1000);
`;

function watchParent(): void {
  const watchdog = new Worker(watchdogProgram, {
    eval: true,
    workerData: process.ppid,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 },
  });
  watchdog.on('error', (error) => process.stderr.write(`The watchdog ended: ${String(error)}\n`));
  watchdog.unref();
}
