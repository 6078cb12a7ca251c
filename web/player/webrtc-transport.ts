/**
 * WebRTC by WHEP (RFC 9725 is WHIP; WHEP is its draft for watching): an offer is posted, the answer played.
 * The server answers with its own candidates and finds out ours, so the offer leaves at once.
 */
import { failureFrom } from './answers.ts';
import { plain } from './failure.ts';
import type { Failure } from './failure.ts';
import { streamId } from './transport.ts';
import type { Address, ShownFrame, Transport, TransportEvents } from './transport.ts';

const answerLimitMs = 10_000;
/** `a=mediaclk:direct=…` (RFC 7273 §5.2): RTP time of the beginning of 1970, at the video's clock rate. */
const clockRatePerMs = 90;
const rtpWrap = 2 ** 32;
/** From the camera to the browser's buffer, and from there to the screen. */
const ownDelayMs = 100;

export class WebRtcTransport implements Transport {
  readonly #video: HTMLVideoElement;
  readonly #events: TransportEvents;
  readonly #serverNowMs: () => number | undefined;
  readonly #peer = new RTCPeerConnection();
  readonly #over = new AbortController();
  #resource: string | undefined;
  #rtpOfEpoch: number | undefined;

  /** @param serverNowMs the server's clock; undefined while it is unknown. */
  constructor(
    video: HTMLVideoElement,
    address: Address,
    events: TransportEvents,
    serverNowMs: () => number | undefined,
  ) {
    this.#video = video;
    this.#events = events;
    this.#serverNowMs = serverNowMs;
    const peer = this.#peer;
    for (const kind of ['video', 'audio']) peer.addTransceiver(kind, { direction: 'recvonly' });
    const stream = new MediaStream();
    peer.ontrack = ({ track }) => {
      stream.addTrack(track);
      if (video.srcObject !== stream) video.srcObject = stream;
    };
    peer.onconnectionstatechange = () => {
      if (peer.connectionState === 'failed')
        this.#fail('The network lets no WebRTC through', 'webrtc-network');
    };
    this.#negotiate(address).catch(() => {
      this.#fail('The server does not answer', 'unreachable');
    });
  }

  captureMs(frame: ShownFrame): number | undefined {
    const nowMs = this.#serverNowMs();
    if (nowMs === undefined) return undefined;
    if (this.#rtpOfEpoch === undefined || frame.rtpTimestamp === undefined) {
      // From sender reports; the browser has it when the server measures the round trip with it.
      return frame.captureTime === undefined ? undefined : nowMs - (performance.now() - frame.captureTime);
    }
    return captureOfRtp(frame.rtpTimestamp, this.#rtpOfEpoch, nowMs);
  }

  limits(): undefined {
    return undefined;
  }

  liveSeconds(): undefined {
    return undefined;
  }

  /** The browser finds the least that works by itself; more is asked for. */
  aim(targetMs: number): void {
    for (const receiver of this.#peer.getReceivers()) {
      if ('jitterBufferTarget' in receiver) receiver.jitterBufferTarget = Math.max(0, targetMs - ownDelayMs);
    }
  }

  stop(): void {
    this.#over.abort();
    this.#peer.close();
    this.#video.srcObject = null;
    this.#hangUp();
  }

  async #negotiate(address: Address): Promise<void> {
    const { server, query } = address;
    const url = `${server}/whep/${streamId(address)}${query}`;
    const peer = this.#peer;
    const { signal } = this.#over;
    const iceServers = await iceServersOf(`${server}/api/webrtc/config${query}`);
    if (signal.aborted) return;
    if (iceServers.length > 0) peer.setConfiguration({ iceServers });
    await peer.setLocalDescription();
    const timer = setTimeout(() => this.#fail('The server does not answer', 'unreachable'), answerLimitMs);
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/sdp' },
      body: peer.localDescription?.sdp ?? '',
    }).finally(() => clearTimeout(timer));
    const sdp = await answer.text();
    const location = answer.headers.get('location');
    if (answer.ok && location !== null) this.#resource = new URL(location, url).href + query;
    // The server has a viewer now, who may have left meanwhile.
    if (signal.aborted) return this.#hangUp();
    if (!answer.ok) return this.#refused(failureFrom(answer.status, sdp));
    try {
      await peer.setRemoteDescription({ type: 'answer', sdp });
    } catch {
      return this.#fail('The browser does not understand the answer', 'webrtc-answer');
    }
    this.#rtpOfEpoch = rtpOfEpoch(sdp);
    const [, audio] = peer.getTransceivers();
    this.#events.sound(audio?.currentDirection === 'recvonly');
    this.#events.ready();
  }

  #refused(failure: Failure): void {
    // Of the address, not of the camera.
    if (failure.code === 'not-found') this.#fail('The server offers none', 'webrtc-missing');
    else this.#events.failed(failure);
  }

  #hangUp(): void {
    if (this.#resource === undefined) return;
    // Also when the page goes away.
    fetch(this.#resource, { method: 'DELETE', keepalive: true }).catch(() => undefined);
    this.#resource = undefined;
  }

  #fail(reason: string, code: string): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    this.#events.failed(plain(reason, code));
  }
}

/** Asked once for each server and page: they are settings. */
const known = new Map<string, Promise<RTCIceServer[]>>();

/** STUN and TURN servers that our server names; none when it does not answer. */
function iceServersOf(url: string): Promise<RTCIceServer[]> {
  const asked = known.get(url) ?? askIceServers(url);
  known.set(url, asked);
  asked.catch(() => known.delete(url));
  return asked.catch(() => []);
}

async function askIceServers(url: string): Promise<RTCIceServer[]> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(answerLimitMs) });
  if (!answer.ok) return [];
  const { iceServers } = (await answer.json()) as { iceServers?: RTCIceServer[] };
  return iceServers ?? [];
}

/**
 * When a picture was taken, Unix ms. Only the low 32 bits of its time are known: of all times that have them, it is
 * the one nearest to now.
 * @param epochTicks RTP time of the beginning of 1970.
 */
export function captureOfRtp(rtpTicks: number, epochTicks: number, nowMs: number): number {
  const nowTicks = nowMs * clockRatePerMs + epochTicks;
  const behind = ((((nowTicks - rtpTicks) % rtpWrap) + rtpWrap * 1.5) % rtpWrap) - rtpWrap / 2;
  return nowMs - behind / clockRatePerMs;
}

/** Of the video; undefined when the answer does not tell. */
export function rtpOfEpoch(sdp: string): number | undefined {
  const video = sdp.slice(Math.max(0, sdp.indexOf('m=video'))).split(/\r?\nm=/)[0] ?? '';
  const direct = /^a=mediaclk:direct=(\d+)/m.exec(video)?.[1];
  return direct === undefined ? undefined : Number(direct);
}
