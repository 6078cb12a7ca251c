/**
 * Session descriptions as cameras send them (RFC 8866, 5 and 6; RFC 2326, C).
 *
 * In: the text of a DESCRIBE answer. Out: a description, or why it is none.
 * Tolerant: lines may end in LF, have spaces around, be missing or in odd order; what cannot be read is passed over.
 * Only a text without a single `m=` line is refused. Never throws; sizes are bounded by the limits below.
 */
import { err, ok, type Result } from '../../base/result.ts';
import type {
  Address,
  Attribute,
  Direction,
  Media,
  Origin,
  RtpMap,
  SessionDescription,
} from './description.ts';
import { attribute } from './description.ts';
import { staticPayloads } from './static-payloads.ts';

/** Real ones are 1 to 4 KiB, with large parameter sets ten. */
export const maxSdpCharacters = 256 * 1024;
/** Lines read; real ones have up to 60. */
const maxSdpLines = 2000;
/** `m=` sections kept: a camera has video, audio, metadata and a back channel. */
export const maxSdpMedia = 32;
/** Attributes kept in a section; browsers name each codec and its feedback in about 200. */
export const maxSdpAttributes = 500;
/** Formats kept of an `m=` line. */
const maxPayloadTypes = 64;
/** Parameters kept of an fmtp line. */
const maxParameters = 64;

export type SdpFault = 'too-long' | 'no-media';

/** A section while its lines are read. */
interface Section {
  /** Value of the `m=` line; undefined for the session itself. */
  readonly media: string | undefined;
  connection: Address | undefined;
  bandwidthKbps: number | undefined;
  readonly attributes: Attribute[];
}

export function parseSdp(text: string): Result<SessionDescription, SdpFault> {
  if (text.length > maxSdpCharacters) return err('too-long');
  const session = newSection(undefined);
  const sections: Section[] = [];
  let current = session;
  let origin: Origin | undefined;
  let name = '';
  for (const line of text.split(/\r\n|\r|\n|\0/, maxSdpLines)) {
    const equals = line.indexOf('=');
    const type = line.slice(0, Math.max(0, equals)).trim();
    const value = line.slice(equals + 1).trim();
    if (type === 'm') {
      if (sections.length === maxSdpMedia) break;
      current = newSection(value);
      sections.push(current);
    } else if (type === 'o') origin ??= readOrigin(value);
    else if (type === 's') name ||= value;
    else readLine(current, type, value);
  }
  const direction = readDirection(session.attributes);
  const media = sections.flatMap((section) => readMedia(section, direction));
  if (media.length === 0) return err('no-media');
  return ok({
    origin,
    name,
    connection: session.connection,
    control: attribute(session.attributes, 'control'),
    direction,
    attributes: session.attributes,
    media,
  });
}

function newSection(media: string | undefined): Section {
  return { media, connection: undefined, bandwidthKbps: undefined, attributes: [] };
}

function readLine(section: Section, type: string, value: string): void {
  if (type === 'c') section.connection ??= readAddress(value);
  else if (type === 'b') section.bandwidthKbps ??= readBandwidth(value);
  else if (type === 'a' && section.attributes.length < maxSdpAttributes) {
    const colon = value.indexOf(':');
    section.attributes.push(
      colon < 0
        ? { name: value, value: undefined }
        : { name: value.slice(0, colon).trim(), value: value.slice(colon + 1).trim() },
    );
  }
}

function readOrigin(value: string): Origin | undefined {
  const [user = '', sessionId = '', version = '', ...rest] = value.split(/\s+/);
  const address = readAddress(rest.join(' '));
  return address && { user, sessionId, version, address };
}

function readAddress(value: string): Address | undefined {
  const match = /^IN\s+(IP[46])\s+(\S+)$/i.exec(value);
  if (!match) return undefined;
  return { family: match[1]?.toUpperCase() === 'IP6' ? 'IP6' : 'IP4', address: match[2] ?? '' };
}

/** AS counts kilobits (RFC 8866, 5.8). */
function readBandwidth(value: string): number | undefined {
  const match = /^AS\s*:\s*(\d{1,9})/i.exec(value);
  return match ? Number(match[1]) : undefined;
}

