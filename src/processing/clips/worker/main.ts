/**
 * The program of a clip worker: measures clips and makes segments of them, one job at a time. Started by
 * `clip-process.ts`, and ended by it when a clip leads it astray.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { connectToParent } from '../../../io/worker/parent.ts';
import type { ClipSegmentOrder, FromClipWorker, ToClipWorker } from '../messages.ts';
import { bytesMessage, segmentMessage } from '../messages.ts';
import { measure, openClip, openInput } from './clip-input.ts';
import { RemoteFile } from './remote-file.ts';
import type { makeSegment } from './segment.ts';

/** Until the pipe has room again. */
const retryMs = 10;
const contradicted = 'The file is damaged: what it says of its contents is not so.';
const chunkBytes = 512 * 1024;

let file: RemoteFile | undefined;

const parent = connectToParent({
  json: (message) => obey(message as ToClipWorker),
  message: (kind, payload) => {
    if (kind === bytesMessage) takeBytes(payload);
  },
});

function obey(message: ToClipWorker): void {
  if (message.type === 'unread') {
    file?.answer(message.read, undefined);
    return;
  }
  file = new RemoteFile(message.sizeBytes, {
    ask: (read, start, end) => void tell({ type: 'read', read, start, end }),
  });
  void work(file, message.type === 'segment' ? message.order : undefined);
}

function takeBytes(payload: Uint8Array): void {
  const read = new DataView(payload.buffer, payload.byteOffset, payload.byteLength).getUint32(0);
  file?.answer(read, payload.subarray(4));
}

async function work(of: RemoteFile, order: ClipSegmentOrder | undefined): Promise<void> {
  const input = openInput(of);
  try {
    const clip = await openClip(input);
    if (!clip.ok) return await tell({ type: 'fault', kind: 'broken', message: clip.error });
    if (!order) {
      const facts = await measure(clip.value);
      if (facts.ok) return await tell({ type: 'measured', facts: facts.value });
      return await tell({ type: 'fault', kind: 'broken', message: facts.error });
    }
    const native = await loadNativeCode();
    if (!native) return await tell({ type: 'fault', kind: 'unavailable', message: withoutNativeCode });
    const made = await native.makeSegment(clip.value, order);
    if (!made.ok) return await tell({ type: 'fault', kind: 'broken', message: made.error });
    await sendBytes(made.value.bytes);
    return await tell({ type: 'made', durationMs: made.value.durationMs, encoder: made.value.encoder });
  } catch {
    // Libraries throw at files that contradict themselves, in words that are meant for their authors.
    return await tell({ type: 'fault', kind: 'broken', message: contradicted });
  } finally {
    input.dispose();
  }
}

const withoutNativeCode =
  'FFmpeg for Node (the optional package node-av) is not installed or does not run on this machine.';

interface NativeCode {
  readonly makeSegment: typeof makeSegment;
}

async function loadNativeCode(): Promise<NativeCode | undefined> {
  try {
    const [{ Log }, { AV_LOG_FATAL }] = await Promise.all([
      import('node-av/lib'),
      import('node-av/constants'),
    ]);
    Log.setLevel(AV_LOG_FATAL);
    return await import('./segment.ts');
  } catch (error) {
    process.stderr.write(`${String(error)}\n`);
    return undefined;
  }
}

async function sendBytes(bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    while (!parent.send(segmentMessage, bytes.subarray(at, at + chunkBytes))) await sleep(retryMs);
  }
}

async function tell(message: FromClipWorker): Promise<void> {
  while (!parent.sendJson(message)) await sleep(retryMs);
}
