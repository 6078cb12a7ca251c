/**
 * Viewers over WebRTC, in a process of their own: what they cost is not the server's.
 *
 * Program: `connect` opens them through WHEP and returns when each has had a picture; `report` tells what came since
 * the last one; `leave` ends all. They receive with node-datachannel, count, and send a receiver report every second;
 * nothing is decoded, and nothing is asked for again.
 */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { PeerConnection, Track } from 'node-datachannel';
import { default as library } from 'node-datachannel';
import { writeRtcp } from '../../src/media/rtcp/write.ts';
import { serveParent, sharedNowMs } from './program.ts';

export interface WebRtcRequest {
  readonly url: string;
  readonly viewers: number;
}

export interface WebRtcReport {
  readonly atMs: number;
  readonly bytes: number;
  readonly packets: number;
  /** Markers: the last packet of each picture. */
  readonly pictures: number;
  /** Of the viewer that got fewest. */
  readonly leastPictures: number;
  readonly lostPackets: number;
  /** Viewers whose connection ended. */
  readonly gone: number;
}

const payloadType = 96;
/** What every browser lists (RFC 6184, 8.1). */
const offeredFormat = 'profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1';
/** So many are opened at one time. */
const arrivingAtOnce = 8;
const firstPictureWithinMs = 20_000;
/** A server that is asked too often says 429. */
const askAgainMs = 500;
const mostAsked = 60;
const reportEveryMs = 1000;
/** Servers limit what one address may ask for; the loopback has many (all of 127/8, on Linux). */
const clientAddresses = 200;
/** Types 192 to 223 where RTP has marker and payload type (RFC 5761, 4). */
const isRtcp = (second: number) => second >= 192 && second <= 223;

interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: string;
}

class Viewer {
  readonly #url: URL;
  readonly #address: string | undefined;
  readonly #peer: PeerConnection;
  readonly #track: Track;
  readonly #timer: ReturnType<typeof setInterval>;
  #resource: URL | undefined;
  #ssrc = 0;
  #highest = -1;
  #reportedHighest = -1;
  #reportedLost = 0;
  #lostInAll = 0;
  bytes = 0;
  packets = 0;
  pictures = 0;
  lost = 0;
  gone = false;

