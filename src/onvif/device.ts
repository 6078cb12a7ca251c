/**
 * What a device is and which streams it has.
 *
 * In:  where it is, a login. Out: a report, or one fault in plain words.
 * Promise: a bounded number of questions; every address in the report leads to the host that answered; no credentials.
 */
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { ClientParts, DeviceFault } from './client.ts';
import { DeviceClient, deviceNamespace } from './client.ts';
import { ownAddress } from './own-address.ts';
import { hostOf } from './post.ts';
import type { Profile } from './profiles.ts';
import { readProfiles } from './profiles.ts';
import type { Suggestion } from './roles.ts';
import { suggestRoles } from './roles.ts';
import type { Login } from './soap.ts';
import type { Element } from './xml.ts';
import { at, child, children, escapeXml, textAt } from './xml.ts';
import { shownWords } from './words.ts';

interface DeviceStream extends Profile {
  /** rtsp: or rtsps:, without credentials. */
  readonly url: string;
  readonly suggested: Suggestion | undefined;
}

export interface DeviceReport {
  readonly maker: string;
  readonly model: string;
  readonly firmware: string;
  readonly hasPtz: boolean;
  /** Still pictures; null when it gives none. Without credentials. */
  readonly snapshotUrl: string | null;
  readonly streams: readonly DeviceStream[];
  /** Streams beyond these were left out. */
  readonly leftOut: number;
  /** Clock of the device minus ours. */
  readonly skewMs: number;
  /** Hosts that it named in place of the one it answers at. */
  readonly named: readonly string[];
}

/** Each costs a question to a slow device; what a person chooses from is fewer. */
const maxStreams = 24;
const maxServices = 64;

const media1 = 'http://www.onvif.org/ver10/media/wsdl';
const media2 = 'http://www.onvif.org/ver20/media/wsdl';
const ptz = 'http://www.onvif.org/ver20/ptz/wsdl';
const schema = 'http://www.onvif.org/ver10/schema';

/** @param client that was reached */
export async function readDevice(client: DeviceClient): Promise<Result<DeviceReport, DeviceFault>> {
  return new Inquiry(client).run();
}

/** The first of the addresses where a device answers; the fault of the first one else. */
export async function reachDevice(
  parts: ClientParts,
  services: readonly URL[],
  login: Login | undefined,
): Promise<Result<DeviceClient, DeviceFault>> {
  const tries = services.map((service) => DeviceClient.reach(parts, service, login));
  const faults: DeviceFault[] = [];
  for (const reached of await Promise.all(tries)) {
    if (reached.ok) return reached;
    faults.push(reached.error);
  }
  const told = faults.find(({ kind }) => kind !== 'refused' && kind !== 'timeout') ?? faults[0];
  return err(told ?? { kind: 'not-onvif', message: 'There is no address to ask.' });
}

class Inquiry {
  readonly #client: DeviceClient;
  readonly #host: string;
  readonly #named = new Set<string>();

  constructor(client: DeviceClient) {
    this.#client = client;
    this.#host = hostOf(client.service);
  }

  async run(): Promise<Result<DeviceReport, DeviceFault>> {
    const identity = await this.#client.ask(
      this.#client.service,
      `<GetDeviceInformation xmlns="${deviceNamespace}"/>`,
    );
    // Whoever refuses the login here refuses it everywhere.
    if (!identity.ok && identity.error.kind !== 'unsupported') return identity;
    const services = await this.#services();
    if (!services.ok) return services;
    const media = await this.#profiles(services.value);
    if (!media.ok) return media;
    const { profiles, service, version } = media.value;
    const streams = await this.#streams(profiles.slice(0, maxStreams), service, version);
    if (!streams.ok) return streams;
    const told = identity.ok ? identity.value : undefined;
    const first = profiles[0];
    return ok({
      maker: shownWords(textAt(told, 'Manufacturer')),
      model: shownWords(textAt(told, 'Model')),
      firmware: shownWords(textAt(told, 'FirmwareVersion')),
      hasPtz: services.value.has(ptz) && profiles.some(({ hasPtz }) => hasPtz),
      snapshotUrl: first ? await this.#snapshotUrl(first.token, service, version) : null,
      streams: streams.value,
      leftOut: Math.max(0, profiles.length - maxStreams),
      skewMs: this.#client.skewMs,
      named: [...this.#named],
    });
  }

