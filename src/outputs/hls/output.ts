/**
 * LL-HLS for all streams: answers requests below `/hls/{stream}/`, whatever HTTP server they came through.
 *
 * In:  a stream, a file name, a query and who asks. Out: status, headers and bytes, or a problem; never an
 * exception for what a client or camera does. A muxer lives from the first request for a playlist until its
 * last viewer has been silent for a while; then the stream is let go. RFC 8216bis, 6.2.5 says what is held.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import { Muxer } from './muxer.ts';
import type { HlsOptions } from './options.ts';
import { defaultHlsOptions, firstPartMs, idleMs, maxHeldMs, silentTargets, statusPollMs } from './options.ts';
import type { Directives } from './request.ts';
import { mediaPlaylistName, readDirectives, readFileName } from './request.ts';
import type { HlsProblem, HlsResponse } from './response.ts';
import { cameraOffline, fileNotFound, mediaAnswer, playlistAnswer, problem } from './response.ts';
import type { HlsStream } from './stream.ts';
import type { Refusal, ViewerMark } from './viewers.ts';
import { Viewers, viewerCookieName } from './viewers.ts';

export interface HlsRequest {
  readonly stream: HlsStream;
  /** What follows `/hls/{stream}/`. */
  readonly file: string;
  readonly query: URLSearchParams;
  readonly viewer: ViewerMark;
  readonly acceptsGzip: boolean;
  /** Nothing but the head of the answer is sent. */
  readonly headOnly?: boolean;
  /** Aborted when the client has gone away. */
  readonly signal?: AbortSignal;
}

export interface HlsParts {
  readonly clock: Clock;
  /** 8 to 32 lower-case letters and digits that nobody guesses. */
  readonly randomToken: () => string;
  readonly options?: HlsOptions;
}

interface Entry {
  readonly muxer: Muxer;
  readonly viewers: Viewers;
  /** Monotonic ms since when nobody watches. */
  idleSinceMs: number | undefined;
  watch: Timer | undefined;
}

/** How often silent viewers are looked for, and an idle muxer. */
const sweepMs = 1_000;
/** RFC 8216bis, 6.2.5.2: further ahead than this is a mistake. */
const maxSegmentsAhead = 2;
const maxSecondsAhead = 3;

export class HlsOutput {
  readonly #parts: HlsParts;
  readonly #entries = new Map<string, Entry>();
  readonly #polled = new Set<Muxer>();
  /** Grows with every muxer, so that one made anew does not go back behind the one before. */
  #firstDiscontinuity = 0;

  constructor(parts: HlsParts) {
    this.#parts = parts;
  }

  /** Streams that are being muxed. */
  get activeMuxers(): number {
    return this.#entries.size;
  }

  async handle(request: HlsRequest): Promise<HlsResponse> {
    const response = await this.#answer(request);
    const viewers = this.#entries.get(request.stream.id)?.viewers;
    if (response.kind === 'content' && !request.headOnly) viewers?.sent(request.viewer, response.bytes);
    if (response.kind === 'problem' && viewerErrors.has(response.code)) viewers?.failed(request.viewer);
    return response;
  }

