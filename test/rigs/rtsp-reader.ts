/**
 * One RTSP viewer on a socket of the test's own, that can stop reading: what programs do that hang.
 *
 * In:  the address of a stream with one track. Out: how many packets came, and how many are missing between them.
 */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { parseRtp } from '../../src/media/rtp/packet.ts';
import { RtspParser } from '../../src/media/rtsp/parser.ts';

export class RtspReader {
  readonly #socket: Socket;
  readonly #parser = new RtspParser({ resynchronise: false });
  #answered: ((status: number) => void) | undefined;
  #sequence: number | undefined;
  packets = 0;
  missing = 0;
  closed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (bytes: Buffer) => this.#read(bytes));
    socket.on('error', () => undefined);
    socket.on('close', () => (this.closed = true));
  }

  static async play(url: string): Promise<RtspReader> {
    const { hostname, port } = new URL(url.replace('rtsp:', 'http:'));
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    const reader = new RtspReader(socket);
    const transport = 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n';
    const asked: readonly (readonly [method: string, url: string, headers: string])[] = [
      ['DESCRIBE', url, ''],
      ['SETUP', `${url}/trackID=0`, transport],
      ['PLAY', url, ''],
    ];
    for (const [method, address, headers] of asked) {
      const status = await reader.#ask(`${method} ${address} RTSP/1.0\r\nCSeq: 1\r\n${headers}\r\n`);
      if (status !== 200) throw new Error(`${method} answered ${status}`);
    }
    return reader;
  }

  /** The program hangs: nothing is read any more. */
  hang(): void {
    this.#socket.pause();
  }

  end(): void {
    this.#socket.destroy();
  }

  #ask(request: string): Promise<number> {
    return new Promise((answered) => {
      this.#answered = answered;
      this.#socket.write(request);
    });
  }

  #read(bytes: Buffer): void {
    for (const item of this.#parser.push(bytes)) {
      if (item.kind === 'response') this.#answered?.(item.status);
      if (item.kind === 'fault') throw new Error(item.reason);
      if (item.kind === 'frame' && item.channel === 0) this.#packet(item.payload);
    }
  }

  #packet(bytes: Uint8Array): void {
    const packet = parseRtp(bytes);
    if (!packet.ok) throw new Error(packet.error);
    const { sequence } = packet.value;
    if (this.#sequence !== undefined) this.missing += (sequence - this.#sequence - 1) & 0xffff;
    this.#sequence = sequence;
    this.packets += 1;
  }
}