  /** Namespaces and where they are answered; older devices know GetCapabilities only. */
  async #services(): Promise<Result<ReadonlyMap<string, URL>, DeviceFault>> {
    const { service } = this.#client;
    const listed = await this.#client.ask(
      service,
      `<GetServices xmlns="${deviceNamespace}"><IncludeCapability>false</IncludeCapability></GetServices>`,
    );
    if (listed.ok) {
      const found = children(listed.value, 'Service').map(
        (one) => [textAt(one, 'Namespace'), textAt(one, 'XAddr')] as const,
      );
      const services = this.#reachable(found);
      if (services.has(media1) || services.has(media2)) return ok(services);
    } else if (isFinal(listed.error)) return listed;
    const told = await this.#client.ask(
      service,
      `<GetCapabilities xmlns="${deviceNamespace}"><Category>All</Category></GetCapabilities>`,
    );
    if (!told.ok) return told;
    const able = child(told.value, 'Capabilities');
    return ok(
      this.#reachable([
        [media1, textAt(able, 'Media', 'XAddr')],
        [ptz, textAt(able, 'PTZ', 'XAddr')],
      ]),
    );
  }

  #reachable(found: readonly (readonly [string, string])[]): ReadonlyMap<string, URL> {
    const services = new Map<string, URL>();
    for (const [namespace, xaddr] of found.slice(0, maxServices)) {
      const url = this.#own(xaddr, ['http:', 'https:']);
      if (url !== undefined && URL.canParse(url)) services.set(namespace, this.#throughSamePort(url));
    }
    return services;
  }

  /** Behind a router that maps one port, the device's own idea of its port leads nowhere. */
  #throughSamePort(url: string): URL {
    const service = new URL(url);
    if (this.#named.size === 0) return service;
    service.protocol = this.#client.service.protocol;
    service.port = this.#client.service.port;
    return service;
  }

  /** Media2 knows H.265 and tells of everything; not every device that has it can be asked. */
  async #profiles(services: ReadonlyMap<string, URL>): Promise<Result<Media, DeviceFault>> {
    let fault: DeviceFault = noMedia;
    for (const version of [media2, media1]) {
      const service = services.get(version);
      if (!service) continue;
      const types = version === media2 ? '<Type>All</Type>' : '';
      const answer = await this.#client.ask(
        service,
        `<GetProfiles xmlns="${version}">${types}</GetProfiles>`,
      );
      const profiles = answer.ok ? readProfiles(answer.value) : [];
      if (profiles.length > 0) return ok({ profiles, service, version });
      if (!answer.ok) fault = answer.error;
      if (!answer.ok && isFinal(answer.error)) break;
    }
    return err(fault);
  }

  async #streams(
    profiles: readonly Profile[],
    service: URL,
    version: string,
  ): Promise<Result<DeviceStream[], DeviceFault>> {
    const roles = suggestRoles(profiles);
    const streams: DeviceStream[] = [];
    let fault = noMedia;
    for (const profile of profiles) {
      const answer = await this.#client.ask(service, streamQuestion(version, profile.token));
      if (!answer.ok) {
        fault = answer.error;
        if (isFinal(answer.error)) break;
        continue;
      }
      const url = this.#own(uriOf(answer.value), ['rtsp:', 'rtsps:']);
      // The same stream under two profiles is one.
      if (url === undefined || streams.some((one) => one.url === url)) continue;
      streams.push({ ...profile, url, suggested: roles.get(profile.token) });
    }
    return streams.length > 0 ? ok(streams) : err(fault);
  }

  async #snapshotUrl(token: string, service: URL, version: string): Promise<string | null> {
    const question = `<GetSnapshotUri xmlns="${version}"><ProfileToken>${escapeXml(token)}</ProfileToken></GetSnapshotUri>`;
    const answer = await this.#client.ask(service, question);
    return (answer.ok ? this.#own(uriOf(answer.value), ['http:', 'https:']) : undefined) ?? null;
  }

  #own(text: string, schemes: readonly string[]): string | undefined {
    const own = ownAddress(text, this.#host, schemes);
    if (own?.named !== undefined) this.#named.add(own.named);
    return own?.url;
  }
}

interface Media {
  readonly profiles: readonly Profile[];
  readonly service: URL;
  readonly version: string;
}

const noMedia: DeviceFault = {
  kind: 'unsupported',
  message: 'The device speaks ONVIF, but tells of no video stream. Type the address of its stream instead.',
};

/** No other question would get another answer. */
function isFinal({ kind }: DeviceFault): boolean {
  return kind !== 'unsupported' && kind !== 'protocol' && kind !== 'not-onvif';
}

/** Media2 answers `Uri`, Media `MediaUri/Uri`. */
function uriOf(answer: Element): string {
  return textAt(at(answer, 'MediaUri') ?? answer, 'Uri');
}

function streamQuestion(version: string, token: string): string {
  const profile = `<ProfileToken>${escapeXml(token)}</ProfileToken>`;
  if (version === media2) {
    return `<GetStreamUri xmlns="${version}"><Protocol>RTSP</Protocol>${profile}</GetStreamUri>`;
  }
  return (
    `<GetStreamUri xmlns="${version}"><StreamSetup>` +
    `<Stream xmlns="${schema}">RTP-Unicast</Stream>` +
    `<Transport xmlns="${schema}"><Protocol>RTSP</Protocol></Transport>` +
    `</StreamSetup>${profile}</GetStreamUri>`
  );
}
