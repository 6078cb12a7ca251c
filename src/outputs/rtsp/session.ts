/**
 * One viewer's session: what it has set up, and whether it plays (RFC 2326, A.2).
 *
 * In:  SETUP, PLAY and PAUSE of one connection. Out: answers, and media through a sender. Promises: counted as a viewer
 * from the first SETUP on; everything it holds is freed by `close`.
 */
import type { Clock } from '../../base/clock.ts';
import type { MonotonicMs } from '../../base/units.ts';
import type { Viewer } from '../../hub/viewers.ts';
import type { RtpInfo } from '../../media/rtsp/headers.ts';
import {
  parseTransports,
  writeRange,
  writeRtpInfo,
  writeSession,
  writeTransport,
} from '../../media/rtsp/headers.ts';
import type { HeaderField, RtspRequest } from '../../media/rtsp/message.ts';
import { header } from '../../media/rtsp/message.ts';
import type { StreamAddress } from './address.ts';
import type { Answer } from './answer.ts';
import { refusal, success } from './answer.ts';
import type { Chunk } from './chunk.ts';
import { controlOf } from './describe.ts';
import type { Visitor } from './door.ts';
import type { Fan, FanReader } from './fan.ts';
import type { Lane } from './lane.ts';
import { sessionTimeoutSeconds } from './options.ts';
import { Reception } from './reception.ts';
import type { Lasting, RtspStreams } from './stream.ts';
import type { Sender } from './sender.ts';
import type { TransportParts } from './transports.ts';
import { Transports } from './transports.ts';

export interface SessionParts extends Omit<TransportParts, 'onRtcp'> {
  readonly clock: Clock;
  /** Unguessable (RFC 2326, 3.4). */
  readonly id: string;
  readonly client: string;
  readonly visitor: Visitor;
  readonly streams: Pick<RtspStreams, 'lease'>;
  /** The viewer is to be sent away: its camera is gone, an operator ended it, or it may not watch any more. */
  readonly onEnd: (reason: string) => void;
}

type State =
  | { readonly kind: 'new' }
  | { readonly kind: 'ready'; readonly admitted: { leave(): void }; readonly sender: Sender | undefined }
  | { readonly kind: 'playing'; readonly admitted: { leave(): void }; readonly sender: Sender }
  | { readonly kind: 'closed' };

export class Session implements FanReader {
  readonly fan: Fan;
  readonly #parts: SessionParts;
  readonly #transports: Transports;
  readonly #reception = new Reception();
  #state: State = { kind: 'new' };
  /** Those that were described to it. */
  readonly #lanes: readonly Lane[];
  /** The last chunk of each track, for going on after a pause. */
  readonly #lastSent: Chunk[] = [];
  #lease: Lasting | undefined;
  #heardMs: MonotonicMs;

  constructor(fan: Fan, parts: SessionParts) {
    this.fan = fan;
    this.#lanes = fan.lanes;
    this.#parts = parts;
    this.#heardMs = parts.clock.monotonicMs();
    this.#transports = new Transports({ ...parts, onRtcp: (bytes) => this.rtcp(bytes) });
  }

  get id(): string {
    return this.#parts.id;
  }

