/**
 * The demo camera as a source: needs no hardware and no network, but the media worker, which draws and encodes it.
 *
 * In: H.264 pictures as the worker makes them. Out: one video track on a 90 kHz clock. The worker's death ends the
 * connection; the stream connects again.
 */
import { hertz, ticks, unixMs } from '../../base/units.ts';
import type { Source, SourceConnection, SourceCounters, SourceFault, SourceSink } from '../../hub/source.ts';
import { h264Config } from '../../media/codec/h264/config.ts';
import { nalType, typeOf } from '../../media/codec/h264/nal.ts';
import { sameBytes, splitAnnexB } from '../../media/codec/nal-units.ts';
import type { H264Config } from '../../media/track.ts';

/** One coded picture. */
export interface DemoPicture {
  /** 90000 ticks a second since 1970, following a clock that never steps. */
  readonly time: number;
  /** Capture; Unix ms. */
  readonly wallMs: number;
  readonly key: boolean;
  /** H.264 byte stream (Annex B); parameter sets before each keyframe. */
  readonly bytes: Uint8Array;
}

export interface DemoReceiver {
  unit(picture: DemoPicture): void;
  /** Once, later than the opening, unless it was closed before. */
  ended(fault: { readonly kind: 'unavailable' | 'worker'; readonly message: string }): void;
}

/** Who makes the pictures: the media worker, as this source sees it. */
export interface DemoWorker {
  open(spec: { readonly kind: 'demo' }, receiver: DemoReceiver): { close(): void };
}

const clockHz = hertz(90_000);

export class DemoSource implements Source {
  readonly kind = 'demo';
  readonly host = undefined;
  readonly #worker: DemoWorker;

  constructor(options: { readonly worker: DemoWorker }) {
    this.#worker = options.worker;
  }

  connect(sink: SourceSink): SourceConnection {
    return new DemoConnection(this.#worker, sink);
  }
}

class DemoConnection implements SourceConnection {
  readonly transport = 'built in';
  readonly #sink: SourceSink;
  readonly #pictures: { close(): void };
  #config: H264Config | undefined;
  #closed = false;
  #bytesReceived = 0;
  #picturesReceived = 0;
  #damaged = 0;

  constructor(worker: DemoWorker, sink: SourceSink) {
    this.#sink = sink;
    const kindOf = { worker: 'worker', unavailable: 'unsupported' } as const;
    this.#pictures = worker.open(
      { kind: 'demo' },
      {
        unit: (picture) => this.#receive(picture),
        ended: ({ kind, message }) => this.#end({ kind: kindOf[kind], message }),
      },
    );
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#pictures.close();
  }

  counters(): SourceCounters {
    return {
      bytesReceived: this.#bytesReceived,
      packetsReceived: this.#picturesReceived,
      packetsLost: 0,
      damaged: this.#damaged,
    };
  }

  #receive(picture: DemoPicture): void {
    if (this.#closed) return;
    this.#bytesReceived += picture.bytes.length;
    this.#picturesReceived += 1;
    const nals = splitAnnexB(picture.bytes);
    if (picture.key) this.#learn(nals);
    if (!this.#config || nals.length === 0) {
      this.#damaged += 1;
      return;
    }
    const time = ticks(picture.time);
    this.#sink.unit({
      track: 0,
      pts: time,
      dts: time,
      wallMs: unixMs(picture.wallMs),
      key: picture.key,
      nals,
    });
  }

  #learn(nals: readonly Uint8Array[]): void {
    const sps = nals.find((nal) => typeOf(nal) === nalType.sps);
    const pps = nals.filter((nal) => typeOf(nal) === nalType.pps);
    if (!sps || (this.#config && sameBytes(this.#config.sps, sps))) return;
    const config = h264Config(sps, pps);
    if (!config.ok) return;
    this.#config = config.value;
    this.#sink.tracks([{ id: 0, clockHz, codec: config.value }]);
  }

  #end(fault: SourceFault): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#sink.ended(fault);
  }
}
