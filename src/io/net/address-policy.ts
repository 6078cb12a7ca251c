/**
 * The one gate between an address that a person (or a camera, by a redirect) wrote and a connection to it.
 *
 * In:  host and port.
 * Out: the addresses that may be connected to, or a fault in plain words.
 * Promise: callers connect to these very addresses. The name is never looked up a second time, so a
 * name server that answers differently the next moment (DNS rebinding) gains nothing.
 */
import { networkInterfaces } from 'node:os';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { Network } from './address-rules.ts';
import {
  canonicalAddress,
  isLoopback,
  maxAllowedNetworks,
  parseNetwork,
  refusedBecause,
} from './address-rules.ts';
import type { NetFault } from './fault.ts';
import { errorCode, hostAndPort, netFault } from './fault.ts';
import type { Resolve, ResolvedAddress } from './lookup.ts';
import { resolveName } from './lookup.ts';

export interface AddressPolicyOptions {
  /** Networks (CIDR) that are fine although the built-in rules refuse them. Unreadable ones are a bug of the caller. */
  readonly allow?: readonly string[];
  /** TCP ports this server listens on: never reached through an address of this machine, whatever is allowed. */
  readonly ownPorts?: () => readonly number[];
  readonly resolve?: Resolve;
}

/** Checked addresses, at least one, in the order to try them. */
export type CheckedAddresses = readonly [ResolvedAddress, ...ResolvedAddress[]];

export class AddressPolicy {
  #allowed: readonly Network[] = [];
  readonly #ownPorts: () => readonly number[];
  readonly #resolve: Resolve;

  constructor(options: AddressPolicyOptions = {}) {
    this.allow(options.allow ?? []);
    this.#ownPorts = options.ownPorts ?? (() => []);
    this.#resolve = options.resolve ?? resolveName;
  }

  /** From now on these, and none that were allowed before. Connections that are open stay so. */
  allow(networks: readonly string[]): void {
    this.#allowed = networks.slice(0, maxAllowedNetworks).map(readNetwork);
  }

  /** Looks the name up and keeps what the rules permit. Waits as long as the resolver does: give it a deadline. */
  check(host: string, port: number): Promise<Result<CheckedAddresses, NetFault>> {
    return new Promise((done) => {
      this.#resolve(bareHost(host), (error, addresses) => {
        done(error === undefined ? this.#judge(host, port, addresses) : err(failedLookup(host, error)));
      });
    });
  }

  #judge(
    host: string,
    port: number,
    addresses: readonly ResolvedAddress[],
  ): Result<CheckedAddresses, NetFault> {
    let reason: string | undefined;
    const permitted: ResolvedAddress[] = [];
    for (const found of addresses) {
      const refused = this.#refusal(found.address, port);
      if (refused === undefined) permitted.push(found);
      else reason ??= refused;
    }
    const [first, ...others] = permitted;
    if (first) return ok([first, ...others]);
    if (reason === undefined) return err(unknownName(host));
    return err(netFault('forbidden-address', `${hostAndPort(host, port)} is ${reason}.`));
  }

  #refusal(address: string, port: number): string | undefined {
    if (this.#ownPorts().includes(port) && isOwnAddress(address)) {
      return 'a port of this server itself, which cannot be a camera';
    }
    const words = refusedBecause(address, this.#allowed);
    return (
      words && `${words}, which is not allowed for cameras. An administrator can allow it: Settings, Network`
    );
  }
}

function readNetwork(text: string): Network {
  const network = parseNetwork(text);
  if (!network.ok) throw new Error(network.error);
  return network.value;
}

function bareHost(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}

function isOwnAddress(address: string): boolean {
  if (isLoopback(address)) return true;
  const wanted = canonicalAddress(address);
  for (const entries of Object.values(networkInterfaces())) {
    if (entries?.some((entry) => canonicalAddress(entry.address) === wanted)) return true;
  }
  return false;
}

/** `EAI_AGAIN`: no name server answered, which says nothing about the name. */
function failedLookup(host: string, error: unknown): NetFault {
  if (errorCode(error) !== 'EAI_AGAIN') return unknownName(host);
  return netFault(
    'no-route',
    `The name ${host} could not be looked up. Check the network and the DNS server.`,
  );
}

function unknownName(host: string): NetFault {
  return netFault(
    'no-route',
    `The name ${host} is not known on this network. Check its spelling, or use the IP address.`,
  );
}
