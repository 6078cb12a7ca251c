/**
 * How the running server is reached: the rules of both ports, the encrypted one, and where people find it.
 */
import { BlockList, isIP } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { ProxyRules } from '../api/client.ts';
import type { NetworkReport } from '../api/contract/network.ts';
import type { NetworkRules } from '../api/network-rules.ts';
import { machineNames } from '../api/network-rules.ts';
import { isLoopbackHost } from '../api/options.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Random } from '../io/random.ts';
import type { LiveSettings } from '../settings/live/live-settings.ts';
import type { Settings } from '../settings/schema.ts';
import { interfaceAddresses } from './certificates.ts';
import { Https } from './https.ts';

interface NetworkCore {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly live: LiveSettings;
  /** That this server listens on; that of https is added. */
  readonly ports: number[];
}

export interface SecureAddresses {
  readonly urls: readonly string[];
  readonly fingerprint: string;
  /** Browsers open them without a warning. */
  readonly trusted: boolean;
}

export interface Network {
  readonly https: Https;
  /** For the API. */
  readonly parts: {
    readonly network: NetworkRules;
    readonly proxy: ProxyRules;
    readonly basePath: string;
    readonly rateLimit: number;
    readonly networkReport: () => NetworkReport;
  };
  /** Call when the plain port listens: https follows where it is switched on. */
  start(app: FastifyInstance, httpPort: number): Promise<void>;
  /** To be told at the start; undefined while https is off, or no other machine can reach this one. */
  addresses(): SecureAddresses | undefined;
}

export function makeNetwork(core: NetworkCore, settings: Settings): Network {
  const { live, log } = core;
  const { accounts, publicNames, allowPlainHttp, basePath, proxy, data } = settings;
  const https = new Https({ ...core, options: settings.https, data, publicNames, basePath });
  let httpPort = settings.port;
  const follow = async (): Promise<void> => {
    if (!live.get('httpsEnabled')) return https.stop();
    const started = await https.start(live.get('httpsPort'));
    if (!started.ok) log.warn(started.error);
  };
  return {
    https,
    parts: {
      network: { accounts, publicNames, allowPlainHttp, https },
      proxy,
      basePath,
      rateLimit: settings.rateLimit,
      networkReport: () => reportOf(https, settings, httpPort),
    },
    start: async (app, port) => {
      httpPort = port;
      https.serve(app);
      await follow();
      live.observe(['httpsEnabled', 'httpsPort'], () => void follow());
    },
    addresses: () => {
      const certificate = https.certificate();
      const urls = reportOf(https, settings, httpPort)
        .addresses.filter(({ secure }) => secure)
        .map(({ url }) => url);
      return certificate && urls.length > 0 ? { ...certificate, urls } : undefined;
    },
  };
}

function reportOf(https: Https, settings: Settings, httpPort: number): NetworkReport {
  const state = https.state();
  const others = otherMachines(https, settings);
  const places: { url: string; secure: boolean; name: boolean }[] = [];
  const add = (secure: boolean, host: string | undefined, port: number) => {
    const scheme = secure ? 'https' : 'http';
    const suffix = port === (secure ? 443 : 80) ? '' : `:${port}`;
    for (const name of namesFor(host, settings.publicNames)) {
      const isName = isIP(name) === 0;
      const authority = name.includes(':') ? `[${name}]` : name;
      places.push({ url: `${scheme}://${authority}${suffix}${settings.basePath}/`, secure, name: isName });
    }
  };
  if (state.kind === 'on') add(true, settings.https.host, state.port);
  if (others === 'served') add(false, settings.host, httpPort);
  return {
    https: {
      state: state.kind,
      port: state.kind === 'on' ? state.port : null,
      problem: state.kind === 'failed' ? state.why : null,
      certificate: https.certificate() ?? null,
    },
    http: { host: settings.host, port: httpPort, otherMachines: others },
    addresses: places,
  };
}

function otherMachines(https: Https, { host, allowPlainHttp }: Settings) {
  if (isLoopbackHost(host)) return 'not-reached';
  if (allowPlainHttp) return 'served';
  return https.port === undefined ? 'refused' : 'led-to-https';
}

/** Addresses of no use on another machine: loopback, and link-local ones, which need a zone beside them. */
const notElsewhere = new BlockList();
for (const [address, prefix] of [
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
] as const) {
  notElsewhere.addSubnet(address, prefix, 'ipv4');
}
notElsewhere.addAddress('::1', 'ipv6');
notElsewhere.addSubnet('fe80::', 10, 'ipv6');

/** Names that the owner has given first, then addresses, IPv4 before IPv6, then what this machine calls itself. */
function namesFor(host: string | undefined, publicNames: readonly string[]): string[] {
  const isEverywhere = host === undefined || host === '0.0.0.0' || host === '::';
  if (!isEverywhere) return isLoopbackHost(host) ? [] : [host];
  const addresses = interfaceAddresses().filter((address) => {
    const family = isIP(address);
    return (
      (host !== '0.0.0.0' || family === 4) && !notElsewhere.check(address, family === 6 ? 'ipv6' : 'ipv4')
    );
  });
  if (addresses.length === 0) return [...publicNames];
  const byFamily = [
    ...addresses.filter((one) => isIP(one) === 4),
    ...addresses.filter((one) => isIP(one) === 6),
  ];
  return [...publicNames, ...byFamily, ...machineNames().filter((name) => name.endsWith('.local'))];
}
