/**
 * One RTSP connection: requests in, answers out, in order (RFC 2326).
 *
 * In:  bytes of anybody. Out: answers and media. Promises: garbage ends the connection with a 400 that says what stood
 * where; requests are answered one after the other, and few may wait; `close` frees everything, once.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { HeaderField, RtspRequest } from '../../media/rtsp/message.ts';
import { header, writeResponse } from '../../media/rtsp/message.ts';
import { RtspParser } from '../../media/rtsp/parser.ts';
import type { Answer } from './answer.ts';
import { refusal } from './answer.ts';
import type { Visitor } from './door.ts';
import type { Login } from './login.ts';
import { closingMs, maxLoginFailures, maxUnreadBytes, maxWaitingRequests, stalledMs } from './options.ts';

/** A TCP or TLS socket. */
export interface ConnectionSocket {
  readonly writableLength: number;
  /** What waits included. */
  readonly bytesWritten: number;
  write(bytes: Uint8Array): boolean;
  /** Sends what waits, then closes. */
  end(): void;
  destroy(): void;
}

/** What requests mean: `Viewing` and `Sending` do. */
export interface Dialogue {
  handle(request: RtspRequest, visitor: Visitor): Answer | Promise<Answer>;
  /** What is asked before anybody has to say who it is. */
  options(request: RtspRequest): Answer;
  /** A packet between the requests. */
  frame(channel: number, payload: Uint8Array): void;
  /** For how long nothing was heard of a client that should be heard; the connection is closed over a limit. */
  isSilent(): boolean;
  close(): void;
}

export interface ConnectionParts {
  readonly socket: ConnectionSocket;
  readonly clock: Clock;
  readonly log: Log;
  readonly login: Login;
  readonly dialogue: Dialogue;
  readonly serverName: string;
  readonly onClose: () => void;
}

const tooManyGuesses = 'too many wrong passwords came from this address; try again in some minutes';

export class Connection {
  readonly #parts: ConnectionParts;
  readonly #parser = new RtspParser({ resynchronise: false });
  readonly #waiting: RtspRequest[] = [];
  #answering = false;
  #closed = false;
  #takenBytes = 0;
  #closing: Timer | undefined;
  #progressMs: number;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.#progressMs = parts.clock.monotonicMs();
  }

  receive(chunk: Uint8Array): void {
    for (const item of this.#parser.push(chunk)) {
      if (this.#closed) return;
      switch (item.kind) {
        case 'request':
          this.#take(item);
          break;
        case 'frame':
          this.#parts.dialogue.frame(item.channel, item.payload);
          break;
        case 'fault':
          this.#parts.log.info('an RTSP connection was closed', { reason: item.reason });
          this.#send(refusal(400, item.reason), undefined);
          this.end();
          break;
        case 'response': // We ask clients nothing.
        case 'skipped':
          break;
      }
    }
  }

  /** Once a second: ends it when nothing is taken or heard any more. */
  check(): void {
    const { writableLength, bytesWritten } = this.#parts.socket;
    const nowMs = this.#parts.clock.monotonicMs();
    // A slow reader takes something, though more and more waits for it.
    const takenBytes = bytesWritten - writableLength;
    if (writableLength === 0 || takenBytes > this.#takenBytes) this.#progressMs = nowMs;
    this.#takenBytes = takenBytes;
    if (nowMs - this.#progressMs >= stalledMs) this.destroy();
    else if (this.#parts.dialogue.isSilent()) this.end();
  }

  /** What was written is sent still; whoever does not take it, or does not close its side, is cut off. */
  end(): void {
    if (this.#closed) return;
    const { clock, socket } = this.#parts;
    this.#free();
    socket.end();
    this.#closing = clock.after(closingMs, () => socket.destroy());
  }

  destroy(): void {
    this.#free();
    this.#parts.socket.destroy();
  }

  /** The socket is gone. */
  closed(): void {
    this.#closing?.cancel();
    this.#free();
  }

  #free(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiting.length = 0;
    this.#parts.dialogue.close();
    this.#parts.onClose();
  }

  #take(request: RtspRequest): void {
    if (this.#waiting.length >= maxWaitingRequests) {
      this.#send(refusal(503, 'too many requests at once'), request);
      return this.end();
    }
    this.#waiting.push(request);
    if (!this.#answering) void this.#answerAll();
  }

  async #answerAll(): Promise<void> {
    this.#answering = true;
    for (let next = this.#waiting.shift(); next && !this.#closed; next = this.#waiting.shift()) {
      const answer = await this.#answer(next);
      if (this.#closed) return;
      this.#send(answer, next);
      answer.afterwards?.();
      if (answer.closes) this.end();
    }
    this.#answering = false;
  }

  async #answer(request: RtspRequest): Promise<Answer> {
    const { login, dialogue, log } = this.#parts;
    if (request.method === 'OPTIONS') return dialogue.options(request);
    const admission = await login.admit(request);
    if (admission.kind === 'blocked') return { ...refusal(503, tooManyGuesses), closes: true };
    if (admission.kind === 'refused') {
      const isOver = login.failures >= maxLoginFailures;
      return { ...refusal(401, '', admission.fields), ...(isOver ? { closes: true } : {}) };
    }
    const required = header(request.headers, 'Require');
    if (required !== undefined) return refusal(551, '', [['Unsupported', required]]);
    try {
      return await dialogue.handle(request, admission.visitor);
    } catch (error) {
      log.error('an RTSP request failed', { method: request.method, error });
      return { ...refusal(500), closes: true };
    }
  }

  #send({ status, reason, headers, body }: Answer, request: RtspRequest | undefined): void {
    if (this.#parts.socket.writableLength > maxUnreadBytes) return this.destroy();
    const sequence = request && header(request.headers, 'CSeq');
    const first: HeaderField[] = sequence === undefined ? [] : [['CSeq', sequence]];
    const all = [...first, ['Server', this.#parts.serverName] as const, ...headers];
    this.#parts.socket.write(writeResponse({ status, reason, headers: all, body }));
  }
}
