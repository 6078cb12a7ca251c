/**
 * By which ways and names this server may be reached: refused, or sent to a better way, before any route is looked at.
 *
 * - DNS rebinding: another site's name that points to this machine. The name it was asked by gives it away.
 * - Plain HTTP from another machine: passwords and pictures would be read by everybody in between.
 *
 * Without accounts whoever reaches the server may do everything: then only this machine may, by its own names.
 */
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Client } from './client.ts';
import { cameThroughProxy, clientOf } from './client.ts';
import { ProblemError, problem } from './problems.ts';

export interface NetworkRules {
  /** False: nobody signs in. */
  readonly accounts: boolean;
  /** Names, without a port, that people and proxies know this server by. */
  readonly publicNames: readonly string[];
  /** The owner trusts everybody on the network. */
  readonly allowPlainHttp: boolean;
  /** Asked at every request: it is switched on and off while running. */
  readonly https: HttpsView;
}

/** What is known of the encrypted port. */
export interface HttpsView {
  /** Undefined while it is off. */
  readonly port: number | undefined;
  /** Names of the certificate, lower case; one may begin with `*.`. */
  readonly names: readonly string[];
  /** Somebody whom browsers trust has issued the certificate. */
  readonly trusted: boolean;
}

export const onlyThisMachine: NetworkRules = {
  accounts: false,
  publicNames: [],
  allowPlainHttp: false,
  https: { port: undefined, names: [], trusted: false },
};

export function keepToNetworkRules(app: FastifyInstance, rules: NetworkRules): void {
  const ownNames = new Set(['localhost', ...machineNames(), ...rules.publicNames.map(lowerCase)]);
  app.addHook('onRequest', (request, reply, done) => {
    if (!rules.accounts) return done(refusalWithoutAccounts(request));
    const client = clientOf(request);
    if (!client.hostVouched && !isKnown(nameOf(client.host), ownNames, rules.https)) return done(wrongHost);
    if (client.secure) {
      if (sendsHsts(client, rules.https)) reply.header('strict-transport-security', hsts);
      return done();
    }
    if (client.local || client.proxied || rules.allowPlainHttp || isHealthCheck(request)) return done();
    if (isNavigation(request)) return sendElsewhere(request, reply, rules.https);
    done(httpsNeeded);
  });
}

/** What this machine is called on its network. */
export function machineNames(): readonly string[] {
  const name = hostname().toLowerCase();
  return name.endsWith('.local') || isIP(name) !== 0 ? [name] : [name, `${name}.local`];
}

const lowerCase = (name: string): string => name.toLowerCase();

/** Names of this machine as seen from itself, with any port: a tunnel may change it. */
const localHost = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;

function refusalWithoutAccounts(request: FastifyRequest): ProblemError | undefined {
  if (!localHost.test(request.headers.host ?? '')) return onlyLocalHosts;
  // It would come from this machine for whoever reaches the proxy.
  return cameThroughProxy(request.raw) ? noProxyWithoutAccounts : undefined;
}

const onlyLocalHosts = new ProblemError(
  problem(
    421,
    'host-not-allowed',
    'This server answers to localhost, 127.0.0.1 and [::1] only, as long as it has no accounts.',
  ),
);
const noProxyWithoutAccounts = new ProblemError(
  problem(
    403,
    'proxied',
    'This server has no accounts (`accounts: false`), so it must not stand behind a proxy: everybody who ' +
      'reaches the proxy could do everything.',
  ),
);
const wrongHost = new ProblemError(
  problem(
    421,
    'host-not-allowed',
    'This server is not known by this name. If it should be, add the name to `publicNames` in the configuration file.',
  ),
);
const httpsNeeded = new ProblemError(
  problem(
    403,
    'https-needed',
    'Over plain HTTP this server answers to its own machine only. Use https, switching it on under Settings or with ' +
      '`https: {enabled: true}` in the configuration file; or, on a network where nobody can listen, set `allowPlainHttp: true`.',
  ),
);

/** Without port; '' when it is no name at all. */
function nameOf(host: string): string {
  return /^(\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/.exec(host)?.[1] ?? '';
}

/** An address cannot be another site's name. */
function isKnown(name: string, ownNames: ReadonlySet<string>, https: HttpsView): boolean {
  if (ownNames.has(name) || isIP(name.replace(/^\[|\]$/g, '')) !== 0) return true;
  return https.names.some((known) =>
    known.startsWith('*.') ? name.slice(name.indexOf('.')) === known.slice(1) : name === known,
  );
}

/**
 * A browser that has seen this refuses plain HTTP on every port of this name for as long (RFC 6797, 8.3). So it is
 * said only by who is reached at the port of https itself: other programs on this machine may have no certificate.
 */
function sendsHsts(client: Client, https: HttpsView): boolean {
  return https.trusted && https.port === httpsPort && !client.proxied;
}
const httpsPort = 443;
const hsts = 'max-age=31536000';

/** Programs that look after this one know no certificates, and it tells nothing but that it is there. */
function isHealthCheck(request: FastifyRequest): boolean {
  return request.routeOptions.config.action === 'health.read';
}

function isNavigation({ method, headers }: FastifyRequest): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  const mode = headers['sec-fetch-mode'];
  return mode === undefined ? (headers.accept ?? '').includes('text/html') : mode === 'navigate';
}

function sendElsewhere(request: FastifyRequest, reply: FastifyReply, { port }: HttpsView): void {
  reply.header('cache-control', 'no-store');
  if (port === undefined) {
    void reply.code(403).type('text/plain; charset=utf-8').send(`${httpsNeeded.problem.detail}\n`);
    return;
  }
  const name = nameOf(clientOf(request).host);
  const authority = port === httpsPort ? name : `${name}:${port}`;
  // Not for ever: https may be switched off again.
  void reply.code(307).header('location', `https://${authority}${request.originalUrl}`).send();
}
