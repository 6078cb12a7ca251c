/**
 * Which of the offered payload types a codec of ours goes as.
 */
import { attribute } from '../description.ts';
import type { OfferedSection } from './offer.ts';

const webRtcCodecs = ['h264', 'h265', 'opus', 'pcmu', 'pcma'] as const;
export type WebRtcCodec = (typeof webRtcCodecs)[number];

/** Header extensions that we write. */
export const extensionUris = {
  transportSequence: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  playoutDelay: 'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay',
} as const;

/** RTP clocks: RFC 6184, 8.2.1; RFC 7798, 7.1; RFC 7587, 4.1; RFC 3551, table 4. */
const clocksHz: Readonly<Record<WebRtcCodec, number>> = {
  h264: 90_000,
  h265: 90_000,
  opus: 48_000,
  pcmu: 8000,
  pcma: 8000,
};

/** Undefined when the section does not offer it, on its own clock and with a number that can be told from RTCP. */
export function choosePayloadType(section: OfferedSection, codec: WebRtcCodec): number | undefined {
  if (!section.isUsable) return undefined;
  const offered = section.media.rtpMaps.filter(
    ({ encoding, clockHz, payloadType }) =>
      encoding.toLowerCase() === codec && clockHz === clocksHz[codec] && !looksLikeRtcp(payloadType),
  );
  const best = codec === 'h264' ? bestH264(section, offered) : offered[0];
  return best?.payloadType;
}

/** With the marker bit these are RTCP packet types 192 to 223 (RFC 5761, 4). */
function looksLikeRtcp(payloadType: number): boolean {
  return payloadType >= 64 && payloadType <= 95;
}

/** Whether the payload type may be answered with that feedback (RFC 4585, 4.2), for example `nack pli`. */
export function offersFeedback(section: OfferedSection, payloadType: number, feedback: string): boolean {
  return section.media.attributes.some(({ name, value = '' }) => {
    if (name !== 'rtcp-fb') return false;
    const [type, ...words] = value.split(/\s+/);
    return (type === '*' || type === String(payloadType)) && words.join(' ') === feedback;
  });
}

export function hasAttribute(section: OfferedSection, name: string): boolean {
  return attribute(section.media.attributes, name) !== undefined;
}

/**
 * Only packetization mode 1 cuts pictures into packets. Which profile is offered says little: decoders take more than
 * they list, and constrained baseline (42e0) is the one that everybody lists.
 */
function bestH264<T extends { readonly payloadType: number }>(
  section: OfferedSection,
  offered: readonly T[],
): T | undefined {
  const parameters = (map: T) => section.media.fmtp.get(map.payloadType);
  const cutting = offered.filter((map) => parameters(map)?.get('packetization-mode') === '1');
  const usual = cutting.find((map) => /^42e0/i.test(parameters(map)?.get('profile-level-id') ?? ''));
  return usual ?? cutting[0];
}
