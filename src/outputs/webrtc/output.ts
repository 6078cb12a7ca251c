/**
 * WebRTC: viewers and publishers, their workers and limits.
 *
 * In:  offers of anybody. Out: answers, or refusals with a code. Promises: a worker that dies, hangs or is missing
 * harms nobody but its viewers; every limit has an answer that says which.
 */
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { Publish } from '../../hub/publishing.ts';
import type { Random } from '../../io/random.ts';
import { uint32 } from '../../media/rtp/bytes.ts';
import { parseOffer } from '../../media/sdp/webrtc/offer.ts';
import { workerGone } from './connecting.ts';
import { Feed } from './feed.ts';
import { OfferLimits } from './limits.ts';
import type { WebRtcOptions } from './options.ts';
import { maxConnectionsPerWorker, workerWaitMs } from './options.ts';
import { publicCandidates } from './public-candidates.ts';
import { PublishSession } from './publish-session.ts';
import type { WebRtcRefusal, WebRtcStream } from './stream.ts';
import { attachRefusal, WatchSession } from './watch-session.ts';
import { WebRtcWorker } from './worker.ts';

export interface WebRtcParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly publish: Publish;
  /** How long packets of a publisher that overtook others wait for them. */
  readonly reorderMs: (camera: string) => number;
  /** IP address to listen on. */
  readonly address: string;
  readonly options: WebRtcOptions;
}

/** Someone who asks. */
export interface WebRtcClient {
  /** SDP. */
  readonly offer: string;
  /** IP address. */
  readonly address: string;
  /** What it calls itself. */
  readonly client: string;
  /** Its session is over, however; once, and only if there was one. */
  readonly onEnd?: () => void;
}

export interface WebRtcAnswer {
  /** Names the session; nobody else can guess it. */
  readonly session: string;
  readonly sdp: string;
}

interface Session {
  begin(): Promise<Result<string, WebRtcRefusal>>;
  end(reason: string): void;
}

type Open = (worker: WebRtcWorker, onEnd: () => void) => Result<Session, WebRtcRefusal>;

export class WebRtcOutput {
  readonly #parts: WebRtcParts;
  readonly #workers: readonly WebRtcWorker[];
  readonly #limits: OfferLimits;
  readonly #feeds = new Map<WebRtcWorker, Map<string, Feed>>();
  readonly #sessions = new Map<string, Session>();

