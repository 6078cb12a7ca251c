/**
 * Tries a source before it is saved: connects, measures a few seconds, and keeps the stream for a preview.
 *
 * In:  a source. Out: its tracks and figures, or the first fault in plain words. Promises: an answer within
 * `answerMs`; a preview nobody watches is removed; a bounded number of probed streams exists at one time.
 */
import type { ProbeResult } from '../api/contract/cameras.ts';
import type { Clock } from '../base/clock.ts';
import type { Hub } from '../hub/hub.ts';
import type { Source, SourceConnection, SourceFault, SourceSink } from '../hub/source.ts';
import type { Stream } from '../hub/stream.ts';
import { ProbeMeter } from './probe-meter.ts';

/** Longer than a source's own limits, so that its words are heard; shorter than people wait. */
const answerMs = 20_000;
/** A connection is costly to a camera; nobody sets up more at once by hand. */
const maxProbed = 8;
/** A preview outlives its last viewer by this, so that a page may be reloaded. */
const previewMs = 60_000;
const previewCheckMs = 5_000;

const cancelled: ProbeResult = {
  ok: false,
  fault: 'timeout',
  message: 'The connection test was cancelled.',
};

export interface ProbeParts {
  readonly hub: Hub;
  readonly clock: Clock;
  /** A fresh id for a stream, beginning with `probe_`. */
  readonly newId: () => string;
}

export class Prober {
  readonly #parts: ProbeParts;
  /** Streams being measured or previewed, oldest first. */
  readonly #probed = new Map<string, 'measuring' | 'preview'>();

  constructor(parts: ProbeParts) {
    this.#parts = parts;
  }

  /** Never rejects. When `signal` fires (the client went away) the connection is closed. */
  async probe(source: Source, signal: AbortSignal): Promise<ProbeResult> {
    if (signal.aborted) return cancelled;
    if (!this.#makeRoom()) {
      return {
        ok: false,
        fault: 'busy',
        message: `${maxProbed} connection tests are running. Wait for one to end.`,
      };
    }
    const id = this.#parts.newId();
    this.#probed.set(id, 'measuring');
    const result = await this.#measure(id, source, signal);
    if (result.ok) this.#keepForPreview(id);
    else this.#end(id);
    return result;
  }

  async #measure(id: string, source: Source, signal: AbortSignal): Promise<ProbeResult> {
    const { hub, clock } = this.#parts;
    const { promise, resolve } = Promise.withResolvers<ProbeResult>();
    const fail = (fault: SourceFault): void =>
      resolve({ ok: false, fault: fault.kind, message: fault.message });
    const policy = { start: 'on-demand', closeAfterMs: previewCheckMs, maxReaders: 0 } as const;
    const tap = new Tap(source, fail);
    const stream = hub.add(id, tap, policy);
    const meter = new ProbeMeter(
      () => tap.silentTracks(),
      () => resolve(measured(id, stream, meter)),
    );
    const attached = stream.attach(meter);
    const timer = clock.after(answerMs, () => {
      if (meter.hasPicture) resolve(measured(id, stream, meter));
      else
        fail({
          kind: 'timeout',
          message: `The camera was reached but sent no picture for ${answerMs / 1000} s.`,
        });
    });
    const cancel = (): void => resolve(cancelled);
    signal.addEventListener('abort', cancel, { once: true });
    const result = await promise;
    signal.removeEventListener('abort', cancel);
    timer.cancel();
    if (attached.ok) attached.value.detach();
    return result;
  }

  /** Ends a preview when there are too many: the oldest, those without a viewer first. False when all are being measured. */
  #makeRoom(): boolean {
    if (this.#probed.size < maxProbed) return true;
    const previews = [...this.#probed].filter(([, state]) => state === 'preview').map(([id]) => id);
    const leaving = previews.find((id) => !this.#isWatched(id)) ?? previews[0];
    if (leaving !== undefined) this.#end(leaving);
    return leaving !== undefined;
  }

  #isWatched(id: string): boolean {
    const stats = this.#parts.hub.get(id)?.status().stats;
    return stats !== undefined && stats.readers + stats.viewers > 0;
  }

  #keepForPreview(id: string): void {
    this.#probed.set(id, 'preview');
    this.#checkPreview(id, 0);
  }

  #checkPreview(id: string, idleMs: number): void {
    const { hub, clock } = this.#parts;
    if (!hub.get(id)) return;
    const idle = !this.#isWatched(id);
    if (idle && idleMs >= previewMs) return this.#end(id);
    clock.after(previewCheckMs, () => this.#checkPreview(id, idle ? idleMs + previewCheckMs : 0));
  }

  #end(id: string): void {
    this.#probed.delete(id);
    this.#parts.hub.remove(id, 'The connection test is over.');
  }
}

function measured(id: string, stream: Stream, meter: ProbeMeter): ProbeResult {
  const { tracks, transport } = stream.status();
  return {
    ok: true,
    tracks,
    ...meter.figures(),
    transport: transport ?? '',
    previewHls: `/hls/${id}/index.m3u8`,
  };
}

/** The same source, with its faults told to one more listener. */
class Tap implements Source {
  readonly kind;
  readonly host;
  readonly #source: Source;
  readonly #onFault: (fault: SourceFault) => void;
  #connection: SourceConnection | undefined;

  constructor(source: Source, onFault: (fault: SourceFault) => void) {
    this.kind = source.kind;
    this.host = source.host;
    this.#source = source;
    this.#onFault = onFault;
  }

  /** Of the newest connection. */
  silentTracks(): number {
    return this.#connection?.silentTracks?.() ?? 0;
  }

  connect(sink: SourceSink): SourceConnection {
    this.#connection = this.#source.connect({
      tracks: (tracks) => sink.tracks(tracks),
      unit: (unit) => sink.unit(unit),
      ended: (fault) => {
        this.#onFault(fault);
        sink.ended(fault);
      },
    });
    return this.#connection;
  }
}
