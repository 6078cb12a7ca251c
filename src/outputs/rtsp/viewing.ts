/**
 * What a viewer may ask on one connection: OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, GET_PARAMETER, TEARDOWN.
 *
 * In:  requests that passed the login. Out: answers. A camera that is being connected is waited for, within a limit;
 * one that is away is refused with its reason.
 */
import type { Clock } from '../../base/clock.ts';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import { parseSession } from '../../media/rtsp/headers.ts';
import type { RtspRequest } from '../../media/rtsp/message.ts';
import { header } from '../../media/rtsp/message.ts';
import type { StreamAddress } from './address.ts';
import { readStreamAddress } from './address.ts';
import type { Answer } from './answer.ts';
import { refusal, success } from './answer.ts';
import { describe } from './describe.ts';
import type { Visitor } from './door.ts';
import type { Fan } from './fan.ts';
import { describeWaitMs, sessionGraceMs, sessionTimeoutSeconds, statePollMs } from './options.ts';
import type { SessionParts } from './session.ts';
import { Session } from './session.ts';
import type { RtspStreams, WatchRefusal } from './stream.ts';

/** A fan that is kept open for this connection. */
export interface HeldFan {
  readonly fan: Fan;
  release(): void;
}

export interface ViewingParts extends Omit<SessionParts, 'id' | 'client' | 'visitor' | 'streams'> {
  readonly clock: Clock;
  readonly streams: RtspStreams;
  readonly hold: (stream: Fan['stream']) => HeldFan | undefined;
  readonly newSessionId: () => string;
}

interface Opened {
  readonly path: string;
  readonly name: string;
  readonly held: HeldFan;
}

export class Viewing {
  readonly #parts: ViewingParts;
  #opened: Opened | undefined;
  #session: Session | undefined;
  #closed = false;

  constructor(parts: ViewingParts) {
    this.#parts = parts;
  }

  get isActive(): boolean {
    return this.#session !== undefined;
  }

  async describe(request: RtspRequest, visitor: Visitor): Promise<Answer> {
    const accept = header(request.headers, 'Accept');
    if (accept !== undefined && !/application\/(?:sdp|\*)|\*\/\*/i.test(accept)) {
      return refusal(406, 'descriptions are application/sdp');
    }
    const address = readStreamAddress(request.url);
    if (!address) return refusal(400, 'the address cannot be read');
    const opened = await this.#open(address, visitor);
    if (!opened.ok) return opened.error;
    const { held, name } = opened.value;
    const text = describe(held.fan.lanes, {
      name,
      localAddress: this.#parts.addresses.local,
      sessionId: String(held.fan.lanes[0]?.ssrc ?? 0),
    });
    const headers = [
      ['Content-Base', `${address.base}/`],
      ['Content-Type', 'application/sdp'],
    ] as const;
    return success(headers, new TextEncoder().encode(text));
  }

