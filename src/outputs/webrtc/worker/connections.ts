/**
 * All connections and streams of a WebRTC worker.
 *
 * In:  what the server tells, packets of the far sides. Out: answers, figures once a second, one `gone` for each
 * connection that the server did not close.
 */
import type { Clock } from '../../../base/clock.ts';
import type { Certificate } from './certificate.ts';
import { CatchUp } from './catch-up.ts';
import { Fan } from './fan.ts';
import type { FromWorker, RemoteTransport, StreamUnit, ToWorker, WatchSpec } from './protocol.ts';
import { readTrack } from './protocol.ts';
import type { NativeLibrary, TransportHooks } from './transport.ts';
import { Transport } from './transport.ts';
import { Viewer } from './viewer.ts';

export interface ConnectionsParts {
  readonly library: NativeLibrary;
  readonly certificate: Certificate;
  readonly address: string;
  readonly port: number;
  readonly clock: Clock;
  readonly tell: (message: FromWorker) => void;
  /** A publisher sent a packet. */
  readonly packet: (connection: number, bytes: Uint8Array) => void;
}

interface Watching {
  readonly kind: 'watching';
  readonly transport: Transport;
  readonly viewer: Viewer;
  readonly fan: Fan;
}

interface Publishing {
  readonly kind: 'publishing';
  readonly transport: Transport;
  readonly sinceMs: number;
}

/** As long as a viewer may take (`viewer.ts`). */
const maxConnectingMs = 15_000;

export class Connections {
  readonly #parts: ConnectionsParts;
  readonly #streams = new Map<number, Fan>();
  readonly #open = new Map<number, Watching | Publishing>();
  readonly #catchUp = new CatchUp();

  constructor(parts: ConnectionsParts) {
    this.#parts = parts;
  }

  obey(message: Exclude<ToWorker, { type: 'listen' }>): void {
    switch (message.type) {
      case 'stream':
        this.#stream(message);
        return;
      case 'end-stream':
        this.#streams.delete(message.stream);
        return;
      case 'watch':
        this.#begin(message.connection, () => this.#watch(message.connection, message.spec));
        return;
      case 'publish':
        this.#begin(message.connection, () => this.#publish(message.connection, message.remote));
        return;
      case 'close':
        this.#remove(message.connection)?.transport.close();
    }
  }

  unit({ stream, lane, unit }: StreamUnit): void {
    this.#streams.get(stream)?.unit(lane, unit);
  }

  /** RTCP for a publisher. */
  packet(connection: number, bytes: Uint8Array): void {
    const open = this.#open.get(connection);
    if (open?.kind === 'publishing') open.transport.send(Buffer.from(bytes));
  }

  /** Once a second. */
  readonly tick = (): void => {
    const viewers = [];
    for (const [connection, open] of this.#open) {
      const reason = open.kind === 'watching' ? open.viewer.tick(open.fan.timeOf) : this.#late(open);
      if (reason !== undefined) {
        open.transport.close();
        this.#gone(connection, reason);
      } else if (open.kind === 'watching') viewers.push(open.viewer.figures(connection));
    }
    if (viewers.length > 0) this.#parts.tell({ type: 'figures', viewers });
  };

  #late({ transport, sinceMs }: Publishing): string | undefined {
    const isLate = !transport.connected && this.#parts.clock.monotonicMs() - sinceMs > maxConnectingMs;
    return isLate ? 'No connection came to be in time.' : undefined;
  }

  #stream({ stream, video, audio }: Extract<ToWorker, { type: 'stream' }>): void {
    const fan = this.#streams.get(stream) ?? new Fan();
    this.#streams.set(stream, fan);
    fan.tracks({ ...(video && { video: readTrack(video) }), ...(audio && { audio: readTrack(audio) }) });
  }

  /** The library refuses what it does not like by throwing. */
  #begin(connection: number, open: () => void): void {
    try {
      open();
    } catch (error) {
      this.#remove(connection);
      const reason = error instanceof Error ? error.message : String(error);
      this.#parts.tell({ type: 'gone', connection, reason: reason.slice(0, 500) });
    }
  }

  #watch(connection: number, spec: WatchSpec): void {
    const fan = this.#streams.get(spec.stream);
    if (!fan) throw new Error('There is no such stream.');
    const viewer: Viewer = new Viewer(spec, {
      clock: this.#parts.clock,
      cname: `sightline-${spec.stream}`,
      send: (packet) => transport.send(packet),
      kept: () => fan.kept,
    });
    const transport = this.#transport(spec.remote, 'out', {
      ...this.#hooks(connection),
      connected: () => {
        viewer.connected();
        this.#catchUp.add(viewer);
        this.#parts.tell({ type: 'connected', connection });
      },
      packet: (bytes) => {
        viewer.rtcp(bytes);
        this.#catchUp.add(viewer);
      },
    });
    this.#open.set(connection, { kind: 'watching', transport, viewer, fan });
    fan.add(viewer);
  }

  #publish(connection: number, remote: RemoteTransport): void {
    const transport = this.#transport(remote, 'in', {
      ...this.#hooks(connection),
      packet: (bytes) => this.#parts.packet(connection, bytes),
    });
    const sinceMs = this.#parts.clock.monotonicMs();
    this.#open.set(connection, { kind: 'publishing', transport, sinceMs });
  }

  #transport(remote: RemoteTransport, direction: 'out' | 'in', hooks: TransportHooks): Transport {
    const { library, certificate, address, port } = this.#parts;
    return new Transport({ library, certificate, address, port, remote, direction }, hooks);
  }

  #hooks(connection: number): Pick<TransportHooks, 'answer' | 'connected' | 'gone'> {
    const { tell } = this.#parts;
    return {
      answer: (local) => tell({ type: 'answer', connection, local }),
      connected: () => tell({ type: 'connected', connection }),
      gone: (reason) => this.#gone(connection, reason),
    };
  }

  #gone(connection: number, reason: string): void {
    if (this.#remove(connection)) this.#parts.tell({ type: 'gone', connection, reason });
  }

  #remove(connection: number): Watching | Publishing | undefined {
    const open = this.#open.get(connection);
    this.#open.delete(connection);
    if (open?.kind === 'watching') {
      open.fan.remove(open.viewer);
      this.#catchUp.remove(open.viewer);
    }
    return open;
  }
}
