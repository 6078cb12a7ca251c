/**
 * What a WebRTC client offers (RFC 9429; RFC 8866).
 *
 * In:  the SDP of anybody. Out: its sections and the four values that make a connection, each checked by a strict
 * pattern; or in words what is wrong. Never throws; bounded. Candidates are passed over: the client comes to us.
 */
import type { Result } from '../../../base/result.ts';
import { err, ok } from '../../../base/result.ts';
import type { Attribute, Direction, Media } from '../description.ts';
import { attribute } from '../description.ts';
import { maxSdpMedia, parseSdp } from '../parse.ts';

/** Offers of browsers are 3 to 8 KiB. */
export const maxOfferCharacters = 64 * 1024;
const maxMidCharacters = 32;

/** Of one connection, which all sections share (BUNDLE, RFC 9143). */
interface OfferedTransport {
  /** RFC 8839, 5.4. */
  readonly iceUfrag: string;
  readonly icePwd: string;
  /** SHA-256: pairs of upper-case hexadecimal digits with colons (RFC 8122, 5). */
  readonly fingerprint: string;
  /** RFC 8842, 5.2. */
  readonly setup: 'actpass' | 'active' | 'passive';
}

export interface OfferedSection {
  /** As in the `m=` line, in lower case. */
  readonly kind: string;
  /** Empty when there is none. */
  readonly mid: string;
  readonly direction: Direction;
  /** It can be taken: not rejected, RTP, and on the shared connection. */
  readonly isUsable: boolean;
  readonly media: Media;
  /** Formats of the `m=` line as they were written, to be mirrored. */
  readonly formats: string;
  /** Identifiers of header extensions by URI (RFC 8285, 5). */
  readonly extensions: ReadonlyMap<string, number>;
}

export interface WebRtcOffer {
  readonly sections: readonly OfferedSection[];
  readonly transport: OfferedTransport;
}

/** For people. */
export interface OfferFault {
  readonly message: string;
}

export function parseOffer(sdp: string): Result<WebRtcOffer, OfferFault> {
  if (sdp.length > maxOfferCharacters) return fault('The offer is longer than 64 KiB.');
  const parsed = parseSdp(sdp);
  if (!parsed.ok) return fault('The offer has no media section (a line that begins with "m=").');
  const { attributes, media } = parsed.value;
  if (media.length === maxSdpMedia)
    return fault(`The offer has more than ${maxSdpMedia - 1} media sections.`);
  // The answer has a section for each (RFC 3264, 6): none may have been passed over.
  if (media.length !== (sdp.match(/^[ \t]*m[ \t]*=/gm)?.length ?? 0)) {
    return fault('The offer has a media section that cannot be read (its line that begins with "m=").');
  }
  const bundle = readBundle(attributes);
  const lead = media.find((section) => mayBeLead(section, bundle));
  if (!lead)
    return fault('The offer has no usable media section: UDP/TLS/RTP/SAVPF with rtcp-mux is needed.');
  const transport = readTransport(lead, attributes);
  if (!transport.ok) return transport;
  const sections = media.map((section): OfferedSection => {
    const mid = midOf(section);
    const isShared = section === lead || (bundle?.has(mid) ?? false);
    return {
      kind: section.kind,
      mid,
      direction: section.direction ?? 'sendrecv',
      isUsable: isShared && isRtp(section) && /^(?:video|audio)$/.test(section.kind),
      media: section,
      formats: section.payloadTypes.map(String).join(' ') || '0',
      extensions: readExtensions(section.attributes),
    };
  });
  return ok({ sections, transport: transport.value });
}

function fault(message: string): { readonly ok: false; readonly error: OfferFault } {
  return err({ message });
}

/** The first group, RFC 9143, 7.2; undefined: none is offered. */
function readBundle(attributes: readonly Attribute[]): ReadonlySet<string> | undefined {
  for (const { name, value = '' } of attributes) {
    const [semantics, ...mids] = value.split(/\s+/);
    if (name === 'group' && semantics === 'BUNDLE') return new Set(mids);
  }
  return undefined;
}

/** The section whose connection all use. */
function mayBeLead(section: Media, bundle: ReadonlySet<string> | undefined): boolean {
  return isRtp(section) && section.port !== 0 && (bundle === undefined || bundle.has(midOf(section)));
}

/** RFC 8829, 5.1.2; old clients leave UDP/TLS out. Without rtcp-mux there would be two connections. */
function isRtp(section: Media): boolean {
  return (
    /^(?:UDP\/TLS\/)?RTP\/SAVPF$/.test(section.protocol) &&
    attribute(section.attributes, 'rtcp-mux') !== undefined
  );
}

/** RFC 5888, 4: a token. */
function midOf(section: Media): string {
  const mid = attribute(section.attributes, 'mid') ?? '';
  return mid.length <= maxMidCharacters && /^[\w!#$%&'*+.^`{|}~-]+$/.test(mid) ? mid : '';
}

/** RFC 8839, 5.4: ice-chars, 4 to 256 and 22 to 256 of them. */
const patterns = {
  'ice-ufrag': /^[A-Za-z0-9+/]{4,256}$/,
  'ice-pwd': /^[A-Za-z0-9+/]{22,256}$/,
} as const;

function readTransport(section: Media, session: readonly Attribute[]): Result<OfferedTransport, OfferFault> {
  // Of the section, else of the session (RFC 8839, 5.4).
  const both = [...section.attributes, ...session];
  for (const name of ['ice-ufrag', 'ice-pwd'] as const) {
    const value = attribute(both, name);
    if (value === undefined) return fault(`The offer has no a=${name}.`);
    if (!patterns[name].test(value)) return fault(`The offer's a=${name} is not as RFC 8839 wants it.`);
  }
  const fingerprint = both
    .filter(({ name }) => name === 'fingerprint')
    .map(({ value = '' }) => /^sha-256\s+((?:[0-9a-f]{2}:){31}[0-9a-f]{2})$/i.exec(value)?.[1])
    .find((digits) => digits !== undefined);
  if (fingerprint === undefined) return fault('The offer has no a=fingerprint with sha-256.');
  const setup = attribute(both, 'setup');
  if (setup !== 'actpass' && setup !== 'active' && setup !== 'passive') {
    return fault("The offer's a=setup is neither actpass, active nor passive.");
  }
  return ok({
    iceUfrag: attribute(both, 'ice-ufrag') ?? '',
    icePwd: attribute(both, 'ice-pwd') ?? '',
    fingerprint: fingerprint.toUpperCase(),
    setup,
  });
}

/** One-byte headers only: 1 to 14. */
function readExtensions(attributes: readonly Attribute[]): ReadonlyMap<string, number> {
  const extensions = new Map<string, number>();
  for (const { name, value = '' } of attributes) {
    const match = name === 'extmap' ? /^(\d{1,5})(?:\/\w+)?\s+(\S{1,200})/.exec(value) : null;
    const id = Number(match?.[1] ?? 0);
    const uri = match?.[2] ?? '';
    if (id >= 1 && id <= 14 && !extensions.has(uri)) extensions.set(uri, id);
  }
  return extensions;
}
