/**
 * TCP and TLS connections to hosts that may be hostile, slow or absent.
 *
 * In:  host, port, the address policy, and how long all of it (name, connection, handshake) may take.
 * Out: an open socket, paused until someone reads it, or a fault in plain words.
 * Promise: only addresses that the policy has checked are connected to, and a failed attempt leaves nothing open.
 */
import type { LookupFunction } from 'node:net';
import { connect as tcpConnect, isIP, type Socket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { AddressPolicy, CheckedAddresses } from './address-policy.ts';
import type { NetFault } from './fault.ts';
import { faultOfSocketError, hostAndPort, netFault } from './fault.ts';
import { faultOfTlsError } from './tls-fault.ts';

export interface ConnectOptions {
  readonly host: string;
  readonly port: number;
  readonly policy: AddressPolicy;
  readonly clock: Clock;
  /** For name, connection and handshake together. */
  readonly timeoutMs: number;
  /** Gives up early; the result is then a fault that nobody needs to read. */
  readonly signal?: AbortSignal;
}

export interface TlsOptions extends ConnectOptions {
  /** False accepts every certificate, and the old protocol versions and keys of old cameras. */
  readonly verify: boolean;
}

export function connectTcp(options: ConnectOptions): Promise<Result<Socket, NetFault>> {
  return connectChecked(options, {
    event: 'connect',
    open: (addresses) => tcpConnect(targetOf(options, addresses)),
    fault: faultOfSocketError,
  });
}

export function connectTls(options: TlsOptions): Promise<Result<Socket, NetFault>> {
  return connectChecked(options, {
    event: 'secureConnect',
    open: (addresses) =>
      tlsConnect({
        ...targetOf(options, addresses),
        ...(isIP(options.host) === 0 ? { servername: options.host } : {}),
        rejectUnauthorized: options.verify,
        ...(options.verify ? {} : oldDevices),
      }),
    fault: faultOfTlsError,
  });
}

/** Who does not check certificates has no protection to lose; many cameras know nothing newer than these. */
const oldDevices = { minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;

interface Kind {
  readonly event: 'connect' | 'secureConnect';
  readonly open: (addresses: CheckedAddresses) => Socket;
  readonly fault: (error: unknown, where: string) => NetFault;
}

async function connectChecked(options: ConnectOptions, kind: Kind): Promise<Result<Socket, NetFault>> {
  const startedMs = options.clock.monotonicMs();
  const checked = await within(options, options.policy.check(options.host, options.port));
  if (!checked.ok) return checked;
  const leftMs = options.timeoutMs - (options.clock.monotonicMs() - startedMs);
  if (options.signal?.aborted || leftMs <= 0) return err(tooLate(options));
  return opened(kind.open(checked.value), kind, { ...options, timeoutMs: leftMs });
}

/** The answer, or a timeout fault; a late answer is ignored. */
function within<T>(
  options: ConnectOptions,
  answer: Promise<Result<T, NetFault>>,
): Promise<Result<T, NetFault>> {
  return new Promise((done) => {
    const timer = options.clock.after(options.timeoutMs, () =>
      done(
        err(
          netFault(
            'timeout',
            `The name ${options.host} could not be looked up in time. Check the DNS server.`,
          ),
        ),
      ),
    );
    void answer.then((result) => {
      timer.cancel();
      done(result);
    });
  });
}

/** Waits until the socket is usable; a socket that is not handed on is destroyed. */
function opened(socket: Socket, kind: Kind, options: ConnectOptions): Promise<Result<Socket, NetFault>> {
  const where = hostAndPort(options.host, options.port);
  return new Promise((done) => {
    const finish = (fault: NetFault | undefined) => {
      timer.cancel();
      options.signal?.removeEventListener('abort', onAbort);
      socket.off(kind.event, onOpen).off('error', onError).off('close', onClose);
      if (fault) socket.on('error', ignore).destroy();
      done(fault ? err(fault) : ok(socket));
    };
    const onOpen = () => finish(undefined);
    const onError = (error: unknown) => finish(kind.fault(error, where));
    const onClose = () => finish(netFault('ended', `${where} cut the connection.`));
    const onAbort = () => finish(tooLate(options));
    const timer: Timer = options.clock.after(options.timeoutMs, onAbort);
    options.signal?.addEventListener('abort', onAbort);
    socket.setNoDelay(true).on(kind.event, onOpen).on('error', onError).on('close', onClose);
  });
}

function ignore(): void {
  // Errors of a socket that was given up matter to nobody, but without a listener they end the process.
}

function tooLate(options: ConnectOptions): NetFault {
  return netFault(
    'timeout',
    `${hostAndPort(options.host, options.port)} did not answer in time. Check the address, and that the device is switched on.`,
  );
}

/** Where to connect: a name is answered with the checked addresses instead of being looked up again. */
function targetOf(options: ConnectOptions, addresses: CheckedAddresses) {
  const [first] = addresses;
  if (addresses.length === 1) return { host: first.address, port: options.port };
  const lookup: LookupFunction = (_name, lookupOptions, done) => {
    if (lookupOptions.all)
      done(
        null,
        addresses.map(({ address, family }) => ({ address, family })),
      );
    else done(null, first.address, first.family);
  };
  return { host: options.host, port: options.port, lookup, autoSelectFamily: true };
}
