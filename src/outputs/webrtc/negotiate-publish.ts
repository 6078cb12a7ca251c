/**
 * What of a publisher is taken: its offer against our codecs. Pure.
 */
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { SessionDescription } from '../../media/sdp/description.ts';
import type { TakenSection } from '../../media/sdp/webrtc/answer.ts';
import type { WebRtcCodec } from '../../media/sdp/webrtc/choose.ts';
import { choosePayloadType, offersFeedback } from '../../media/sdp/webrtc/choose.ts';
import type { OfferedSection, WebRtcOffer } from '../../media/sdp/webrtc/offer.ts';
import type { WebRtcRefusal } from './stream.ts';
import type { LaneName } from './worker/protocol.ts';

export interface AgreedToTake {
  /** Of the offer, with nothing but what is taken. */
  readonly description: SessionDescription;
  /** Of each track that is taken. */
  readonly payloadTypes: readonly number[];
  readonly sections: readonly (TakenSection | undefined)[];
  /** The sender heeds how much we would take (REMB). */
  readonly paces: boolean;
}

interface Sender {
  readonly section: OfferedSection;
  readonly payloadType: number;
}

const takenCodecs: Readonly<Record<LaneName, readonly WebRtcCodec[]>> = {
  video: ['h264', 'h265'],
  audio: ['opus', 'pcmu', 'pcma'],
};

/** The first picture and the first sound that a publisher sends in a codec of ours. */
export function agreeToTake(offer: WebRtcOffer): Result<AgreedToTake, WebRtcRefusal> {
  const video = findSender(offer, 'video');
  const audio = findSender(offer, 'audio');
  const taken = [video, audio].filter((sender) => sender !== undefined);
  if (taken.length === 0) {
    return err({
      status: 406,
      code: 'codec-not-offered',
      detail:
        'Nothing that is offered can be taken: H.264 or H.265 (packetization mode 1), Opus, PCMU or PCMA.',
    });
  }
  const sections = offer.sections.map((section): TakenSection | undefined => {
    const sender = taken.find((candidate) => candidate.section === section);
    if (!sender) return undefined;
    const { payloadType } = sender;
    return {
      direction: 'recvonly',
      payloadTypes: [payloadType],
      feedback: section.kind === 'video' ? feedbackOf(sender) : [],
      extensions: [],
    };
  });
  // The order of tracks is that of `chooseTracks`: the picture first.
  const media = taken.map(({ section, payloadType }) => ({
    ...section.media,
    rtpMaps: section.media.rtpMaps.filter((map) => map.payloadType === payloadType),
  }));
  return ok({
    description: {
      origin: undefined,
      name: '',
      connection: undefined,
      control: undefined,
      direction: undefined,
      attributes: [],
      media,
    },
    payloadTypes: taken.map(({ payloadType }) => payloadType),
    sections,
    paces: video !== undefined && feedbackOf(video).includes('goog-remb'),
  });
}

function findSender(offer: WebRtcOffer, kind: LaneName): Sender | undefined {
  for (const section of offer.sections) {
    if (section.kind !== kind || (section.direction !== 'sendonly' && section.direction !== 'sendrecv'))
      continue;
    for (const codec of takenCodecs[kind]) {
      const payloadType = choosePayloadType(section, codec);
      if (payloadType !== undefined) return { section, payloadType };
    }
  }
  return undefined;
}

function feedbackOf({ section, payloadType }: Sender): readonly string[] {
  return ['nack pli', 'goog-remb'].filter((words) => offersFeedback(section, payloadType, words));
}
