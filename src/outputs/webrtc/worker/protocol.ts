/**
 * What the server and a WebRTC worker say to each other. Control messages are JSON; media and packets are bytes.
 */
import { messageKind } from '../../../io/worker/framing.ts';
import type { AccessUnit, Track } from '../../../media/track.ts';

/** The four values that make a connection; each was checked (`media/sdp/webrtc`). */
export interface RemoteTransport {
  /** RFC 8839, 5.4. */
  readonly iceUfrag: string;
  readonly icePwd: string;
  /** SHA-256, as pairs of hexadecimal digits with colons (RFC 8122, 5). */
  readonly fingerprint: string;
  readonly setup: 'actpass' | 'active' | 'passive';
}

/** Ours, for the answer. */
export interface LocalTransport {
  readonly iceUfrag: string;
  readonly icePwd: string;
  readonly fingerprint: string;
  readonly setup: 'active' | 'passive';
  /** Values of `a=candidate` attributes. */
  readonly candidates: readonly string[];
}

/** How a lane is sent to one viewer. */
export interface LaneFormat {
  readonly ssrc: number;
  readonly payloadType: number;
}

/** A stream has at most one picture and one sound here; their numbers in messages. */
const lanes = ['video', 'audio'] as const;
export type LaneName = (typeof lanes)[number];

export interface WatchSpec {
  readonly stream: number;
  readonly remote: RemoteTransport;
  /** Absent: the viewer does not take it. */
  readonly video?: LaneFormat;
  readonly audio?: LaneFormat;
  /** Identifiers of header extensions (RFC 8285); absent: not agreed. */
  readonly transportSequenceId?: number;
  /** Set: pictures are shown as soon as they are decoded. */
  readonly playoutDelayId?: number;
}

export type ToWorker =
  /** First of all, once. Port 0: any free one. */
  | { readonly type: 'listen'; readonly address: string; readonly port: number }
  /** A new stream, or another configuration of a known one. */
  | {
      readonly type: 'stream';
      readonly stream: number;
      readonly video?: PlainTrack;
      readonly audio?: PlainTrack;
    }
  | { readonly type: 'end-stream'; readonly stream: number }
  | { readonly type: 'watch'; readonly connection: number; readonly spec: WatchSpec }
  | { readonly type: 'publish'; readonly connection: number; readonly remote: RemoteTransport }
  /** No `gone` follows. */
  | { readonly type: 'close'; readonly connection: number };

/** What a viewer has counted, and what its way is like; see `hub/viewers.ts`. */
export interface ConnectionFigures {
  readonly connection: number;
  readonly bytesSent: number;
  readonly unitsDropped: number;
  readonly errors: number;
  readonly lossRatio: number | null;
  readonly roundTripMs: number | null;
  readonly jitterMs: number | null;
  readonly estimatedBps: number | null;
}

export type FromWorker =
  | { readonly type: 'ready' }
  /** Native code is missing; trying again will not help. */
  | { readonly type: 'unavailable'; readonly reason: string }
  | { readonly type: 'listening'; readonly port: number }
  /** The port is taken, for example. */
  | { readonly type: 'deaf'; readonly reason: string }
  | { readonly type: 'answer'; readonly connection: number; readonly local: LocalTransport }
  | { readonly type: 'connected'; readonly connection: number }
  /** The connection is over, or never came to be. */
  | { readonly type: 'gone'; readonly connection: number; readonly reason: string }
  /** Once a second. */
  | { readonly type: 'figures'; readonly viewers: readonly ConnectionFigures[] };

/** A track as JSON can carry it: bytes in base64. */
export interface PlainTrack {
  readonly json: string;
}

/** Of bytes within JSON; no text of a track begins so. */
const bytesMark = '\u0000base64:';

export function plainTrack(track: Track): PlainTrack {
  const codec = Object.fromEntries(Object.entries(track.codec).map(([name, value]) => [name, plain(value)]));
  return { json: JSON.stringify({ ...track, codec }) };
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) {
    return bytesMark + Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  }
  return Array.isArray(value) ? value.map(plain) : value;
}

/** Only for what `plainTrack` made. */
export function readTrack({ json }: PlainTrack): Track {
  return JSON.parse(json, (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(bytesMark)
      ? new Uint8Array(Buffer.from(value.slice(bytesMark.length), 'base64'))
      : value,
  ) as Track;
}

/** To the worker: an access unit of a stream. */
export const unitMessage = messageKind.firstOwn;
/** From the worker: an RTP or RTCP packet that a publisher sent. To the worker: RTCP for a publisher. */
export const packetMessage = messageKind.firstOwn + 1;

/** stream (32 bits) | lane (8) | key (8) | pts (float, 64) | wallMs (float, 64) | count (16) | count times: length (32) | bytes */
const unitHeaderBytes = 24;
const maxNals = 0xffff;

export interface StreamUnit {
  readonly stream: number;
  readonly lane: LaneName;
  readonly unit: AccessUnit;
}

/** Undefined for a unit of absurdly many pieces. */
export function encodeUnit(stream: number, lane: LaneName, unit: AccessUnit): Uint8Array | undefined {
  const { nals } = unit;
  if (nals.length > maxNals) return undefined;
  let length = unitHeaderBytes;
  for (const nal of nals) length += 4 + nal.length;
  const message = new Uint8Array(length);
  const view = new DataView(message.buffer);
  view.setUint32(0, stream);
  view.setUint8(4, lanes.indexOf(lane));
  view.setUint8(5, unit.key ? 1 : 0);
  view.setFloat64(6, unit.pts);
  view.setFloat64(14, unit.wallMs);
  view.setUint16(22, nals.length);
  let at = unitHeaderBytes;
  for (const nal of nals) {
    view.setUint32(at, nal.length);
    message.set(nal, at + 4);
    at += 4 + nal.length;
  }
  return message;
}

/** Only for what `encodeUnit` made; the unit shares its bytes. There is no decoding time: pictures come in order. */
export function decodeUnit(message: Uint8Array): StreamUnit {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const nals: Uint8Array[] = [];
  let at = unitHeaderBytes;
  for (let left = view.getUint16(22); left > 0; left -= 1) {
    const length = view.getUint32(at);
    nals.push(message.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  const pts = view.getFloat64(6) as AccessUnit['pts'];
  const unit = {
    track: 0,
    pts,
    dts: pts,
    wallMs: view.getFloat64(14) as AccessUnit['wallMs'],
    key: view.getUint8(5) === 1,
    nals,
  };
  return { stream: view.getUint32(0), lane: lanes[view.getUint8(4)] ?? 'video', unit };
}

const packetHeaderBytes = 4;

/** connection (32 bits) | packet */
export function encodePacket(connection: number, packet: Uint8Array): Uint8Array {
  const message = new Uint8Array(packetHeaderBytes + packet.length);
  new DataView(message.buffer).setUint32(0, connection);
  message.set(packet, packetHeaderBytes);
  return message;
}

/** Undefined when it is too short. The packet shares the message's bytes. */
export function decodePacket(
  message: Uint8Array,
): { readonly connection: number; readonly packet: Uint8Array } | undefined {
  if (message.length <= packetHeaderBytes) return undefined;
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  return { connection: view.getUint32(0), packet: message.subarray(packetHeaderBytes) };
}