  async #answer(request: HlsRequest): Promise<HlsResponse> {
    const asked = readFileName(request.file);
    switch (asked.kind) {
      case 'unknown':
        return fileNotFound;
      case 'media':
        return this.#media(request, asked.name);
      case 'multivariant':
        return this.#multivariant(request);
      case 'media-playlist':
        return this.#mediaPlaylist(request);
    }
  }

  /** Lets go of every stream; held requests are answered. */
  close(): void {
    for (const [id, entry] of this.#entries) this.#drop(id, entry, 'The server is stopping.');
  }

  async #media({ stream, signal }: HlsRequest, name: string): Promise<HlsResponse> {
    const muxer = this.#entries.get(stream.id)?.muxer;
    if (!muxer || muxer.stream !== stream) return fileNotFound;
    if (muxer.isNextPart(name)) {
      const waited = await muxer.hold(() => muxer.body(name) !== undefined, maxHeldMs, signal);
      if (waited === 'gone') return { kind: 'gone' };
      if (waited === 'full') return tooManyRequests;
      if (waited === 'late') return cameraOffline(stream.status(), this.#parts.clock.nowMs());
    }
    const body = muxer.body(name);
    return body ? mediaAnswer(body) : fileNotFound;
  }

  async #multivariant(request: HlsRequest): Promise<HlsResponse> {
    const entered = this.#enter(request);
    if ('kind' in entered) return entered;
    const { muxer } = entered.entry;
    const trouble = await this.#awaitFirstPart(muxer, request.signal);
    if (trouble) return trouble;
    const bytes = muxer.multivariantPlaylist(mediaPlaylistName);
    if (!bytes) return fileNotFound;
    const { setCookie } = entered;
    return playlistAnswer({
      bytes,
      gzip: false,
      setCookie: setCookie && cookieHeader(setCookie),
    });
  }

  async #mediaPlaylist(request: HlsRequest): Promise<HlsResponse> {
    const directives = readDirectives(request.query);
    if (!directives.ok) return badDirective(directives.error);
    const entered = this.#enter(request);
    if ('kind' in entered) return entered;
    const { muxer } = entered.entry;
    const trouble =
      (await this.#awaitFirstPart(muxer, request.signal)) ??
      (await this.#awaitPart(muxer, directives.value, request.signal));
    if (trouble) return trouble;
    const { delta } = directives.value;
    const gzip = request.acceptsGzip;
    const bytes = muxer.mediaPlaylist(delta ? 'delta' : 'full', gzip);
    if (!bytes) return fileNotFound;
    return playlistAnswer({ bytes, gzip, setCookie: undefined });
  }

  /** The muxer, started if need be, with this viewer admitted. */
  #enter(
    request: HlsRequest,
  ): { readonly entry: Entry; readonly setCookie: string | undefined } | HlsProblem {
    const { stream } = request;
    const known = this.#entries.get(stream.id);
    const usable = known && known.muxer.stream === stream && known.muxer.endReason === undefined;
    if (known && !usable) this.#drop(stream.id, known, 'The camera was changed.');
    const viewers = usable ? known.viewers : new Viewers(stream, this.#parts.clock, this.#parts.randomToken);
    const admission = viewers.see(request.viewer);
    if (!admission.ok) return refusal(admission.refusal, stream, this.#parts.clock.nowMs());
    const entry = usable ? known : this.#start(stream, viewers);
    if (!entry) return cameraOffline(stream.status(), this.#parts.clock.nowMs());
    entry.idleSinceMs = undefined;
    return { entry, setCookie: admission.setCookie };
  }

  #start(stream: HlsStream, viewers: Viewers): Entry | undefined {
    const { clock, randomToken, options = defaultHlsOptions } = this.#parts;
    const firstDiscontinuity = this.#firstDiscontinuity;
    const muxer = new Muxer(stream, { clock, options, token: randomToken(), firstDiscontinuity });
    if (!muxer.start()) {
      viewers.close();
      return undefined;
    }
    const entry: Entry = { muxer, viewers, idleSinceMs: undefined, watch: undefined };
    this.#entries.set(stream.id, entry);
    this.#sweepLater(stream.id, entry);
    return entry;
  }

  /** What keeps the first part from coming, if anything does. */
  async #awaitFirstPart(muxer: Muxer, signal: AbortSignal | undefined): Promise<HlsResponse | undefined> {
    if (muxer.end()) return undefined;
    const done = (): boolean =>
      muxer.end() !== undefined || muxer.isUnplayable || muxer.endReason !== undefined || hasFailed(muxer);
    this.#pollLater(muxer);
    const waited = await muxer.hold(done, firstPartMs, signal);
    if (waited === 'gone') return { kind: 'gone' };
    if (waited === 'full') return tooManyRequests;
    if (muxer.end()) return undefined;
    if (muxer.isUnplayable) return notPlayable;
    return cameraOffline(withReason(muxer), this.#parts.clock.nowMs());
  }

  /** Streams do not tell that they have failed; while requests wait for the first part, they are asked. */
  #pollLater(muxer: Muxer): void {
    if (this.#polled.has(muxer)) return;
    this.#polled.add(muxer);
    this.#parts.clock.after(statusPollMs, () => {
      this.#polled.delete(muxer);
      if (muxer.end() || muxer.waiting === 0) return;
      if (hasFailed(muxer)) muxer.recheck();
      else this.#pollLater(muxer);
    });
  }

  /** Holds the request until the part is there. Late is no trouble: the newest playlist is a good answer. */
  async #awaitPart(
    muxer: Muxer,
    { wait }: Directives,
    signal: AbortSignal | undefined,
  ): Promise<HlsResponse | undefined> {
    const end = muxer.end();
    if (!wait || !end) return undefined;
    const tooFar = aheadOf(end, wait, muxer.partTargetMs);
    if (tooFar) return badDirective(tooFar);
    const waited = await muxer.hold(() => muxer.has(wait.msn, wait.part), maxHeldMs, signal);
    if (waited === 'gone') return { kind: 'gone' };
    if (waited === 'full') return tooManyRequests;
    if (waited === 'closed') return cameraOffline(withReason(muxer), this.#parts.clock.nowMs());
    return undefined;
  }

  #sweepLater(id: string, entry: Entry): void {
    entry.watch = this.#parts.clock.after(sweepMs, () => this.#sweep(id, entry));
  }

  #sweep(id: string, entry: Entry): void {
    const nowMs = this.#parts.clock.monotonicMs();
    entry.viewers.removeSilent(silentTargets * entry.muxer.targetDurationSeconds * 1000);
    entry.idleSinceMs = entry.viewers.count > 0 ? undefined : (entry.idleSinceMs ?? nowMs);
    const idleForMs = entry.idleSinceMs === undefined ? 0 : nowMs - entry.idleSinceMs;
    if (idleForMs >= idleMs) this.#drop(id, entry, 'Nobody watches.');
    else if (entry.muxer.endReason !== undefined) this.#drop(id, entry, entry.muxer.endReason);
    else this.#sweepLater(id, entry);
  }

  #drop(id: string, entry: Entry, reason: string): void {
    if (this.#entries.get(id) === entry) this.#entries.delete(id);
    entry.watch?.cancel();
    entry.viewers.close();
    this.#firstDiscontinuity = Math.max(this.#firstDiscontinuity, entry.muxer.nextDiscontinuity);
    entry.muxer.stop(reason);
  }
}

