/**
 * The process that takes one media file apart. Started by `demuxer.ts`; sends units only as far as they were asked for.
 *
 * A process of its own, because a file can say that it has two thousand million pictures, and the library then counts
 * them all: that must cost this process its life, not the server its memory.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { connectToParent } from '../../io/worker/parent.ts';
import { MediaFile } from './media-file.ts';
import type { FromDemuxer, ToDemuxer } from './messages.ts';
import { demuxerMessage, pack } from './messages.ts';

/** Until the pipe has room again. */
const retryMs = 20;

/** Units the server has asked for and not got. */
const credit = { units: 0, granted: (): void => undefined };

const parent = connectToParent({
  json: (message) => {
    const order = message as ToDemuxer;
    if (order.type === 'open') void play(order.path);
    else credit.units += order.units;
    credit.granted();
  },
});

async function play(path: string): Promise<void> {
  try {
    const opened = await MediaFile.open(path);
    if (!opened.ok) return await send({ type: 'end', kind: 'unsupported', reason: opened.error });
    await send({ type: 'tracks', tracks: opened.value.tracks });
    for (;;) {
      while (credit.units === 0) await new Promise<void>((resolve) => (credit.granted = resolve));
      credit.units -= 1;
      const next = await opened.value.next();
      if (!next.ok) return await send({ type: 'end', kind: 'file', reason: next.error });
      if (next.value.unit.config) await send({ type: 'tracks', tracks: opened.value.tracks });
      await send({ type: 'unit', unit: next.value, damaged: opened.value.damaged });
    }
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return await send({ type: 'end', kind: 'file', reason: undefined });
  }
}

async function send(message: FromDemuxer): Promise<void> {
  const bytes = pack(message);
  while (!parent.send(demuxerMessage, bytes)) await sleep(retryMs);
}
