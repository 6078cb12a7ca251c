/**
 * The encrypted port: on or off, while the server runs. In: the API, and where certificates come from. Out: a port with
 * the same routes as the plain one; a changed certificate is used for the connections to come, and ends none.
 */
import { once } from 'node:events';
import type { Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { CertificateReport } from '../api/contract/network.ts';
import { secureContext, secureListener } from '../api/listener.ts';
import type { HttpsView } from '../api/network-rules.ts';
import type { Timer } from '../base/clock.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { ServerCertificate } from '../io/tls/certificate.ts';
import type { CertificateParts } from './certificates.ts';
import { Certificates } from './certificates.ts';

export interface HttpsParts extends Omit<CertificateParts, 'onChange'> {
  readonly basePath: string;
  /** That this server listens on: no camera is there. */
  readonly ports: number[];
}

export type HttpsState =
  | { readonly kind: 'off' }
  | { readonly kind: 'on'; readonly port: number }
  /** Wanted, but not there; tried again. */
  | { readonly kind: 'failed'; readonly why: string };

/** A port that another program has is tried again this often. */
const againMs = 5000;
/** Whoever switched https off over https gets the answer. */
const farewellMs = 2000;

interface Listening {
  readonly server: Server;
  readonly port: number;
  readonly sockets: Set<Socket>;
}

export class Https implements HttpsView {
  readonly #parts: HttpsParts;
  readonly #listeners = new Set<(certificate: ServerCertificate) => void>();
  #app: FastifyInstance | undefined;
  #certificates: Certificates | undefined;
  #opening: Promise<Certificates> | undefined;
  #listening: Listening | undefined;
  /** Those that were stopped and have connections left. */
  readonly #ending = new Set<Listening>();
  #state: HttpsState = { kind: 'off' };
  #again: Timer | undefined;
  /** Of the last word: what began before it is not gone on with. */
  #turn = 0;
  #closed = false;

  constructor(parts: HttpsParts) {
    this.#parts = parts;
  }

  /** Undefined while it is off. */
  get port(): number | undefined {
    return this.#listening?.port;
  }

  get names(): readonly string[] {
    return this.#certificates?.current().facts.names ?? [];
  }

  get trusted(): boolean {
    return this.#certificates?.current().facts.trusted ?? false;
  }

  /** Call once, before `start`. */
  serve(app: FastifyInstance): void {
    this.#app = app;
  }

  state(): HttpsState {
    return this.#state;
  }

  /** Undefined until https is first switched on. */
  certificate(): CertificateReport | undefined {
    return this.#certificates?.report();
  }

  /** For another port that uses the same certificate: it is made when it is not there yet, and told when it changes. */
  async shared(onChange: (certificate: ServerCertificate) => void): Promise<ServerCertificate> {
    const certificates = await this.#openCertificates();
    this.#listeners.add(onChange);
    return certificates.current();
  }

  /**
   * Listens on `port` instead of the one before, if any: that one stays until the new one is there, and when it cannot
   * be had. @returns the port, or why not, in a sentence; a busy port is tried again when there is none to stay with.
   */
  async start(port: number = this.#parts.options.port): Promise<Result<number, string>> {
    this.#again?.cancel();
    if (this.#closed) return err('The server is being stopped.');
    const turn = (this.#turn += 1);
    if (port !== 0 && this.#listening?.port === port) return ok(port);
    const opened = await this.#open(port);
    if (turn !== this.#turn) {
      // A certificate takes a while to make: it was switched off or moved meanwhile.
      if (opened.ok) opened.value.server.close();
      return err('Https was switched anew meanwhile.');
    }
    if (!opened.ok) {
      if (!this.#listening) {
        this.#state = { kind: 'failed', why: opened.error };
        this.#again = this.#parts.clock.after(againMs, () => void this.start(port));
      }
      return opened;
    }
    const before = this.#listening;
    this.#listening = opened.value;
    this.#state = { kind: 'on', port: opened.value.port };
    if (before) this.#end(before);
    this.#parts.ports.push(opened.value.port);
    this.#tell(opened.value.port);
    return ok(opened.value.port);
  }

  /** No connection begins any more; those that are there have a moment for their last answer. */
  stop(): void {
    this.#turn += 1;
    this.#again?.cancel();
    const before = this.#listening;
    this.#listening = undefined;
    this.#state = { kind: 'off' };
    if (before) this.#end(before);
  }

  /** For the end of the server. */
  close(): void {
    this.#closed = true;
    this.stop();
    for (const { sockets } of this.#ending) for (const socket of sockets) socket.destroy();
    this.#certificates?.close();
    void this.#opening?.then(
      (certificates) => certificates.close(),
      () => undefined,
    );
  }

  #end(listening: Listening): void {
    const { server, sockets, port } = listening;
    this.#ending.add(listening);
    const at = this.#parts.ports.indexOf(port);
    if (at >= 0) this.#parts.ports.splice(at, 1);
    const timer = this.#parts.clock.after(farewellMs, () => {
      for (const socket of sockets) socket.destroy();
    });
    server.close(() => {
      timer.cancel();
      this.#ending.delete(listening);
    });
    server.closeIdleConnections();
  }

  async #open(port: number): Promise<Result<Listening, string>> {
    const { options, basePath } = this.#parts;
    try {
      const certificates = await this.#openCertificates();
      if (!this.#app) throw new Error('https was started before there is something to serve');
      const server = secureListener(this.#app, certificates.current(), basePath);
      const sockets = new Set<Socket>();
      server.on('connection', (socket: Socket) => {
        sockets.add(socket);
        socket.once('close', () => sockets.delete(socket));
      });
      server.listen({ port, ...(options.host !== undefined && { host: options.host }) });
      await once(server, 'listening');
      return ok({ server, sockets, port: (server.address() as AddressInfo).port });
    } catch (error) {
      return err(wordsFor(error, port));
    }
  }

  /** Once, and again when it did not go well. */
  async #openCertificates(): Promise<Certificates> {
    this.#opening ??= Certificates.open({
      ...this.#parts,
      onChange: (certificate) => {
        this.#listening?.server.setSecureContext(secureContext(certificate));
        for (const listener of this.#listeners) listener(certificate);
      },
    });
    try {
      this.#certificates = await this.#opening;
      return this.#certificates;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  #tell(port: number): void {
    const report = this.certificate();
    if (!report) return;
    const { kind, fingerprint } = report;
    this.#parts.log.info('https is ready', { port, certificate: kind, fingerprint });
  }
}

function wordsFor(error: unknown, port: number): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return `Port ${port} is used by another program: end it, or choose another port.`;
  if (code === 'EACCES') return `Port ${port} needs more rights than this server has: choose one above 1023.`;
  return `Https cannot be switched on: ${message}.`;
}
