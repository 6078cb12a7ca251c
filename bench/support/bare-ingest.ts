/**
 * The baseline of ingest: speaks RTSP by hand, then reads the bytes and counts them, and nothing else.
 *
 * Program: `connect` with a port, a number of cameras and a transport; `bytes` received so far.
 */
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import type { IngestRequest } from './sightline-ingest.ts';
import { serveParent } from './program.ts';

let bytes = 0;

async function openCamera(port: number, index: number, transport: 'tcp' | 'udp'): Promise<void> {
  const url = `rtsp://127.0.0.1:${port}/${index}`;
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  let cseq = 0;
  const ask = (method: string, target: string, more: string): Promise<void> => {
    cseq += 1;
    socket.write(`${method} ${target} RTSP/1.0\r\nCSeq: ${cseq}\r\n${more}\r\n`);
    return new Promise((answered) => socket.once('data', () => answered()));
  };
  await ask('DESCRIBE', url, '');
  await ask('SETUP', `${url}/track1`, `Transport: ${transport === 'tcp' ? tcp : await openUdp()}\r\n`);
  await ask('PLAY', url, 'Session: 1\r\n');
  socket.on('data', (chunk) => (bytes += chunk.length));
}

const tcp = 'RTP/AVP/TCP;unicast;interleaved=0-1';

async function openUdp(): Promise<string> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1024 * 1024 });
  await new Promise<void>((bound) => socket.bind(0, '127.0.0.1', bound));
  socket.on('message', (packet) => (bytes += packet.length));
  const { port } = socket.address();
  return `RTP/AVP;unicast;client_port=${port}-${port + 1}`;
}

serveParent({
  connect: async ({ port, cameras, transport }: IngestRequest) => {
    for (let index = 0; index < cameras; index += 1) await openCamera(port, index, transport);
  },
  received: () => ({ bytes, units: 0 }),
});