function readDirection(attributes: readonly Attribute[]): Direction | undefined {
  for (const { name } of attributes) {
    const word = name.toLowerCase();
    if (word === 'sendrecv' || word === 'sendonly' || word === 'recvonly' || word === 'inactive') return word;
  }
  return undefined;
}

function readMedia(section: Section, sessionDirection: Direction | undefined): readonly Media[] {
  const [kind = '', port = '', protocol = '', ...formats] = (section.media ?? '').split(/\s+/);
  if (!/^[a-z]+$/i.test(kind)) return [];
  const { attributes } = section;
  const payloadTypes = formats
    .filter((format) => /^\d{1,3}$/.test(format) && Number(format) <= 127)
    .slice(0, maxPayloadTypes)
    .map(Number);
  return [
    {
      kind: kind.toLowerCase(),
      port: readPort(port),
      protocol,
      payloadTypes,
      connection: section.connection,
      bandwidthKbps: section.bandwidthKbps,
      rtpMaps: readRtpMaps(payloadTypes, attributes),
      fmtp: readFmtps(attributes),
      control: attribute(attributes, 'control'),
      direction: readDirection(attributes) ?? sessionDirection,
      framesPerSecond: readFrameRate(attributes),
      attributes,
    },
  ];
}

/** `port` or `port/count`. */
function readPort(text: string): number {
  const port = Number(/^(\d{1,5})(?:\/\d+)?$/.exec(text)?.[1] ?? 0);
  return port <= 65535 ? port : 0;
}

/** An rtpmap wins over the static table: some cameras reuse static numbers. */
function readRtpMaps(payloadTypes: readonly number[], attributes: readonly Attribute[]): readonly RtpMap[] {
  const named = new Map<number, RtpMap>();
  for (const { name, value } of attributes) {
    const map = name.toLowerCase() === 'rtpmap' ? readRtpMap(value ?? '') : undefined;
    if (map && !named.has(map.payloadType)) named.set(map.payloadType, map);
  }
  return payloadTypes.flatMap((type) => named.get(type) ?? staticPayloads.get(type) ?? []);
}

function readRtpMap(value: string): RtpMap | undefined {
  const match = /^(\d{1,3})\s+([^\s/]+)\s*\/\s*(\d{1,9})(?:\s*\/\s*(\d{1,3}))?/.exec(value);
  if (!match || Number(match[1]) > 127 || Number(match[3]) === 0) return undefined;
  return {
    payloadType: Number(match[1]),
    encoding: match[2] ?? '',
    clockHz: Number(match[3]),
    channels: match[4] === undefined ? undefined : Number(match[4]),
  };
}

function readFmtps(attributes: readonly Attribute[]): ReadonlyMap<number, ReadonlyMap<string, string>> {
  const all = new Map<number, ReadonlyMap<string, string>>();
  for (const { name, value } of attributes) {
    const match = name.toLowerCase() === 'fmtp' ? /^(\d{1,3})\s*(.*)$/.exec(value ?? '') : null;
    if (match && !all.has(Number(match[1]))) all.set(Number(match[1]), readParameters(match[2] ?? ''));
  }
  return all;
}

/** `key=value; key=value`; only the first `=` separates, since base64 ends in it. */
function readParameters(text: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const part of text.split(';', maxParameters)) {
    const at = part.indexOf('=');
    const key = (at < 0 ? part : part.slice(0, at)).trim().toLowerCase();
    if (key !== '' && !parameters.has(key)) parameters.set(key, at < 0 ? '' : part.slice(at + 1).trim());
  }
  return parameters;
}

/** `a=framerate` (RFC 8866, 6.13), or the older `a=x-framerate`. */
function readFrameRate(attributes: readonly Attribute[]): number | undefined {
  const text = attribute(attributes, 'framerate') ?? attribute(attributes, 'x-framerate') ?? '';
  const rate = /^\d{1,4}(?:\.\d{1,9})?/.exec(text)?.[0];
  return rate === undefined || Number(rate) <= 0 ? undefined : Number(rate);
}
