/**
 * How the tracks of one session travel: agreed track by track in SETUP, the same way for all (RFC 2326, 12.39).
 *
 * In:  what a viewer offers. Out: what was chosen, and a sender for all tracks. Promise: media goes to the address
 * of the RTSP connection only, whatever `destination` says.
 */
import type { Clock } from '../../base/clock.ts';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { PortPair, Transport } from '../../media/rtsp/headers.ts';
import type { Fan } from './fan.ts';
import type { Lane } from './lane.ts';
import type { Multicast, MulticastGroup } from './multicast.ts';
import { MulticastSender } from './multicast.ts';
import type { Sender } from './sender.ts';
import type { ByteSocket } from './tcp-sender.ts';
import { TcpSender } from './tcp-sender.ts';
import type { UdpAddresses } from './udp-sender.ts';
import { UdpPath, UdpSender } from './udp-sender.ts';

export interface TransportParts {
  readonly clock: Clock;
  readonly socket: ByteSocket;
  readonly addresses: UdpAddresses;
  /** Datagrams are not encrypted: none for viewers who came over TLS. */
  readonly mayUseUdp: boolean;
  readonly multicast: Multicast;
  readonly onRtcp: (bytes: Uint8Array) => void;
}

type Agreed =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'tcp'; readonly channels: (PortPair | undefined)[] }
  | { readonly kind: 'udp'; readonly paths: (UdpPath | undefined)[] }
  | { readonly kind: 'multicast'; readonly group: MulticastGroup; readonly lanes: Set<number> };

/** As in the SETUP answer. */
type Chosen = Result<Partial<Transport> & Pick<Transport, 'lower'>, string>;

const words = { nothing: '', tcp: 'RTP over TCP', udp: 'RTP over UDP', multicast: 'RTP over multicast' };

export class Transports {
  readonly #parts: TransportParts;
  #agreed: Agreed = { kind: 'nothing' };
  #closed = false;

  constructor(parts: TransportParts) {
    this.#parts = parts;
  }

  get words(): string {
    return words[this.#agreed.kind];
  }

  /** Over TCP the connection shows who is alive; otherwise only requests and reports do. */
  get isTcp(): boolean {
    return this.#agreed.kind === 'tcp';
  }

  has(lane: number): boolean {
    const agreed = this.#agreed;
    if (agreed.kind === 'tcp') return agreed.channels[lane] !== undefined;
    if (agreed.kind === 'udp') return agreed.paths[lane] !== undefined;
    return agreed.kind === 'multicast' && agreed.lanes.has(lane);
  }

  /** Takes the first offer that can be; an error says in words why none can. */
  async add(fan: Fan, lane: Lane, offers: readonly Transport[]): Promise<Chosen> {
    let why = 'offer RTP/AVP/TCP with interleaved channels, or RTP/AVP with client_port';
    for (const offer of offers) {
      const chosen = await this.#choose(fan, lane, offer);
      if (chosen.ok) return chosen;
      why = chosen.error;
    }
    return err(why);
  }

  sender(fan: Fan): Sender {
    const agreed = this.#agreed;
    const hasVideo = fan.lanes.some(({ index, format }) => format.kind === 'video' && this.has(index));
    switch (agreed.kind) {
      case 'udp':
        return new UdpSender(agreed.paths, this.#parts.clock);
      case 'multicast':
        return new MulticastSender(agreed.group);
      case 'tcp':
      case 'nothing': {
        const channels = agreed.kind === 'tcp' ? agreed.channels : [];
        const { socket } = this.#parts;
        return new TcpSender({ socket, channels, hasVideo, bytesPerMs: () => fan.bytesPerMs });
      }
    }
  }

  /** Whether RTCP of a viewer comes on this interleaved channel. */
  isRtcpChannel(channel: number): boolean {
    return this.#agreed.kind === 'tcp' && this.#agreed.channels.some((pair) => pair?.[1] === channel);
  }

  close(): void {
    this.#closed = true;
    if (this.#agreed.kind === 'multicast') this.#agreed.group.release();
    if (this.#agreed.kind === 'udp') for (const path of this.#agreed.paths) path?.close();
    this.#agreed = { kind: 'nothing' };
  }

  async #choose(fan: Fan, lane: Lane, offer: Transport): Promise<Chosen> {
    if (offer.multicast) return this.#multicast(fan, lane);
    return offer.lower === 'tcp' ? this.#tcp(lane, offer) : this.#udp(lane, offer);
  }

  #tcp(lane: Lane, offer: Transport): Chosen {
    if (this.#agreed.kind === 'nothing') this.#agreed = { kind: 'tcp', channels: [] };
    if (this.#agreed.kind !== 'tcp') return err('all tracks of a session travel the same way');
    const { channels } = this.#agreed;
    const others = channels.flatMap((pair, index) => (pair && index !== lane.index ? pair : []));
    const wanted = offer.interleaved ?? [lane.channel, lane.channel + 1];
    if (others.some((channel) => wanted.includes(channel)))
      return err(`the interleaved channels ${wanted.join('-')} are in use`);
    channels[lane.index] = wanted;
    return ok({ lower: 'tcp', interleaved: wanted, ssrc: lane.ssrc });
  }

  async #udp(lane: Lane, offer: Transport): Promise<Chosen> {
    const { clientPort } = offer;
    if (!clientPort || clientPort.includes(0)) return err('RTP/AVP needs a client_port');
    if (!this.#parts.mayUseUdp) return err('only RTP/AVP/TCP is offered here');
    const agreed: Agreed = this.#agreed.kind === 'nothing' ? { kind: 'udp', paths: [] } : this.#agreed;
    if (agreed.kind !== 'udp') return err('all tracks of a session travel the same way');
    const { paths } = agreed;
    const opened = await UdpPath.open(this.#parts.addresses, clientPort, this.#parts.onRtcp);
    if (!opened.ok) return err(opened.error);
    const path = opened.value;
    if (this.#closed) {
      path.close();
      return err('the session is over');
    }
    // Only now: with no ports to be had, the next offer may be another way.
    this.#agreed = agreed;
    paths[lane.index]?.close();
    paths[lane.index] = path;
    return ok({ lower: 'udp', clientPort, serverPort: path.serverPort, ssrc: lane.ssrc });
  }

  #multicast(fan: Fan, lane: Lane): Chosen {
    if (this.#agreed.kind === 'tcp' || this.#agreed.kind === 'udp') {
      return err('all tracks of a session travel the same way');
    }
    const { multicast, addresses, mayUseUdp } = this.#parts;
    const group = mayUseUdp ? multicast.group(fan, addresses.local) : undefined;
    if (!group) return err('multicast is not offered here');
    if (this.#agreed.kind === 'nothing') {
      group.hold();
      this.#agreed = { kind: 'multicast', group, lanes: new Set() };
    }
    this.#agreed.lanes.add(lane.index);
    const { address: destination, ttl } = group;
    return ok({
      lower: 'udp',
      multicast: true,
      destination,
      ttl,
      port: group.ports(lane.index),
      ssrc: lane.ssrc,
    });
  }
}
