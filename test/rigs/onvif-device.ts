/**
 * A camera that speaks ONVIF, for tests: written by us after what real makers answer, so it shows that the client copes
 * with these shapes, not that it copes with a given camera.
 *
 * `modern`: Media2, HTTP Digest, H.265 and H.264. `old`: Media (version 10) only, SOAP 1.2 faults, UsernameToken with a
 * check of the time, a clock that is wrong, and addresses of another network.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { Socket } from 'node:dgram';
import { createSocket } from 'node:dgram';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface OnvifDeviceOptions {
  readonly kind: 'modern' | 'old';
  readonly name: string;
  readonly login?: { readonly user: string; readonly password: string };
  readonly streams: readonly DeviceRigStream[];
  /** How far its clock is ahead. */
  readonly skewMs?: number;
  /** What it believes its own address to be; the loopback when absent. */
  readonly believes?: string;
  /** Of WS-Discovery; none when absent. It listens on the loopback. */
  readonly discoveryPort?: number;
}

interface DeviceRigStream {
  readonly token: string;
  readonly codec: 'H264' | 'H265' | 'JPEG';
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
  readonly kbps: number;
  readonly gopFrames: number;
  /** `rtsp://…`: its host is replaced by what the device believes. */
  readonly url: string;
}

export interface OnvifDevice {
  readonly xaddr: string;
  readonly port: number;
  /** How often a wrong login was sent. */
  wrongLogins(): number;
  /** Names of the questions so far. */
  readonly asked: string[];
  close(): Promise<void>;
}

const tokenSkewMs = 60_000;
const path = '/onvif/device_service';
const names = {
  device: 'http://www.onvif.org/ver10/device/wsdl',
  media: 'http://www.onvif.org/ver10/media/wsdl',
  media2: 'http://www.onvif.org/ver20/media/wsdl',
  ptz: 'http://www.onvif.org/ver20/ptz/wsdl',
};

export async function startOnvifDevice(options: OnvifDeviceOptions): Promise<OnvifDevice> {
  const device = new Device(options);
  await device.listen();
  return device;
}

class Device implements OnvifDevice {
  readonly asked: string[] = [];
  readonly #options: OnvifDeviceOptions;
  readonly #http: Server;
  readonly #endpoint = `urn:uuid:${randomUUID()}`;
  readonly #nonce = randomUUID().replaceAll('-', '');
  #udp: Socket | undefined;
  #wrong = 0;

