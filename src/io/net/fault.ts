/**
 * Why a far host could not be reached, in words for the person who typed its address.
 * The kinds are those of `hub/source.ts` that a network can cause, so a source hands them on unchanged.
 */

export interface NetFault {
  readonly kind: 'refused' | 'no-route' | 'timeout' | 'tls' | 'forbidden-address' | 'ended';
  /** One or two plain sentences: what happened, what to do. Never holds a secret. */
  readonly message: string;
}

export function netFault(kind: NetFault['kind'], message: string): NetFault {
  return { kind, message };
}

/** `host:port` as people write it; IPv6 in brackets. */
export function hostAndPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The `code` of a system error, for example `ECONNREFUSED`; empty when it has none. */
export function errorCode(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

/** What a failed or broken connection to `where` means. */
export function faultOfSocketError(error: unknown, where: string): NetFault {
  const code = firstCode(error);
  const known = socketErrors[code];
  if (known) return netFault(known.kind, known.words(where));
  return netFault('no-route', `Cannot reach ${where} (${code || 'unknown network error'}).`);
}

interface KnownError {
  readonly kind: NetFault['kind'];
  readonly words: (where: string) => string;
}

const unreachable: KnownError = {
  kind: 'no-route',
  words: (where) => `There is no way to ${where} from this server. Check the address and the network.`,
};
const cutOff: KnownError = {
  kind: 'ended',
  words: (where) => `${where} cut the connection.`,
};

const socketErrors: Readonly<Record<string, KnownError>> = {
  ECONNREFUSED: {
    kind: 'refused',
    words: (where) => `Nothing listens at ${where}. Check the port, and that the device is switched on.`,
  },
  ETIMEDOUT: {
    kind: 'timeout',
    words: (where) =>
      `${where} did not answer in time. Check the address, and that the device is switched on.`,
  },
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  EHOSTDOWN: unreachable,
  EADDRNOTAVAIL: unreachable,
  ECONNRESET: cutOff,
  EPIPE: cutOff,
  ECONNABORTED: cutOff,
};

/** Several addresses tried together fail with one error that holds the others; the first one speaks. */
function firstCode(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0]);
  return errorCode(error);
}
