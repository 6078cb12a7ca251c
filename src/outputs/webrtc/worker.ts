/**
 * A WebRTC worker as the server sees it: one child process with native code, started with the server, started again
 * when it dies.
 *
 * In:  streams and connections to open. Out: for each connection its answer, packets and figures, and exactly one `gone`
 * unless it was closed. When the process dies all connections are gone and all streams are lost; viewers come again.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { WorkerLimits } from '../../io/worker/child.ts';
import { WorkerChild } from '../../io/worker/child.ts';
import { maxPayloadBytes } from '../../io/worker/framing.ts';
import { Restarts } from '../../io/worker/restarts.ts';
import type { AccessUnit, Track } from '../../media/track.ts';
import { readFromWorker } from './worker/from-worker.ts';
import type {
  ConnectionFigures,
  FromWorker,
  LaneName,
  LocalTransport,
  RemoteTransport,
  ToWorker,
  WatchSpec,
} from './worker/protocol.ts';
import {
  decodePacket,
  encodePacket,
  encodeUnit,
  packetMessage,
  plainTrack,
  unitMessage,
} from './worker/protocol.ts';

export interface ConnectionHooks {
  answer(local: LocalTransport): void;
  connected(): void;
  /** Of a publisher: an RTP or RTCP packet. Its bytes may be kept. */
  packet(bytes: Uint8Array): void;
  figures(figures: ConnectionFigures): void;
  /** Once, unless it was closed. Nothing follows. */
  gone(reason: string): void;
}

export interface WorkerConnection {
  /** RTCP for a publisher. */
  send(rtcp: Uint8Array): void;
  close(): void;
}

/** A stream in the worker. After the worker's end nothing arrives there any more. */
export interface WorkerStream {
  readonly number: number;
  /** False after the worker's end. */
  readonly isAlive: boolean;
  tracks(tracks: Readonly<Partial<Record<LaneName, Track>>>): void;
  /** False when it was not taken: what builds on it is lost too. */
  unit(lane: LaneName, unit: AccessUnit): boolean;
  close(): void;
}

export type WebRtcWorkerStatus =
  | { readonly state: 'starting' }
  | { readonly state: 'ready'; readonly port: number }
  /** For now. */
  | { readonly state: 'failed'; readonly reason: string }
  /** Trying again will not help. */
  | { readonly state: 'unavailable'; readonly reason: string };

export interface WebRtcWorkerOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly address: string;
  /** 0: any free one. */
  readonly port: number;
  readonly limits?: WorkerLimits;
  /** Path of the program; for tests. */
  readonly program?: string;
}

/** Silence is ended after three seconds: viewers see a frozen picture. */
const usualLimits: WorkerLimits = { pingEveryMs: 1000, unansweredPings: 3, unansweredPingsAtStart: 30 };
/** The first restart is immediate, the later ones wait, ever longer. */
const firstPauseMs = 500;
const maxPauseMs = 30_000;
/** A process that lived so long was well: its end is a new misfortune. */
const healthyAfterMs = 60_000;

type State =
  | { readonly kind: 'starting'; readonly child: WorkerChild; readonly sinceMs: number }
  | { readonly kind: 'ready'; readonly child: WorkerChild; readonly sinceMs: number; readonly port: number }
  | { readonly kind: 'pausing'; readonly timer: Timer; readonly reason: string }
  | { readonly kind: 'unavailable'; readonly reason: string }
  | { readonly kind: 'closed' };

export class WebRtcWorker {
  readonly #options: WebRtcWorkerOptions;
  readonly #connections = new Map<number, ConnectionHooks>();
  #waiting: (() => void)[] = [];
  #state: State;
  #nextNumber = 1;
  #deathsInARow = 0;
  readonly restarts = new Restarts();

  constructor(options: WebRtcWorkerOptions) {
    this.#options = options;
    this.#state = this.#begin();
  }

