/**
 * For tests: one RTSP connection of a client that is driven by hand, on a stream that is fed by hand.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { ManualClock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { AttachRefusal, Reader } from '../../hub/reader.ts';
import { testAudioTrack, testVideoTrack } from '../../hub/testing.ts';
import type { Viewer } from '../../hub/viewers.ts';
import { Viewers } from '../../hub/viewers.ts';
import type { Random } from '../../io/random.ts';
import type { InterleavedFrame, RtspResponse } from '../../media/rtsp/message.ts';
import { header } from '../../media/rtsp/message.ts';
import { RtspParser } from '../../media/rtsp/parser.ts';
import type { AccessUnit, Track } from '../../media/track.ts';
import type { ConnectionSocket } from './connection.ts';
import { Connection } from './connection.ts';
import { RtspDialogue } from './dialogue.ts';
import type { Door, Visitor } from './door.ts';
import { Fan } from './fan.ts';
import { Login } from './login.ts';
import { Multicast } from './multicast.ts';
import type { RtspAuthKind } from './options.ts';
import { Sending } from './sending.ts';
import type { Begun, Lasting, RtspStream } from './stream.ts';
import { Viewing } from './viewing.ts';

const nothing = (): void => undefined;
const silent: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing } as unknown as Log;

/** The same bytes each time: 0, 1, 2 … */
export const countingRandom: Random = (bytes) => Uint8Array.from({ length: bytes }, (_, index) => index);

/** A camera with one picture and one sound track, already connected. */
export class HandStream implements RtspStream {
  readonly id = 'cam_1';
  readonly viewers: Viewers;
  readonly readers = new Set<Reader>();
  maxViewers = 0;
  tracks: readonly Track[] = [testVideoTrack(), testAudioTrack()];
  state = 'live';
  reason: string | null = null;

  constructor(clock: ManualClock) {
    this.viewers = new Viewers(clock);
  }

  attach(reader: Reader): Result<{ droppedUnits: number; detach(): void }, AttachRefusal> {
    this.readers.add(reader);
    if (this.tracks.length > 0) reader.onTracks(this.tracks);
    return ok({ droppedUnits: 0, detach: () => void this.readers.delete(reader) });
  }

  admitViewer(viewer: Viewer): Result<{ leave(): void }, AttachRefusal> {
    return this.viewers.admit(viewer, this.maxViewers);
  }

  status(): { state: string; reason: string | null } {
    return { state: this.state, reason: this.reason };
  }

  unit(unit: AccessUnit): void {
    for (const reader of this.readers) reader.onUnit(unit);
  }

  change(tracks: readonly Track[]): void {
    this.tracks = tracks;
    for (const reader of this.readers) reader.onTracks(tracks);
  }

  end(reason: string): void {
    for (const reader of this.readers) reader.onEnd(reason);
    this.readers.clear();
  }
}

/** Takes all at once, until `stuck`: then bytes wait. */
export class HandSocket implements ConnectionSocket {
  readonly writes: Uint8Array[] = [];
  writableLength = 0;
  bytesWritten = 0;
  stuck = false;
  state: 'open' | 'ended' | 'destroyed' = 'open';

  write(bytes: Uint8Array): boolean {
    if (this.state !== 'open') return false;
    this.bytesWritten += bytes.length;
    if (this.stuck) this.writableLength += bytes.length;
    else this.writes.push(bytes);
    return true;
  }

  /** The client reads some of what waits. */
  take(bytes: number): void {
    this.writableLength = Math.max(0, this.writableLength - bytes);
  }

  end(): void {
    if (this.state === 'open') this.state = 'ended';
  }

  destroy(): void {
    this.state = 'destroyed';
  }
}

/** What several connections share. */
export class HandServer {
  readonly clock = new ManualClock();
  readonly stream = new HandStream(this.clock);
  readonly multicast: Multicast;
  readonly fan = new Fan(this.stream, { clock: this.clock, random: countingRandom, cname: 'test@sightline' });
  /** Connections that hold the fan. */
  holders = 0;
  isDisabled = false;
  /** What the visitor of a name may, where it is not everything. */
  readonly may = new Map<string, 'watch' | 'publish' | 'nothing' | 'other things'>();
  /** How to end what each began. */
  readonly leases = new Map<Lasting, (reason: string) => void>();

  constructor() {
    this.multicast = new Multicast({ enabled: false, address: '239.255.83.76', port: 20_000, ttl: 1 });
    this.fan.open();
  }

  connect(login: HandLogin = {}): HandClient {
    return new HandClient(this, login);
  }
}

export interface HandLogin {
  readonly door?: Door;
  readonly kinds?: readonly RtspAuthKind[];
}

/** Lets everybody in while it has no accounts. */
export class HandDoor implements Door {
  readonly accounts = new Map<string, string>();
  readonly secrets = new Map<string, Visitor>();
  /** Wrong ones since the last right one. */
  guessed = 0;
  mostGuesses = Infinity;
  readonly guesses = {
    begin: (): boolean => (this.guessed >= this.mostGuesses ? false : (this.guessed += 1) > 0),
    right: (): void => void (this.guessed -= 1),
  };

