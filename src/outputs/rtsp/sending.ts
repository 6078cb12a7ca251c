/**
 * A client that sends media to a camera of ours: ANNOUNCE, SETUP, RECORD (RFC 2326, 10.3 and 10.11).
 *
 * In:  requests that passed the login, and packets. Out: answers, and a publisher for the camera that the address
 * names. Promises: tracks that cannot be carried are agreed to and thrown away, so that the others come; ports and
 * the camera's place are freed by `close`.
 */
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { PublishedTrack } from '../../hub/published-media.ts';
import { PublishedMedia } from '../../hub/published-media.ts';
import type { PublishRefusal } from '../../hub/publishing.ts';
import type { UdpPair } from '../../io/net/udp.ts';
import { isFrom, openUdpPair } from '../../io/net/udp.ts';
import { chooseTracks } from '../../media/ingest/offer.ts';
import { resolveControl } from '../../media/rtsp/control-url.ts';
import type { PortPair, Transport } from '../../media/rtsp/headers.ts';
import { parseTransports, writeSession, writeTransport } from '../../media/rtsp/headers.ts';
import type { HeaderField, RtspRequest } from '../../media/rtsp/message.ts';
import { header, writeInterleaved } from '../../media/rtsp/message.ts';
import { parseSdp } from '../../media/sdp/parse.ts';
import type { SessionDescription } from '../../media/sdp/description.ts';
import { readStreamAddress } from './address.ts';
import type { Answer } from './answer.ts';
import { refusal, success } from './answer.ts';
import { sessionTimeoutSeconds } from './options.ts';
import type { Visitor } from './door.ts';
import type { Lasting, RtspStreams } from './stream.ts';
import type { ByteSocket } from './tcp-sender.ts';
import type { UdpAddresses } from './udp-sender.ts';

export interface SendingParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly streams: Pick<RtspStreams, 'publish' | 'mayPublish' | 'lease'>;
  readonly socket: ByteSocket;
  readonly addresses: UdpAddresses;
  readonly mayUseUdp: boolean;
  readonly newSessionId: () => string;
  /** 32 random bits. */
  readonly newSsrc: () => number;
  /** The client is to be sent away. */
  readonly onEnd: (reason: string) => void;
}

/** How one section of the description reaches us. */
type Way =
  | { readonly kind: 'tcp'; readonly channels: PortPair }
  | { readonly kind: 'udp'; readonly pair: UdpPair; readonly clientPort: PortPair };

interface Announced {
  readonly id: string;
  readonly camera: string;
  readonly base: string;
  readonly description: SessionDescription;
  /** By section. */
  readonly ways: Map<number, Way>;
}

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'announced'; readonly announced: Announced }
  | {
      readonly kind: 'recording';
      readonly announced: Announced;
      readonly media: PublishedMedia;
      /** Section of each track of `media`. */
      readonly sections: readonly number[];
    };

/** Sections of one description; a camera has two. */
const maxSections = 8;
/** Without RECORD for so long the connection is closed. */
const waitMs = sessionTimeoutSeconds * 1000;

export class Sending {
  readonly #parts: SendingParts;
  #state: State = { kind: 'idle' };
  #lease: Lasting | undefined;
  #announcedMs = 0;
  #closed = false;

  constructor(parts: SendingParts) {
    this.#parts = parts;
  }

  get isActive(): boolean {
    return this.#state.kind !== 'idle';
  }

  announce(request: RtspRequest, visitor: Visitor): Answer {
    if (this.isActive) return refusal(455, 'it is announced already');
    const address = readStreamAddress(request.url);
    if (!address || address.path === '') return refusal(404, 'the address names no camera');
    const camera = cameraNamed(address.path);
    const refused = this.#refuse(camera, visitor);
    if (refused) return refused;
    const type = header(request.headers, 'Content-Type') ?? 'application/sdp';
    if (!/^application\/sdp/i.test(type)) return refusal(415, 'a description is application/sdp');
    const description = parseSdp(new TextDecoder().decode(request.body));
    if (!description.ok) return refusal(400, description.error);
    if (description.value.media.length > maxSections) return refusal(400, 'too many tracks');
    const { tracks, notes, offered } = chooseTracks(description.value, 'publisher');
    if (tracks.length === 0) {
      const why = notes[0] ?? 'it offers nothing';
      return refusal(415, `nothing of ${offered.join(', ') || 'it'} can be taken: ${why}`);
    }
    this.#announcedMs = this.#parts.clock.monotonicMs();
    const announced: Announced = {
      id: this.#parts.newSessionId(),
      camera,
      base: address.base,
      description: description.value,
      ways: new Map(),
    };
    this.#state = { kind: 'announced', announced };
    return success([sessionField(announced.id)]);
  }

