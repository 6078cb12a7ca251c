/**
 * Bytes on a socket, for requests that no HTTP library would send.
 */
import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** What a client waits for an answer that does not come. */
const patienceMs = 3000;
const enoughBytes = 256 * 1024;

/** Sends the bytes and resolves to everything that came back until the server closed, or fell silent. */
export function exchange(port: number, bytes: string | Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.setTimeout(patienceMs, () => socket.destroy());
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      if (answer.length > enoughBytes || isWhole(answer)) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(answer));
  });
}

/** A connection that stays; errors are expected. */
export function open(port: number): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.on('error', () => resolve(socket)).resume();
  });
}

/** Status codes of all answers in a text. */
export function statuses(answer: string): readonly number[] {
  return [...answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));
}

/** One request line and headers of a client on this machine. */
export function head(port: number, line: string, ...headers: readonly string[]): string {
  return [`${line} HTTP/1.1`, `Host: 127.0.0.1:${port}`, ...headers, '', ''].join('\r\n');
}

/** The server announced that nothing follows. */
function isWhole(answer: string): boolean {
  const [headers = '', ...bodies] = answer.split('\r\n\r\n');
  const length = /^content-length: (\d+)/im.exec(headers)?.[1];
  return /^connection: close/im.test(headers) && bodies.join('\r\n\r\n').length >= Number(length ?? Infinity);
}
