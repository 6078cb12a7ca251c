/**
 * The networks this machine stands in, and the addresses of them that may be knocked at.
 */
import type { NetworkInterfaceInfo } from 'node:os';
import { isIPv4 } from 'node:net';

export interface OwnNetwork {
  /** Of this machine in it. */
  readonly address: string;
  /** `192.168.1.0/24` */
  readonly cidr: string;
  readonly isLoopback: boolean;
}

/** A home or an office floor; larger ones are knocked at only around the own address. */
const widestPrefix = 22;
/** All networks together: four of that size. */
const maxKnockedHosts = 4096;

/** IPv4, one for each address. */
export function ownNetworks(
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>,
): OwnNetwork[] {
  return Object.values(interfaces).flatMap((entries = []) =>
    entries.flatMap(({ address, cidr, internal }) => {
      if (!isIPv4(address) || cidr === null) return [];
      const prefix = Number(cidr.split('/')[1] ?? 32);
      return [{ address, cidr: networkOf(address, prefix), isLoopback: internal }];
    }),
  );
}

/** Of the private networks among these, each at most a /22: what is searched, and every address in it but our own. */
export function knockTargets(networks: readonly OwnNetwork[]): { networks: string[]; hosts: string[] } {
  const searched: string[] = [];
  const hosts = new Set<string>();
  for (const { address, cidr } of networks) {
    if (!isPrivate(address)) continue;
    const prefix = Math.max(widestPrefix, Number(cidr.split('/')[1]));
    const within = networkOf(address, prefix);
    if (searched.includes(within)) continue;
    searched.push(within);
    for (const host of hostsOf(within, prefix)) if (hosts.size < maxKnockedHosts) hosts.add(host);
  }
  for (const { address } of networks) hosts.delete(address);
  return { networks: searched, hosts: [...hosts] };
}

/** RFC 1918. */
function isPrivate(address: string): boolean {
  const [first = 0, second = 0] = address.split('.').map(Number);
  if (first === 10) return true;
  return first === 172 ? second >= 16 && second < 32 : first === 192 && second === 168;
}

function networkOf(address: string, prefix: number): string {
  return `${textOf(numberOf(address) - (numberOf(address) % 2 ** (32 - prefix)))}/${prefix}`;
}

/** Without the network's own address and its broadcast, where there are such. */
function hostsOf(cidr: string, prefix: number): string[] {
  const base = numberOf(cidr.split('/')[0] ?? '');
  const count = 2 ** (32 - prefix);
  const ends = count > 2 ? 1 : 0;
  return Array.from({ length: count - 2 * ends }, (_, at) => textOf(base + at + ends));
}

function numberOf(address: string): number {
  return address.split('.').reduce((value, part) => value * 256 + Number(part), 0);
}

function textOf(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
