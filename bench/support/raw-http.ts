/**
 * An HTTP client that costs little: one keep-alive connection, one GET at a time, no parsing beyond what is needed.
 *
 * In:  a path. Out: status and body. Understands answers with Content-Length only, which is all it is used for.
 */
import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** Of the body. */
  readonly bytes: number;
  /** Only when it was asked for. */
  readonly body: Buffer | undefined;
}

interface Expected {
  readonly keepBody: boolean;
  readonly resolve: (answer: RawAnswer) => void;
  readonly reject: (error: Error) => void;
}

interface Head {
  readonly status: number;
  readonly bytes: number;
}

export class RawHttp {
  readonly #socket: Socket;
  readonly #headers: string;
  #expected: Expected | undefined;
  #head: Head | undefined;
  /** Bytes of a head that is not complete. */
  #early: Buffer | undefined;
  #pieces: Buffer[] = [];
  #got = 0;

  private constructor(socket: Socket, port: number, userAgent: string) {
    this.#socket = socket;
    this.#headers = `Host: 127.0.0.1:${port}\r\nUser-Agent: ${userAgent}\r\n\r\n`;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the server closed the connection')));
  }

  static connect(port: number, userAgent: string): Promise<RawHttp> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new RawHttp(socket, port, userAgent));
      });
    });
  }

  /** One at a time. Rejects when the connection breaks. */
  get(path: string, keepBody = false): Promise<RawAnswer> {
    return new Promise((resolve, reject) => {
      this.#expected = { keepBody, resolve, reject };
      this.#socket.write(`GET ${path} HTTP/1.1\r\n${this.#headers}`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    const body = this.#head ? chunk : this.#readHead(chunk);
    if (!body || !this.#head) return;
    this.#got += body.length;
    if (this.#expected?.keepBody) this.#pieces.push(body);
    if (this.#got >= this.#head.bytes) this.#finish(this.#head);
  }

  /** Returns what follows the head in this chunk; undefined when the head is not complete. */
  #readHead(chunk: Buffer): Buffer | undefined {
    const bytes = this.#early ? Buffer.concat([this.#early, chunk]) : chunk;
    const end = bytes.indexOf('\r\n\r\n');
    this.#early = end < 0 ? bytes : undefined;
    if (end < 0) return undefined;
    const text = bytes.toString('latin1', 0, end);
    const length = /content-length: *(\d+)/i.exec(text)?.[1];
    if (length === undefined) {
      this.#fail(new Error(`an answer without Content-Length: ${text}`));
      return undefined;
    }
    this.#head = { status: Number(text.slice(9, 12)), bytes: Number(length) };
    return bytes.subarray(end + 4);
  }

  #finish(head: Head): void {
    const { resolve, keepBody } = this.#expected ?? {};
    const body = keepBody ? Buffer.concat(this.#pieces) : undefined;
    this.#expected = undefined;
    this.#head = undefined;
    this.#pieces = [];
    this.#got = 0;
    resolve?.({ ...head, body });
  }

  #fail(error: Error): void {
    this.#expected?.reject(error);
    this.#expected = undefined;
    this.#socket.destroy();
  }
}
