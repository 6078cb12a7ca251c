/**
 * Cameras that speak RTSP: the way in that most cameras have.
 *
 * In:  an address and how to treat it. Out: one connection per call of `connect` (see `hub/source.ts`).
 * Every connection looks the name up anew and checks the address; times go on where the last one ended.
 */
import type { UnixMs } from '../../base/units.ts';
import type { Source, SourceConnection, SourceSink } from '../../hub/source.ts';
import type { RtspAddress } from './address.ts';
import { parseAddress } from './address.ts';
import type { RtspSourceOptions } from './connection.ts';
import { RtspConnection } from './connection.ts';
import { defaultLimits } from './limits.ts';
import { badAddress } from './words.ts';

export type { RtspSourceOptions } from './connection.ts';

export class RtspSource implements Source {
  readonly kind = 'rtsp';
  readonly host: string | undefined;
  readonly #options: RtspSourceOptions;
  readonly #address: ReturnType<typeof parseAddress>;
  #endMs: UnixMs | undefined;

  constructor(options: RtspSourceOptions) {
    this.#options = options;
    this.#address = parseAddress(options.url);
    this.host = this.#address.ok ? this.#address.value.host : undefined;
  }

  connect(sink: SourceSink): SourceConnection {
    return this.#address.ok
      ? this.#connectTo(this.#address.value, sink)
      : noConnection(this.#address.error, sink);
  }

  #connectTo(address: RtspAddress, sink: SourceSink): SourceConnection {
    const options = {
      ...this.#options,
      limits: { ...defaultLimits, ...this.#options.limitChanges },
      notBeforeMs: this.#endMs,
      onEndMs: (endMs: UnixMs) => {
        this.#endMs = endMs;
      },
    };
    return new RtspConnection(options, address, sink);
  }
}

/** An address that cannot be read: told later, as every other trouble. */
function noConnection(reason: string, sink: SourceSink): SourceConnection {
  let closed = false;
  queueMicrotask(() => {
    if (!closed) sink.ended(badAddress(reason));
  });
  return {
    transport: 'RTSP',
    close: () => {
      closed = true;
    },
    counters: () => ({ bytesReceived: 0, packetsReceived: 0, packetsLost: 0, damaged: 0 }),
  };
}
