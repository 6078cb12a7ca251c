/**
 * One connection to one camera, from the first packet to the last: sockets and timers around the pure parts.
 *
 *   opening ──► talking ──► closed
 *      ▲           │
 *      └ redirect ─┘
 *
 * Promise: `sink.ended` at most once and never after `close`; every socket, port and timer is freed with it.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { UnixMs } from '../../base/units.ts';
import { unixMs } from '../../base/units.ts';
import type { SourceConnection, SourceCounters, SourceFault, SourceSink } from '../../hub/source.ts';
import type { AddressPolicy } from '../../io/net/address-policy.ts';
import { connectTcp, connectTls } from '../../io/net/connect.ts';
import { hostAndPort } from '../../io/net/fault.ts';
import type { Random } from '../../io/random.ts';
import { Intake } from '../../media/ingest/intake.ts';
import type { Arrival } from '../../media/rtp/capture-clock.ts';
import { reorderLimits } from '../../media/rtp/reorder.ts';
import type { RtspItem } from '../../media/rtsp/parser.ts';
import type { RtspAddress } from './address.ts';
import { mayShareCredentials, parseAddress } from './address.ts';
import type { RtspLimits } from './limits.ts';
import { Login } from './login.ts';
import { Reports } from './reports.ts';
import type { AgreedTrack, SessionEvent, TransportChoice } from './session.ts';
import { RtspSession } from './session.ts';
import { startTimes } from './start-times.ts';
import { UdpPaths } from './udp-paths.ts';
import { Wire } from './wire.ts';
import * as words from './words.ts';

export interface RtspSourceOptions {
  /** `rtsp://` or `rtsps://`, perhaps with credentials; may be wrong, `connect` tells. */
  readonly url: string;
  /** `auto`: TCP, and UDP for a camera that refuses TCP. `rtsps` is always TCP, inside TLS. */
  readonly transport: TransportChoice;
  /** For `rtsps`: false accepts every certificate. */
  readonly verifyTls: boolean;
  readonly policy: AddressPolicy;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  /** How long a packet that overtook others waits for them over UDP; asked again at every gap. */
  readonly reorderMs?: () => number;
  /** Other limits than the usual ones. */
  readonly limitChanges?: Partial<RtspLimits>;
}

export interface ConnectionOptions extends RtspSourceOptions {
  readonly limits: RtspLimits;
  readonly notBeforeMs: UnixMs | undefined;
  /** Told at the end: where the time line ended. */
  readonly onEndMs: (endMs: UnixMs) => void;
}

/** Packets that wait behind a gap wait at most this much longer than their limit. */
const tickEveryMs = { udp: 50, other: 100 } as const;

interface Talk {
  readonly kind: 'talking';
  readonly address: RtspAddress;
  readonly where: string;
  readonly wire: Wire;
  readonly session: RtspSession;
  readonly tracks: AgreedTrack[];
  readonly intake: Intake;
  readonly reports: Reports;
  /** Where packets of an interleaved channel go. */
  readonly channels: Map<number, { readonly track: number; readonly part: 'rtp' | 'rtcp' }>;
  paths: UdpPaths | undefined;
  playingSinceMs: number | undefined;
}

type State =
  { readonly kind: 'opening'; readonly abort: AbortController } | Talk | { readonly kind: 'closed' };

export class RtspConnection implements SourceConnection {
  readonly #options: ConnectionOptions;
  readonly #sink: SourceSink;
  #state: State = { kind: 'closed' };
  #redirects = 0;
  #ticker: Timer | undefined;
  /** Of connections that redirected us, and of the one that is over. */
  #past: SourceCounters = { bytesReceived: 0, packetsReceived: 0, packetsLost: 0, damaged: 0 };
  #transport = 'RTSP';

  constructor(options: ConnectionOptions, address: RtspAddress, sink: SourceSink) {
    this.#options = options;
    this.#sink = sink;
    this.#open(address);
    this.#tickLater();
  }

  get transport(): string {
    return this.#transport;
  }

  counters(): SourceCounters {
    const state = this.#state;
    if (state.kind !== 'talking') return this.#past;
    const now = state.intake.counters;
    return {
      bytesReceived: this.#past.bytesReceived + state.wire.bytesReceived + (state.paths?.bytesReceived ?? 0),
      packetsReceived: this.#past.packetsReceived + now.packetsReceived,
      packetsLost: this.#past.packetsLost + now.packetsLost,
      damaged: this.#past.damaged + now.damaged,
    };
  }

