/**
 * WebRTC as a page of ours or anybody's does it: plain browser calls, no player.
 */
import type { Page } from 'playwright-core';

/** Watching as far as it has come. */
export interface Watching {
  /** Of the offer's request. */
  readonly status: number;
  /** The answer; the problem when it was refused. */
  readonly body: string;
  readonly location: string | null;
  readonly link: string | null;
}

export interface Watched {
  readonly connection: string;
  /** Pictures that were shown. */
  readonly shown: number;
  /** From the click to the first picture; undefined without one. */
  readonly firstMs: number | undefined;
  readonly widthPixels: number;
  readonly decoded: number;
  readonly dropped: number;
  readonly packetsLost: number;
  readonly keyframeRequests: number;
  /** Sum of all sound; above 0 when there is some. */
  readonly soundEnergy: number;
}

/** Begins to watch; the page keeps it as number `slot`. @param relayPort takes the place of the server's UDP port. */
export function watch(page: Page, url: string, slot = 0, relayPort = 0): Promise<Watching> {
  return page.evaluate(
    async ({ url, slot, relayPort }) => {
      const beganMs = performance.now();
      const peer = new RTCPeerConnection();
      const video = document.createElement('video');
      const state = { peer, video, shown: 0, firstMs: undefined as number | undefined };
      const all = ((globalThis as { watching?: object[] }).watching ??= []);
      all[slot] = state;
      Object.assign(video, { autoplay: true, playsInline: true });
      document.documentElement.append(video);
      const stream = new MediaStream();
      video.srcObject = stream;
      peer.ontrack = ({ track }) => stream.addTrack(track);
      const shown = (): void => {
        state.shown += 1;
        state.firstMs ??= performance.now() - beganMs;
        video.requestVideoFrameCallback(shown);
      };
      video.requestVideoFrameCallback(shown);
      for (const kind of ['video', 'audio']) peer.addTransceiver(kind, { direction: 'recvonly' });
      await peer.setLocalDescription();
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/sdp' },
        body: peer.localDescription?.sdp ?? '',
      });
      const whole = await answer.text();
      const body =
        relayPort === 0 ? whole : whole.replaceAll(/( 127\.0\.0\.1 )\d+( typ host)/g, `$1${relayPort}$2`);
      if (answer.status === 201) await peer.setRemoteDescription({ type: 'answer', sdp: body });
      const { status, headers } = answer;
      return { status, body, location: headers.get('location'), link: headers.get('link') };
    },
    { url, slot, relayPort },
  );
}

export function watched(page: Page, slot = 0): Promise<Watched> {
  return page.evaluate(async (slot) => {
    interface Kept {
      readonly peer: RTCPeerConnection;
      readonly video: HTMLVideoElement;
      readonly shown: number;
      readonly firstMs: number | undefined;
    }
    const { peer, video, shown, firstMs } = (globalThis as unknown as { watching: Kept[] }).watching[slot]!;
    const inbound = { decoded: 0, dropped: 0, packetsLost: 0, keyframeRequests: 0, soundEnergy: 0 };
    for (const [, report] of (await peer.getStats()) as unknown as Map<string, Record<string, unknown>>) {
      if (report['type'] !== 'inbound-rtp') continue;
      inbound.decoded += Number(report['framesDecoded'] ?? 0);
      inbound.dropped += Number(report['framesDropped'] ?? 0);
      inbound.packetsLost += Number(report['packetsLost'] ?? 0);
      inbound.keyframeRequests += Number(report['pliCount'] ?? 0);
      inbound.soundEnergy += Number(report['totalAudioEnergy'] ?? 0);
    }
    return { connection: peer.connectionState, shown, firstMs, widthPixels: video.videoWidth, ...inbound };
  }, slot);
}

export function leave(page: Page, slot = 0): Promise<void> {
  return page.evaluate((slot) => {
    const { peer } = (globalThis as unknown as { watching: { peer: RTCPeerConnection }[] }).watching[slot]!;
    peer.close();
  }, slot);
}

/** Sends a drawn, moving picture as H.264 and a tone as Opus. Returns the status of the answer. */
export function publish(page: Page, url: string): Promise<number> {
  return page.evaluate(async (url) => {
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: 640, height: 360 });
    const context = canvas.getContext('2d')!;
    let turn = 0;
    setInterval(() => {
      turn += 1;
      context.fillStyle = `hsl(${turn * 5} 80% 50%)`;
      context.fillRect(0, 0, 640, 360);
      context.fillStyle = 'black';
      context.fillRect((turn * 7) % 600, 150, 40, 40);
    }, 40);
    const sound = new AudioContext();
    const tone = sound.createOscillator();
    const output = sound.createMediaStreamDestination();
    tone.connect(output);
    tone.start();
    const peer = new RTCPeerConnection();
    (globalThis as { publishing?: object }).publishing = { peer, sound, tone };
    const [picture] = canvas.captureStream(25).getVideoTracks();
    const sender = peer.addTransceiver(picture!, { direction: 'sendonly' });
    const codecs = RTCRtpReceiver.getCapabilities('video')?.codecs ?? [];
    sender.setCodecPreferences(codecs.filter(({ mimeType }) => mimeType === 'video/H264'));
    peer.addTransceiver(output.stream.getAudioTracks()[0]!, { direction: 'sendonly' });
    await peer.setLocalDescription();
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/sdp' },
      body: peer.localDescription?.sdp ?? '',
    });
    const sdp = await answer.text();
    if (answer.status === 201) await peer.setRemoteDescription({ type: 'answer', sdp });
    return answer.status;
  }, url);
}
