/**
 * Streams of a camera that knows no ONVIF: addresses that makers are known to use, tried one after the other.
 *
 * In:  host, port, a login. Out: the streams that exist, or one fault in plain words.
 * Promise: a password that is refused is tried once only; what is tried is bounded by the list and the signal.
 */
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import { hostAndPort } from '../../io/net/fault.ts';
import type { Random } from '../../io/random.ts';
import type { Credentials } from '../../media/rtsp/auth.ts';
import type { RtspResponse } from '../../media/rtsp/message.ts';
import type { SessionDescription } from '../../media/sdp/description.ts';
import { parseSdp } from '../../media/sdp/parse.ts';
import { Login } from '../../sources/rtsp/login.ts';
import { RtspTalk } from './rtsp-talk.ts';
import type { TalkFault, TalkParts } from './rtsp-talk.ts';

interface GuessedStream {
  readonly name: string;
  readonly url: string;
  readonly codec: string;
  readonly framesPerSecond: number | null;
  readonly hasSound: boolean;
  readonly role: 'main' | 'sub';
}

export interface Guess {
  /** Whose addresses they are; empty when several makers use them. */
  readonly maker: string;
  readonly streams: readonly GuessedStream[];
}

export interface GuessFault {
  readonly kind: TalkFault['kind'] | 'wrong-password' | 'not-found' | 'unsupported';
  readonly message: string;
}

interface Known {
  readonly maker: string;
  readonly main: string;
  readonly sub?: string;
}

/** Paths from the manuals of makers; those of many first. */
const knownPaths: readonly Known[] = [
  { maker: 'Hikvision', main: '/Streaming/Channels/101', sub: '/Streaming/Channels/102' },
  {
    maker: 'Dahua',
    main: '/cam/realmonitor?channel=1&subtype=0',
    sub: '/cam/realmonitor?channel=1&subtype=1',
  },
  { maker: 'TP-Link', main: '/stream1', sub: '/stream2' },
  { maker: 'Reolink', main: '/h264Preview_01_main', sub: '/h264Preview_01_sub' },
  { maker: 'Axis', main: '/axis-media/media.amp' },
  { maker: 'Uniview', main: '/unicast/c1/s0/live', sub: '/unicast/c1/s1/live' },
  { maker: 'Hanwha', main: '/profile2/media.smp', sub: '/profile3/media.smp' },
  { maker: 'Foscam', main: '/videoMain', sub: '/videoSub' },
  { maker: 'Wyze', main: '/live' },
  { maker: '', main: '/live/ch00_0', sub: '/live/ch00_1' },
  { maker: '', main: '/onvif1', sub: '/onvif2' },
  { maker: '', main: '/11', sub: '/12' },
  { maker: '', main: '/ch0_0.h264', sub: '/ch0_1.h264' },
  { maker: '', main: '/live.sdp' },
  { maker: '', main: '/cam' },
  { maker: '', main: '/' },
];

export async function guessStreams(
  parts: TalkParts,
  credentials: Credentials | undefined,
  random: Random,
): Promise<Result<Guess, GuessFault>> {
  const nonce = (): string => Buffer.from(random(8)).toString('hex');
  const camera = new Camera(parts, new Login(credentials, nonce));
  try {
    return await camera.tryAll();
  } finally {
    camera.close();
  }
}

/** What became of one address. */
type Tried = Result<SessionDescription | undefined, GuessFault>;

class Camera {
  readonly #talk: RtspTalk;
  readonly #login: Login;
  readonly #base: string;

  constructor(parts: TalkParts, login: Login) {
    this.#talk = new RtspTalk(parts);
    this.#login = login;
    this.#base = `rtsp://${hostAndPort(parts.host, parts.port)}`;
  }

  close(): void {
    this.#talk.close();
  }

  async tryAll(): Promise<Result<Guess, GuessFault>> {
    for (const { maker, main, sub } of knownPaths) {
      const large = await this.#try(main);
      if (!large.ok) return large;
      if (!large.value) continue;
      const streams = [this.#stream('main', main, large.value)];
      const small = sub === undefined ? undefined : await this.#try(sub);
      if (sub !== undefined && small?.ok && small.value) streams.push(this.#stream('sub', sub, small.value));
      return ok({ maker, streams });
    }
    return err(nothingKnown);
  }

  async #try(path: string): Promise<Tried> {
    const url = this.#base + path;
    const first = await this.#describe(url);
    if (!first.ok) return first;
    if (first.value.status !== 401) return ok(readDescription(first.value));
    const sent = this.#sent;
    const verdict = this.#login.challenged(first.value, sent, false);
    if (verdict !== 'try-again') return err(verdict === 'unknown-kind' ? unknownKind : refusal[verdict]);
    const second = await this.#describe(url);
    if (!second.ok) return second;
    if (second.value.status === 401) return err(refusal.refused);
    this.#login.accepted(true);
    return ok(readDescription(second.value));
  }

  #sent = false;

  async #describe(url: string): Promise<Result<RtspResponse, TalkFault>> {
    const authorization = this.#login.authorization('DESCRIBE', url);
    this.#sent = authorization !== undefined;
    return this.#talk.ask('DESCRIBE', url, authorization);
  }

  #stream(role: 'main' | 'sub', path: string, description: SessionDescription): GuessedStream {
    const video = description.media.find(({ kind }) => kind === 'video');
    return {
      name: role === 'main' ? 'Main stream' : 'Second stream',
      url: this.#base + path,
      codec: codecOf(video?.rtpMaps[0]?.encoding ?? ''),
      framesPerSecond: video?.framesPerSecond ?? null,
      hasSound: description.media.some(({ kind }) => kind === 'audio'),
      role,
    };
  }
}

/** Undefined when there is no such stream, or nothing to see in it. */
function readDescription({ status, body }: RtspResponse): SessionDescription | undefined {
  if (status !== 200) return undefined;
  const parsed = parseSdp(new TextDecoder().decode(body));
  if (!parsed.ok || !parsed.value.media.some(({ kind }) => kind === 'video')) return undefined;
  return parsed.value;
}

function codecOf(encoding: string): string {
  const name = encoding.toLowerCase();
  return name === 'hevc' ? 'h265' : name.slice(0, 16);
}

const refusal: Readonly<Record<'refused' | 'login-wanted', GuessFault>> = {
  refused: {
    kind: 'wrong-password',
    message:
      'The camera refused the user name or password. It was tried once only, because many cameras lock an account after a few wrong ones.',
  },
  'login-wanted': {
    kind: 'wrong-password',
    message: 'The camera wants a user name and a password before it shows a stream.',
  },
};
const unknownKind: GuessFault = {
  kind: 'unsupported',
  message: 'The camera wants a kind of login that is not known here.',
};
const nothingKnown: GuessFault = {
  kind: 'not-found',
  message:
    'The camera speaks RTSP, but none of the well-known addresses is a stream of it. Look up the address in its manual, and type it whole: rtsp://…',
};
