/**
 * Which addresses a camera must not have, and what they are called.
 *
 * In:  an IP address in any spelling that `node:net` knows, and the networks the owner has allowed.
 * Out: why the address is refused, or nothing.
 * Pure: the table below and arithmetic.
 *
 * Private networks (10/8, 172.16/12, 192.168/16, fc00::/7) are where cameras live and are not in the table.
 */
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';

/** An address as its bits, so that every spelling of it compares equal. */
interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** A block of addresses: those whose first `prefix` bits equal those of `base`. */
export interface Network {
  readonly base: Address;
  readonly prefix: number;
}

/** Most networks an owner may allow; more than that is a mistake, and each costs time on every connect. */
export const maxAllowedNetworks = 256;

/** Reads `192.168.0.0/16`, `fe80::/10` or a single address. The error is a sentence. */
export function parseNetwork(text: string): Result<Network, string> {
  const [addressText = '', prefixText, ...rest] = text.trim().split('/');
  const base = parseAddress(addressText);
  const prefix = prefixText === undefined ? base?.bits : readPrefix(prefixText);
  if (!base || prefix === undefined || prefix > base.bits || rest.length > 0) {
    return err(`“${text}” is not a network. Write it like 192.168.0.0/16 or as one address.`);
  }
  return ok({ base, prefix });
}

/** Words for why `address` is refused, for example `this machine itself`; undefined when it is fine. */
export function refusedBecause(address: string, allowed: readonly Network[]): string | undefined {
  const parsed = parseAddress(address);
  if (!parsed) return 'not an address';
  const plain = unwrap(parsed);
  for (const special of specialNetworks) {
    if (!contains(special.network, plain)) continue;
    if (isAllowed(plain, allowed, special.onlyByName)) return undefined;
    return special.words;
  }
  return undefined;
}

/** True for addresses that mean this very machine (127/8, ::1, 0.0.0.0, ::). */
export function isLoopback(address: string): boolean {
  const parsed = parseAddress(address);
  if (!parsed) return false;
  const plain = unwrap(parsed);
  return ownMachine.some((network) => contains(network, plain));
}

/** One spelling per address: IPv4 dotted when it is one in any disguise, else the IPv6 bits in hexadecimal. */
export function canonicalAddress(address: string): string {
  const parsed = parseAddress(address);
  if (!parsed) return address;
  const plain = unwrap(parsed);
  return `${plain.bits}:${plain.value.toString(16)}`;
}

/** As certificates and packets hold it, 4 or 16 bytes; undefined when it is no address. */
export function addressBytes(address: string): Uint8Array | undefined {
  const parsed = parseAddress(address);
  return parsed && Buffer.from(parsed.value.toString(16).padStart(parsed.bits / 4, '0'), 'hex');
}

/** The metadata services of cloud machines may be allowed only one by one, never by a wide network. */
function isAllowed(address: Address, allowed: readonly Network[], onlyByName: boolean): boolean {
  return allowed.some(
    (network) => contains(network, address) && (!onlyByName || network.prefix === network.base.bits),
  );
}

function contains(network: Network, address: Address): boolean {
  if (network.base.bits !== address.bits) return false;
  const shift = BigInt(address.bits - network.prefix);
  return network.base.value >> shift === address.value >> shift;
}

/** An IPv4 address carried inside an IPv6 one reaches the IPv4 host, so that is what counts. */
function unwrap(address: Address): Address {
  if (address.bits === 32) return address;
  for (const { network, shift } of carriers) {
    if (contains(network, address)) {
      return { bits: 32, value: (address.value >> BigInt(shift)) & 0xffff_ffffn };
    }
  }
  return address;
}

function readPrefix(text: string): number | undefined {
  return /^\d{1,3}$/.test(text) ? Number(text) : undefined;
}

function parseAddress(text: string): Address | undefined {
  const bare = text.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  return bare.includes(':') ? parseIpv6(bare) : parseIpv4(bare);
}

function parseIpv4(text: string): Address | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return { bits: 32, value };
}

function parseIpv6(text: string): Address | undefined {
  const groups = ipv6Groups(text);
  if (!groups) return undefined;
  let value = 0n;
  for (const group of groups) {
    if (!/^[0-9a-f]{1,4}$/i.test(group)) return undefined;
    value = (value << 16n) | BigInt(`0x${group}`);
  }
  return { bits: 128, value };
}

/** The eight groups of an IPv6 address with `::` and a dotted tail written out (RFC 4291, 2.2). */
function ipv6Groups(text: string): string[] | undefined {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (dotted) {
    const tail = parseIpv4(dotted[2] ?? '');
    if (!tail) return undefined;
    return ipv6Groups(
      `${dotted[1]}${(tail.value >> 16n).toString(16)}:${(tail.value & 0xffffn).toString(16)}`,
    );
  }
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head = '', tail] = halves;
  const front = head === '' ? [] : head.split(':');
  if (tail === undefined) return front.length === 8 ? front : undefined;
  const back = tail === '' ? [] : tail.split(':');
  const missing = 8 - front.length - back.length;
  return missing < 1 ? undefined : [...front, ...Array<string>(missing).fill('0'), ...back];
}

function known(text: string): Network {
  const parsed = parseNetwork(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

/** IPv6 networks that carry an IPv4 address, and how far its lowest bit is from the right. */
const carriers = [
  { network: known('::ffff:0:0/96'), shift: 0 }, // IPv4-mapped, RFC 4291, 2.5.5.2
  { network: known('::ffff:0:0:0/96'), shift: 0 }, // IPv4-translated, RFC 7915
  { network: known('64:ff9b::/96'), shift: 0 }, // NAT64, RFC 6052
  { network: known('2002::/16'), shift: 80 }, // 6to4, RFC 3056
];

const ownMachine = ['127.0.0.0/8', '0.0.0.0/32', '::1/128', '::/128'].map(known);

interface SpecialNetwork {
  readonly network: Network;
  readonly words: string;
  readonly onlyByName: boolean;
}

function special(words: string, networks: readonly string[], onlyByName = false): SpecialNetwork[] {
  return networks.map((text) => ({ network: known(text), words, onlyByName }));
}

/** In the order of the check: the narrow ones first. IANA special-purpose registries (RFC 6890). */
const specialNetworks: readonly SpecialNetwork[] = [
  ...special(
    'the metadata service of a cloud machine',
    ['169.254.169.254', '169.254.170.2', '100.100.100.200', '168.63.129.16', '192.0.0.192', 'fd00:ec2::254'],
    true,
  ),
  ...special('this machine itself', ['127.0.0.0/8', '::1']),
  ...special('no particular machine', ['0.0.0.0/8', '::']),
  ...special('a link-local address', ['169.254.0.0/16', 'fe80::/10']),
  ...special('a multicast address', ['224.0.0.0/4', 'ff00::/8']),
  ...special('a reserved address', ['240.0.0.0/4', '::/96', '100::/64', '192.0.0.0/24']),
];
