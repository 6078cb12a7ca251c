/**
 * What of a stream a viewer is sent: its offer against our tracks. Pure.
 */
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { TakenSection } from '../../media/sdp/webrtc/answer.ts';
import type { WebRtcCodec } from '../../media/sdp/webrtc/choose.ts';
import { choosePayloadType, extensionUris, offersFeedback } from '../../media/sdp/webrtc/choose.ts';
import type { OfferedSection, WebRtcOffer } from '../../media/sdp/webrtc/offer.ts';
import type { CodecConfig, Track } from '../../media/track.ts';
import { isVideo } from '../../media/track.ts';
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
  const hears = readHearing(lead, hurry);
  const sections = offer.sections.map((section): TakenSection | undefined => {
    const name = section === video?.section ? 'video' : section === audio?.section ? 'audio' : undefined;
    const taker = name && { video, audio }[name];
    return name && taker && sentSection(name, taker, hears, ssrcs[name]);
  });
  const { transportSequenceId, playoutDelayId } = hears;
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

/** Header extensions that are agreed, the same for all sections of the shared connection. */
type Hearing = Pick<WatchSpec, 'transportSequenceId' | 'playoutDelayId'>;

function readHearing({ section, payloadType }: Taker, hurry: boolean): Hearing {
  const tellsAll = offersFeedback(section, payloadType, 'transport-cc');
  const transportSequenceId = tellsAll ? section.extensions.get(extensionUris.transportSequence) : undefined;
  const playoutDelayId = hurry ? section.extensions.get(extensionUris.playoutDelay) : undefined;
  return {
    ...(transportSequenceId !== undefined && { transportSequenceId }),
    ...(playoutDelayId !== undefined && { playoutDelayId }),
  };
}

function sentSection(
  name: LaneName,
  { section, payloadType }: Taker,
  { transportSequenceId, playoutDelayId }: Hearing,
  ssrc: number,
): TakenSection {
  const estimate = transportSequenceId === undefined ? 'goog-remb' : 'transport-cc';
  // Only pictures are kept to be sent again.
  const wanted = name === 'video' ? ['nack', 'nack pli', 'ccm fir', estimate] : [estimate];
  return {
    direction: 'sendonly',
    payloadTypes: [payloadType],
    feedback: wanted.filter((words) => offersFeedback(section, payloadType, words)),
    extensions: [
      ...(transportSequenceId === undefined ? [] : [extensionUris.transportSequence]),
      ...(playoutDelayId === undefined ? [] : [extensionUris.playoutDelay]),
    ],
    ssrc,
    // RTP times are those of the stream, which count from there.
    epochRtpTime: 0,
  };
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
