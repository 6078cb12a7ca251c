/**
 * Imports in a thread of their own: reading half a megabyte of YAML that was made to be slow takes seconds, which
 * streams must not wait for. In memory and time it is bounded; what does not come to an end is refused.
 */
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import type { Result } from '../../base/result.ts';
import { err } from '../../base/result.ts';
import type { ImportInput, Imported } from './import.ts';
import { importCameras } from './import.ts';

/** Ten times what the largest honest file takes on a slow machine. */
const longestMs = 20_000;
/** Far above what the largest honest file needs. */
const resourceLimits = { maxOldGenerationSizeMb: 256 };
/** One person imports at a time; a second may try at the same moment. */
const maxAtOnce = 2;

let running = 0;

/** Does not reject. */
export async function importInThread(input: ImportInput): Promise<Result<Imported, string>> {
  if (running >= maxAtOnce)
    return err('Other files are being read at the moment. Try again in a few seconds.');
  running += 1;
  try {
    return await answerOf(input);
  } finally {
    running -= 1;
  }
}

function answerOf(input: ImportInput): Promise<Result<Imported, string>> {
  const { promise, resolve } = Promise.withResolvers<Result<Imported, string>>();
  const worker = new Worker(new URL(import.meta.url), { workerData: input, resourceLimits });
  const gaveUp = err('This file takes too long, or too much memory, to read.');
  const timer = setTimeout(() => resolve(gaveUp), longestMs);
  worker.once('message', (answer: Result<Imported, string>) => resolve(answer));
  worker.once('error', () => resolve(gaveUp));
  worker.once('exit', () => resolve(gaveUp));
  return promise.finally(() => {
    clearTimeout(timer);
    void worker.terminate();
  });
}

if (!isMainThread && parentPort) parentPort.postMessage(importCameras(workerData as ImportInput));
