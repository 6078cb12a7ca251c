/**
 * Who is at the other end: in, a request; out, the address it comes from, whether it came encrypted, and the name that
 * the browser knows this server by.
 *
 * What proxies say is believed from those that the owner has named, hop by hop from the nearest one: the first address
 * that is none of theirs is the client's. The same header from anybody else is not looked at.
 */
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { FastifyInstance, FastifyRequest } from 'fastify';

export interface Client {
  /** IPv4 dotted also where it came through an IPv6 socket; '' when the connection has ended already. */
  readonly address: string;
  /** Whether eavesdroppers between the client and us (or our proxy) read nothing. */
  readonly secure: boolean;
  /** Name and port as the client knows them, lower case; '' when it named none. */
  readonly host: string;
  /** That name is the word of a proxy that we trust. */
  readonly hostVouched: boolean;
  /** It is on this machine. */
  readonly local: boolean;
  /** A proxy that we trust stands between. */
  readonly proxied: boolean;
}

export interface ProxyRules {
  /** Addresses and networks, for example `192.168.1.2` and `10.0.0.0/8`. */
  readonly trusted: readonly string[];
  /**
   * Which headers those proxies write: `x-forwarded-for/proto/host`, or `forwarded` (RFC 7239). Never both: a proxy
   * that writes one kind passes on what a client wrote into the other.
   */
  readonly headers: 'x-forwarded' | 'forwarded';
}

export const noProxies: ProxyRules = { trusted: [], headers: 'x-forwarded' };

/** Call before any hook that asks `clientOf`. */
export function learnClients(app: FastifyInstance, rules: ProxyRules): void {
  const read = clientReader(rules);
  const known = new WeakMap<IncomingMessage, Client>();
  app.decorateRequest('client', {
    getter() {
      const raw = this.raw;
      const client = known.get(raw) ?? read(raw);
      known.set(raw, client);
      return client;
    },
  });
}

/** The one place that knows: limits, logs, cookies and checks of origins all ask here. */
export function clientOf(request: FastifyRequest): Client {
  return request.client;
}

/** Whether a cookie of this answer may be marked `Secure`. */
export function isSecure(request: FastifyRequest): boolean {
  return request.client.secure;
}

/** Headers by which proxies give themselves away, to whoever trusts them or not. */
export function cameThroughProxy({ headers }: IncomingMessage): boolean {
  return (
    headers['x-forwarded-for'] !== undefined ||
    headers['x-forwarded-host'] !== undefined ||
    headers.forwarded !== undefined
  );
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Ask `clientOf`. */
    readonly client: Client;
  }
}

/** @throws when a network is none: the settings have checked them. */
export function clientReader(rules: ProxyRules): (request: IncomingMessage) => Client {
  const trusted = blockOf(rules.trusted);
  const loopback = blockOf(['127.0.0.0/8', '::1']);
  return (request) => {
    const peer = plainAddress(request.socket.remoteAddress ?? '') ?? '';
    const direct = {
      secure: (request.socket as Partial<TLSSocket>).encrypted === true,
      host: (request.headers.host ?? '').toLowerCase(),
    };
    if (!isIn(trusted, peer)) {
      return { address: peer, ...direct, hostVouched: false, local: isIn(loopback, peer), proxied: false };
    }
    const hops = rules.headers === 'forwarded' ? forwardedHops(request) : xForwardedHops(request);
    const { address, said } = outermost(peer, hops, trusted);
    return {
      address,
      secure: said.proto === undefined ? direct.secure : said.proto === 'https',
      host: said.host ?? direct.host,
      hostVouched: said.host !== undefined,
      local: isIn(loopback, address),
      proxied: true,
    };
  };
}

/** What one proxy says of whoever came to it. */
interface Hop {
  readonly address: string | undefined;
  readonly proto: string | undefined;
  readonly host: string | undefined;
}

/** Walks from the nearest proxy outwards for as long as each is one of ours. */
function outermost(
  peer: string,
  nearestFirst: readonly Hop[],
  trusted: BlockList,
): { address: string; said: { proto: string | undefined; host: string | undefined } } {
  let address = peer;
  let said: { proto: string | undefined; host: string | undefined } = { proto: undefined, host: undefined };
  for (const hop of nearestFirst) {
    said = { proto: hop.proto ?? said.proto, host: hop.host ?? said.host };
    // It hides whom it speaks for: then it is the last one that we know.
    if (hop.address === undefined) break;
    address = hop.address;
    if (!isIn(trusted, address)) break;
  }
  return { address, said };
}

function xForwardedHops({ headers }: IncomingMessage): Hop[] {
  const addresses = valuesOf(headers['x-forwarded-for']);
  const protos = valuesOf(headers['x-forwarded-proto']);
  const hosts = valuesOf(headers['x-forwarded-host']);
  // A proxy that knows no address may still say by which way and name it was reached.
  const count = Math.max(addresses.length, Math.min(1, protos.length + hosts.length));
  return Array.from({ length: count }, (_, index) => ({
    address: plainAddress(addresses[index] ?? ''),
    proto: protos[index]?.toLowerCase(),
    host: hosts[index]?.toLowerCase(),
  }));
}

/** The rightmost, which the nearest proxy has written, first. */
function valuesOf(header: string | string[] | undefined): string[] {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '');
  if (text === '') return [];
  return text
    .split(',')
    .map((value) => value.trim())
    .toReversed();
}

/** RFC 7239, 4: elements with commas between them, pairs with semicolons; values may be quoted. */
function forwardedHops({ headers }: IncomingMessage): Hop[] {
  return valuesOf(headers.forwarded).map((element) => {
    const pairs = new Map<string, string>();
    for (const pair of element.split(';')) {
      const [name = '', ...value] = pair.split('=');
      pairs.set(name.trim().toLowerCase(), value.join('=').trim().replaceAll(/^"|"$/g, ''));
    }
    return {
      address: plainAddress(pairs.get('for') ?? ''),
      proto: pairs.get('proto')?.toLowerCase(),
      host: pairs.get('host')?.toLowerCase(),
    };
  });
}

/** Without port, brackets, zone, and without the IPv6 dress of an IPv4 address; undefined when it is no address. */
function plainAddress(text: string): string | undefined {
  const bare = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(text)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(text)?.[1] ?? text;
  const address = bare.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '');
  return isIP(address) === 0 ? undefined : address.toLowerCase();
}

function blockOf(networks: readonly string[]): BlockList {
  const block = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    block.addSubnet(address, prefix === undefined ? (family === 'ipv6' ? 128 : 32) : Number(prefix), family);
  }
  return block;
}

function isIn(block: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && block.check(address, family === 6 ? 'ipv6' : 'ipv4');
}
