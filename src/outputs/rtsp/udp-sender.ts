/**
 * One viewer over UDP: a pair of ports for each track, connected to the viewer's, so nobody else gets in.
 *
 * In:  chunks, and datagrams of the viewer. Out: each packet of a chunk as a datagram, and the viewer's RTCP.
 * What the network or the system's buffers lose is lost; the viewer's reports tell.
 */
import type { Socket } from 'node:dgram';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { UdpPair } from '../../io/net/udp.ts';
import { openUdpPair } from '../../io/net/udp.ts';
import { interleavedHeaderBytes } from '../../media/rtsp/message.ts';
import type { PortPair } from '../../media/rtsp/headers.ts';
import type { Chunk } from './chunk.ts';
import { nextFrame } from './chunk.ts';
import { maxCachedBytes } from './options.ts';
import type { PerLane, Sender } from './sender.ts';

export interface UdpAddresses {
  /** The address that the viewer reached us on. */
  readonly local: string;
  /** Where it is: packets go nowhere else, whatever it asks (RFC 2326, 16.1: no floods for others). */
  readonly remote: string;
  readonly family: 4 | 6;
}

/** Ports of one track. */
export class UdpPath {
  readonly #pair: UdpPair;
  bytesSent = 0;
  errors = 0;

  private constructor(pair: UdpPair) {
    this.#pair = pair;
  }

  static async open(
    { local, remote, family }: UdpAddresses,
    clientPort: PortPair,
    onRtcp: (bytes: Uint8Array) => void,
  ): Promise<Result<UdpPath, string>> {
    const pair = await openUdpPair({ family, localAddress: local });
    if (!pair.ok) return err(pair.error.message);
    const { rtp, rtcp } = pair.value;
    // Before it is connected, a socket would take the slice's place for a port.
    await Promise.all([connected(rtp, clientPort[0], remote), connected(rtcp, clientPort[1], remote)]);
    // Viewers send small packets from their RTP port to open firewalls; they mean nothing to us.
    rtcp.on('message', onRtcp);
    return ok(new UdpPath(pair.value));
  }

  get serverPort(): PortPair {
    return [this.#pair.rtpPort, this.#pair.rtpPort + 1];
  }

  /** Sends packets of the chunk from `at` on, about `roomBytes` of them. Returns where to go on. */
  send({ bytes }: Chunk, at: number, roomBytes: number): number {
    const end = Math.min(bytes.length, at + roomBytes);
    let next = at;
    while (next < end) next = this.#sendFrame(this.#pair.rtp, bytes, next);
    return next;
  }

  report({ bytes }: Chunk): void {
    this.#sendFrame(this.#pair.rtcp, bytes, 0);
  }

  close(): void {
    this.#pair.close();
  }

  #sendFrame(socket: Socket, bytes: Uint8Array, at: number): number {
    const start = at + interleavedHeaderBytes;
    const end = nextFrame(bytes, at);
    try {
      socket.send(bytes, start, end - start);
      this.bytesSent += end - start;
    } catch {
      // The socket is not connected yet, or no longer.
      this.errors += 1;
    }
    return end;
  }
}

function connected(socket: Socket, port: number, address: string): Promise<void> {
  return new Promise((done) => {
    // Without a way there, sending fails packet by packet, and is counted.
    socket.connect(port, address, () => done());
  });
}

/**
 * Sends at most so much at one time, every few milliseconds: 100 Mbit/s. What viewers begin with may be megabytes, a
 * keyframe half of one; in one burst they would overflow the usual receive buffer of 208 KB (Linux: `rmem_default`).
 */
const burstBytes = 64 * 1024;
const burstEveryMs = 5;
/** What is kept of a GOP, and as much again that comes meanwhile: whoever is behind by more begins at a keyframe. */
const mostQueuedBytes = 2 * maxCachedBytes;

export class UdpSender implements Sender {
  readonly #paths: PerLane<UdpPath>;
  readonly #clock: Clock;
  #waitingForKey = false;
  /** Not sent yet, oldest first; of the first one, `#sentOfFirst` bytes are. */
  #queue: Chunk[] = [];
  #queuedBytes = 0;
  #sentOfFirst = 0;
  #timer: Timer | undefined;
  unitsDropped = 0;

  constructor(paths: PerLane<UdpPath>, clock: Clock) {
    this.#paths = paths;
    this.#clock = clock;
  }

  get bytesSent(): number {
    return this.#paths.reduce((sum, path) => sum + (path?.bytesSent ?? 0), 0);
  }

  begin(chunks: readonly Chunk[], isWhole: boolean): void {
    this.#waitingForKey = !isWhole;
    for (const chunk of chunks) this.#push(chunk);
    if (!this.#timer) this.#sendSome();
  }

  chunk(chunk: Chunk): boolean {
    if (this.#queuedBytes > mostQueuedBytes) {
      this.unitsDropped += this.#queue.length;
      this.#clear();
      this.#waitingForKey = true;
    }
    if (this.#waitingForKey && chunk.isVideo) {
      if (!chunk.key) return false;
      this.#waitingForKey = false;
    }
    this.#push(chunk);
    if (!this.#timer) this.#sendSome();
    return true;
  }

  report(report: Chunk): void {
    this.#paths[report.lane]?.report(report);
  }

  /** The paths belong to the session: it may play again. */
  close(): void {
    this.#clear();
  }

  #push(chunk: Chunk): void {
    this.#queue.push(chunk);
    this.#queuedBytes += chunk.bytes.length;
  }

  #sendSome(): void {
    this.#timer = undefined;
    let roomBytes = burstBytes;
    let sent = 0;
    for (const chunk of this.#queue) {
      if (roomBytes <= 0) break;
      const end = this.#paths[chunk.lane]?.send(chunk, this.#sentOfFirst, roomBytes) ?? chunk.bytes.length;
      roomBytes -= end - this.#sentOfFirst;
      this.#sentOfFirst = end;
      if (end < chunk.bytes.length) break;
      this.#sentOfFirst = 0;
      this.#queuedBytes -= chunk.bytes.length;
      sent += 1;
    }
    this.#queue.splice(0, sent);
    if (this.#queue.length > 0) this.#timer = this.#clock.after(burstEveryMs, () => this.#sendSome());
  }

  #clear(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#sentOfFirst = 0;
  }
}
