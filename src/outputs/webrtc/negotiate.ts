/**
 * What of a stream a viewer is sent, and what a publisher may send: offers against tracks. Pure.
 */
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { TakenSection } from '../../media/sdp/webrtc/answer.ts';
import type { WebRtcCodec } from '../../media/sdp/webrtc/choose.ts';
import { choosePayloadType, extensionUris, offersFeedback } from '../../media/sdp/webrtc/choose.ts';
import type { OfferedSection, WebRtcOffer } from '../../media/sdp/webrtc/offer.ts';
import type { CodecConfig, Track } from '../../media/track.ts';
import { isVideo } from '../../media/track.ts';
import type { SessionDescription } from '../../media/sdp/description.ts';
import type { WebRtcRefusal } from './stream.ts';
import type { LaneName, WatchSpec } from './worker/protocol.ts';

export type Carried = Readonly<Partial<Record<LaneName, Track>>>;

/** The picture, and sound if browsers understand it without conversion. AAC they do not (RFC 7874, 3). */
export function carriedTracks(tracks: readonly Track[]): Carried {
  const video = tracks.find(({ codec }) => isVideo(codec));
  const audio = tracks.find(({ codec }) => !isVideo(codec) && codecName(codec) !== undefined);
  return { ...(video && { video }), ...(audio && { audio }) };
}

/** Why a stream cannot be sent to anybody; undefined when it can. */
export function unsendable({ video, audio }: Carried): WebRtcRefusal | undefined {
  if (!video && !audio) {
    return {
      status: 406,
      code: 'codec-not-offered',
      detail: 'The camera sends nothing that WebRTC carries.',
    };
  }
  if (video?.codec.kind === 'mjpeg') {
    return { status: 406, code: 'codec-not-offered', detail: 'WebRTC does not carry Motion JPEG.' };
  }
  if (video && 'reorderFrames' in video.codec && video.codec.reorderFrames > 0) {
    return {
      status: 406,
      code: 'b-frames',
      detail:
        'The camera sends B-frames, which browsers do not show over WebRTC. Switch them off in the camera ' +
        '(profile Baseline, or "B-frames: 0"), or watch in another way.',
    };
  }
  return undefined;
}

export interface Agreed {
  readonly spec: Omit<WatchSpec, 'stream' | 'remote'>;
  /** By place of the section in the offer. */
  readonly sections: readonly (TakenSection | undefined)[];
}

export interface AgreeOptions {
  /** Pictures are shown as soon as they are decoded. */
  readonly hurry: boolean;
  readonly ssrcs: Readonly<Record<LaneName, number>>;
}

export function agreeToSend(
  offer: WebRtcOffer,
  carried: Carried,
  { hurry, ssrcs }: AgreeOptions,
): Result<Agreed, WebRtcRefusal> {
  const video = carried.video && findTaker(offer, 'video', carried.video);
  if (carried.video && !video) return err(notOffered(carried.video.codec));
  const audio = carried.audio && findTaker(offer, 'audio', carried.audio);
  const lead = video ?? audio;
  if (!lead)
    return err({
      status: 406,
      code: 'codec-not-offered',
      detail: 'Nothing that the camera sends was offered.',
    });
  const { section, payloadType } = lead;
  const counts = offersFeedback(section, payloadType, 'transport-cc');
  const transportSequenceId = counts ? section.extensions.get(extensionUris.transportSequence) : undefined;
  const playoutDelayId = hurry ? section.extensions.get(extensionUris.playoutDelay) : undefined;
  const extensions = [
    ...(transportSequenceId === undefined ? [] : [extensionUris.transportSequence]),
    ...(playoutDelayId === undefined ? [] : [extensionUris.playoutDelay]),
  ];
  const wanted = [
    'nack',
    'nack pli',
    'ccm fir',
    transportSequenceId === undefined ? 'goog-remb' : 'transport-cc',
  ];
  const sections = offer.sections.map((candidate): TakenSection | undefined => {
    const name: LaneName | undefined =
      candidate === video?.section ? 'video' : candidate === audio?.section ? 'audio' : undefined;
    const taken = name && { video, audio }[name];
    if (!name || !taken) return undefined;
    return {
      direction: 'sendonly',
      payloadTypes: [taken.payloadType],
      // Only pictures are kept to be sent again.
      feedback: wanted.filter(
        (words) =>
          (name === 'video' || words === 'transport-cc') &&
          offersFeedback(candidate, taken.payloadType, words),
      ),
      extensions,
      ssrc: ssrcs[name],
    };
  });
  return ok({
    spec: {
      ...(video && { video: { ssrc: ssrcs.video, payloadType: video.payloadType } }),
      ...(audio && { audio: { ssrc: ssrcs.audio, payloadType: audio.payloadType } }),
      ...(transportSequenceId !== undefined && { transportSequenceId }),
      ...(playoutDelayId !== undefined && { playoutDelayId }),
    },
    sections,
  });
}

interface Taker {
  readonly section: OfferedSection;
  readonly payloadType: number;
}

/** The first section that wants to be sent that codec. */
function findTaker(offer: WebRtcOffer, kind: LaneName, { codec }: Track): Taker | undefined {
  const name = codecName(codec);
  for (const section of offer.sections) {
    if (!name || section.kind !== kind) continue;
    if (section.direction !== 'recvonly' && section.direction !== 'sendrecv') continue;
    const payloadType = choosePayloadType(section, name);
    if (payloadType !== undefined) return { section, payloadType };
  }
  return undefined;
}

function codecName(codec: CodecConfig): WebRtcCodec | undefined {
  switch (codec.kind) {
    case 'h264':
    case 'h265':
    case 'opus':
      return codec.kind;
    case 'g711':
      if (codec.sampleRateHz !== 8000 || codec.channels !== 1) return undefined;
      return codec.law === 'mu' ? 'pcmu' : 'pcma';
    case 'aac':
    case 'mjpeg':
      return undefined;
  }
}

function notOffered({ kind }: CodecConfig): WebRtcRefusal {
  const name = { h264: 'H.264', h265: 'H.265' }[kind as string] ?? kind;
  return {
    status: 406,
    code: 'codec-not-offered',
    detail: `The camera sends ${name}, which this browser does not take over WebRTC.`,
  };
}

export interface AgreedToTake {
  /** Of the offer, with nothing but what is taken. */
  readonly description: SessionDescription;
  /** Of each track that is taken. */
  readonly payloadTypes: readonly number[];
  readonly sections: readonly (TakenSection | undefined)[];
  /** The sender heeds how much we would take (REMB). */
  readonly paces: boolean;
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
  const feedbackOf = ({ section, payloadType }: Taker): readonly string[] =>
    ['nack pli', 'goog-remb'].filter((words) => offersFeedback(section, payloadType, words));
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

function findSender(offer: WebRtcOffer, kind: LaneName): Taker | undefined {
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
