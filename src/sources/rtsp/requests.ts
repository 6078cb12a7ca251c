/**
 * Our side of the question and answer of RTSP: numbers, session, login, and which answer belongs to what.
 *
 * One request is on its way at a time. Pure.
 */
import type { MonotonicMs } from '../../base/units.ts';
import { parseSession } from '../../media/rtsp/headers.ts';
import type { HeaderField, RtspResponse } from '../../media/rtsp/message.ts';
import { cseq, emptyBody, header, writeRequest } from '../../media/rtsp/message.ts';
import type { Login } from './login.ts';

export interface Request {
  readonly method: string;
  readonly url: string;
  /** Without CSeq, Session, User-Agent and Authorization. */
  readonly headers: readonly HeaderField[];
}

/** The request whose answer we wait for. */
export interface Pending extends Request {
  readonly cseq: number;
  readonly dueMs: number;
  /** It carried an Authorization. */
  readonly authorized: boolean;
  /** It was refused once and is asked with new credentials. */
  readonly again: boolean;
}

export type Match =
  | { readonly kind: 'answer'; readonly to: Pending }
  /** To a request we no longer wait for, or only a sign of life (1xx). */
  | { readonly kind: 'late' }
  /** To a request we never made. */
  | { readonly kind: 'unasked' };

/** RFC 2326, 12.37, when the camera names no other. */
const defaultSessionTimeoutSeconds = 60;

export class Requests {
  readonly #login: Login;
  readonly #answerMs: number;
  #pending: Pending | undefined;
  #nextCseq = 1;
  #session: { readonly id: string; readonly timeoutSeconds: number } | undefined;

  constructor(login: Login, answerMs: number) {
    this.#login = login;
    this.#answerMs = answerMs;
  }

  get pending(): Pending | undefined {
    return this.#pending;
  }

  get hasSession(): boolean {
    return this.#session !== undefined;
  }

  get sessionTimeoutSeconds(): number {
    return this.#session?.timeoutSeconds ?? defaultSessionTimeoutSeconds;
  }

  /** The bytes of a request; its answer is awaited from now on. */
  ask(request: Request, now: MonotonicMs, again = false): Uint8Array {
    const number = this.#nextCseq;
    const { authorized, bytes } = this.#write(request);
    this.#pending = { ...request, cseq: number, dueMs: now + this.#answerMs, authorized, again };
    return bytes;
  }

  /** The bytes of a request whose answer does not matter. */
  tell(request: Request): Uint8Array {
    return this.#write(request).bytes;
  }

  /** Some cameras leave CSeq out: then it is the answer to the one request on its way. */
  match(response: RtspResponse): Match {
    const number = cseq(response.headers);
    if (number !== undefined && (number < 1 || number >= this.#nextCseq)) return { kind: 'unasked' };
    const pending = this.#pending;
    const fits = pending && (number === undefined || number === pending.cseq);
    if (!fits || response.status < 200) return { kind: 'late' };
    this.#pending = undefined;
    return { kind: 'answer', to: pending };
  }

  /** The answer is no longer awaited. */
  forget(): void {
    this.#pending = undefined;
  }

  /** Learns the session from an answer that names one. */
  learnSession(response: RtspResponse): void {
    this.#session = parseSession(header(response.headers, 'Session') ?? '') ?? this.#session;
  }

  #write({ method, url, headers }: Request): { bytes: Uint8Array; authorized: boolean } {
    const fields: HeaderField[] = [['CSeq', String(this.#nextCseq)]];
    this.#nextCseq += 1;
    fields.push(['User-Agent', 'Sightline']);
    if (this.#session) fields.push(['Session', this.#session.id]);
    const authorization = this.#login.authorization(method, url);
    if (authorization !== undefined) fields.push(['Authorization', authorization]);
    const bytes = writeRequest({ method, url, headers: [...fields, ...headers], body: emptyBody });
    return { bytes, authorized: authorization !== undefined };
  }
}