  async setup(request: RtspRequest): Promise<Answer> {
    if (this.#state.kind !== 'announced') return refusal(455, 'it records already');
    const { announced } = this.#state;
    const section = sectionOf(announced, request.url);
    if (section === undefined) return refusal(404, 'the description has no such track');
    let why = 'offer RTP/AVP/TCP with interleaved channels, or RTP/AVP with client_port';
    for (const offer of parseTransports(header(request.headers, 'Transport') ?? '')) {
      const way = await this.#agree(announced, section, offer);
      if (this.#closed) return refusal(503);
      if (typeof way !== 'string') {
        closeWay(announced.ways.get(section));
        announced.ways.set(section, way);
        return success([['Transport', writeWay(way)], sessionField(announced.id)]);
      }
      why = way;
    }
    return refusal(461, why);
  }

  record(request: RtspRequest, visitor: Visitor): Answer {
    if (this.#state.kind === 'recording') return success([sessionField(this.#state.announced.id)]);
    if (this.#state.kind !== 'announced') return refusal(455, 'announce first');
    const { announced } = this.#state;
    const refused = this.#refuse(announced.camera, visitor);
    if (refused) return refused;
    const offered = chooseTracks(announced.description, 'publisher').tracks;
    const tracks = offered.flatMap((track): PublishedTrack[] => {
      const way = announced.ways.get(track.section);
      return way ? [{ offered: track, lower: way.kind }] : [];
    });
    if (tracks.length === 0) return refusal(455, 'set up a track first');
    const begun = this.#begin(announced, tracks, header(request.headers, 'User-Agent') ?? '');
    if (!begun.ok) return wordRefusal(begun.error);
    const sections = tracks.map((track) => track.offered.section);
    this.#state = { kind: 'recording', announced, media: begun.value, sections };
    const { streams, addresses, onEnd } = this.#parts;
    const lasts = { what: 'publish', camera: announced.camera, address: addresses.remote } as const;
    this.#lease = streams.lease(visitor, lasts, onEnd);
    return success([sessionField(announced.id)]);
  }

  parameter(): Answer {
    return success(this.#state.kind === 'idle' ? [] : [sessionField(this.#state.announced.id)]);
  }

  teardown(): Answer {
    this.#leave('The sender ended its session.');
    return success();
  }

  frame(channel: number, payload: Uint8Array): void {
    if (this.#state.kind !== 'recording') return;
    const { announced, sections, media } = this.#state;
    for (const [track, section] of sections.entries()) {
      const way = announced.ways.get(section);
      if (way?.kind !== 'tcp') continue;
      if (way.channels[0] === channel) return media.packet(track, 'rtp', payload);
      if (way.channels[1] === channel) return media.packet(track, 'rtcp', payload);
    }
  }

  /** While it records, `PublishedMedia` watches over the silence. */
  isSilent(): boolean {
    const waitedMs = this.#parts.clock.monotonicMs() - this.#announcedMs;
    return this.#state.kind === 'announced' && waitedMs > waitMs;
  }

  close(): void {
    this.#closed = true;
    this.#leave('The sender closed its connection.');
  }

  #refuse(camera: string, visitor: Visitor): Answer | undefined {
    switch (this.#parts.streams.mayPublish(camera, visitor)) {
      case 'yes':
        return undefined;
      case 'no':
        return refusal(403, 'this account may not send to the camera');
      case 'unseen':
        return wordRefusal({ kind: 'unknown' });
    }
  }

  #leave(message: string): void {
    const state = this.#state;
    this.#state = { kind: 'idle' };
    if (state.kind === 'idle') return;
    this.#lease?.leave();
    if (state.kind === 'recording') state.media.leave(message);
    for (const way of state.announced.ways.values()) closeWay(way);
  }

  #begin(announced: Announced, tracks: readonly PublishedTrack[], client: string) {
    const lower = tracks[0]?.lower === 'udp' ? 'UDP' : 'TCP';
    const { clock, log, streams, addresses, newSsrc, onEnd } = this.#parts;
    return PublishedMedia.begin({
      publish: streams.publish,
      camera: announced.camera,
      transport: `RTSP push over ${lower}${client === '' ? '' : ` (${client.slice(0, 60)})`}`,
      address: addresses.remote,
      tracks,
      clock,
      log,
      ssrc: newSsrc(),
      asksKeyframes: false,
      send: (track, rtcp) => this.#sendRtcp(tracks[track], rtcp),
      onOver: onEnd,
    });
  }

  #sendRtcp(track: PublishedTrack | undefined, rtcp: Uint8Array): void {
    if (this.#state.kind !== 'recording' || !track) return;
    const way = this.#state.announced.ways.get(track.offered.section);
    if (way?.kind === 'tcp') this.#parts.socket.write(writeInterleaved(way.channels[1], rtcp));
    if (way?.kind === 'udp') way.pair.rtcp.send(rtcp, way.clientPort[1], this.#parts.addresses.remote);
  }

  /** Or why not. */
  async #agree(announced: Announced, section: number, offer: Transport): Promise<Way | string> {
    if (offer.multicast) return 'media is taken unicast only';
    if (offer.lower === 'tcp') {
      const free = 2 * announced.ways.size;
      return { kind: 'tcp', channels: offer.interleaved ?? [free, free + 1] };
    }
    if (!this.#parts.mayUseUdp) return 'only RTP/AVP/TCP is taken here';
    if (!offer.clientPort) return 'RTP/AVP needs a client_port';
    const { family, local: localAddress } = this.#parts.addresses;
    const opened = await openUdpPair({ family, localAddress });
    if (!opened.ok) return opened.error.message;
    const pair = opened.value;
    if (this.#closed) pair.close();
    else this.#listen(pair, section);
    return { kind: 'udp', pair, clientPort: offer.clientPort };
  }

  #listen(pair: UdpPair, section: number): void {
    for (const part of ['rtp', 'rtcp'] as const) {
      pair[part].on('message', (bytes, sender) => {
        if (this.#state.kind !== 'recording' || !isFrom(sender, this.#parts.addresses.remote)) return;
        const track = this.#state.sections.indexOf(section);
        if (track >= 0) this.#state.media.packet(track, part, bytes);
      });
    }
  }
}

/** The second source of a camera is a stream of its own. */
function cameraNamed(path: string): string {
  return path.replace(/\/main$/, '').replace(/\/sub$/, '.sub');
}

function closeWay(way: Way | undefined): void {
  if (way?.kind === 'udp') way.pair.close();
}

function sessionField(id: string): HeaderField {
  return ['Session', writeSession({ id, timeoutSeconds: sessionTimeoutSeconds })];
}

function sectionOf({ base, description }: Announced, url: string): number | undefined {
  const wanted = url.replace(/\/$/, '');
  const found = description.media.findIndex(
    ({ control }) => resolveControl(base, control).replace(/\/$/, '') === wanted,
  );
  if (found >= 0) return found;
  // Clients differ in the host that they write, before and after a redirect or a tunnel.
  const byEnd = description.media.findIndex(({ control }) => control && wanted.endsWith(`/${control}`));
  if (byEnd >= 0) return byEnd;
  return description.media.length === 1 ? 0 : undefined;
}

function writeWay(way: Way): string {
  if (way.kind === 'tcp') return writeTransport({ lower: 'tcp', interleaved: way.channels, mode: 'record' });
  const { clientPort, pair } = way;
  const serverPort = [pair.rtpPort, pair.rtpPort + 1] as const;
  return writeTransport({ lower: 'udp', clientPort, serverPort, mode: 'record' });
}

function wordRefusal({ kind }: PublishRefusal): Answer {
  switch (kind) {
    case 'unknown':
      return refusal(404, 'there is no such camera; add one of the kind "push" first');
    case 'not-push':
      return refusal(405, 'the camera fetches its media itself; send to one of the kind "push"');
    case 'disabled':
      return refusal(503, 'the camera is switched off');
    case 'taken':
      return refusal(453, 'somebody sends to this camera already');
  }
}