  /** Addresses that showed something worth nothing. */
  readonly refusals: string[] = [];

  constructor(accounts: Readonly<Record<string, string>> = {}) {
    for (const [name, password] of Object.entries(accounts)) this.accounts.set(name, password);
  }

  get everybody(): Visitor | undefined {
    return this.accounts.size + this.secrets.size === 0 ? { name: 'anybody' } : undefined;
  }

  account(name: string) {
    const password = this.accounts.get(name);
    return password === undefined ? undefined : { password, visitor: { name } };
  }

  isSecret(text: string): boolean {
    return text.startsWith('secret-');
  }

  async holder(secret: string): Promise<Visitor | undefined> {
    return this.secrets.get(secret);
  }

  refused(address: string): void {
    this.refusals.push(address);
  }

  entered(): void {
    // Nobody counts here.
  }
}

export class HandClient {
  readonly socket = new HandSocket();
  readonly connection: Connection;
  closed = 0;
  #sequence = 0;
  #seen = 0;
  readonly #parser = new RtspParser({ resynchronise: false });
  readonly #frames: InterleavedFrame[] = [];
  readonly #answers: RtspResponse[] = [];

  constructor(server: HandServer, { door = new HandDoor(), kinds = ['sha-256', 'md5'] }: HandLogin) {
    const { clock } = server;
    this.connection = new Connection({
      socket: this.socket,
      clock,
      log: silent,
      login: new Login({ door, kinds, nonce: 'abc', address: '127.0.0.1' }),
      dialogue: dialogueOf(server, this.socket, () => this.connection.end()),
      serverName: 'Test',
      onClose: () => (this.closed += 1),
    });
  }

  /** @param url of the camera unless it begins with rtsp. */
  async ask(method: string, track = '', fields: readonly string[] = [], body = ''): Promise<RtspResponse> {
    const url = track.startsWith('rtsp') ? track : `rtsp://host/cam_1${track}`;
    const head = [`${method} ${url} RTSP/1.0`, `CSeq: ${++this.#sequence}`, ...fields, '', body];
    this.connection.receive(Buffer.from(head.join('\r\n')));
    await turn();
    const answer = this.answers().at(-1);
    if (!answer) throw new Error(`${method} was not answered`);
    return answer;
  }

  /** Picture and sound over TCP; resolves to the session's name. */
  async play(query = ''): Promise<string> {
    await this.ask('SETUP', '/trackID=0', ['Transport: RTP/AVP/TCP;unicast;interleaved=0-1']);
    const second = await this.ask('SETUP', '/trackID=1', ['Transport: RTP/AVP/TCP;unicast;interleaved=2-3']);
    await this.ask('PLAY', query);
    return header(second.headers, 'Session')?.split(';')[0] ?? '';
  }

  answers(): readonly RtspResponse[] {
    this.#read();
    return this.#answers;
  }

  /** RTP that came so far on a channel. */
  packets(channel: number): readonly Uint8Array[] {
    this.#read();
    return this.#frames.filter((frame) => frame.channel === channel).map(({ payload }) => payload);
  }

  #read(): void {
    for (; this.#seen < this.socket.writes.length; this.#seen += 1) {
      for (const item of this.#parser.push(this.socket.writes[this.#seen] ?? new Uint8Array())) {
        if (item.kind === 'frame') this.#frames.push({ ...item, payload: Uint8Array.from(item.payload) });
        else if (item.kind === 'response') this.#answers.push(item);
        else throw new Error(`The server sent a ${item.kind}`);
      }
    }
  }
}

function dialogueOf(server: HandServer, socket: HandSocket, onEnd: () => void): RtspDialogue {
  const { clock, multicast } = server;
  let sessions = 0;
  const shared = {
    clock,
    log: silent,
    socket,
    addresses: { local: '127.0.0.1', remote: '127.0.0.1', family: 4 as const },
    mayUseUdp: true,
    newSessionId: () => `session${++sessions}`,
    onEnd,
    streams: {
      find: (path: string, { name }: Visitor) => {
        if (server.isDisabled) return err('disabled' as const);
        const may = server.may.get(name) ?? 'watch';
        if (may !== 'watch') return err(may === 'nothing' ? ('not-found' as const) : ('forbidden' as const));
        return path === 'cam_1' ? ok({ stream: server.stream, name: 'Door' }) : err('not-found' as const);
      },
      mayPublish: (_camera: string, { name }: Visitor) => {
        const may = server.may.get(name) ?? 'publish';
        if (may === 'publish') return 'yes' as const;
        return may === 'nothing' ? ('unseen' as const) : ('no' as const);
      },
      publish: () => err({ kind: 'unknown' as const }),
      lease: (_visitor: Visitor, _begun: Begun, end: (reason: string) => void) => {
        const lasting = { leave: () => void server.leases.delete(lasting) };
        server.leases.set(lasting, end);
        return lasting;
      },
    },
  };
  const hold = () => {
    server.holders += 1;
    return { fan: server.fan, release: () => void (server.holders -= 1) };
  };
  const viewing = new Viewing({ ...shared, multicast, hold });
  return new RtspDialogue(clock, viewing, new Sending({ ...shared, newSsrc: () => 7 }));
}
