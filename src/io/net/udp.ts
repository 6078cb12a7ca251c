/**
 * A pair of UDP ports for one RTP track: even for RTP, the next one for RTCP (RFC 3550, 11).
 */
import type { RemoteInfo, Socket } from 'node:dgram';
import { createSocket } from 'node:dgram';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { NetFault } from './fault.ts';
import { errorCode, netFault } from './fault.ts';

/** How often another port is tried when the neighbour of a free one is taken. */
const maxPortAttempts = 50;
/**
 * Wanted socket buffer: a 4K key frame (about 1 MB) arrives as one burst while this process may be busy.
 * The system may give less (Linux: `net.core.rmem_max`).
 */
const wantedReceiveBufferBytes = 2 * 1024 * 1024;

export interface UdpPair {
  readonly rtp: Socket;
  readonly rtcp: Socket;
  readonly rtpPort: number;
  /** What the system granted. */
  readonly receiveBufferBytes: number;
  close(): void;
}

export interface UdpPairOptions {
  readonly family: 4 | 6;
  /** The local address to listen on: the one the camera is reached from, so no other network gets in. */
  readonly localAddress: string;
}

export async function openUdpPair(options: UdpPairOptions): Promise<Result<UdpPair, NetFault>> {
  let reason = 'no pair of ports is free';
  for (let attempt = 0; attempt < maxPortAttempts; attempt += 1) {
    const first = await bind(options, 0);
    if (!first.ok) return err(noPorts(first.error));
    const port = first.value.address().port;
    const neighbour = port % 2 === 0 ? port + 1 : port - 1;
    const second = await bind(options, neighbour);
    if (second.ok)
      return ok(port % 2 === 0 ? pair(first.value, second.value) : pair(second.value, first.value));
    reason = second.error;
    first.value.close();
  }
  return err(noPorts(reason));
}

/** True when a datagram comes from the host that should send it; the port may differ (NAT). */
export function isFrom(sender: RemoteInfo, host: string): boolean {
  return plainAddress(sender.address) === plainAddress(host);
}

function plainAddress(address: string): string {
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
}

function bind(options: UdpPairOptions, port: number): Promise<Result<Socket, string>> {
  return new Promise((done) => {
    const socket = createSocket({ type: options.family === 6 ? 'udp6' : 'udp4' });
    const onError = (error: unknown) => {
      socket.close();
      done(err(errorCode(error) || 'unknown'));
    };
    socket.once('error', onError);
    socket.bind({ port, address: options.localAddress, exclusive: true }, () => {
      socket.off('error', onError);
      // Errors of single datagrams (an ICMP answer to one we sent) do not end the session.
      socket.on('error', () => undefined);
      done(ok(socket));
    });
  });
}

function pair(rtp: Socket, rtcp: Socket): UdpPair {
  enlarge(rtp);
  return {
    rtp,
    rtcp,
    rtpPort: rtp.address().port,
    receiveBufferBytes: rtp.getRecvBufferSize(),
    close: () => {
      rtp.close();
      rtcp.close();
    },
  };
}

/** Some systems refuse a size above their limit instead of granting less; the usual size must do then. */
function enlarge(socket: Socket): void {
  try {
    socket.setRecvBufferSize(wantedReceiveBufferBytes);
  } catch {
    // The session's log line tells what was granted.
  }
}

function noPorts(code: string): NetFault {
  return netFault('no-route', `This server has no free UDP ports for the camera (${code}).`);
}
