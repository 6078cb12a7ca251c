/**
 * Recorded video on a `<video>`, through a playback session. In: moments. Out: which of them it holds, where they are on
 * the media time line, and at most one failure each time it is opened.
 *
 * A session covers an hour, so that seeking nearby asks the server nothing.
 */
import { closeSession, openSession } from './ask-playback.ts';
import { piecesOf, placeOf } from './media-map.ts';
import type { Piece, Place } from './media-map.ts';
import type { Playlist } from './playlist.ts';

export type OpenedAt =
  | { readonly kind: 'ready' }
  | { readonly kind: 'none'; readonly nextMs: number | undefined }
  | { readonly kind: 'failed'; readonly reason: string }
  /** Something newer was asked for meanwhile. */
  | { readonly kind: 'overtaken' };

const beforeMs = 5 * 60_000;
const afterMs = 55 * 60_000;
/** The server forgets sessions after an hour; a page that slept opens a new one. */
const sessionLifeMs = 50 * 60_000;

interface OpenSession {
  readonly id: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly openedMs: number;
}

export class Footage {
  readonly #video: HTMLVideoElement;
  readonly #server: string;
  readonly #camera: string;
  readonly #onFailed: (reason: string) => void;
  #session: OpenSession | undefined;
  #playlist: Playlist | undefined;
  #opening: AbortController | undefined;
  #pieces: readonly Piece[] = [];
  #growing = false;

  constructor(video: HTMLVideoElement, server: string, camera: string, onFailed: (reason: string) => void) {
    this.#video = video;
    this.#server = server;
    this.#camera = camera;
    this.#onFailed = onFailed;
  }

  get pieces(): readonly Piece[] {
    return this.#pieces;
  }

  /** Its end will still move. */
  get growing(): boolean {
    return this.#growing;
  }

  /** Whether the moment lies in the open session; then `place` knows of it. */
  covers(ms: number): boolean {
    const session = this.#session;
    if (!session || this.#pieces.length === 0) return false;
    if (performance.now() - session.openedMs > sessionLifeMs) return false;
    return ms >= session.fromMs && ms < session.toMs;
  }

  place(ms: number): Place {
    return placeOf(this.#pieces, ms);
  }

  seek(seconds: number): void {
    this.#playlist?.seek(seconds);
  }

  /** Opens a session around the moment, in place of the one before. */
  async open(atMs: number): Promise<OpenedAt> {
    this.close();
    const abort = new AbortController();
    this.#opening = abort;
    const [fromMs, toMs] = [atMs - beforeMs, atMs + afterMs];
    const loading = import('./playlist.ts').catch(() => undefined);
    const opened = await openSession(this.#server, this.#camera, fromMs, toMs, abort.signal);
    const loaded = await loading;
    if (abort.signal.aborted) {
      if (opened.kind === 'open') closeSession(this.#server, opened.session.session_id);
      return { kind: 'overtaken' };
    }
    if (opened.kind !== 'open') return opened;
    const { session_id: id, growing, url } = opened.session;
    this.#session = { id, fromMs, toMs, openedMs: performance.now() };
    this.#growing = growing;
    if (!loaded) return { kind: 'failed', reason: 'A part of the player could not be loaded' };
    return this.#load(loaded.Playlist, new URL(url, this.#server).href, atMs, abort.signal);
  }

  close(): void {
    this.#opening?.abort();
    this.#opening = undefined;
    this.#playlist?.stop();
    this.#playlist = undefined;
    this.#pieces = [];
    this.#growing = false;
    if (this.#session) closeSession(this.#server, this.#session.id);
    this.#session = undefined;
  }

  /** Resolves when the playlist is known; media are read from the moment on. */
  #load(Kind: typeof Playlist, url: string, atMs: number, signal: AbortSignal): Promise<OpenedAt> {
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve({ kind: 'overtaken' }));
      let known = false;
      const playlist = new Kind(this.#video, url, {
        segments: (segments, growing) => {
          this.#pieces = piecesOf(segments);
          this.#growing = growing;
          if (known || this.#pieces.length === 0) return;
          known = true;
          playlist.begin(this.#startSeconds(atMs));
          resolve({ kind: 'ready' });
        },
        failed: (reason) => {
          if (signal.aborted) return;
          if (known) this.#onFailed(reason);
          else resolve({ kind: 'failed', reason });
        },
      });
      this.#playlist = playlist;
    });
  }

  #startSeconds(atMs: number): number {
    const place = this.place(atMs);
    return place.kind === 'in' ? place.seconds : (place.next?.startSeconds ?? 0);
  }
}
