/**
 * The baseline of WebRTC: packets that were made beforehand, given to the same native library for every viewer.
 *
 * Program: `port` of a WHEP server with one camera of 25 pictures a second. ICE, DTLS and SRTP are the library's; there
 * is no RTCP, no history, no start at a keyframe.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Track } from 'node-datachannel';
import { default as library } from 'node-datachannel';
import { framesPerSecond, gopFrames, makeGop, stamp } from './pictures.ts';
import { serveParent } from './program.ts';

const viewers = new Set<Track>();
const gop = makeGop(1);
const udpPort = await freeUdpPort();

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

function answer(offer: string): Promise<string> {
  const peer = new library.PeerConnection('bare', {
    iceServers: [],
    bindAddress: '127.0.0.1',
    enableIceUdpMux: true,
    portRangeBegin: udpPort,
    portRangeEnd: udpPort,
  });
  const media = new library.Video('0', 'SendOnly');
  media.addVideoCodec(96, 'H264');
  const track = peer.addTrack(media);
  track.onOpen(() => viewers.add(track));
  peer.onStateChange((state) => {
    if (state === 'connected' || state === 'connecting' || state === 'new') return;
    viewers.delete(track);
    track.close();
    peer.close();
  });
  return new Promise((resolve) => {
    peer.onGatheringStateChange((state) => {
      if (state === 'complete') resolve(peer.localDescription()?.sdp ?? '');
    });
    peer.setRemoteDescription(offer, 'offer');
  });
}

let frame = 0;
let sequence = 0;
const startMs = performance.now();

function sendLater(): void {
  const dueMs = startMs + (frame * 1000) / framesPerSecond;
  setTimeout(
    () => {
      sendPicture();
      sendLater();
    },
    Math.max(0, dueMs - performance.now()),
  );
}

function sendPicture(): void {
  const picture = gop[frame % gopFrames];
  if (!picture) return;
  sequence = stamp(picture, frame, sequence);
  frame += 1;
  const packets = picture.packets.map(({ start, end }) => picture.bytes.subarray(start, end));
  for (const track of viewers) {
    try {
      for (const packet of packets) track.sendMessageBinary(packet);
    } catch {
      // It has closed on a thread of the library, which tells us a little later.
      viewers.delete(track);
    }
  }
}

const server = createServer((request, response) => {
  if (request.method !== 'POST') return void response.writeHead(200).end();
  let offer = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => (offer += chunk));
  request.on('end', () => {
    void answer(offer).then((sdp) => response.writeHead(201, { 'content-type': 'application/sdp' }).end(sdp));
  });
});
await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
sendLater();

serveParent({ port: () => (server.address() as AddressInfo).port });