  /** For how long nothing was heard of a viewer that cannot be seen otherwise. */
  get silentMs(): number {
    if (this.#transports.isTcp && this.#state.kind === 'playing') return 0;
    return this.#parts.clock.monotonicMs() - this.#heardMs;
  }

  /** Any request of the session keeps it alive. */
  heard(): void {
    this.#heardMs = this.#parts.clock.monotonicMs();
  }

  get sessionField(): HeaderField {
    return ['Session', writeSession({ id: this.id, timeoutSeconds: sessionTimeoutSeconds })];
  }

  async setup(request: RtspRequest, track: number | undefined): Promise<Answer> {
    if (this.#state.kind === 'playing') return refusal(455, 'pause first');
    const { lanes } = this.fan;
    const lane = lanes[track ?? (lanes.length === 1 ? 0 : -1)];
    if (!lane) return refusal(404, 'there is no such track');
    const offers = parseTransports(header(request.headers, 'Transport') ?? '');
    const chosen = await this.#transports.add(this.fan, lane, offers);
    if (!chosen.ok) return refusal(461, chosen.error);
    const refused = this.#admit();
    if (refused) return refused;
    return success([['Transport', writeTransport(chosen.value)], this.sessionField]);
  }

  play({ base, start: mode }: StreamAddress): Answer {
    const state = this.#state;
    if (state.kind === 'playing') return success([this.sessionField, ['Range', 'npt=now-']]);
    if (state.kind !== 'ready') return refusal(455, 'set up a track first');
    if (this.fan.lanes !== this.#lanes) {
      return { ...refusal(404, 'the camera sends something else now; connect again'), closes: true };
    }
    const sender = state.sender ?? this.#transports.sender(this.fan);
    const { isWhole, chunks } = this.fan.start(mode, this.#lastSent);
    const first = chunks.filter(({ lane }) => this.#transports.has(lane));
    this.#state = { kind: 'playing', admitted: state.admitted, sender };
    const range = writeRange({ startSeconds: 'now', endSeconds: undefined });
    const info = writeRtpInfo(this.#rtpInfo(first, base));
    const answer = success([this.sessionField, ['Range', range], ['RTP-Info', info]]);
    return { ...answer, afterwards: () => this.#begin(sender, first, isWhole) };
  }

  pause(): Answer {
    const state = this.#state;
    if (state.kind !== 'playing') return refusal(455, 'it does not play');
    this.fan.remove(this);
    this.#state = { ...state, kind: 'ready' };
    return success([this.sessionField]);
  }

  /** A packet of the viewer on the RTSP connection. */
  frame(channel: number, payload: Uint8Array): void {
    if (this.#transports.isRtcpChannel(channel)) this.rtcp(payload);
  }

  rtcp(bytes: Uint8Array): void {
    this.heard();
    const { lanes, reports } = this.fan;
    this.#reception.take(bytes, lanes, reports, this.#parts.clock.monotonicMs());
  }

  onChunk(chunk: Chunk): void {
    if (this.#state.kind !== 'playing') return;
    if (this.#state.sender.chunk(chunk)) this.#lastSent[chunk.lane] = chunk;
  }

  onReport(report: Chunk): void {
    if (this.#state.kind === 'playing') this.#state.sender.report(report);
  }

  onEnd(reason: string): void {
    this.#parts.onEnd(reason);
  }

  close(): void {
    const state = this.#state;
    if (state.kind === 'closed') return;
    this.fan.remove(this);
    this.#lease?.leave();
    if (state.kind !== 'new') {
      // Its figures are asked for once more.
      state.admitted.leave();
      state.sender?.close();
    }
    this.#state = { kind: 'closed' };
    this.#transports.close();
  }

  #admit(): Answer | undefined {
    if (this.#state.kind !== 'new') return undefined;
    const admitted = this.fan.stream.admitViewer(this.#viewer());
    if (!admitted.ok) {
      this.#transports.close();
      if (admitted.error.kind === 'closed') return refusal(404, 'the camera was changed');
      return refusal(
        453,
        `the camera may have ${admitted.error.maxReaders} viewers at one time, and has them`,
      );
    }
    this.#state = { kind: 'ready', admitted: admitted.value, sender: undefined };
    const { streams, visitor, addresses, onEnd } = this.#parts;
    const begun = { what: 'watch', camera: this.fan.stream.id, address: addresses.remote } as const;
    this.#lease = streams.lease(visitor, begun, onEnd);
    return undefined;
  }

  #viewer(): Viewer {
    const { client, addresses } = this.#parts;
    return {
      output: 'rtsp',
      address: addresses.remote,
      client,
      transport: this.#transports.words,
      figures: () => {
        const sender = 'sender' in this.#state ? this.#state.sender : undefined;
        const { bytesSent, unitsDropped } = sender ?? { bytesSent: 0, unitsDropped: 0 };
        return { bytesSent, unitsDropped, errors: 0, network: this.#reception.network };
      },
      end: (reason) => this.#parts.onEnd(reason),
    };
  }

  /** Where each track begins: players tell old packets from new ones by it. */
  #rtpInfo(first: readonly Chunk[], base: string): readonly RtpInfo[] {
    return this.fan.lanes
      .filter(({ index }) => this.#transports.has(index))
      .map((lane) => {
        const chunk = first.find(({ lane: index }) => index === lane.index);
        const url = `${base}/${controlOf(lane)}`;
        if (!chunk) return { url, sequence: lane.nextSequence, rtpTime: undefined };
        return { url, sequence: chunk.firstSequence, rtpTime: chunk.firstTimestamp };
      });
  }

  #begin(sender: Sender, first: readonly Chunk[], isWhole: boolean): void {
    if (this.#state.kind !== 'playing') return;
    for (const report of this.fan.currentReports()) sender.report(report);
    sender.begin(first, isWhole);
    for (const chunk of first) this.#lastSent[chunk.lane] = chunk;
    this.fan.add(this);
  }
}
