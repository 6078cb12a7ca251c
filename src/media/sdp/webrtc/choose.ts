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

/** Undefined when the section does not offer it. */
export function choosePayloadType(section: OfferedSection, codec: WebRtcCodec): number | undefined {
  if (!section.isUsable) return undefined;
  const offered = section.media.rtpMaps.filter(({ encoding }) => encoding.toLowerCase() === codec);
  const best = codec === 'h264' ? bestH264(section, offered) : offered[0];
  return best?.payloadType;
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
