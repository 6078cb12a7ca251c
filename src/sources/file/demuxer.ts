/**
 * A media file as the server sees it: units one after another, taken apart by a process of its own.
 *
 * In: the path of a file. Out: its tracks, its units in order, and why it ended. A few units are read ahead, so that
 * a slow disk does not delay them.
 */
import type { Log } from '../../base/log.ts';
import { systemClock } from '../../io/clock.ts';
import { WorkerChild } from '../../io/worker/child.ts';
import type { Track } from '../../media/track.ts';
import type { FromDemuxer, ToDemuxer } from './messages.ts';
import { demuxerMessage, unpack } from './messages.ts';
import type { TrackUnit } from './media-file.ts';

/** A quarter of a second of a usual file with sound. */
const unitsAhead = 16;

export type DemuxerEnd = Extract<FromDemuxer, { type: 'end' }>;
type Delivery = Exclude<FromDemuxer, DemuxerEnd>;

export class Demuxer {
  readonly #child: WorkerChild;
  /** Asked for and not taken; at most `unitsAhead`, and tracks between them. */
  readonly #queue: Delivery[] = [];
  #end: DemuxerEnd | undefined;
  #wake: () => void = () => undefined;
  #damaged = 0;

  constructor(path: string, log: Log) {
    this.#child = new WorkerChild(
      // The system's clock: how fast a process answers has nothing to do with the time the file plays in.
      {
        program: `${import.meta.dirname}/program.ts`,
        clock: systemClock,
        log: log.child({ worker: 'file' }),
      },
      {
        json: () => this.#child.kill('it sent a control message, which it never does'),
        message: (kind, payload) => this.#receive(kind, payload),
        exited: (reason) => {
          log.warn('The process that read a media file ended', { reason });
          this.#finish({ type: 'end', kind: 'file', reason: undefined });
        },
      },
    );
    this.#tell({ type: 'open', path });
    this.#tell({ type: 'more', units: unitsAhead });
  }

  get damaged(): number {
    return this.#damaged;
  }

  /** The next tracks or unit, or the end; after the end always the end. */
  async next(): Promise<readonly Track[] | TrackUnit | DemuxerEnd> {
    while (this.#queue.length === 0 && !this.#end) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const delivery = this.#queue.shift();
    if (!delivery) return this.#end ?? { type: 'end', kind: 'file', reason: undefined };
    if (delivery.type === 'tracks') return delivery.tracks;
    this.#damaged = delivery.damaged;
    this.#tell({ type: 'more', units: 1 });
    return delivery.unit;
  }

  close(): void {
    void this.#child.close();
    this.#queue.length = 0;
    this.#finish({ type: 'end', kind: 'file', reason: 'The file was closed.' });
  }

  #receive(kind: number, payload: Uint8Array): void {
    const message = kind === demuxerMessage ? unpack(payload) : undefined;
    if (!message) this.#child.kill('it sent a message that nobody understands');
    else if (message.type === 'end') this.#finish(message);
    else if (!this.#end) this.#queue.push(message);
    this.#wake();
  }

  #finish(end: DemuxerEnd): void {
    this.#end ??= end;
    this.#wake();
  }

  #tell(message: ToDemuxer): void {
    this.#child.sendJson(message);
  }
}