  constructor(url: URL, index: number) {
    this.#url = url;
    const isLoopback = url.hostname === '127.0.0.1';
    const host = 2 + (index % clientAddresses);
    this.#address = isLoopback && process.platform === 'linux' ? `127.0.0.${host}` : undefined;
    this.#peer = new library.PeerConnection('viewer', {
      iceServers: [],
      ...(isLoopback && { bindAddress: '127.0.0.1' }),
    });
    const media = new library.Video('0', 'RecvOnly');
    media.addH264Codec(payloadType, offeredFormat);
    this.#track = this.#peer.addTrack(media);
    // An exception in here would end the process.
    this.#track.onMessage((packet) => this.#onPacket(packet));
    this.#peer.onStateChange((state) => {
      if (state === 'closed' || state === 'failed' || state === 'disconnected') this.gone = true;
    });
    this.#timer = setInterval(() => this.#sayWhatCame(), reportEveryMs);
  }

  async connect(): Promise<void> {
    const offer = await this.#offer();
    const answer = await this.#ask(offer);
    if (answer.status !== 201)
      throw new Error(`WHEP answered ${answer.status}: ${answer.body.slice(0, 300)}`);
    if (answer.location) this.#resource = new URL(answer.location, this.#url);
    this.#peer.setRemoteDescription(answer.body, 'answer');
    const deadlineMs = sharedNowMs() + firstPictureWithinMs;
    while (this.pictures === 0) {
      if (this.gone) throw new Error('a connection ended before the first picture');
      if (sharedNowMs() > deadlineMs) throw new Error('no picture came');
      await sleep(10);
    }
  }

  async leave(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#resource) await send('DELETE', this.#resource, this.#address).catch(() => undefined);
    this.#track.close();
    this.#peer.close();
  }

  /** Candidates are left out: the server sees where we come from, and who offers never wins a race of handshakes. */
  async #offer(): Promise<string> {
    const gathered = new Promise<void>((done) =>
      this.#peer.onGatheringStateChange((state) => {
        if (state === 'complete') done();
      }),
    );
    this.#peer.setLocalDescription();
    await gathered;
    const lines = this.#peer.localDescription()?.sdp.split('\r\n') ?? [];
    return lines.filter((line) => !/^a=(?:candidate|end-of-candidates)/.test(line)).join('\r\n');
  }

  async #ask(offer: string): Promise<Answer> {
    for (let asked = 1; ; asked += 1) {
      const answer = await send('POST', this.#url, this.#address, offer);
      if (answer.status !== 429 || asked === mostAsked) return answer;
      await sleep(askAgainMs);
    }
  }

  #onPacket(packet: Buffer): void {
    const second = packet[1] ?? 0;
    if (packet.length < 12 || isRtcp(second)) return;
    this.bytes += packet.length;
    this.packets += 1;
    this.pictures += second >> 7;
    this.#ssrc = packet.readUInt32BE(8);
    const sequence = packet.readUInt16BE(2);
    if (this.#highest < 0) {
      this.#highest = sequence;
      this.#reportedHighest = sequence;
      return;
    }
    // Signed: what comes late was counted as lost before.
    const ahead = ((sequence - this.#highest) << 16) >> 16;
    const missed = ahead > 0 ? ahead - 1 : -1;
    this.lost += missed;
    this.#lostInAll += missed;
    if (ahead > 0) this.#highest += ahead;
  }

  /** RFC 3550, 6.4.2. */
  #sayWhatCame(): void {
    if (this.#highest < 0 || this.gone) return;
    const expected = Math.max(1, this.#highest - this.#reportedHighest);
    const lost = Math.max(0, this.#lostInAll - this.#reportedLost);
    this.#reportedHighest = this.#highest;
    this.#reportedLost = this.#lostInAll;
    const block = {
      ssrc: this.#ssrc,
      fractionLost: Math.min(255, Math.floor((lost * 256) / expected)),
      cumulativeLost: Math.max(0, this.#lostInAll),
      extendedHighestSequence: this.#highest,
      jitter: 0,
      lastSenderReport: 0,
      delaySinceLastSenderReport: 0,
    };
    const report = writeRtcp([{ kind: 'receiver-report', ssrc: 1, blocks: [block] }]);
    this.#track.sendMessageBinary(Buffer.from(report));
  }
}

function send(method: string, url: URL, localAddress: string | undefined, body?: string): Promise<Answer> {
  const open = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const headers = body === undefined ? {} : { 'content-type': 'application/sdp' };
  return new Promise((resolve, reject) => {
    const request = open(url, { method, headers, ...(localAddress && { localAddress }) }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, location: response.headers.location, body: text }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

function sleep(ms: number): Promise<void> {
  return new Promise((wake) => setTimeout(wake, ms));
}

let viewers: Viewer[] = [];

async function connect({ url, viewers: wanted }: WebRtcRequest): Promise<void> {
  let next = 0;
  const arrive = async (): Promise<void> => {
    while (next < wanted) {
      const viewer = new Viewer(new URL(url), next);
      next += 1;
      viewers.push(viewer);
      await viewer.connect();
    }
  };
  await Promise.all(Array.from({ length: arrivingAtOnce }, arrive));
}

function report(): WebRtcReport {
  const sum = (of: (viewer: Viewer) => number) => viewers.reduce((total, viewer) => total + of(viewer), 0);
  const told = {
    atMs: sharedNowMs(),
    bytes: sum(({ bytes }) => bytes),
    packets: sum(({ packets }) => packets),
    pictures: sum(({ pictures }) => pictures),
    leastPictures: Math.min(...viewers.map(({ pictures }) => pictures)),
    lostPackets: sum(({ lost }) => lost),
    gone: viewers.filter(({ gone }) => gone).length,
  };
  for (const viewer of viewers) viewer.bytes = viewer.packets = viewer.pictures = viewer.lost = 0;
  return told;
}

serveParent({
  connect,
  report,
  leave: async () => {
    await Promise.all(viewers.map((viewer) => viewer.leave()));
    viewers = [];
  },
});
