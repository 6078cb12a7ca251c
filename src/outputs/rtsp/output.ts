/**
 * The RTSP server: listens, and keeps one fan for each stream that somebody asks for.
 *
 * In:  connections. Out: connections with their dialogues. Promises: connections are bounded; one that sends nothing
 * sensible or takes nothing is closed; `close` ends all of them.
 */
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { createServer as createTlsServer, Server as TlsServer } from 'node:tls';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { Random } from '../../io/random.ts';
import { uint32 } from '../../media/rtp/bytes.ts';
import { Connection } from './connection.ts';
import { RtspDialogue } from './dialogue.ts';
import type { Door } from './door.ts';
import { Fan } from './fan.ts';
import { Login } from './login.ts';
import { Multicast } from './multicast.ts';
import type { RtspOptions } from './options.ts';
import { checkMs, maxConnections } from './options.ts';
import { Sending } from './sending.ts';
import type { RtspStream, RtspStreams } from './stream.ts';
import { Viewing } from './viewing.ts';
import type { HeldFan } from './viewing.ts';

export interface RtspOutputParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly streams: RtspStreams;
  readonly door: Door;
  readonly options: RtspOptions;
  /** For the `Server` field. */
  readonly serverName: string;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** With it it speaks RTSPS. */
  readonly tls?: TlsPair;
}

/** PEM. */
export interface TlsPair {
  readonly certificate: string;
  readonly key: string;
}

interface KeptFan {
  readonly fan: Fan;
  holders: number;
}

export class RtspOutput {
  readonly #parts: RtspOutputParts;
  readonly #connections = new Set<Connection>();
  readonly #fans = new Map<RtspStream, KeptFan>();
  readonly #multicast: Multicast;
  readonly #servers: Server[] = [];
  #checking: Timer | undefined;
  #closed = false;

  constructor(parts: RtspOutputParts) {
    this.#parts = parts;
    this.#multicast = new Multicast(parts.options.multicast);
    this.#checkLater();
  }

  /** Returns the port, or why it cannot listen: a code of the system, or what is wrong with the certificate. */
  async listen({ host, port, tls }: ListenOptions): Promise<Result<number, string>> {
    let server: Server;
    try {
      server = tls
        ? createTlsServer({ cert: tls.certificate, key: tls.key }, (socket) => this.#accept(socket, true))
        : createServer({ noDelay: true }, (socket) => this.#accept(socket, false));
    } catch (error) {
      return err(error instanceof Error ? error.message : String(error));
    }
    server.maxConnections = maxConnections;
    return new Promise((done) => {
      server.once('error', (error: NodeJS.ErrnoException) => done(err(error.code ?? error.message)));
      server.listen({ host, port }, () => {
        server.removeAllListeners('error');
        server.on('error', (error) => this.#parts.log.error('The RTSP server failed', { error }));
        if (this.#closed) server.close();
        else this.#servers.push(server);
        done(ok((server.address() as AddressInfo).port));
      });
    });
  }

  /** Nobody new comes over this port; whoever came stays. */
  unlisten(port: number): void {
    const server = this.#listeningOn(port);
    if (!server) return;
    this.#servers.splice(this.#servers.indexOf(server), 1);
    server.close();
  }

  /** Another certificate for whoever comes over this port from now on; whoever came stays. */
  renew(port: number, { certificate, key }: TlsPair): void {
    const server = this.#listeningOn(port);
    if (server instanceof TlsServer) server.setSecureContext({ cert: certificate, key });
  }

  /** @param reason for the log */
  endAll(reason: string): void {
    if (this.#connections.size > 0)
      this.#parts.log.info('RTSP clients are sent away', { clients: this.#connections.size, reason });
    for (const connection of this.#connections) connection.end();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#checking?.cancel();
    const closed = this.#servers.map((server) => new Promise((done) => server.close(done)));
    for (const connection of this.#connections) connection.end();
    await Promise.all(closed);
  }

  #listeningOn(port: number): Server | undefined {
    return this.#servers.find((server) => (server.address() as AddressInfo | null)?.port === port);
  }

  #accept(socket: Socket, isEncrypted: boolean): void {
    const { clock, log, random, serverName, door, options } = this.#parts;
    socket.on('error', () => undefined); // 'close' follows
    const connection: Connection = new Connection({
      socket,
      clock,
      log,
      login: new Login({
        door,
        // Encrypted, a password that can be read is read by nobody.
        kinds: isEncrypted ? [...options.auth, 'basic'] : options.auth,
        nonce: Buffer.from(random(16)).toString('hex'),
        address: plain(socket.remoteAddress ?? ''),
      }),
      dialogue: this.#dialogue(socket, isEncrypted, (reason) => {
        log.info('an RTSP client was sent away', { address: plain(socket.remoteAddress ?? ''), reason });
        connection.end();
      }),
      serverName,
      onClose: () => this.#connections.delete(connection),
    });
    this.#connections.add(connection);
    socket.on('data', (chunk: Buffer) => connection.receive(chunk));
    socket.on('end', () => connection.end());
    socket.on('close', () => connection.closed());
    socket.setNoDelay(true);
  }

  #dialogue(socket: Socket, isEncrypted: boolean, onEnd: (reason: string) => void): RtspDialogue {
    const { clock, log, random, streams, options } = this.#parts;
    const remote = plain(socket.remoteAddress ?? '');
    const shared = {
      clock,
      log,
      streams,
      socket,
      addresses: {
        local: plain(socket.localAddress ?? ''),
        remote,
        family: remote.includes(':') ? (6 as const) : (4 as const),
      },
      mayUseUdp: options.udp && !isEncrypted,
      newSessionId: () => Buffer.from(random(12)).toString('hex'),
      onEnd,
    };
    const hold = (stream: RtspStream): HeldFan | undefined => this.#hold(stream);
    const viewing = new Viewing({ ...shared, multicast: this.#multicast, hold });
    return new RtspDialogue(clock, viewing, new Sending({ ...shared, newSsrc: () => uint32(random(4), 0) }));
  }

  /** The stream's fan; made for the first who holds it, closed with the last. */
  #hold(stream: RtspStream): HeldFan | undefined {
    const kept = this.#fans.get(stream) ?? this.#openFan(stream);
    if (!kept) return undefined;
    kept.holders += 1;
    let released = false;
    const release = (): void => {
      if (released) return;
      released = true;
      kept.holders -= 1;
      if (kept.holders > 0) return;
      if (this.#fans.get(stream) === kept) this.#fans.delete(stream);
      kept.fan.close();
    };
    return { fan: kept.fan, release };
  }

  #openFan(stream: RtspStream): KeptFan | undefined {
    const { clock, random } = this.#parts;
    const cname = `${Buffer.from(random(6)).toString('hex')}@sightline`;
    const kept: KeptFan = { fan: new Fan(stream, { clock, random, cname }), holders: 0 };
    if (!kept.fan.open().ok) return undefined;
    this.#fans.set(stream, kept);
    return kept;
  }

  #checkLater(): void {
    this.#checking = this.#parts.clock.after(checkMs, () => {
      for (const connection of this.#connections) connection.check();
      this.#checkLater();
    });
  }
}

/** IPv4 addresses as such, also on a socket of both families. */
function plain(address: string): string {
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
}
