/**
 * Who watches one stream over HLS, which has no connection that would say so.
 *
 * In:  a request's cookie, address and user agent. Out: admitted or refused. A viewer is known by its cookie; one
 * that keeps none, by address and user agent together. A viewer who has asked for nothing for a while has left; one
 * whom an operator ended is refused for a while.
 */
import type { Clock } from '../../base/clock.ts';
import type { AttachRefusal } from '../../hub/reader.ts';
import { unknownNetwork } from '../../hub/viewers.ts';
import { endedMs, maxTrackedViewers } from './options.ts';
import type { HlsStream } from './stream.ts';

/** Who asks, as far as HTTP tells. */
export interface ViewerMark {
  /** Value of the cookie `viewerCookieName`, if the client sent one. */
  readonly cookie: string | undefined;
  readonly remoteAddress: string;
  readonly userAgent: string;
}

export const viewerCookieName = 'sightline-viewer';
const cookieForm = /^[0-9a-z]{8,40}$/;

interface Viewer {
  readonly keys: Set<string>;
  readonly cookie: string;
  leave(): void;
  lastMs: number;
  readonly counts: Counts;
}

interface Counts {
  bytesSent: number;
  errors: number;
}

export type Refusal = AttachRefusal | { readonly kind: 'ended' };

/** `setCookie`: this viewer has no cookie yet. */
export type Admission =
  | { readonly ok: true; readonly setCookie: string | undefined }
  | { readonly ok: false; readonly refusal: Refusal };

export class Viewers {
  readonly #stream: HlsStream;
  readonly #clock: Clock;
  readonly #randomId: () => string;
  readonly #byKey = new Map<string, Viewer>();
  readonly #viewers = new Set<Viewer>();
  /** By an operator, and when (monotonic ms). */
  readonly #ended = new Map<Viewer, number>();

  /** @param randomId 8 to 40 lower-case letters and digits */
  constructor(stream: HlsStream, clock: Clock, randomId: () => string) {
    this.#stream = stream;
    this.#clock = clock;
    this.#randomId = randomId;
  }

  get count(): number {
    return this.#viewers.size;
  }

  /** Finds or admits the viewer and notes that it is still there. */
  see(mark: ViewerMark): Admission {
    const cookie = cookieOf(mark);
    const key = keyOf(mark, cookie);
    const known = this.#byKey.get(key);
    if (!known) return this.#admit(key, cookie, mark);
    if (this.#ended.has(known)) return { ok: false, refusal: { kind: 'ended' } };
    known.lastMs = this.#clock.monotonicMs();
    if (cookie) this.#forgetPlainKey(known, key);
    return { ok: true, setCookie: cookie ? undefined : known.cookie };
  }

  /** Notes what was sent in answer to a viewer; of one who is not known, nothing. */
  sent(mark: ViewerMark, bytes: number): void {
    const counts = this.#countsOf(mark);
    if (counts) counts.bytesSent += bytes;
  }

  /** Notes that a request failed. */
  failed(mark: ViewerMark): void {
    const counts = this.#countsOf(mark);
    if (counts) counts.errors += 1;
  }

  removeSilent(silentMs: number): void {
    const now = this.#clock.monotonicMs();
    for (const [viewer, sinceMs] of this.#ended) {
      if (now - sinceMs >= endedMs) this.#forget(viewer);
    }
    for (const viewer of this.#viewers) {
      if (now - viewer.lastMs >= silentMs) this.#remove(viewer);
    }
  }

  close(): void {
    for (const viewer of this.#viewers) this.#remove(viewer);
  }

  #admit(key: string, cookie: string | undefined, mark: ViewerMark): Admission {
    if (this.#viewers.size >= maxTrackedViewers) return refused(maxTrackedViewers);
    const counts: Counts = { bytesSent: 0, errors: 0 };
    const admitted = this.#stream.admitViewer({
      output: 'hls',
      address: mark.remoteAddress,
      client: mark.userAgent,
      transport: 'HTTP',
      figures: () => ({ ...counts, unitsDropped: 0, network: unknownNetwork }),
      end: () => this.#end(viewer),
    });
    if (!admitted.ok) return { ok: false, refusal: admitted.error };
    const own = cookie ?? this.#randomId();
    const viewer: Viewer = {
      keys: new Set([key, `cookie ${own}`]),
      cookie: own,
      leave: () => admitted.value.leave(),
      lastMs: this.#clock.monotonicMs(),
      counts,
    };
    this.#viewers.add(viewer);
    for (const each of viewer.keys) this.#byKey.set(each, viewer);
    return { ok: true, setCookie: cookie ? undefined : own };
  }

  /** It keeps cookies: the next one without, from the same place, is somebody else. */
  #forgetPlainKey(viewer: Viewer, cookieKey: string): void {
    if (viewer.keys.size === 1) return;
    for (const key of viewer.keys) {
      if (key === cookieKey) continue;
      viewer.keys.delete(key);
      this.#byKey.delete(key);
    }
  }

  #countsOf(mark: ViewerMark): Counts | undefined {
    return this.#byKey.get(keyOf(mark, cookieOf(mark)))?.counts;
  }

  #end(viewer: Viewer): void {
    if (!this.#viewers.delete(viewer)) return;
    this.#ended.set(viewer, this.#clock.monotonicMs());
    viewer.leave();
  }

  #remove(viewer: Viewer): void {
    this.#viewers.delete(viewer);
    this.#forget(viewer);
    viewer.leave();
  }

  #forget(viewer: Viewer): void {
    this.#ended.delete(viewer);
    for (const key of viewer.keys) this.#byKey.delete(key);
  }
}

function cookieOf({ cookie }: ViewerMark): string | undefined {
  return cookie !== undefined && cookieForm.test(cookie) ? cookie : undefined;
}

function keyOf(mark: ViewerMark, cookie: string | undefined): string {
  return cookie ? `cookie ${cookie}` : `${mark.remoteAddress} ${mark.userAgent.slice(0, 200)}`;
}

function refused(maxReaders: number): Admission {
  return { ok: false, refusal: { kind: 'too-many-readers', maxReaders } };
}
