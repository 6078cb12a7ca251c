/**
 * WS-Discovery as cameras speak it (the April 2005 draft; ONVIF Core, 7.3): a Probe out, ProbeMatches in.
 *
 * Reading never throws; an answer brings at most `maxMatches` devices, each of bounded size.
 */
import type { Element } from './xml.ts';
import { at, children, escapeXml, parseXml, textAt } from './xml.ts';
import { shownWords } from './words.ts';

/** A device as it answered. */
export interface ProbeMatch {
  /** Its endpoint, the same on each of its networks; empty when it says none. */
  readonly endpoint: string;
  readonly name: string;
  /** Model, or what the maker calls it. */
  readonly hardware: string;
  readonly location: string;
  /** Addresses of its device service, as it believes them to be: http or https. */
  readonly xaddrs: readonly string[];
}

/** A datagram; devices send one match in each. */
const maxMessageBytes = 65_507;
const maxMatches = 16;
const maxXaddrs = 8;
const maxXaddrCharacters = 512;
const maxScopes = 64;

/** @param messageId a fresh UUID @param type what is asked for: older cameras answer to `tds:Device` only */
export function probeMessage(messageId: string, type: 'dn:NetworkVideoTransmitter' | 'tds:Device'): string {
  return (
    '<?xml version="1.0" encoding="UTF-8"?>' +
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"' +
    ' xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"' +
    ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"' +
    ' xmlns:dn="http://www.onvif.org/ver10/network/wsdl" xmlns:tds="http://www.onvif.org/ver10/device/wsdl">' +
    `<s:Header><a:MessageID>urn:uuid:${escapeXml(messageId)}</a:MessageID>` +
    '<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>' +
    '<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action></s:Header>' +
    `<s:Body><d:Probe><d:Types>${type}</d:Types><d:Scopes/></d:Probe></s:Body></s:Envelope>`
  );
}

/** None when the message is anything but an answer to one of the questions in `asked`. */
export function readProbeMatches(message: Uint8Array, asked: readonly string[]): readonly ProbeMatch[] {
  if (message.length > maxMessageBytes) return [];
  const parsed = parseXml(new TextDecoder().decode(message));
  if (!parsed.ok || parsed.value.name !== 'Envelope') return [];
  const relatesTo = textAt(parsed.value, 'Header', 'RelatesTo').toLowerCase();
  if (!asked.some((id) => relatesTo.endsWith(id.toLowerCase()))) return [];
  const matches = children(at(parsed.value, 'Body', 'ProbeMatches'), 'ProbeMatch');
  return matches.slice(0, maxMatches).map(readMatch);
}

function readMatch(match: Element): ProbeMatch {
  const scopes = textAt(match, 'Scopes').split(/\s+/, maxScopes);
  return {
    endpoint: shownWords(textAt(match, 'EndpointReference', 'Address')),
    name: scope(scopes, 'name'),
    hardware: scope(scopes, 'hardware'),
    location: scope(scopes, 'location'),
    xaddrs: textAt(match, 'XAddrs').split(/\s+/, maxXaddrs).filter(isServiceUrl),
  };
}

function isServiceUrl(text: string): boolean {
  if (text.length > maxXaddrCharacters || !URL.canParse(text)) return false;
  const { protocol } = new URL(text);
  return protocol === 'http:' || protocol === 'https:';
}

/** `onvif://www.onvif.org/name/Front%20door`; several of a kind are joined, as places are written country, city, room. */
function scope(scopes: readonly string[], kind: string): string {
  const start = `onvif://www.onvif.org/${kind}/`;
  const found = scopes
    .filter((one) => one.toLowerCase().startsWith(start))
    .map((one) => shownWords(unescaped(one.slice(start.length)).replace(/^(?:country|city)\//, '')));
  return shownWords(found.filter(Boolean).join(', '));
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
