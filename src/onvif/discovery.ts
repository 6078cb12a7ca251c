/**
 * Looks for ONVIF devices on every network this machine stands in: one question to all, by multicast, and whoever answers.
 *
 * In:  addresses of own interfaces. Out: devices as they answer, each once; ends after `lastsMs`.
 * Promise: at most `maxDevices` are told, at most `maxMessages` answers are read; what is no answer is passed over.
 */
import type { Socket } from 'node:dgram';
import { createSocket } from 'node:dgram';
import type { Clock } from '../base/clock.ts';
import type { Random } from '../io/random.ts';
import type { ProbeMatch } from './probe-message.ts';
import { probeMessage, readProbeMatches } from './probe-message.ts';

export interface DiscoveryParts {
  readonly clock: Clock;
  readonly random: Random;
  /** IPv4 addresses of own interfaces: each network is asked through its own. */
  readonly addresses: readonly string[];
  readonly lastsMs: number;
  readonly signal: AbortSignal;
  readonly onDevice: (device: FoundDevice) => void;
  /** 3702 but in tests. */
  readonly port?: number;
}

export interface FoundDevice extends ProbeMatch {
  /** Where the answer came from. */
  readonly address: string;
}

/** WS-Discovery, 2.4. */
const group = '239.255.255.250';
const discoveryPort = 3702;
/** More are on no network that a broadcast reaches. */
const maxDevices = 512;
/** A recorder may be a device for each of its inputs; whoever makes up endpoints is still one machine. */
const maxPerHost = 32;
/** Devices answer each question once; the rest is somebody who wants us busy. */
const maxMessages = 4096;
/** A machine with many containers has as many bridges. */
const maxInterfaces = 32;
/** Datagrams are lost: asked again, with the same id, after this. */
const againMs = [500, 1500];

/** Never rejects. */
export async function discover(parts: DiscoveryParts): Promise<void> {
  const search = new Search(parts);
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = parts.clock.after(parts.lastsMs, resolve);
  const onAbort = (): void => resolve();
  parts.signal.addEventListener('abort', onAbort, { once: true });
  if (parts.signal.aborted) resolve();
  search.begin();
  await promise;
  timer.cancel();
  parts.signal.removeEventListener('abort', onAbort);
  search.end();
}

class Search {
  readonly #parts: DiscoveryParts;
  readonly #sockets: Socket[] = [];
  readonly #seen = new Set<string>();
  readonly #perHost = new Map<string, number>();
  readonly #asked: readonly [string, string];
  #messages = 0;
  #ended = false;

  constructor(parts: DiscoveryParts) {
    this.#parts = parts;
    this.#asked = [uuid(parts.random(16)), uuid(parts.random(16))];
  }

  begin(): void {
    for (const address of this.#parts.addresses.slice(0, maxInterfaces)) this.#open(address);
    for (const delayMs of againMs) this.#parts.clock.after(delayMs, () => this.#askAll());
  }

  end(): void {
    this.#ended = true;
    for (const socket of this.#sockets.splice(0)) socket.close();
  }

  /** An interface that cannot send is no reason not to ask through the others. */
  #open(address: string): void {
    const socket = createSocket('udp4');
    socket.on('error', () => this.#drop(socket));
    socket.on('message', (message, sender) => this.#read(message, sender.address));
    socket.bind(0, address, () => {
      if (this.#ended) return;
      try {
        socket.setMulticastInterface(address);
        socket.setMulticastTTL(1);
      } catch {
        return this.#drop(socket);
      }
      this.#ask(socket);
    });
    this.#sockets.push(socket);
  }

  #drop(socket: Socket): void {
    const at = this.#sockets.indexOf(socket);
    if (at < 0) return;
    this.#sockets.splice(at, 1);
    socket.close();
  }

  #askAll(): void {
    for (const socket of this.#sockets) this.#ask(socket);
  }

  #ask(socket: Socket): void {
    const [first, second] = this.#asked;
    const port = this.#parts.port ?? discoveryPort;
    try {
      socket.send(probeMessage(first, 'dn:NetworkVideoTransmitter'), port, group, ignore);
      socket.send(probeMessage(second, 'tds:Device'), port, group, ignore);
    } catch {
      this.#drop(socket);
    }
  }

  #read(message: Uint8Array, address: string): void {
    this.#messages += 1;
    if (this.#messages > maxMessages) return this.end();
    for (const match of readProbeMatches(message, this.#asked)) {
      const key = `${address} ${match.endpoint}`;
      const ofHost = this.#perHost.get(address) ?? 0;
      if (this.#seen.has(key) || this.#seen.size >= maxDevices || ofHost >= maxPerHost) continue;
      this.#seen.add(key);
      this.#perHost.set(address, ofHost + 1);
      this.#parts.onDevice({ ...match, address });
    }
  }
}

/** Version 4 (RFC 9562, 5.4). @param bytes 16 fresh ones */
function uuid(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  const variant = ((Number.parseInt(hex[16] ?? '0', 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** A question that was not sent is asked again. */
function ignore(): void {}
