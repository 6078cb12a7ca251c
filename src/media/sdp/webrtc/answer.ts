/**
 * Our answer to a WebRTC offer (RFC 9429, 5.3; RFC 8866).
 *
 * In:  the offer, our side of the connection, and what is taken of each section. Out: SDP with one section for each
 * offered one, in the same order; what is not taken is rejected. We are ICE-lite: the client finds the way.
 */
import type { OfferedSection, WebRtcOffer } from './offer.ts';
import { hasAttribute } from './choose.ts';

export interface LocalDescription {
  readonly iceUfrag: string;
  readonly icePwd: string;
  /** SHA-256. */
  readonly fingerprint: string;
  readonly setup: 'active' | 'passive';
  /** Values of `a=candidate`. */
  readonly candidates: readonly string[];
}

/** What is taken of a section. */
export interface TakenSection {
  readonly direction: 'sendonly' | 'recvonly';
  /** Of those that were offered; the first is what we send. */
  readonly payloadTypes: readonly number[];
  /** For each of them, for example `nack pli`. */
  readonly feedback: readonly string[];
  /** URIs of header extensions; those that were not offered are left out. */
  readonly extensions: readonly string[];
  /** When we send. */
  readonly ssrc?: number;
  /** When we send: RTP time of the beginning of 1970, so that the age of a picture is known (RFC 7273, 5.2). */
  readonly epochRtpTime?: number;
}

export interface AnswerInput {
  readonly offer: WebRtcOffer;
  readonly local: LocalDescription;
  /** By place of the section in the offer; undefined: rejected. */
  readonly sections: readonly (TakenSection | undefined)[];
  /** One token for all that we send: sound and picture belong together. */
  readonly cname: string;
}

export function writeAnswer({ offer, local, sections, cname }: AnswerInput): string {
  const taken = offer.sections.filter((_section, index) => sections[index] !== undefined);
  const lead = taken[0];
  const lines = [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    `a=group:BUNDLE ${taken.map(({ mid }) => mid).join(' ')}`.trimEnd(),
    'a=ice-lite',
    'a=msid-semantic: WMS *',
    ...offer.sections.flatMap((section, index) => {
      const wanted = sections[index];
      if (!wanted) return rejected(section, local);
      return accepted(section, wanted, { local, cname, isLead: section === lead });
    }),
  ];
  // Words of the offer are mirrored: what cannot be printed is not.
  return lines.map((line) => `${line.replaceAll(/[^ -~]/g, '?')}\r\n`).join('');
}

/** GStreamer wants to see the connection even there. */
function rejected(section: OfferedSection, local: LocalDescription): readonly string[] {
  return [
    `m=${section.kind} 0 ${section.media.protocol} ${section.formats}`,
    'c=IN IP4 0.0.0.0',
    ...connectionLines(local),
    ...(section.mid === '' ? [] : [`a=mid:${section.mid}`]),
    'a=inactive',
  ];
}

function connectionLines({ iceUfrag, icePwd, fingerprint, setup }: LocalDescription): readonly string[] {
  return [
    `a=ice-ufrag:${iceUfrag}`,
    `a=ice-pwd:${icePwd}`,
    `a=fingerprint:sha-256 ${fingerprint}`,
    `a=setup:${setup}`,
  ];
}

function accepted(
  section: OfferedSection,
  wanted: TakenSection,
  { local, cname, isLead }: { local: LocalDescription; cname: string; isLead: boolean },
): readonly string[] {
  return [
    `m=${section.kind} 9 ${section.media.protocol} ${wanted.payloadTypes.join(' ')}`,
    'c=IN IP4 0.0.0.0',
    'a=rtcp:9 IN IP4 0.0.0.0',
    ...connectionLines(local),
    ...(section.mid === '' ? [] : [`a=mid:${section.mid}`]),
    `a=${wanted.direction}`,
    'a=rtcp-mux',
    ...(hasAttribute(section, 'rtcp-rsize') ? ['a=rtcp-rsize'] : []),
    ...wanted.extensions.flatMap((uri) => {
      const id = section.extensions.get(uri);
      return id === undefined ? [] : [`a=extmap:${id} ${uri}`];
    }),
    ...wanted.payloadTypes.flatMap((payloadType) => payloadLines(section, payloadType, wanted.feedback)),
    ...(wanted.epochRtpTime === undefined ? [] : [`a=mediaclk:direct=${wanted.epochRtpTime}`]),
    ...(wanted.ssrc === undefined ? [] : ssrcLines(wanted.ssrc, cname, section.kind)),
    ...(isLead
      ? [...local.candidates.map((candidate) => `a=candidate:${candidate}`), 'a=end-of-candidates']
      : []),
  ];
}

/** As the client wrote them: an answer means the same codec by the same number (RFC 3264, 6.1). */
function payloadLines(
  section: OfferedSection,
  payloadType: number,
  feedback: readonly string[],
): readonly string[] {
  const own = section.media.attributes.filter(({ name, value = '' }) => {
    return (name === 'rtpmap' || name === 'fmtp') && value.split(/\s+/, 1)[0] === String(payloadType);
  });
  return [
    ...own.filter(({ name }) => name === 'rtpmap').map(attributeLine),
    ...feedback.map((words) => `a=rtcp-fb:${payloadType} ${words}`),
    ...own.filter(({ name }) => name === 'fmtp').map(attributeLine),
  ];
}

function attributeLine({ name, value = '' }: { readonly name: string; readonly value?: string | undefined }) {
  return `a=${name}:${value}`;
}

function ssrcLines(ssrc: number, cname: string, kind: string): readonly string[] {
  return [`a=msid:${cname} ${kind}`, `a=ssrc:${ssrc} cname:${cname}`, `a=ssrc:${ssrc} msid:${cname} ${kind}`];
}