  status(): WebRtcWorkerStatus {
    const state = this.#state;
    switch (state.kind) {
      case 'ready':
        return { state: 'ready', port: state.port };
      case 'starting':
        return { state: 'starting' };
      case 'pausing':
        return { state: 'failed', reason: state.reason };
      case 'unavailable':
        return { state: 'unavailable', reason: state.reason };
      case 'closed':
        return { state: 'unavailable', reason: 'The server is stopping.' };
    }
  }

  /** Process id while there is a process. */
  get pid(): number | undefined {
    return 'child' in this.#state ? this.#state.child.pid : undefined;
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Bytes that the process has not taken. */
  get queuedBytes(): number {
    return this.#state.kind === 'ready' ? this.#state.child.queuedBytes : 0;
  }

  /** Resolves when the status is another than `starting`, at the latest after `withinMs`. */
  async settled(withinMs: number): Promise<void> {
    if (this.#state.kind !== 'starting') return;
    await new Promise<void>((wake) => {
      const timer = this.#options.clock.after(withinMs, wake);
      this.#waiting.push(() => {
        timer.cancel();
        wake();
      });
    });
  }

  /** Undefined when the worker is not ready. */
  stream(): WorkerStream | undefined {
    const state = this.#state;
    if (state.kind !== 'ready') return undefined;
    const { child } = state;
    const stream = this.#number();
    const isAlive = (): boolean => 'child' in this.#state && this.#state.child === child;
    return {
      number: stream,
      get isAlive() {
        return isAlive();
      },
      tracks: ({ video, audio }) => {
        const plain = {
          ...(video && { video: plainTrack(video) }),
          ...(audio && { audio: plainTrack(audio) }),
        };
        this.#tell(child, { type: 'stream', stream, ...plain });
      },
      unit: (lane, unit) => {
        const message = encodeUnit(stream, lane, unit);
        return message !== undefined && message.length <= maxPayloadBytes && child.send(unitMessage, message);
      },
      close: () => this.#tell(child, { type: 'end-stream', stream }),
    };
  }

  /** Undefined when the worker is not ready. */
  watch(spec: WatchSpec, hooks: ConnectionHooks): WorkerConnection | undefined {
    return this.#connect(hooks, (connection) => ({ type: 'watch', connection, spec }));
  }

  /** Undefined when the worker is not ready. */
  publish(remote: RemoteTransport, hooks: ConnectionHooks): WorkerConnection | undefined {
    return this.#connect(hooks, (connection) => ({ type: 'publish', connection, remote }));
  }

  /** Ends the process; resolves when it is gone. Connections are gone too. */
  async close(): Promise<void> {
    const state = this.#state;
    this.#state = { kind: 'closed' };
    this.#wake();
    this.#loseAll('The server is stopping.');
    if (state.kind === 'pausing') state.timer.cancel();
    if ('child' in state) await state.child.close();
  }

  #connect(hooks: ConnectionHooks, message: (connection: number) => ToWorker): WorkerConnection | undefined {
    const state = this.#state;
    if (state.kind !== 'ready') return undefined;
    const { child } = state;
    const connection = this.#number();
    this.#connections.set(connection, hooks);
    this.#tell(child, message(connection));
    return {
      send: (rtcp) => {
        if (this.#connections.has(connection)) child.send(packetMessage, encodePacket(connection, rtcp));
      },
      close: () => {
        if (this.#connections.delete(connection)) this.#tell(child, { type: 'close', connection });
      },
    };
  }

  #number(): number {
    const number = this.#nextNumber;
    this.#nextNumber = (this.#nextNumber % 0xffff_ffff) + 1;
    return number;
  }

