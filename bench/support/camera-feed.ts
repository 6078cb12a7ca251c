/**
 * Cameras that cost nothing but their sending: an RTSP server with packets made beforehand.
 *
 * Program: every connection is a camera of its own, over TCP (one write per access unit) or UDP, paced at
 * 25 pictures a second. Its argument is the port, any free one unless told. Answers `port`, and `sent`: when the newest
 * pictures left, on the clock all processes share.
 */
import type { Socket as UdpSocket } from 'node:dgram';
import { createSocket } from 'node:dgram';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { framesPerSecond, gopFrames, makeGop, sdp, stamp } from './pictures.ts';
import { serveParent, sharedNowMs } from './program.ts';

/** A reader this far behind misses pictures, as it would with a camera. */
const maxUnsentBytes = 1024 * 1024;
/** Longer than anybody waits before asking. */
const maxSentKept = 1000;

export interface SentPicture {
  /** Place in its GOP, from 0. */
  readonly frame: number;
  readonly atMs: number;
}

const sent: SentPicture[] = [];
let cameras = 0;

class Camera {
  readonly #socket: Socket;
  readonly #gop;
  readonly #udp: { readonly socket: UdpSocket; readonly port: number } | undefined;
  #frame = 0;
  #sequence = 0;
  #nextMs = sharedNowMs();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(socket: Socket, udp: { readonly socket: UdpSocket; readonly port: number } | undefined) {
    this.#socket = socket;
    this.#udp = udp;
    this.#gop = makeGop(0x10000 + cameras);
    // Cameras are not in step with each other.
    this.#nextMs += (cameras * 7) % (1000 / framesPerSecond);
    cameras += 1;
    this.#sendLater();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#udp?.socket.close();
  }

  #sendLater(): void {
    this.#timer = setTimeout(() => this.#send(), Math.max(0, this.#nextMs - sharedNowMs()));
  }

  #send(): void {
    this.#nextMs += 1000 / framesPerSecond;
    this.#sendLater();
    const frame = this.#frame % gopFrames;
    const picture = this.#gop[frame];
    if (!picture || this.#socket.writableLength > maxUnsentBytes) return;
    this.#sequence = stamp(picture, this.#frame, this.#sequence);
    this.#frame += 1;
    if (this.#udp) {
      for (const { start, end } of picture.packets) {
        this.#udp.socket.send(picture.bytes.subarray(start, end), this.#udp.port, '127.0.0.1');
      }
    } else {
      this.#socket.write(picture.bytes);
    }
    sent.push({ frame, atMs: sharedNowMs() });
    if (sent.length > maxSentKept) sent.shift();
  }
}

/** The little of RTSP that a player needs. */
function answerPlayer(socket: Socket): void {
  let camera: Camera | undefined;
  let udp: { socket: UdpSocket; port: number } | undefined;
  let text = '';
  const answer = (request: string): void => {
    const [method = '', url = ''] = request.split(' ');
    const cseq = /^CSeq: *(\d+)/im.exec(request)?.[1] ?? '0';
    const headers = [`CSeq: ${cseq}`, 'Session: 1;timeout=60'];
    let body = '';
    if (method === 'OPTIONS') headers.push('Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER');
    if (method === 'DESCRIBE') {
      body = sdp;
      headers.push('Content-Type: application/sdp', `Content-Base: ${url}/`, `Content-Length: ${sdp.length}`);
    }
    if (method === 'SETUP') {
      const ports = /client_port=(\d+)-(\d+)/i.exec(request);
      if (ports) udp = { socket: createSocket('udp4'), port: Number(ports[1]) };
      udp?.socket.bind(0, '127.0.0.1');
      headers.push(
        ports
          ? `Transport: RTP/AVP;unicast;client_port=${ports[1]}-${ports[2]}`
          : 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1',
      );
    }
    if (method === 'PLAY') headers.push(`RTP-Info: url=${url}/track1;seq=0;rtptime=0`);
    socket.write(`RTSP/1.0 200 OK\r\n${headers.join('\r\n')}\r\n\r\n${body}`);
    if (method === 'PLAY') camera ??= new Camera(socket, udp);
    if (method === 'TEARDOWN') socket.end();
  };
  socket.setNoDelay(true);
  socket.on('data', (chunk) => {
    if (chunk[0] === 0x24) return; // a receiver report
    text += chunk.toString('latin1');
    for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
      answer(text.slice(0, end));
      text = text.slice(end + 4);
    }
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => camera?.stop());
}

const server = createServer(answerPlayer);
await new Promise<void>((listening) => server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', listening));
serveParent({
  port: () => (server.address() as AddressInfo).port,
  sent: () => sent,
});