  constructor(parts: WebRtcParts) {
    this.#parts = parts;
    const { clock, log, address, options } = parts;
    this.#limits = new OfferLimits(clock, () => options.connectionsPerAddress);
    this.#workers = Array.from({ length: options.workers }, (_, index) => {
      const port = options.port === 0 ? 0 : options.port + index;
      return new WebRtcWorker({ clock, log, address, port });
    });
    for (const worker of this.#workers) this.#feeds.set(worker, new Map());
  }

  /** Viewers and publishers. */
  get sessions(): number {
    return this.#sessions.size;
  }

  get workers(): readonly Pick<WebRtcWorker, 'status' | 'pid' | 'restarts'>[] {
    return this.#workers;
  }

  get iceServers(): WebRtcOptions['iceServers'] {
    return this.#parts.options.iceServers;
  }

  async watch(stream: WebRtcStream, client: WebRtcClient): Promise<Result<WebRtcAnswer, WebRtcRefusal>> {
    const offer = this.#read(client);
    if (!offer.ok) return offer;
    return this.#begin(client, stream.id, (worker, onEnd) => {
      const feed = this.#feed(worker, stream);
      if (!feed.ok) return feed;
      const request = { stream, offer: offer.value, address: client.address, client: client.client };
      return ok(new WatchSession(request, { ...this.#shared(), worker, feed: feed.value, onEnd }));
    });
  }

  /** @param camera its id or name, as the client wrote it. */
  async publish(camera: string, client: WebRtcClient): Promise<Result<WebRtcAnswer, WebRtcRefusal>> {
    const offer = this.#read(client);
    if (!offer.ok) return offer;
    const { log, publish, reorderMs } = this.#parts;
    return this.#begin(client, undefined, (worker, onEnd) => {
      const own = { worker, onEnd, log, publish, reorderMs: () => reorderMs(camera) };
      const request = { camera, offer: offer.value, address: client.address };
      return ok(new PublishSession(request, { ...this.#shared(), ...own }));
    });
  }

  /** False when there is none of that name. */
  end(session: string, reason = 'The client left.'): boolean {
    const open = this.#sessions.get(session);
    open?.end(reason);
    return open !== undefined;
  }

  async close(reason = 'The server is stopping.'): Promise<void> {
    for (const session of Array.from(this.#sessions.values())) session.end(reason);
    await Promise.all(this.#workers.map((worker) => worker.close()));
  }

  #read({ offer, address }: WebRtcClient) {
    const busy = this.#limits.offer(address);
    if (busy) return err(busy);
    const parsed = parseOffer(offer);
    if (parsed.ok) return parsed;
    return err<WebRtcRefusal>({ status: 400, code: 'bad-offer', detail: parsed.error.message });
  }

  async #begin(
    { address, onEnd }: WebRtcClient,
    streamId: string | undefined,
    open: Open,
  ): Promise<Result<WebRtcAnswer, WebRtcRefusal>> {
    const worker = await this.#worker(streamId);
    if (!worker.ok) return worker;
    const name = Buffer.from(this.#parts.random(16)).toString('hex');
    this.#limits.came(address);
    const opened = open(worker.value, () => {
      this.#limits.left(address);
      this.#sessions.delete(name);
      onEnd?.();
    });
    if (!opened.ok) {
      this.#limits.left(address);
      return opened;
    }
    this.#sessions.set(name, opened.value);
    const answer = await opened.value.begin();
    return answer.ok ? ok({ session: name, sdp: answer.value }) : answer;
  }

  /** The one that has the stream already, else the one with the fewest connections. */
  async #worker(streamId: string | undefined): Promise<Result<WebRtcWorker, WebRtcRefusal>> {
    if (!this.#workers.some((worker) => worker.status().state === 'ready')) {
      await Promise.race(this.#workers.map((worker) => worker.settled(workerWaitMs)));
    }
    const ready = this.#workers.filter((worker) => worker.status().state === 'ready');
    if (ready.length === 0) return err(this.#notReady());
    const free = ready
      .filter((worker) => worker.connections < maxConnectionsPerWorker)
      .toSorted((left, right) => left.connections - right.connections);
    const having = free.find((worker) => streamId && this.#feeds.get(worker)?.get(streamId)?.isUsable);
    const chosen = having ?? free[0];
    if (chosen) return ok(chosen);
    const most = ready.length * maxConnectionsPerWorker;
    const detail = `This server carries ${most} WebRTC connections at one time, and has them.`;
    return err({ status: 503, code: 'webrtc-full', detail, retryAfterSeconds: 10 });
  }

  #notReady(): WebRtcRefusal {
    const status = this.#workers[0]?.status();
    const reason = status && 'reason' in status ? status.reason : 'The WebRTC worker is being started.';
    return workerGone(reason);
  }

  #feed(worker: WebRtcWorker, stream: WebRtcStream): Result<Feed, WebRtcRefusal> {
    const feeds = this.#feeds.get(worker);
    const known = feeds?.get(stream.id);
    if (known?.isUsable && known.stream === stream) return ok(known);
    const sent = worker.stream();
    if (!sent || !feeds) return err(this.#notReady());
    const feed: Feed = new Feed(stream, worker, sent, () => {
      if (feeds.get(stream.id) === feed) feeds.delete(stream.id);
    });
    feeds.set(stream.id, feed);
    const opened = feed.open();
    if (opened.ok) return ok(feed);
    feeds.delete(stream.id);
    sent.close();
    return err(attachRefusal(opened.error));
  }

  #shared() {
    const { clock, random, options } = this.#parts;
    return {
      clock,
      ssrc: () => uint32(random(4), 0) || 1,
      cname: Buffer.from(random(8)).toString('hex'),
      moreCandidates: (own: readonly string[]) => publicCandidates(own, options.publicAddresses),
    };
  }
}
