/**
 * The baseline of the live WebSocket: writes messages that were made beforehand to every socket, and does nothing else.
 *
 * Program: `serve` with the messages of a GOP returns the port. Everybody who upgrades is sent them again and again,
 * one write of the same bytes per message and viewer, 25 a second.
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { framesPerSecond } from './pictures.ts';
import { serveParent } from './program.ts';

/** RFC 6455, 1.3. */
const handshakeGuid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** Final frame, binary (RFC 6455, 5.2). */
const binaryFrame = 0x82;
const length16 = 126;
const length64 = 127;

let frames: Uint8Array[] = [];
const viewers = new Set<Duplex>();

const server = createServer();
server.on('upgrade', (request, socket) => {
  const key = request.headers['sec-websocket-key'] ?? '';
  const accept = createHash('sha1')
    .update(key + handshakeGuid)
    .digest('base64');
  const headers = ['Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${accept}`];
  headers.push(`Sec-WebSocket-Protocol: ${request.headers['sec-websocket-protocol'] ?? ''}`);
  socket.write(`HTTP/1.1 101 Switching Protocols\r\n${headers.join('\r\n')}\r\n\r\n`);
  socket.resume();
  viewers.add(socket);
  socket.on('error', () => socket.destroy());
  socket.on('close', () => viewers.delete(socket));
});

function framed(message: Uint8Array): Uint8Array {
  const head = message.length < 65_536 ? Buffer.alloc(4) : Buffer.alloc(10);
  head[0] = binaryFrame;
  head[1] = head.length === 4 ? length16 : length64;
  if (head.length === 4) head.writeUInt16BE(message.length, 2);
  else head.writeBigUInt64BE(BigInt(message.length), 2);
  return Buffer.concat([head, message]);
}

let turn = 0;
const startMs = performance.now();

function sendLater(): void {
  const dueMs = startMs + (turn * 1000) / framesPerSecond;
  setTimeout(
    () => {
      const frame = frames[turn % Math.max(1, frames.length)];
      turn += 1;
      if (frame) for (const socket of viewers) socket.write(frame);
      sendLater();
    },
    Math.max(0, dueMs - performance.now()),
  );
}

await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
sendLater();

serveParent({
  serve: (messages: readonly Uint8Array[]) => {
    frames = messages.map(framed);
    return (server.address() as AddressInfo).port;
  },
});
