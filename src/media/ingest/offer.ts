/**
 * What we take of what a sender offers.
 *
 * In:  its session description. Out: the first usable video and the first usable audio, each with the
 * depacketizer for it, and a note for everything left out. Pure.
 */
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { Hertz } from '../../base/units.ts';
import { hertz } from '../../base/units.ts';
import { createAacDepacketizer } from '../codec/aac/depacketize.ts';
import { createLatmDepacketizer } from '../codec/aac/latm.ts';
import { G711Depacketizer } from '../codec/g711/payload.ts';
import { h264ConfigFromSprop } from '../codec/h264/config.ts';
import { H264Depacketizer } from '../codec/h264/depacketize.ts';
import { h265ConfigFromSprop } from '../codec/h265/config.ts';
import { H265Depacketizer } from '../codec/h265/depacketize.ts';
import { JpegDepacketizer } from '../codec/jpeg/depacketize.ts';
import { OpusDepacketizer } from '../codec/opus/payload.ts';
import type { Depacketizer } from '../rtp/payload.ts';
import type { Media, RtpMap, SessionDescription } from '../sdp/description.ts';

/** One track we will take. */
export interface OfferedTrack {
  readonly kind: 'video' | 'audio';
  /** Place of its `m=` section in the description, from 0. */
  readonly section: number;
  /** As in the description, relative or absolute; undefined: the session's own address. */
  readonly control: string | undefined;
  readonly payloadType: number;
  readonly clockHz: Hertz;
  readonly depacketizer: Depacketizer;
}

export interface Offer {
  /** At most one video, then at most one audio. */
  readonly tracks: readonly OfferedTrack[];
  /** Every codec named, for example `video G726`. */
  readonly offered: readonly string[];
  /** Sentences about what was left out and why. */
  readonly notes: readonly string[];
}

/** @param by `camera`: an answer to DESCRIBE; `publisher`: ANNOUNCE or WHIP, where a section may be `recvonly`. */
export function chooseTracks(description: SessionDescription, by: 'camera' | 'publisher' = 'camera'): Offer {
  const tracks: OfferedTrack[] = [];
  const offered: string[] = [];
  const notes: string[] = [];
  for (const media of by === 'camera' ? cameraMedia(description) : publisherMedia(description)) {
    const name = `${media.kind} ${media.rtpMaps[0]?.encoding ?? 'of unknown codec'}`;
    offered.push(name);
    const track = readTrack(media, description.media.indexOf(media));
    if (!track.ok) notes.push(`${name} is left out: ${track.error}.`);
    else if (tracks.some((taken) => taken.kind === track.value.kind))
      notes.push(`A second ${name} is left out.`);
    else tracks.push(track.value);
  }
  return { tracks, offered, notes };
}

/** Video first. A section that cameras mark `sendonly` is their loudspeaker (ONVIF streaming, 5.3) if there is another. */
function cameraMedia({ media }: SessionDescription): readonly Media[] {
  return media.filter((entry) => entry.direction !== 'inactive').sort((a, b) => rank(a) - rank(b));
}

/** What the far side sends (RFC 8866, 6.7), video first. */
function publisherMedia({ media }: SessionDescription): readonly Media[] {
  const sent = media.filter(({ direction }) => direction !== 'inactive' && direction !== 'recvonly');
  return [...sent.filter(isVideo), ...sent.filter((entry) => !isVideo(entry))];
}

function isVideo(media: Media): boolean {
  return media.kind === 'video';
}

function rank(media: Media): number {
  return (isVideo(media) ? 0 : 2) + (media.direction === 'sendonly' ? 1 : 0);
}

function readTrack(media: Media, section: number): Result<OfferedTrack, string> {
  if (media.kind !== 'video' && media.kind !== 'audio') return err('it is neither picture nor sound');
  let reason = 'its codec is not named';
  for (const map of media.rtpMaps) {
    const depacketizer = depacketizerFor(media, map);
    if (!depacketizer.ok) {
      reason = depacketizer.error;
      continue;
    }
    return ok({
      kind: media.kind,
      section,
      control: media.control,
      payloadType: map.payloadType,
      clockHz: hertz(map.clockHz),
      depacketizer: depacketizer.value,
    });
  }
  return err(reason);
}

function depacketizerFor(media: Media, map: RtpMap): Result<Depacketizer, string> {
  const parameters = media.fmtp.get(map.payloadType) ?? new Map<string, string>();
  const codec = `${media.kind}/${map.encoding.toLowerCase()}`;
  switch (codec) {
    case 'video/h264':
      return ok(h264(parameters));
    case 'video/h265':
    case 'video/hevc':
      return ok(h265(parameters));
    case 'video/jpeg':
      return ok(new JpegDepacketizer());
    case 'audio/mpeg4-generic':
      return createAacDepacketizer(parameters, hertz(map.clockHz));
    case 'audio/mp4a-latm':
      return createLatmDepacketizer(parameters, hertz(map.clockHz));
    case 'audio/opus':
      return ok(new OpusDepacketizer());
    case 'audio/pcma':
    case 'audio/pcmu':
      return ok(
        new G711Depacketizer({
          kind: 'g711',
          law: codec === 'audio/pcma' ? 'a' : 'mu',
          sampleRateHz: map.clockHz,
          channels: map.channels ?? 1,
        }),
      );
    default:
      return err('this codec is not supported');
  }
}

/** Parameter sets that cannot be read are waited for in the stream instead. */
function h264(parameters: ReadonlyMap<string, string>): Depacketizer {
  const sprop = parameters.get('sprop-parameter-sets');
  const config = sprop === undefined ? undefined : h264ConfigFromSprop(sprop);
  return new H264Depacketizer({ config: config?.ok ? config.value : undefined });
}

function h265(parameters: ReadonlyMap<string, string>): Depacketizer {
  const config = h265ConfigFromSprop({
    vps: parameters.get('sprop-vps') ?? '',
    sps: parameters.get('sprop-sps') ?? '',
    pps: parameters.get('sprop-pps') ?? '',
  });
  return new H265Depacketizer({
    config: config.ok ? config.value : undefined,
    hasDonl: Number(parameters.get('sprop-max-don-diff') ?? 0) > 0,
  });
}
