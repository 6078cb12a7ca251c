/**
 * The dialogue with one camera: OPTIONS, DESCRIBE, SETUP of each track, PLAY, keep-alives (RFC 2326, 10).
 *
 * In:  what the camera says, the ports we opened, and the time.
 * Out: bytes to send, and what was agreed. Pure: no socket, no clock, no log.
 *
 * Transport: TCP on the same connection is asked for first: it passes every router, loses nothing on bad
 * Wi-Fi, and needs no open ports. UDP is used when the camera refuses TCP (461) or the owner chose it.
 */
import type { MonotonicMs } from '../../base/units.ts';
import type { SourceFault } from '../../hub/source.ts';
import type { Offer, OfferedTrack } from '../../media/ingest/offer.ts';
import { chooseTracks } from '../../media/ingest/offer.ts';
import { controlBase, resolveControl } from '../../media/rtsp/control-url.ts';
import type { PortPair, RtpInfo } from '../../media/rtsp/headers.ts';
import { parseMethods, parseRtpInfo } from '../../media/rtsp/headers.ts';
import type { HeaderField, RtspRequest, RtspResponse } from '../../media/rtsp/message.ts';
import { header, writeResponse } from '../../media/rtsp/message.ts';
import { parseSdp } from '../../media/sdp/parse.ts';
import type { RtspAddress } from './address.ts';
import type { RtspLimits } from './limits.ts';
import type { Login } from './login.ts';
import type { Pending } from './requests.ts';
import { Requests } from './requests.ts';
import type { Route } from './routes.ts';
import { agreedRoute, wantedRoute, writeRoute } from './routes.ts';
import { answerTo } from './server-request.ts';
import * as words from './words.ts';

export type TransportChoice = 'auto' | 'tcp' | 'udp';

export interface AgreedTrack {
  readonly offered: OfferedTrack;
  /** The address it was set up with. */
  readonly url: string;
  readonly route: Route;
}

export type SessionEvent =
  | { readonly kind: 'send'; readonly bytes: Uint8Array }
  /** Answer with `ports`. */
  | { readonly kind: 'open-ports'; readonly pairs: number }
  /** Its packets may come from now on. */
  | { readonly kind: 'track'; readonly track: AgreedTrack }
  | { readonly kind: 'playing'; readonly rtpInfo: readonly RtpInfo[] }
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'redirect'; readonly url: string }
  /** The last event. */
  | { readonly kind: 'fault'; readonly fault: SourceFault };

export interface SessionOptions {
  readonly address: RtspAddress;
  /** `host:port` for messages. */
  readonly where: string;
  readonly transport: TransportChoice;
  readonly login: Login;
  readonly limits: RtspLimits;
}

type State =
  | { readonly kind: 'options' }
  | { readonly kind: 'describe' }
  | ({ readonly kind: 'ports' } & Setup)
  | ({ readonly kind: 'setup' } & Setup)
  | { readonly kind: 'play'; readonly withRange: boolean }
  | { readonly kind: 'playing'; readonly keepAliveAtMs: number }
  | { readonly kind: 'over' };

interface Setup {
  readonly offer: Offer;
  /** Base for the tracks' controls. */
  readonly base: string;
  readonly lower: 'tcp' | 'udp';
  /** Which track is being set up. */
  readonly index: number;
  /** Local UDP ports, one pair for each track. */
  readonly ports: readonly PortPair[];
  readonly agreed: number;
}

