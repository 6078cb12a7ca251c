/**
 * A bad way between a UDP server and its clients: what goes to the clients is lost, or waits in a narrow pipe.
 * Which packets are lost is decided by a seed, so a run can be repeated.
 */
import { createSocket, type Socket } from 'node:dgram';
import { seededRandom } from './lossy-relay.ts';

interface UdpWay {
  /** Part of the packets to clients that is lost, 0 to 1. */
  loss: number;
  /** What the pipe to all clients carries; what does not fit its queue is lost. */
  kbitPerSecond: number;
}

export interface UdpRelay {
  /** Of this relay, for clients. */
  readonly port: number;
  /** May be changed at any time. */
  readonly way: UdpWay;
  readonly counts: { passed: number; lost: number };
  close(): void;
}

const loopback = '127.0.0.1';
/** Of a home router, in time. */
const queueMs = 200;

export async function startUdpRelay(serverPort: number, seed = 1): Promise<UdpRelay> {
  const random = seededRandom(seed);
  const way: UdpWay = { loss: 0, kbitPerSecond: Number.POSITIVE_INFINITY };
  const counts = { passed: 0, lost: 0 };
  const front = await bound();
  /** One socket towards the server for each client. */
  const backs = new Map<number, Socket>();
  let freeAtMs = 0;

  const toClient = (bytes: Buffer, clientPort: number): void => {
    const nowMs = performance.now();
    const startMs = Math.max(nowMs, freeAtMs);
    if (random() < way.loss || startMs - nowMs > queueMs) {
      counts.lost += 1;
      return;
    }
    freeAtMs = startMs + (bytes.length * 8) / way.kbitPerSecond;
    counts.passed += 1;
    if (freeAtMs - nowMs < 1) front.send(bytes, clientPort, loopback);
    else setTimeout(() => backs.size > 0 && front.send(bytes, clientPort, loopback), freeAtMs - nowMs);
  };
  front.on('message', (bytes, { port }) => {
    let back = backs.get(port);
    if (!back) {
      // It takes a port of its own with the first packet that it sends.
      back = createSocket('udp4');
      back.on('message', (answer) => toClient(answer, port));
      backs.set(port, back);
    }
    back.send(bytes, serverPort, loopback);
  });
  return {
    port: front.address().port,
    way,
    counts,
    close: () => {
      for (const back of backs.values()) back.close();
      backs.clear();
      front.close();
    },
  };
}

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4');
  await new Promise<void>((ready) => socket.bind(0, loopback, ready));
  return socket;
}
