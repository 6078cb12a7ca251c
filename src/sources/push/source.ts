/**
 * Cameras that are sent to: media comes from whoever publishes (RTSP RECORD, WHIP).
 *
 * In:  publishers, one at a time. Out: their tracks and units, as any source delivers them (`hub/source.ts`).
 *
 *   waiting ──publish──► taken ──the publisher ends, or the stream lets it go──► over; the stream connects anew
 *
 * Promise: a publisher is told once when it is not wanted any more, and nothing of it is taken afterwards.
 */
import type { Clock } from '../../base/clock.ts';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { MonotonicMs } from '../../base/units.ts';
import type { Publisher, PublishRefusal } from '../../hub/publishing.ts';
import type { Source, SourceConnection, SourceCounters, SourceFault, SourceSink } from '../../hub/source.ts';
import type { AccessUnit, Track } from '../../media/track.ts';

/** A sender that was cut off often returns before its old connection is found dead; it may take the place then. */
export const takeOverSilenceMs = 5000;

const noCounters: SourceCounters = { bytesReceived: 0, packetsReceived: 0, packetsLost: 0, damaged: 0 };
const replaced: SourceFault = { kind: 'ended', message: 'Another sender took the place of a silent one.' };

export interface PushSourceOptions {
  readonly clock: Clock;
  /** It can be sent to from now on. */
  readonly onOpen?: (source: PushSource) => void;
  /** It can not any more. */
  readonly onClose?: (source: PushSource) => void;
}

export class PushSource implements Source {
  readonly kind = 'push';
  readonly host = undefined;
  readonly waiting = 'Nobody is sending to this camera.';
  readonly #options: PushSourceOptions;
  #connection: PushConnection | undefined;

  constructor(options: PushSourceOptions) {
    this.#options = options;
  }

  connect(sink: SourceSink): SourceConnection {
    const connection = new PushConnection(sink, this.#options.clock, () => {
      if (this.#connection !== connection) return;
      this.#connection = undefined;
      this.#options.onClose?.(this);
    });
    this.#connection = connection;
    this.#options.onOpen?.(this);
    return connection;
  }

  /** Takes a publisher if nobody is there, or only somebody who has been silent for long. */
  publish(publisher: Publisher): Result<SourceSink, PublishRefusal> {
    const before = this.#connection;
    if (before?.isTaken === true) {
      if (!before.isSilent) return err({ kind: 'taken' });
      // The stream makes the next connection while it hears of this.
      before.replace();
    }
    const connection = this.#connection;
    if (!connection) return err({ kind: 'disabled' });
    return connection.isTaken ? err({ kind: 'taken' }) : ok(connection.take(publisher));
  }
}

type State =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'taken'; readonly publisher: Publisher; lastUnitMs: MonotonicMs }
  | { readonly kind: 'over'; readonly counters: SourceCounters };

class PushConnection implements SourceConnection {
  readonly #sink: SourceSink;
  readonly #clock: Clock;
  readonly #onClosed: () => void;
  #state: State = { kind: 'waiting' };
  #transport = 'push';

  constructor(sink: SourceSink, clock: Clock, onClosed: () => void) {
    this.#sink = sink;
    this.#clock = clock;
    this.#onClosed = onClosed;
  }

  get transport(): string {
    return this.#transport;
  }

  get isTaken(): boolean {
    return this.#state.kind === 'taken';
  }

  get isSilent(): boolean {
    if (this.#state.kind !== 'taken') return true;
    return this.#clock.monotonicMs() - this.#state.lastUnitMs > takeOverSilenceMs;
  }

  counters(): SourceCounters {
    const state = this.#state;
    if (state.kind === 'over') return state.counters;
    return state.kind === 'taken' ? state.publisher.counters() : noCounters;
  }

  take(publisher: Publisher): SourceSink {
    const taken: State = { kind: 'taken', publisher, lastUnitMs: this.#clock.monotonicMs() };
    this.#state = taken;
    this.#transport = publisher.transport;
    this.#sink.arrived?.();
    return {
      tracks: (tracks: readonly Track[]) => {
        if (this.#state === taken) this.#sink.tracks(tracks);
      },
      unit: (unit: AccessUnit) => {
        if (this.#state !== taken) return;
        taken.lastUnitMs = this.#clock.monotonicMs();
        this.#sink.unit(unit);
      },
      ended: (fault: SourceFault) => {
        if (this.#state === taken) this.#end(fault);
      },
    };
  }

  /** Somebody else wants to send. */
  replace(): void {
    const state = this.#state;
    this.#end(replaced);
    if (state.kind === 'taken') state.publisher.end(replaced.message);
  }

  close(reason = 'The camera takes no more media.'): void {
    const state = this.#state;
    if (state.kind === 'over') return;
    this.#leave();
    this.#onClosed();
    if (state.kind === 'taken') state.publisher.end(reason);
  }

  #end(fault: SourceFault): void {
    this.#leave();
    this.#onClosed();
    this.#sink.ended(fault);
  }

  #leave(): void {
    this.#state = { kind: 'over', counters: this.counters() };
  }
}