const tooManyRequests = problem(503, 'too-many-requests', {
  title: 'Too many requests wait',
  detail: 'Too many requests for this camera are waiting already. Try again in a few seconds.',
  retryAfterSeconds: 2,
});

const notPlayable = problem(501, 'not-playable', {
  title: 'This stream does not fit into HLS',
  detail: 'The camera sends no track that HLS can carry: it needs H.264, H.265, AAC or Opus.',
});

function badDirective(detail: string): HlsProblem {
  return problem(400, 'bad-directive', { title: 'The delivery directives are wrong', detail });
}

/** What went wrong between this viewer and us; that the camera is away is not its error. */
const viewerErrors: ReadonlySet<HlsProblem['code']> = new Set([
  'bad-directive',
  'file-not-found',
  'too-many-requests',
]);

const ended = problem(403, 'viewer-ended', {
  title: 'Ended by an operator',
  detail: 'An operator of the server ended this viewing. It may be begun again in a minute.',
});

function refusal(refused: Refusal, stream: HlsStream, nowMs: number): HlsProblem {
  if (refused.kind === 'ended') return ended;
  if (refused.kind === 'closed') return cameraOffline(stream.status(), nowMs);
  return problem(503, 'too-many-readers', {
    title: 'Too many viewers',
    detail: `This camera may have ${refused.maxReaders} viewers at one time, and has them.`,
    retryAfterSeconds: 10,
  });
}

function hasFailed(muxer: Muxer): boolean {
  const { state } = muxer.stream.status();
  return state === 'offline' || state === 'error';
}

function withReason(muxer: Muxer): ReturnType<HlsStream['status']> {
  const status = muxer.stream.status();
  return { ...status, reason: status.reason ?? muxer.endReason ?? null };
}

/** Why nothing so far ahead can be waited for, if so. */
function aheadOf(
  end: { readonly msn: number; readonly part: number },
  wait: { readonly msn: number; readonly part: number | undefined },
  partTargetMs: number,
): string | undefined {
  if (wait.msn > end.msn + maxSegmentsAhead) {
    return `_HLS_msn is ${wait.msn}, but the playlist has only reached ${end.msn}.`;
  }
  const maxParts = Math.ceil((maxSecondsAhead * 1000) / partTargetMs);
  if (wait.msn === end.msn && (wait.part ?? 0) > end.part + maxParts) {
    return `_HLS_part is ${wait.part}, but segment ${end.msn} has only ${end.part} parts.`;
  }
  return undefined;
}

function cookieHeader(value: string): string {
  return `${viewerCookieName}=${value}; Path=/hls/; HttpOnly; SameSite=Lax`;
}