  #begin(): State {
    const { clock, log, limits = usualLimits } = this.#options;
    const program = this.#options.program ?? `${import.meta.dirname}/worker/main.ts`;
    const child: WorkerChild = new WorkerChild(
      { program, clock, log: log.child({ worker: 'webrtc' }), limits },
      {
        json: (message) => this.#hear(child, message),
        message: (kind, payload) => this.#packet(child, kind, payload),
        exited: (reason) => this.#died(reason),
      },
    );
    return { kind: 'starting', child, sinceMs: clock.monotonicMs() };
  }

  #hear(child: WorkerChild, json: unknown): void {
    const message = readFromWorker(json);
    switch (message?.type) {
      case undefined:
        child.kill('it sent a control message of an unknown shape');
        return;
      case 'ready':
        this.#tell(child, { type: 'listen', address: this.#options.address, port: this.#options.port });
        return;
      case 'unavailable':
        this.#unavailable(child, message.reason);
        return;
      case 'listening':
        this.#listening(message.port);
        return;
      case 'deaf':
        child.kill(
          `it cannot listen on UDP port ${this.#options.port} (${message.reason}); set another webrtc.port`,
        );
        return;
      case 'figures':
        for (const figures of message.viewers) this.#connections.get(figures.connection)?.figures(figures);
        return;
      case 'answer':
      case 'connected':
      case 'gone':
        this.#ofConnection(message);
    }
  }

  #ofConnection(message: Extract<FromWorker, { type: 'answer' | 'connected' | 'gone' }>): void {
    const hooks = this.#connections.get(message.connection);
    if (message.type === 'answer') hooks?.answer(message.local);
    else if (message.type === 'connected') hooks?.connected();
    else {
      this.#connections.delete(message.connection);
      hooks?.gone(message.reason);
    }
  }

  #packet(child: WorkerChild, kind: number, payload: Uint8Array): void {
    const packet = kind === packetMessage ? decodePacket(payload) : undefined;
    // A copy: the pipe's bytes are much larger, and would be kept with it.
    if (packet) this.#connections.get(packet.connection)?.packet(packet.packet.slice());
    else child.kill('it sent a message that is no packet');
  }

  #listening(port: number): void {
    if (this.#state.kind !== 'starting') return;
    const { child, sinceMs } = this.#state;
    this.#state = { kind: 'ready', child, sinceMs, port };
    this.#options.log.info('WebRTC is ready', { port });
    this.#wake();
  }

  #unavailable(child: WorkerChild, cause: string): void {
    this.#options.log.warn('WebRTC is not available', { cause });
    const reason =
      'WebRTC is not available: the optional package node-datachannel is not installed or does not run on this machine.';
    this.#state = { kind: 'unavailable', reason };
    this.#wake();
    void child.close();
  }

  #died(reason: string): void {
    if (!('child' in this.#state)) return;
    const { clock, log } = this.#options;
    if (clock.monotonicMs() - this.#state.sinceMs >= healthyAfterMs) this.#deathsInARow = 0;
    this.#deathsInARow += 1;
    this.restarts.note(clock.monotonicMs());
    const pauseMs =
      this.#deathsInARow === 1 ? 0 : Math.min(maxPauseMs, firstPauseMs * 2 ** (this.#deathsInARow - 2));
    log.warn('The WebRTC worker ended and is started again', { reason, pauseMs });
    const timer = clock.after(pauseMs, () => {
      this.#state = this.#begin();
    });
    this.#state = { kind: 'pausing', timer, reason: `The WebRTC worker ended: ${reason}.` };
    this.#wake();
    this.#loseAll('The WebRTC worker ended and is started again.');
  }

  #loseAll(reason: string): void {
    const lost = Array.from(this.#connections.values());
    this.#connections.clear();
    for (const hooks of lost) hooks.gone(reason);
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** Control messages are tiny: when one does not fit, the process has not read for long. */
  #tell(child: WorkerChild, message: ToWorker): void {
    if (!('child' in this.#state) || this.#state.child !== child) return;
    if (!child.sendJson(message)) child.kill('it does not read what it is told');
  }
}