export class RtspSession {
  readonly #options: SessionOptions;
  readonly #requests: Requests;
  #state: State = { kind: 'options' };
  #methods: ReadonlySet<string> = new Set();
  /** Address of the whole stream, for PLAY and what follows. */
  #url: string;
  #out: SessionEvent[] = [];

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#requests = new Requests(options.login, options.limits.answerMs);
    this.#url = options.address.url;
  }

  /** The connection is open: says the first word. */
  start(now: MonotonicMs): readonly SessionEvent[] {
    this.#ask('OPTIONS', this.#url, [], now);
    return this.#drain();
  }

  answer(response: RtspResponse, now: MonotonicMs): readonly SessionEvent[] {
    if (this.#state.kind === 'over') return [];
    const match = this.#requests.match(response);
    if (match.kind === 'unasked') this.#fail(words.wrongAnswer(this.#options.where));
    if (match.kind === 'answer') this.#onAnswer(match.to, response, now);
    return this.#drain();
  }

  /** The camera asks us something; it gets an answer, and perhaps it was a farewell. */
  request(request: RtspRequest): readonly SessionEvent[] {
    if (this.#state.kind === 'over') return [];
    const { response, meaning } = answerTo(request);
    this.#out.push({ kind: 'send', bytes: writeResponse(response) });
    if (meaning.kind === 'redirect') this.#redirect(meaning.url);
    if (meaning.kind === 'ended') this.#fail(words.farewell(this.#options.where));
    return this.#drain();
  }

  /** Answers `open-ports`: even local ports and their neighbours. */
  ports(ports: readonly PortPair[], now: MonotonicMs): readonly SessionEvent[] {
    if (this.#state.kind === 'ports') this.#setUp({ ...this.#state, kind: 'setup', ports }, now);
    return this.#drain();
  }

  /** Called often: notices answers that do not come, keeps the session alive. */
  tick(now: MonotonicMs): readonly SessionEvent[] {
    const state = this.#state;
    const { pending } = this.#requests;
    if (pending && now >= pending.dueMs) {
      // Pictures that flow prove more than an answer; some cameras never answer keep-alives.
      if (state.kind === 'playing') this.#requests.forget();
      else this.#fail(words.noAnswer(this.#options.where, pending.method));
    }
    if (state.kind === 'playing' && !this.#requests.pending && now >= state.keepAliveAtMs)
      this.#keepAlive(now);
    return this.#drain();
  }

  /** TEARDOWN, if there is a session to end. */
  farewell(): Uint8Array | undefined {
    if (!this.#requests.hasSession) return undefined;
    this.#state = { kind: 'over' };
    return this.#requests.tell({ method: 'TEARDOWN', url: this.#url, headers: [] });
  }

  #onAnswer(pending: Pending, response: RtspResponse, now: MonotonicMs): void {
    if (response.status === 401 && this.#onChallenge(pending, response, now)) return;
    if (response.status < 300) this.#options.login.accepted(pending.authorized);
    if (response.status >= 300 && response.status < 400 && this.#state.kind !== 'playing') {
      this.#redirect(header(response.headers, 'Location') ?? '');
      return;
    }
    const state = this.#state;
    switch (state.kind) {
      case 'options':
        this.#onOptions(response, now);
        break;
      case 'describe':
        this.#onDescribe(response, now);
        break;
      case 'setup':
        this.#onSetup(state, pending, response, now);
        break;
      case 'play':
        this.#onPlay(state, response, now);
        break;
      case 'playing':
        this.#onKeepAlive(pending, response);
        break;
      case 'ports':
      case 'over':
        break;
    }
  }

  /** True when that settles this answer. */
  #onChallenge(pending: Pending, response: RtspResponse, now: MonotonicMs): boolean {
    const { login, where } = this.#options;
    const verdict = login.challenged(response, pending.authorized, pending.again);
    // What OPTIONS wants does not matter: DESCRIBE asks next, and knows the challenge now.
    if (this.#state.kind === 'options') return false;
    switch (verdict) {
      case 'try-again':
        this.#out.push({ kind: 'send', bytes: this.#requests.ask(pending, now, true) });
        break;
      case 'refused':
        this.#fail(words.loginRefused(where, login.user));
        break;
      case 'login-wanted':
        this.#fail(words.loginWanted(where));
        break;
      case 'unknown-kind':
        this.#fail(words.loginUnknown(where));
        break;
    }
    return true;
  }

  /** Whatever the answer: some cameras do not know OPTIONS. */
  #onOptions(response: RtspResponse, now: MonotonicMs): void {
    this.#methods = parseMethods(header(response.headers, 'Public') ?? '');
    this.#state = { kind: 'describe' };
    this.#ask('DESCRIBE', this.#url, [['Accept', 'application/sdp']], now);
  }

  #onDescribe(response: RtspResponse, now: MonotonicMs): void {
    const { where, transport, address } = this.#options;
    if (response.status >= 300) return this.#fail(words.answerRefused(where, 'DESCRIBE', response));
    const description = parseSdp(new TextDecoder().decode(response.body));
    if (!description.ok) {
      if (description.error === 'no-media') return this.#fail(words.nothingUsable(where, []));
      return this.#fail(words.unreadable(where, 'its session description'));
    }
    const offer = chooseTracks(description.value);
    for (const text of offer.notes) this.#out.push({ kind: 'note', text });
    if (offer.tracks.length === 0) return this.#fail(words.nothingUsable(where, offer.offered));
    const { headers } = response;
    const base = controlBase(
      header(headers, 'Content-Base'),
      header(headers, 'Content-Location'),
      address.url,
    );
    this.#url = resolveControl(base, description.value.control);
    const setup = { offer, base, index: 0, ports: [], agreed: 0 };
    if (transport === 'udp') this.#openPorts(setup);
    else this.#setUp({ ...setup, kind: 'setup', lower: 'tcp' }, now);
  }

  #openPorts(setup: Omit<Setup, 'lower'>): void {
    this.#state = { ...setup, kind: 'ports', lower: 'udp' };
    this.#out.push({ kind: 'open-ports', pairs: setup.offer.tracks.length });
  }

  /** Asks for the next track, or for all of them to play. */
  #setUp(setup: Setup & { readonly kind: 'setup' }, now: MonotonicMs): void {
    const track = setup.offer.tracks[setup.index];
    if (track) {
      this.#state = setup;
      this.#ask(
        'SETUP',
        resolveControl(setup.base, track.control),
        [['Transport', writeRoute(wanted(setup))]],
        now,
      );
    } else if (setup.agreed === 0) {
      this.#fail(words.transportRefused(this.#options.where, setup.lower, this.#options.transport));
    } else {
      this.#state = { kind: 'play', withRange: true };
      this.#ask('PLAY', this.#url, [['Range', 'npt=now-']], now);
    }
  }

  #onSetup(
    setup: Setup & { kind: 'setup' },
    pending: Pending,
    response: RtspResponse,
    now: MonotonicMs,
  ): void {
    const offered = setup.offer.tracks[setup.index];
    if (response.status < 300) this.#requests.learnSession(response);
    const answer = header(response.headers, 'Transport') ?? '';
    const route = response.status < 300 ? agreedRoute(wanted(setup), answer) : undefined;
    if (offered && route) {
      this.#out.push({ kind: 'track', track: { offered, url: pending.url, route } });
      this.#setUp({ ...setup, index: setup.index + 1, agreed: setup.agreed + 1 }, now);
    } else {
      this.#onRefusedTrack(setup, response, now);
    }
  }

  /** The next way, or the next track; a camera that refuses its sound may still show its picture. */
  #onRefusedTrack(setup: Setup & { kind: 'setup' }, response: RtspResponse, now: MonotonicMs): void {
    const { where, transport } = this.#options;
    // Some cameras do not refuse TCP but answer with another way than was asked for.
    const refusesWay = response.status === 461 || response.status < 300;
    if (refusesWay && setup.agreed === 0 && setup.lower === 'tcp' && transport === 'auto') {
      this.#openPorts({ ...setup, index: 0 });
    } else if (refusesWay || setup.agreed > 0) {
      const kind = setup.offer.tracks[setup.index]?.kind ?? 'track';
      this.#out.push({ kind: 'note', text: `The camera refuses its ${kind} (${response.status}).` });
      this.#setUp({ ...setup, index: setup.index + 1 }, now);
    } else {
      this.#fail(words.answerRefused(where, 'SETUP', response));
    }
  }

  #onPlay(state: { readonly withRange: boolean }, response: RtspResponse, now: MonotonicMs): void {
    // RFC 2326, 11.3.8: Invalid Range; some cameras say 400 instead.
    if ((response.status === 457 || response.status === 400) && state.withRange) {
      this.#state = { kind: 'play', withRange: false };
      this.#ask('PLAY', this.#url, [], now);
      return;
    }
    if (response.status >= 300) {
      this.#fail(words.answerRefused(this.#options.where, 'PLAY', response));
      return;
    }
    this.#requests.learnSession(response);
    this.#state = { kind: 'playing', keepAliveAtMs: now + this.#keepAliveEveryMs() };
    this.#out.push({ kind: 'playing', rtpInfo: parseRtpInfo(header(response.headers, 'RTP-Info') ?? '') });
  }

  /** GET_PARAMETER where it is known; others close the connection on a method they do not know. */
  #keepAlive(now: MonotonicMs): void {
    const method = this.#methods.has('GET_PARAMETER') ? 'GET_PARAMETER' : 'OPTIONS';
    this.#state = { kind: 'playing', keepAliveAtMs: now + this.#keepAliveEveryMs() };
    this.#ask(method, this.#url, [], now);
  }

  #keepAliveEveryMs(): number {
    return Math.max(this.#options.limits.minKeepAliveMs, this.#requests.sessionTimeoutSeconds * 500);
  }

  #onKeepAlive(pending: Pending, response: RtspResponse): void {
    if (response.status === 454) this.#fail(words.sessionLost(this.#options.where));
    else if (response.status >= 400 && pending.method === 'GET_PARAMETER') this.#methods = new Set();
  }

  #ask(method: string, url: string, headers: readonly HeaderField[], now: MonotonicMs): void {
    this.#out.push({ kind: 'send', bytes: this.#requests.ask({ method, url, headers }, now) });
  }

  #redirect(url: string): void {
    if (this.#state.kind === 'over') return;
    this.#state = { kind: 'over' };
    this.#out.push({ kind: 'redirect', url });
  }

  #fail(fault: SourceFault): void {
    if (this.#state.kind === 'over') return;
    this.#state = { kind: 'over' };
    this.#out.push({ kind: 'fault', fault });
  }

  #drain(): readonly SessionEvent[] {
    const out = this.#out;
    this.#out = [];
    return out;
  }
}

/** Where the track being set up is to come. */
function wanted(setup: Setup): Route {
  return wantedRoute(setup.index, setup.lower === 'udp' ? setup.ports[setup.index] : undefined);
}