  silentTracks(): number {
    return this.#state.kind === 'talking' ? this.#state.intake.silentTracks : 0;
  }

  close(): void {
    this.#leave(true);
    this.#ticker?.cancel();
  }

  #open(address: RtspAddress): void {
    const { policy, clock, limits, verifyTls } = this.#options;
    const abort = new AbortController();
    this.#state = { kind: 'opening', abort };
    const target = { host: address.host, port: address.port, policy, clock, timeoutMs: limits.connectMs };
    const attempt = address.secure
      ? connectTls({ ...target, verify: verifyTls, signal: abort.signal })
      : connectTcp({ ...target, signal: abort.signal });
    void attempt.then((opened) => {
      if (abort.signal.aborted) {
        if (opened.ok) opened.value.destroy();
      } else if (opened.ok) {
        this.#guarded(() => this.#talk(address, opened.value));
      } else {
        this.#fail(opened.error);
      }
    });
  }

  #talk(address: RtspAddress, socket: ConstructorParameters<typeof Wire>[0]): void {
    const { clock, log, limits, transport, random, notBeforeMs } = this.#options;
    const where = hostAndPort(address.host, address.port);
    const wire = new Wire(socket, where, limits, {
      items: (items) => this.#guarded(() => this.#onItems(items)),
      fault: (fault) => this.#fail(fault),
    });
    const login = new Login(address.credentials, () => Buffer.from(random(8)).toString('hex'));
    const session = new RtspSession({
      address,
      where,
      // Over TLS, packets outside of the connection would go in the open.
      transport: address.secure ? 'tcp' : transport,
      login,
      limits,
    });
    const tracks: AgreedTrack[] = [];
    const intake = new Intake({
      limits,
      // A packet may complete several units; the hub may close us at the first.
      sink: {
        tracks: (tracks) => this.#state === talk && this.#sink.tracks(tracks),
        unit: (unit) => this.#state === talk && this.#sink.unit(unit),
      },
      notBeforeMs,
      onDamaged: (reason) => log.info('The camera sent something that was thrown away', { reason }),
    });
    const talk: Talk = {
      kind: 'talking',
      address,
      where,
      wire,
      session,
      tracks,
      intake,
      reports: new Reports(intake, tracks, limits.reportEveryMs, random),
      channels: new Map(),
      paths: undefined,
      playingSinceMs: undefined,
    };
    this.#state = talk;
    this.#onEvents(talk, session.start(clock.monotonicMs()));
  }

  #onItems(items: readonly RtspItem[]): void {
    const talk = this.#state;
    if (talk.kind !== 'talking') return;
    const arrival = this.#arrival();
    for (const item of items) {
      if (this.#state !== talk) return;
      switch (item.kind) {
        case 'frame': {
          const way = talk.channels.get(item.channel);
          if (way) talk.intake.packet(way.track, way.part, item.payload, arrival);
          break;
        }
        case 'response':
          this.#onEvents(talk, talk.session.answer(item, arrival.monotonicMs));
          break;
        case 'request':
          this.#onEvents(talk, talk.session.request(item));
          break;
        case 'skipped':
          talk.intake.damaged(`${String(item.bytes)} bytes between packets: ${item.reason}`);
          break;
        case 'fault':
          this.#fail(words.unreadable(talk.where, item.reason));
          break;
      }
    }
  }

  #onEvents(talk: Talk, events: readonly SessionEvent[]): void {
    for (const event of events) {
      if (this.#state !== talk) return;
      switch (event.kind) {
        case 'send':
          talk.wire.send(event.bytes);
          break;
        case 'open-ports':
          void this.#openPorts(talk, event.pairs);
          break;
        case 'track':
          this.#onTrack(talk, event.track);
          break;
        case 'playing':
          talk.playingSinceMs = this.#options.clock.monotonicMs();
          talk.wire.forgiveDamage();
          talk.intake.start(
            startTimes(
              event.rtpInfo,
              talk.tracks.map((track) => track.url),
            ),
          );
          break;
        case 'note':
          this.#options.log.info(event.text, { camera: talk.where });
          break;
        case 'redirect':
          this.#redirect(talk, event.url);
          break;
        case 'fault':
          this.#fail(event.fault);
          break;
      }
    }
  }

  async #openPorts(talk: Talk, pairs: number): Promise<void> {
    const opened = await UdpPaths.open(pairs, {
      localAddress: talk.wire.localAddress,
      cameraAddress: talk.wire.remoteAddress,
    });
    if (this.#state !== talk) {
      if (opened.ok) opened.value.close();
      return;
    }
    if (!opened.ok) {
      this.#fail(opened.error);
      return;
    }
    talk.paths = opened.value;
    this.#options.log.debug('UDP ports are open', { receiveBufferBytes: opened.value.receiveBufferBytes });
    this.#guarded(() =>
      this.#onEvents(talk, talk.session.ports(opened.value.ports, this.#options.clock.monotonicMs())),
    );
  }

  #onTrack(talk: Talk, track: AgreedTrack): void {
    const { offered, route } = track;
    talk.tracks.push(track);
    const number = talk.intake.add({ offered, reorder: reorderLimits(route.kind, this.#options.reorderMs) });
    if (route.kind === 'tcp') {
      talk.channels.set(route.channels[0], { track: number, part: 'rtp' });
      talk.channels.set(route.channels[1], { track: number, part: 'rtcp' });
      this.#transport = talk.address.secure ? 'RTSPS (TLS)' : 'RTSP over TCP';
      return;
    }
    this.#transport = 'RTSP over UDP';
    talk.paths?.listen(route.ports, (part, bytes) =>
      this.#guarded(() => talk.intake.packet(number, part, bytes, this.#arrival())),
    );
  }

  #redirect(talk: Talk, url: string): void {
    this.#redirects += 1;
    const next = parseAddress(url);
    if (!next.ok) {
      this.#fail(words.badRedirect(talk.where));
    } else if (this.#redirects > this.#options.limits.maxRedirects) {
      this.#fail(words.tooManyRedirects(talk.where));
    } else {
      this.#leave(false);
      const shared = mayShareCredentials(talk.address, next.value) ? talk.address.credentials : undefined;
      this.#open({ ...next.value, credentials: next.value.credentials ?? shared });
    }
  }

  #arrival(): Arrival {
    const { clock } = this.#options;
    return { wallMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
  }

  #tickLater(): void {
    const overUdp = this.#state.kind === 'talking' && this.#state.paths !== undefined;
    this.#ticker = this.#options.clock.after(tickEveryMs[overUdp ? 'udp' : 'other'], () => this.#tick());
  }

  #tick(): void {
    this.#tickLater();
    const talk = this.#state;
    if (talk.kind !== 'talking') return;
    this.#guarded(() => {
      const arrival = this.#arrival();
      talk.intake.tick(arrival);
      this.#onEvents(talk, talk.session.tick(arrival.monotonicMs));
      if (this.#state === talk && talk.playingSinceMs !== undefined) {
        talk.reports.tick(arrival, talk.wire, talk.paths);
        this.#checkMedia(talk, arrival.monotonicMs - talk.playingSinceMs);
      }
    });
  }

  #checkMedia(talk: Talk, playingMs: number): void {
    const { limits } = this.#options;
    if (talk.intake.ended) {
      this.#fail(words.farewell(talk.where));
    } else if (talk.intake.delivering) {
      return;
    } else if (playingMs >= limits.firstPacketMs && talk.intake.counters.packetsReceived === 0) {
      this.#fail(words.noPackets(talk.where, talk.paths ? 'udp' : 'tcp'));
    } else if (playingMs >= limits.firstPictureMs) {
      this.#fail(words.noPicture(talk.where));
    }
  }

  #fail(fault: SourceFault): void {
    if (this.#state.kind === 'closed') return;
    this.close();
    this.#sink.ended(fault);
  }

  /** Ends what is going on, politely if asked. */
  #leave(polite: boolean): void {
    const state = this.#state;
    this.#past = this.counters();
    this.#state = { kind: 'closed' };
    if (state.kind === 'opening') state.abort.abort();
    if (state.kind !== 'talking') return;
    const endMs = state.intake.endMs;
    if (endMs !== undefined) this.#options.onEndMs(unixMs(endMs));
    state.wire.close(this.#options.clock, polite ? state.session.farewell() : undefined);
    state.paths?.close();
  }

  /** The last fence: a mistake of ours in reading what a camera sends ends its connection, not the server. */
  #guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#options.log.error('Reading a camera failed; please report this', { error });
      this.#fail({ kind: 'protocol', message: 'What the camera sends could not be understood.' });
    }
  }
}
