/**
 * One viewer over UDP: a pair of ports for each track, connected to the viewer's, so nobody else gets in.
 *
 * In:  chunks, and datagrams of the viewer. Out: each packet of a chunk as a datagram, and the viewer's RTCP.
 * What the network or the system's buffers lose is lost; the viewer's reports tell.
 */
import type { Socket } from 'node:dgram';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { UdpPair } from '../../io/net/udp.ts';
import { openUdpPair } from '../../io/net/udp.ts';
import { interleavedHeaderBytes } from '../../media/rtsp/message.ts';
import type { PortPair } from '../../media/rtsp/headers.ts';
import type { Chunk } from './chunk.ts';
import { nextFrame } from './chunk.ts';
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

  send(chunk: Chunk): void {
    this.#sendOn(this.#pair.rtp, chunk);
  }

  report(report: Chunk): void {
    this.#sendOn(this.#pair.rtcp, report);
  }

  close(): void {
    this.#pair.close();
  }

  #sendOn(socket: UdpPair['rtp'], { bytes }: Chunk): void {
    for (let at = 0; at < bytes.length;) {
      const end = nextFrame(bytes, at);
      const start = at + interleavedHeaderBytes;
      try {
        socket.send(bytes, start, end - start);
        this.bytesSent += end - start;
      } catch {
        // The socket is not connected yet, or no longer.
        this.errors += 1;
      }
      at = end;
    }
  }
}

function connected(socket: Socket, port: number, address: string): Promise<void> {
  return new Promise((done) => {
    // Without a way there, sending fails packet by packet, and is counted.
    socket.connect(port, address, () => done());
  });
}

export class UdpSender implements Sender {
  readonly #paths: PerLane<UdpPath>;
  #waitingForKey = false;
  readonly unitsDropped = 0;

  constructor(paths: PerLane<UdpPath>) {
    this.#paths = paths;
  }

  get bytesSent(): number {
    return this.#paths.reduce((sum, path) => sum + (path?.bytesSent ?? 0), 0);
  }

  begin(chunks: readonly Chunk[], isWhole: boolean): void {
    this.#waitingForKey = !isWhole;
    for (const chunk of chunks) this.#paths[chunk.lane]?.send(chunk);
  }

  chunk(chunk: Chunk): boolean {
    if (this.#waitingForKey && chunk.isVideo) {
      if (!chunk.key) return false;
      this.#waitingForKey = false;
    }
    this.#paths[chunk.lane]?.send(chunk);
    return true;
  }

  report(report: Chunk): void {
    this.#paths[report.lane]?.report(report);
  }

  /** The paths belong to the session: it may play again. */
  close(): void {}
}
