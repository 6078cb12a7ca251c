/**
 * A bad network between a player and an RTSP camera that sends over UDP.
 *
 * RTSP passes through over TCP with the ports in Transport rewritten; media packets go through this process,
 * where some are lost, doubled or overtaken. Which ones is decided by a seed, so a run can be repeated.
 */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface LossyRelayOptions {
  /** Of the camera, on the loopback. */
  readonly cameraPort: number;
  readonly seed: number;
  /** Parts of all media packets, 0 to 1. */
  readonly loss: number;
  readonly reorder: number;
  readonly duplicate: number;
}

export interface LossyRelay {
  /** To connect to instead of the camera's. */
  readonly port: number;
  /** What was done to media packets so far. */
  readonly counts: { passed: number; lost: number; reordered: number; duplicated: number };
  close(): void;
}

interface Lane {
  readonly rtp: UdpSocket;
  readonly rtcp: UdpSocket;
  readonly port: number;
  playerPort: number;
  cameraPort: number;
  /** A packet that the next ones overtake. */
  held: { bytes: Buffer; after: number } | undefined;
}

/** Video and audio of two players. */
const lanesOpened = 4;
const loopback = '127.0.0.1';

export async function startLossyRelay(options: LossyRelayOptions): Promise<LossyRelay> {
  const random = seededRandom(options.seed);
  const counts = { passed: 0, lost: 0, reordered: 0, duplicated: 0 };
  const lanes: Lane[] = [];
  while (lanes.length < lanesOpened) lanes.push(await openLane());
  for (const lane of lanes) {
    lane.rtp.on('message', (bytes, from) => {
      if (from.port === lane.playerPort) lane.rtp.send(bytes, lane.cameraPort, loopback);
      else if (lane.playerPort > 0) passMedia(lane, bytes, options, counts, random);
    });
    lane.rtcp.on('message', (bytes, from) => {
      const target = from.port === lane.playerPort + 1 ? lane.cameraPort : lane.playerPort;
      if (target > 0) lane.rtcp.send(bytes, target + 1, loopback);
    });
  }
  const open = new Set<Socket>();
  let used = 0;
  const server = createServer((player) => {
    const camera = connect(options.cameraPort, loopback);
    const mine: Lane[] = [];
    for (const socket of [player, camera]) {
      open.add(socket);
      socket.on('error', () => undefined).on('close', () => open.delete(socket));
    }
    player.on('data', (chunk) =>
      camera.write(
        toCamera(chunk.toString('latin1'), mine, () => lanes[used++]),
        'latin1',
      ),
    );
    camera.on('data', (chunk) => player.write(toPlayer(chunk.toString('latin1'), mine), 'latin1'));
    player.on('close', () => camera.destroy());
    camera.on('close', () => player.destroy());
  });
  await new Promise<void>((ready) => server.listen(0, loopback, ready));
  return {
    port: (server.address() as AddressInfo).port,
    counts,
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
      for (const lane of lanes) {
        lane.rtp.close();
        lane.rtcp.close();
      }
    },
  };
}

/** The camera is told to send to us. */
function toCamera(text: string, mine: Lane[], next: () => Lane | undefined): string {
  return text.replace(/client_port=(\d+)-\d+/g, (whole, port: string) => {
    const lane = next();
    if (!lane) return whole;
    lane.playerPort = Number(port);
    mine.push(lane);
    return `client_port=${lane.port}-${lane.port + 1}`;
  });
}

/** The player gets its own ports back, and ours in place of the camera's. */
function toPlayer(text: string, mine: readonly Lane[]): string {
  return text.replace(
    /client_port=(\d+)-\d+(.*?)server_port=(\d+)-\d+/g,
    (whole, ours: string, between: string, theirs: string) => {
      const lane = mine.find((candidate) => candidate.port === Number(ours));
      if (!lane) return whole;
      lane.cameraPort = Number(theirs);
      const player = `client_port=${lane.playerPort}-${lane.playerPort + 1}`;
      return `${player}${between}server_port=${lane.port}-${lane.port + 1}`;
    },
  );
}

function passMedia(
  lane: Lane,
  bytes: Buffer,
  options: LossyRelayOptions,
  counts: LossyRelay['counts'],
  random: () => number,
): void {
  const send = (packet: Buffer) => lane.rtp.send(packet, lane.playerPort, loopback);
  if (random() < options.loss) {
    counts.lost += 1;
    return;
  }
  counts.passed += 1;
  if (!lane.held && random() < options.reorder) {
    counts.reordered += 1;
    lane.held = { bytes, after: 1 + Math.floor(random() * 4) };
    return;
  }
  send(bytes);
  if (random() < options.duplicate) {
    counts.duplicated += 1;
    send(bytes);
  }
  if (!lane.held) return;
  lane.held.after -= 1;
  if (lane.held.after > 0) return;
  send(lane.held.bytes);
  lane.held = undefined;
}

async function openLane(): Promise<Lane> {
  for (;;) {
    const rtp = createSocket('udp4');
    const rtcp = createSocket('udp4');
    const port = await bound(rtp, 0);
    if (port !== undefined && port % 2 === 0 && (await bound(rtcp, port + 1)) !== undefined) {
      return { rtp, rtcp, port, playerPort: 0, cameraPort: 0, held: undefined };
    }
    rtp.close();
    rtcp.close();
  }
}

function bound(socket: UdpSocket, port: number): Promise<number | undefined> {
  return new Promise((done) => {
    socket.once('error', () => done(undefined));
    socket.bind(port, loopback, () => done(socket.address().port));
  });
}

/** Numbers from 0 to 1 (mulberry32), the same for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
