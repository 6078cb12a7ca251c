/**
 * A WebRTC client in a process of its own (the library does not go well with tests): it watches, comes and goes, or
 * attacks. Usage: webrtc-client-program.ts URL ROUNDS PACKETS [SEED]
 *
 * In each round it connects, sends so many damaged RTCP packets, and closes. Writes one JSON line at the end.
 */
import * as library from 'node-datachannel';
import { seededRandom } from './lossy-relay.ts';

export interface ClientResult {
  /** Rounds in which a connection came to be. */
  readonly connected: number;
  readonly packetsReceived: number;
  readonly packetsSent: number;
  /** Status codes of the offers. */
  readonly statuses: readonly number[];
}

const [, , url = '', rounds = '1', packets = '0', seed = '1'] = process.argv;
const random = seededRandom(Number(seed));
const connectedWithinMs = 8000;
const result = { connected: 0, packetsReceived: 0, packetsSent: 0, statuses: [] as number[] };

library.initLogger('Fatal', () => undefined);
for (let round = 0; round < Number(rounds); round += 1) await once();
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));

async function once(): Promise<void> {
  const peer = new library.PeerConnection('client', { iceServers: [] });
  const media = new library.Video('0', 'RecvOnly');
  media.addH264Codec(96);
  const track = peer.addTrack(media);
  const samples: Buffer[] = [];
  track.onMessage((bytes) => {
    result.packetsReceived += 1;
    if (samples.length < 50) samples.push(bytes);
  });
  const opened = new Promise<boolean>((resolve) => {
    track.onOpen(() => resolve(true));
    setTimeout(() => resolve(false), connectedWithinMs);
  });
  const offer = await new Promise<string>((resolve) => {
    peer.onGatheringStateChange((state) => {
      if (state === 'complete') resolve(peer.localDescription()?.sdp ?? '');
    });
    peer.setLocalDescription('offer');
  });
  // As an offerer the library may be connected to before it knows the answer: without candidates it goes first.
  const sdp = offer.replaceAll(/^a=(?:candidate|end-of-candidates).*\r\n/gm, '');
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/sdp' },
    body: sdp,
  });
  result.statuses.push(answer.status);
  const text = await answer.text();
  if (answer.status === 201) {
    peer.setRemoteDescription(text, 'answer');
    if (await opened) {
      result.connected += 1;
      await attack(track, samples);
    }
  }
  track.close();
  peer.close();
}

async function attack(track: library.Track, samples: readonly Buffer[]): Promise<void> {
  for (let sent = 0; sent < Number(packets); sent += 1) {
    try {
      if (track.sendMessageBinary(mutated(samples))) result.packetsSent += 1;
    } catch {
      // SRTP takes no packet without a whole header.
    }
    if (sent % 200 === 199) await new Promise((wake) => setTimeout(wake, 5));
  }
  await new Promise((wake) => setTimeout(wake, 300));
}

/** RTCP of every type, whole and damaged; sometimes what the server itself sent. */
function mutated(samples: readonly Buffer[]): Buffer {
  const pick = (below: number): number => Math.floor(random() * below);
  const own = samples[pick(samples.length)];
  if (own && random() < 0.1) return damaged(own, pick);
  const types = [200, 201, 202, 203, 204, 205, 206, 207];
  const bytes = Buffer.alloc(8 + 4 * pick(60));
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = pick(256);
  bytes[0] = 0x80 | pick(32);
  bytes[1] = types[pick(types.length)] ?? 201;
  bytes.writeUInt16BE(bytes.length / 4 - 1, 2);
  return random() < 0.5 ? bytes : damaged(bytes, pick);
}

function damaged(whole: Buffer, pick: (below: number) => number): Buffer {
  const bytes = Buffer.from(whole.subarray(0, 8 + pick(whole.length)));
  for (let left = pick(6); left > 0; left -= 1) bytes[pick(bytes.length)] = pick(256);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x80;
  return bytes;
}
