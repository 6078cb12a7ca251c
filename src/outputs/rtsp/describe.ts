/**
 * Session descriptions for viewers (RFC 2326, C; RFC 8866).
 */
import type { Attribute } from '../../media/sdp/description.ts';
import { writeSdp } from '../../media/sdp/write.ts';
import { isVideo } from '../../media/track.ts';
import type { Lane } from './lane.ts';

export interface DescribeOptions {
  readonly name: string;
  /** The address that the viewer reached us on. */
  readonly localAddress: string;
  /** Decimal digits; the same for the same tracks, so that a viewer may keep it. */
  readonly sessionId: string;
}

export function describe(lanes: readonly Lane[], { name, localAddress, sessionId }: DescribeOptions): string {
  const family = localAddress.includes(':') ? 'IP6' : 'IP4';
  return writeSdp({
    origin: { user: '-', sessionId, version: '1', address: { family, address: localAddress } },
    name,
    connection: { family, address: family === 'IP6' ? '::' : '0.0.0.0' },
    attributes: [
      { name: 'control', value: '*' },
      { name: 'range', value: 'npt=now-' },
    ],
    media: lanes.map((lane) => ({
      kind: lane.format.kind,
      port: 0,
      protocol: 'RTP/AVP',
      payloadTypes: [lane.payloadType],
      connection: undefined,
      bandwidthKbps: undefined,
      attributes: attributes(lane),
    })),
  });
}

/** The control of a track, relative to the address of the description. */
export function controlOf(lane: Lane): string {
  return `trackID=${lane.index}`;
}

function attributes(lane: Lane): readonly Attribute[] {
  const { format, payloadType, track } = lane;
  const list: Attribute[] = [{ name: 'rtpmap', value: `${payloadType} ${format.encoding}` }];
  if (format.fmtp !== undefined) list.push({ name: 'fmtp', value: `${payloadType} ${format.fmtp}` });
  if (isVideo(track.codec) && 'framesPerSecond' in track.codec && track.codec.framesPerSecond) {
    list.push({ name: 'framerate', value: track.codec.framesPerSecond.toFixed(2) });
  }
  list.push({ name: 'control', value: controlOf(lane) });
  return list;
}