  constructor(options: OnvifDeviceOptions) {
    this.#options = options;
    this.#http = createServer((request, response) => void this.#serve(request, response));
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  get xaddr(): string {
    return `http://${this.#host()}:${this.port}${path}`;
  }

  wrongLogins(): number {
    return this.#wrong;
  }

  async listen(): Promise<void> {
    await new Promise<void>((done) => this.#http.listen(0, '127.0.0.1', done));
    const { discoveryPort } = this.#options;
    if (discoveryPort === undefined) return;
    const udp = createSocket({ type: 'udp4', reuseAddr: true });
    udp.on('message', (message, from) => {
      const id = /MessageID>([^<]+)</.exec(message.toString())?.[1];
      if (id !== undefined) udp.send(this.#match(id), from.port, from.address);
    });
    await new Promise<void>((done) => udp.bind(discoveryPort, '0.0.0.0', done));
    udp.addMembership('239.255.255.250', '127.0.0.1');
    this.#udp = udp;
  }

  async close(): Promise<void> {
    this.#udp?.close();
    this.#http.closeAllConnections();
    await new Promise((done) => this.#http.close(done));
  }

  #host(): string {
    return this.#options.believes ?? '127.0.0.1';
  }

  #match(id: string): string {
    const scopes = [
      'type/video_encoder',
      'Profile/Streaming',
      `name/${encodeURIComponent(this.#options.name)}`,
      `hardware/${this.#options.kind === 'modern' ? 'RIG-2000' : 'RIG-10'}`,
      'location/Test%20bench',
    ].map((scope) => `onvif://www.onvif.org/${scope}`);
    return soap(
      '<d:ProbeMatches xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><d:ProbeMatch>' +
        `<w:EndpointReference xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing"><w:Address>${this.#endpoint}` +
        '</w:Address></w:EndpointReference><d:Types>dn:NetworkVideoTransmitter</d:Types>' +
        `<d:Scopes>${scopes.join('\n')}</d:Scopes><d:XAddrs>${this.xaddr}</d:XAddrs>` +
        '<d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch></d:ProbeMatches>',
      `<w:RelatesTo xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing">${id}</w:RelatesTo>`,
    );
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const question = /<(?:\w+:)?Body[^>]*>\s*<(?:\w+:)?(\w+)/.exec(body)?.[1] ?? '';
    this.asked.push(question);
    const refused = question === 'GetSystemDateAndTime' ? undefined : this.#refusal(request, body);
    if (refused) return refused(response);
    const answered = this.#answer(question, body);
    response.writeHead(answered === undefined ? 400 : 200, { 'content-type': 'application/soap+xml' });
    response.end(soap(answered ?? fault('ter:ActionNotSupported', 'Optional Action Not Implemented')));
  }

  /** Undefined when the login is right, or none is wanted. */
  #refusal(request: IncomingMessage, body: string): ((response: ServerResponse) => void) | undefined {
    const { login, kind } = this.#options;
    if (!login) return undefined;
    const right = kind === 'modern' ? this.#digest(request, login) : this.#token(body, login);
    if (right === true) return undefined;
    if (right === false) this.#wrong += 1;
    if (kind === 'old') {
      return (response) => {
        response.writeHead(400, { 'content-type': 'application/soap+xml' });
        response.end(soap(fault('ter:NotAuthorized', 'Sender not Authorized')));
      };
    }
    return (response) => {
      const challenge = `Digest realm="rig", qop="auth", nonce="${this.#nonce}", algorithm=MD5`;
      response.writeHead(401, { 'www-authenticate': challenge });
      response.end();
    };
  }

  /** @returns undefined when none was sent */
  #digest(request: IncomingMessage, login: NonNullable<OnvifDeviceOptions['login']>): boolean | undefined {
    const sent = request.headers.authorization;
    if (sent === undefined) return undefined;
    const field = (name: string): string => new RegExp(`\\b${name}="?([^",]+)`).exec(sent)?.[1] ?? '';
    const ha1 = md5(`${login.user}:rig:${login.password}`);
    const ha2 = md5(`POST:${request.url ?? ''}`);
    const parts = [ha1, this.#nonce, field('nc'), field('cnonce'), 'auth', ha2];
    return field('username') === login.user && field('response') === md5(parts.join(':'));
  }

  #token(body: string, login: NonNullable<OnvifDeviceOptions['login']>): boolean | undefined {
    const inside = (name: string): string =>
      new RegExp(`<(?:\\w+:)?${name}(?:\\s[^>]*)?>([^<]*)<`).exec(body)?.[1] ?? '';
    if (!body.includes('UsernameToken')) return undefined;
    const created = inside('Created');
    const isFresh = Math.abs(Date.parse(created) - this.#now()) < tokenSkewMs;
    const nonce = Buffer.from(inside('Nonce'), 'base64');
    const digest = createHash('sha1')
      .update(nonce)
      .update(created + login.password)
      .digest('base64');
    return isFresh && inside('Username') === login.user && inside('Password') === digest;
  }

  #now(): number {
    return Date.now() + (this.#options.skewMs ?? 0);
  }

  #answer(question: string, body: string): string | undefined {
    const modern = this.#options.kind === 'modern';
    const token = /<(?:\w+:)?ProfileToken>([^<]*)</.exec(body)?.[1];
    const stream = this.#options.streams.find((one) => one.token === token);
    switch (question) {
      case 'GetSystemDateAndTime':
        return time(new Date(this.#now()));
      case 'GetDeviceInformation':
        return (
          `<tds:GetDeviceInformationResponse xmlns:tds="${names.device}"><tds:Manufacturer>Rig &amp; Sons</tds:Manufacturer>` +
          `<tds:Model>${modern ? 'RIG-2000' : 'RIG-10'}</tds:Model><tds:FirmwareVersion>1.10</tds:FirmwareVersion>` +
          '</tds:GetDeviceInformationResponse>'
        );
      case 'GetServices':
        return modern ? this.#services() : undefined;
      case 'GetCapabilities':
        return (
          `<tds:GetCapabilitiesResponse xmlns:tds="${names.device}" xmlns:tt="http://www.onvif.org/ver10/schema">` +
          `<tds:Capabilities><tt:Media><tt:XAddr>${this.xaddr}</tt:XAddr></tt:Media></tds:Capabilities>` +
          '</tds:GetCapabilitiesResponse>'
        );
      case 'GetProfiles':
        return modern ? this.#profiles2() : this.#profiles1();
      case 'GetStreamUri':
        return stream && this.#uri(question, stream.url.replace('127.0.0.1', this.#host()));
      case 'GetSnapshotUri':
        return stream && this.#uri(question, `http://${this.#host()}:${this.port}/snap.jpg`);
      default:
        return undefined;
    }
  }

  #services(): string {
    const one = (namespace: string): string =>
      `<tds:Service><tds:Namespace>${namespace}</tds:Namespace><tds:XAddr>${this.xaddr}</tds:XAddr></tds:Service>`;
    const all = [names.device, names.media, names.media2, names.ptz].map(one).join('');
    return `<tds:GetServicesResponse xmlns:tds="${names.device}">${all}</tds:GetServicesResponse>`;
  }

  #profiles2(): string {
    const all = this.#options.streams.map(profile2).join('');
    return `<tr2:GetProfilesResponse xmlns:tr2="${names.media2}" xmlns:tt="http://www.onvif.org/ver10/schema">${all}</tr2:GetProfilesResponse>`;
  }

