/**
 * One viewer, from the offer to the end.
 *
 *   offered ──tracks, answer──► answered ──end (viewer, camera, operator, worker)──► over
 *
 * Promise: whatever goes wrong, what was taken is given back, once.
 */
import type { Clock } from '../../base/clock.ts';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { AttachRefusal } from '../../hub/reader.ts';
import type { ViewerFigures } from '../../hub/viewers.ts';
import { unknownNetwork } from '../../hub/viewers.ts';
import { writeAnswer } from '../../media/sdp/webrtc/answer.ts';
import type { WebRtcOffer } from '../../media/sdp/webrtc/offer.ts';
import { connect } from './connecting.ts';
import type { Feed, FeedViewer } from './feed.ts';
import type { Carried } from './negotiate.ts';
import { agreeToSend, unsendable } from './negotiate.ts';
import { statePollMs, tracksWaitMs } from './options.ts';
import type { WebRtcRefusal, WebRtcStream } from './stream.ts';
import type { WebRtcWorker, WorkerConnection } from './worker.ts';
import type { ConnectionFigures } from './worker/protocol.ts';

export interface WatchRequest {
  readonly stream: WebRtcStream;
  readonly offer: WebRtcOffer;
  /** IP address of the client. */
  readonly address: string;
  /** What it calls itself. */
  readonly client: string;
}

export interface WatchParts {
  readonly clock: Clock;
  readonly worker: WebRtcWorker;
  readonly feed: Feed;
  /** 32 random bits, never 0. */
  readonly ssrc: () => number;
  /** Names the sender in reports. */
  readonly cname: string;
  /** Values of `a=candidate` that are told besides the worker's own. */
  readonly moreCandidates: (candidates: readonly string[]) => readonly string[];
  readonly onEnd: () => void;
}

export class WatchSession implements FeedViewer {
  readonly #request: WatchRequest;
  readonly #parts: WatchParts;
  #connection: WorkerConnection | undefined;
  #admitted: { leave(): void } | undefined;
  #figures: ViewerFigures = { bytesSent: 0, unitsDropped: 0, errors: 0, network: unknownNetwork };
  #over: string | undefined;

  constructor(request: WatchRequest, parts: WatchParts) {
    this.#request = request;
    this.#parts = parts;
    parts.feed.add(this);
  }

  /** The answer. When it is refused the session is over. */
  async begin(): Promise<Result<string, WebRtcRefusal>> {
    const answer = await this.#answer();
    if (!answer.ok) this.end(answer.error.detail);
    return answer;
  }

  end(reason: string): void {
    if (this.#over !== undefined) return;
    this.#over = reason;
    this.#connection?.close();
    this.#admitted?.leave();
    this.#parts.feed.remove(this);
    this.#parts.onEnd();
  }

  async #answer(): Promise<Result<string, WebRtcRefusal>> {
    const { offer, stream } = this.#request;
    const { clock, feed, worker, cname, ssrc, moreCandidates } = this.#parts;
    const carried = await this.#tracks();
    if (!carried.ok) return carried;
    const refusal = unsendable(carried.value);
    if (refusal) return err(refusal);
    const agreed = agreeToSend(offer, carried.value, {
      hurry: stream.latency === 'low',
      ssrcs: { video: ssrc(), audio: ssrc() },
    });
    if (!agreed.ok) return agreed;
    const admitted = this.#admit();
    if (!admitted.ok) return admitted;
    const spec = { ...agreed.value.spec, stream: feed.number, remote: offer.transport };
    const connected = await connect(clock, this.#hooks(), (hooks) => worker.watch(spec, hooks));
    if (!connected.ok) return connected;
    const { connection, local } = connected.value;
    if (this.#over !== undefined) {
      connection.close();
      return err(away(this.#over));
    }
    this.#connection = connection;
    const candidates = [...local.candidates, ...moreCandidates(local.candidates)];
    const { sections } = agreed.value;
    return ok(writeAnswer({ offer, local: { ...local, candidates }, sections, cname }));
  }

  /** A camera that is being connected is waited for; one that is away is not. */
  async #tracks(): Promise<Result<Carried, WebRtcRefusal>> {
    const { feed, clock } = this.#parts;
    for (let waitedMs = 0; waitedMs < tracksWaitMs; waitedMs += statePollMs) {
      if (this.#over !== undefined) return err(away(this.#over));
      const status = this.#request.stream.status();
      const isAway = status.state === 'offline' || status.state === 'error';
      if (feed.carried && !isAway) return ok(feed.carried);
      if (isAway) return err({ ...away(status.reason ?? 'The camera is away.'), ...stateOf(status) });
      await new Promise<void>((wake) => void clock.after(statePollMs, wake));
    }
    const status = this.#request.stream.status();
    return err({ ...away(status.reason ?? 'The camera sends nothing yet.'), ...stateOf(status) });
  }

  #admit(): Result<undefined, WebRtcRefusal> {
    const { stream, address, client } = this.#request;
    const admitted = stream.admitViewer({
      output: 'webrtc',
      address,
      client,
      transport: 'WebRTC over UDP',
      figures: () => this.#figures,
      end: (reason) => this.end(reason),
    });
    if (!admitted.ok) return err(attachRefusal(admitted.error));
    this.#admitted = admitted.value;
    return ok(undefined);
  }

  #hooks() {
    return {
      connected: () => undefined,
      packet: () => undefined,
      figures: (figures: ConnectionFigures) => this.#note(figures),
      gone: (reason: string) => this.end(reason),
    };
  }

  #note(figures: ConnectionFigures): void {
    const { bytesSent, unitsDropped, errors, lossRatio, roundTripMs, jitterMs, estimatedBps } = figures;
    const network = { lossRatio, roundTripMs, jitterMs, estimatedBps };
    this.#figures = { bytesSent, unitsDropped, errors, network };
  }
}

type Status = ReturnType<WebRtcStream['status']>;

function stateOf({ state, sinceMs, nextTryMs }: Status): Partial<WebRtcRefusal> {
  return { state, sinceMs, nextTryMs };
}

function away(detail: string): WebRtcRefusal {
  return { status: 503, code: 'camera-offline', detail, retryAfterSeconds: 2 };
}

export function attachRefusal(refusal: AttachRefusal): WebRtcRefusal {
  if (refusal.kind === 'closed') return { ...away('The camera was changed.'), code: 'camera-gone' };
  return {
    status: 503,
    code: 'too-many-readers',
    detail: `This camera may have ${refusal.maxReaders} viewers at one time, and has them.`,
    retryAfterSeconds: 10,
  };
}
