/**
 * One copy of a stream for all viewers of a network: a group address, and ports for each stream.
 *
 * In:  chunks of a fan while anybody is in its group. Out: datagrams to the group. Pictures begin at the next keyframe
 * for whoever joins: what was sent before cannot be sent to one alone.
 */
import type { Socket } from 'node:dgram';
import { createSocket } from 'node:dgram';
import { interleavedHeaderBytes } from '../../media/rtsp/message.ts';
import type { PortPair } from '../../media/rtsp/headers.ts';
import type { Chunk } from './chunk.ts';
import { nextFrame } from './chunk.ts';
import type { Fan, FanReader } from './fan.ts';
import type { RtspOptions } from './options.ts';
import { maxLanes } from './options.ts';
import type { Sender } from './sender.ts';

/** RTP and RTCP for each track. */
const portsPerStream = 2 * maxLanes;
const maxPort = 65_535;

export class Multicast {
  readonly #options: RtspOptions['multicast'];
  readonly #groups = new Map<Fan, MulticastGroup>();

  constructor(options: RtspOptions['multicast']) {
    this.#options = options;
  }

  /** Undefined when it is switched off, or all ports are taken. @param local which network it goes to. */
  group(fan: Fan, local: string): MulticastGroup | undefined {
    if (!this.#options.enabled || local.includes(':')) return undefined;
    const known = this.#groups.get(fan);
    if (known) return known;
    const taken = new Set([...this.#groups.values()].map(({ firstPort }) => firstPort));
    let firstPort = this.#options.port + (this.#options.port % 2);
    while (taken.has(firstPort)) firstPort += portsPerStream;
    if (firstPort + portsPerStream > maxPort) return undefined;
    const group = new MulticastGroup({ ...this.#options, fan, local, firstPort }, () =>
      this.#groups.delete(fan),
    );
    this.#groups.set(fan, group);
    return group;
  }
}

interface GroupParts {
  readonly fan: Fan;
  readonly local: string;
  readonly address: string;
  readonly ttl: number;
  /** Even. */
  readonly firstPort: number;
}

export class MulticastGroup implements FanReader {
  readonly #parts: GroupParts;
  readonly #onEmpty: () => void;
  #holders = 0;
  #members = 0;
  #socket: Socket | undefined;
  #waitingForKey = true;

  constructor(parts: GroupParts, onEmpty: () => void) {
    this.#parts = parts;
    this.#onEmpty = onEmpty;
  }

  get firstPort(): number {
    return this.#parts.firstPort;
  }

  get address(): string {
    return this.#parts.address;
  }

  get ttl(): number {
    return this.#parts.ttl;
  }

  ports(lane: number): PortPair {
    const rtp = this.#parts.firstPort + 2 * lane;
    return [rtp, rtp + 1];
  }

  /** Its ports stay taken for a session that may join. */
  hold(): void {
    this.#holders += 1;
  }

  release(): void {
    this.#holders -= 1;
    if (this.#holders === 0) this.#onEmpty();
  }

  join(): void {
    this.#members += 1;
    if (this.#members > 1) return;
    const { ttl, local, fan } = this.#parts;
    // An address needs no lookup; the usual one would wait a turn for each packet.
    const socket = createSocket({ type: 'udp4', lookup: (host, _options, done) => done(null, host, 4) });
    socket.on('error', () => undefined);
    socket.bind({ address: local, port: 0 }, () => {
      socket.setMulticastTTL(ttl);
      socket.setMulticastInterface(local);
      this.#socket = socket;
    });
    this.#closing = () => socket.close();
    fan.add(this);
  }

  leave(): void {
    this.#members -= 1;
    if (this.#members > 0) return;
    this.#parts.fan.remove(this);
    this.#socket = undefined;
    this.#waitingForKey = true;
    this.#closing?.();
  }

  #closing: (() => void) | undefined;

  onChunk(chunk: Chunk): void {
    if (this.#waitingForKey && chunk.isVideo) {
      if (!chunk.key) return;
      this.#waitingForKey = false;
    }
    this.#send(chunk, this.ports(chunk.lane)[0]);
  }

  onReport(report: Chunk): void {
    this.#send(report, this.ports(report.lane)[1]);
  }

  /** Its members are told by the fan themselves, and leave. */
  onEnd(): void {}

  #send({ bytes }: Chunk, port: number): void {
    const socket = this.#socket;
    if (!socket) return;
    for (let at = 0; at < bytes.length;) {
      const end = nextFrame(bytes, at);
      const start = at + interleavedHeaderBytes;
      socket.send(bytes, start, end - start, port, this.#parts.address);
      at = end;
    }
  }
}

/** One member of a group. */
export class MulticastSender implements Sender {
  readonly #group: MulticastGroup;
  #joined = false;
  /** The group's packets are nobody's own. */
  readonly bytesSent = 0;
  readonly unitsDropped = 0;

  constructor(group: MulticastGroup) {
    this.#group = group;
  }

  begin(): void {
    if (this.#joined) return;
    this.#joined = true;
    this.#group.join();
  }

  chunk(): boolean {
    return true;
  }

  report(): void {}

  close(): void {
    if (this.#joined) this.#group.leave();
    this.#joined = false;
  }
}