  #profiles1(): string {
    const all = this.#options.streams.map(profile1).join('');
    return `<trt:GetProfilesResponse xmlns:trt="${names.media}" xmlns:tt="http://www.onvif.org/ver10/schema">${all}</trt:GetProfilesResponse>`;
  }

  #uri(question: string, url: string): string {
    const uri = `<tt:Uri>${url.replaceAll('&', '&amp;')}</tt:Uri>`;
    const inner = this.#options.kind === 'modern' ? uri : `<trt:MediaUri>${uri}</trt:MediaUri>`;
    return `<trt:${question}Response xmlns:trt="${names.media}" xmlns:tt="http://www.onvif.org/ver10/schema">${inner}</trt:${question}Response>`;
  }
}

function profile2(stream: DeviceRigStream): string {
  return (
    `<tr2:Profiles token="${stream.token}" fixed="true"><tr2:Name>${stream.token}</tr2:Name><tr2:Configurations>` +
    '<tr2:VideoSource token="v"><tt:SourceToken>lens</tt:SourceToken></tr2:VideoSource>' +
    `<tr2:VideoEncoder token="e" GovLength="${stream.gopFrames}" Profile="Main"><tt:Encoding>${stream.codec}</tt:Encoding>` +
    encoder(stream) +
    '</tr2:VideoEncoder><tr2:PTZ token="p"/></tr2:Configurations></tr2:Profiles>'
  );
}

function profile1(stream: DeviceRigStream): string {
  return (
    `<trt:Profiles token="${stream.token}"><tt:Name>${stream.token}</tt:Name>` +
    '<tt:VideoSourceConfiguration token="v"><tt:SourceToken>lens</tt:SourceToken></tt:VideoSourceConfiguration>' +
    `<tt:VideoEncoderConfiguration token="e"><tt:Encoding>${stream.codec}</tt:Encoding>${encoder(stream)}` +
    `<tt:H264><tt:GovLength>${stream.gopFrames}</tt:GovLength></tt:H264></tt:VideoEncoderConfiguration></trt:Profiles>`
  );
}

function encoder({ width, height, framesPerSecond, kbps }: DeviceRigStream): string {
  return (
    `<tt:Resolution><tt:Width>${width}</tt:Width><tt:Height>${height}</tt:Height></tt:Resolution>` +
    `<tt:RateControl><tt:FrameRateLimit>${framesPerSecond}</tt:FrameRateLimit><tt:BitrateLimit>${kbps}</tt:BitrateLimit></tt:RateControl>`
  );
}

function time(now: Date): string {
  const clock =
    `<tt:Time><tt:Hour>${now.getUTCHours()}</tt:Hour><tt:Minute>${now.getUTCMinutes()}</tt:Minute><tt:Second>${now.getUTCSeconds()}</tt:Second></tt:Time>` +
    `<tt:Date><tt:Year>${now.getUTCFullYear()}</tt:Year><tt:Month>${now.getUTCMonth() + 1}</tt:Month><tt:Day>${now.getUTCDate()}</tt:Day></tt:Date>`;
  return (
    `<tds:GetSystemDateAndTimeResponse xmlns:tds="${names.device}" xmlns:tt="http://www.onvif.org/ver10/schema">` +
    `<tds:SystemDateAndTime><tt:UTCDateTime>${clock}</tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>`
  );
}

function fault(code: string, reason: string): string {
  return (
    '<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value xmlns:ter="http://www.onvif.org/ver10/error">' +
    `${code}</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="en">${reason}</s:Text></s:Reason></s:Fault>`
  );
}

function soap(body: string, header = ''): string {
  return (
    '<?xml version="1.0" encoding="utf-8"?>\n<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">' +
    `<s:Header>${header}</s:Header><s:Body>${body}</s:Body></s:Envelope>`
  );
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
