/**
 * UDP ways of the tracks: sockets in pairs, packets from the camera's own address only.
 *
 * Media may come only from the host of the RTSP connection, which the address policy has checked;
 * a `source` in the camera's answer is not followed, or it could point anywhere.
 */
import type { RemoteInfo } from 'node:dgram';
import type { NetFault } from '../../io/net/fault.ts';
import type { UdpPair } from '../../io/net/udp.ts';
import { isFrom, openUdpPair } from '../../io/net/udp.ts';
import { rtpHeaderBytes, writeRtpHeader } from '../../media/rtp/packet.ts';
import type { PortPair } from '../../media/rtsp/headers.ts';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';

export interface UdpPathsOptions {
  readonly localAddress: string;
  readonly cameraAddress: string;
}

export class UdpPaths {
  readonly #cameraAddress: string;
  readonly #pairs: readonly UdpPair[];
  #closed = false;
  bytesReceived = 0;
  /** Packets from other hosts. */
  foreign = 0;

  /** Opens `count` pairs, or none. */
  static async open(count: number, options: UdpPathsOptions): Promise<Result<UdpPaths, NetFault>> {
    const pairs: UdpPair[] = [];
    for (let index = 0; index < count; index += 1) {
      const family = options.localAddress.includes(':') ? 6 : 4;
      const opened = await openUdpPair({ family, localAddress: options.localAddress });
      if (!opened.ok) {
        for (const pair of pairs) pair.close();
        return err(opened.error);
      }
      pairs.push(opened.value);
    }
    return ok(new UdpPaths(pairs, options.cameraAddress));
  }

  private constructor(pairs: readonly UdpPair[], cameraAddress: string) {
    this.#pairs = pairs;
    this.#cameraAddress = cameraAddress;
  }

  get ports(): readonly PortPair[] {
    return this.#pairs.map(({ rtpPort }) => [rtpPort, rtpPort + 1] as const);
  }

  /** What the system granted for the first pair. */
  get receiveBufferBytes(): number {
    return this.#pairs[0]?.receiveBufferBytes ?? 0;
  }

  /** Packets that come to these ports from the camera. */
  listen(ports: PortPair, receive: (part: 'rtp' | 'rtcp', bytes: Uint8Array) => void): void {
    const pair = this.#pair(ports);
    pair?.rtp.on('message', (bytes, sender) => this.#accept(bytes, sender) && receive('rtp', bytes));
    pair?.rtcp.on('message', (bytes, sender) => this.#accept(bytes, sender) && receive('rtcp', bytes));
  }

  /** A packet without meaning, so that routers on the way let the camera's packets in. */
  punchHole(ports: PortPair, cameraPorts: PortPair): void {
    const packet = new Uint8Array(rtpHeaderBytes);
    writeRtpHeader(packet, 0, { payloadType: 0, marker: false, sequence: 0, timestamp: 0, ssrc: 0 });
    this.#pair(ports)?.rtp.send(packet, cameraPorts[0], this.#cameraAddress);
  }

  sendRtcp(ports: PortPair, cameraPorts: PortPair, bytes: Uint8Array): void {
    this.#pair(ports)?.rtcp.send(bytes, cameraPorts[1], this.#cameraAddress);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const pair of this.#pairs) pair.close();
  }

  #pair(ports: PortPair): UdpPair | undefined {
    return this.#closed ? undefined : this.#pairs.find(({ rtpPort }) => rtpPort === ports[0]);
  }

  #accept(bytes: Uint8Array, sender: RemoteInfo): boolean {
    if (!isFrom(sender, this.#cameraAddress)) {
      this.foreign += 1;
      return false;
    }
    this.bytesReceived += bytes.length;
    return true;
  }
}