  async setup(request: RtspRequest, visitor: Visitor): Promise<Answer> {
    const address = readStreamAddress(request.url);
    if (!address) return refusal(400, 'the address cannot be read');
    if (this.#session && this.#opened?.path !== address.path) {
      return refusal(459, 'a session has the tracks of one camera');
    }
    const wrong = this.#wrongSession(request, 'may be absent');
    if (wrong) return wrong;
    const opened = await this.#open(address, visitor);
    if (!opened.ok) return opened.error;
    const session = this.#session ?? this.#newSession(opened.value.held.fan, request, visitor);
    const answer = await session.setup(request, address.track);
    if (answer.status === 200 && !this.#closed) this.#session = session;
    else if (session !== this.#session) session.close();
    return answer;
  }

  /** PLAY and PAUSE. */
  control(request: RtspRequest, visitor: Visitor): Answer {
    const wrong = this.#wrongSession(request, 'needed');
    if (wrong || !this.#session) return wrong ?? refusal(454);
    const allowed = this.#parts.streams.find(this.#opened?.path ?? '', visitor);
    if (!allowed.ok) return wordRefusal(allowed.error);
    this.#session.heard();
    if (request.method === 'PAUSE') return this.#session.pause();
    const address = readStreamAddress(request.url);
    return address ? this.#session.play(address) : refusal(400, 'the address cannot be read');
  }

  /** GET_PARAMETER and SET_PARAMETER without a body are how clients say that they are still there (RFC 2326, 10.8). */
  parameter(request: RtspRequest): Answer {
    const wrong = this.#wrongSession(request, 'may be absent');
    if (wrong) return wrong;
    this.#session?.heard();
    return success(this.#session ? [this.#session.sessionField] : []);
  }

  teardown(request: RtspRequest): Answer {
    const wrong = this.#wrongSession(request, 'needed');
    if (wrong) return wrong;
    this.#session?.close();
    this.#session = undefined;
    return success();
  }

  frame(channel: number, payload: Uint8Array): void {
    this.#session?.frame(channel, payload);
  }

  isSilent(): boolean {
    return (this.#session?.silentMs ?? 0) > sessionTimeoutSeconds * 1000 + sessionGraceMs;
  }

  close(): void {
    this.#closed = true;
    this.#session?.close();
    this.#session = undefined;
    this.#opened?.held.release();
    this.#opened = undefined;
  }

  #wrongSession(request: RtspRequest, id: 'needed' | 'may be absent'): Answer | undefined {
    const value = header(request.headers, 'Session');
    if (value === undefined && id === 'may be absent') return undefined;
    const named = value === undefined ? undefined : parseSession(value)?.id;
    // Some clients leave it out; the connection has one session only.
    if (this.#session && (value === undefined || named === this.#session.id)) return undefined;
    return refusal(454);
  }

  #newSession(fan: Fan, request: RtspRequest, visitor: Visitor): Session {
    const client = header(request.headers, 'User-Agent') ?? '';
    return new Session(fan, { ...this.#parts, id: this.#parts.newSessionId(), client, visitor });
  }

  /** With tracks. The fan stays open for this connection, so that SETUP and PLAY need not wait again. */
  async #open(address: StreamAddress, visitor: Visitor): Promise<Result<Opened, Answer>> {
    if (this.#session && this.#opened?.path !== address.path) {
      return err(refusal(455, 'this connection watches another camera'));
    }
    const found = this.#parts.streams.find(address.path, visitor);
    if (!found.ok) return err(wordRefusal(found.error));
    if (this.#opened?.path === address.path && !this.#opened.held.fan.isOver)
      return this.#withTracks(this.#opened);
    const held = this.#parts.hold(found.value.stream);
    if (!held) return err(refusal(503, 'the camera was changed'));
    this.#opened?.held.release();
    this.#opened = { path: address.path, name: found.value.name, held };
    return this.#withTracks(this.#opened);
  }

  async #withTracks(opened: Opened): Promise<Result<Opened, Answer>> {
    const { fan } = opened.held;
    for (let waitedMs = 0; waitedMs < describeWaitMs; waitedMs += statePollMs) {
      if (this.#closed) return err(refusal(503));
      if (fan.lanes.length > 0) return ok(opened);
      const { state, reason } = fan.stream.status();
      if (state === 'offline' || state === 'error') {
        return err(refusal(503, reason ?? 'the camera is away'));
      }
      await new Promise<void>((wake) => void this.#parts.clock.after(statePollMs, wake));
    }
    return err(refusal(503, fan.stream.status().reason ?? 'the camera sends nothing yet'));
  }
}

function wordRefusal(refused: WatchRefusal): Answer {
  switch (refused) {
    case 'disabled':
      return refusal(503, 'the camera is switched off');
    case 'forbidden':
      return refusal(403, 'this account may not watch the camera live');
    case 'not-found':
      return refusal(404, 'there is no such camera');
  }
}
