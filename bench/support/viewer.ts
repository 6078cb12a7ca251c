/**
 * One person watching over LL-HLS, who checks what comes: follows blocking playlists, fetches every part.
 *
 * In:  a camera's address. Out: what was seen, and everything that must never happen: an error for something that
 * was listed, numbers that go back, media that is none. Offline cameras are asked again, as players do.
 */
import type { ReadMediaPlaylist } from '../../src/media/hls/parse.ts';
import { parseMediaPlaylist } from '../../src/media/hls/parse.ts';
import type { RawAnswer } from './raw-http.ts';
import { RawHttp } from './raw-http.ts';

/** A viewer notices when nothing new came for this long. */
const stallMs = 2000;
/** What an offline camera is asked again after. */
const retryMs = 500;
/** More of them say nothing new. */
const maxFaults = 20;

export interface ViewerOptions {
  readonly port: number;
  /** Path up to the file names, `/hls/cam_…/`. */
  readonly base: string;
  readonly name: string;
  /** Since when the camera sends, Unix ms; undefined while it does not. */
  readonly upSinceMs: () => number | undefined;
}

export interface Seen {
  readonly name: string;
  parts: number;
  bytes: number;
  /** Times that no part came for more than 2 s while the camera was up. */
  stalls: number;
  /** Answers that the camera is offline. */
  offline: number;
  readonly faults: string[];
}

export class Viewer {
  readonly seen: Seen;
  readonly #options: ViewerOptions;
  #http: RawHttp | undefined;
  #left = false;
  #lastPartMs = Date.now();
  /** Of the last playlist. */
  #mediaSequence = 0;
  #discontinuitySequence = 0;
  /** The part that comes next: segment and place in it; undefined before the first playlist. */
  #next: { msn: number; part: number } | undefined;
  readonly #inits = new Set<string>();
  readonly #done: Promise<void>;

  constructor(options: ViewerOptions) {
    this.#options = options;
    this.seen = { name: options.name, parts: 0, bytes: 0, stalls: 0, offline: 0, faults: [] };
    this.#done = this.#watch();
  }

  /** Hangs up at once, whatever is under way. */
  async leave(): Promise<Seen> {
    this.#left = true;
    this.#http?.close();
    await this.#done;
    this.#noteGap();
    return this.seen;
  }

  async #watch(): Promise<void> {
    while (!this.#left) {
      try {
        this.#http ??= await RawHttp.connect(this.#options.port, this.#options.name);
        await this.#turn();
      } catch (error) {
        this.#http?.close();
        this.#http = undefined;
        if (this.#left) return;
        this.#fault(String(error));
        await pause(retryMs);
      }
    }
    this.#http?.close();
  }

  /** One playlist and what is new in it. */
  async #turn(): Promise<void> {
    const query = this.#next ? `?_HLS_msn=${this.#next.msn}&_HLS_part=${this.#next.part}&_HLS_skip=YES` : '';
    const answer = await this.#get(`live.m3u8${query}`);
    if (answer?.status === 503) {
      this.seen.offline += 1;
      return pause(retryMs);
    }
    if (answer?.status !== 200) {
      this.#fault(`the playlist was answered with ${answer?.status}`);
      return pause(retryMs);
    }
    const read = parseMediaPlaylist(answer.body?.toString() ?? '');
    if (!read.ok) return this.#fault(`playlist, line ${read.error.line}: ${read.error.reason}`);
    this.#checkNumbers(read.value);
    await this.#fetchNew(read.value);
  }

  #checkNumbers({ mediaSequence, discontinuitySequence }: ReadMediaPlaylist): void {
    if (mediaSequence < this.#mediaSequence)
      this.#fault(`media sequence ${this.#mediaSequence} to ${mediaSequence}`);
    if (discontinuitySequence < this.#discontinuitySequence)
      this.#fault(`discontinuity sequence ${this.#discontinuitySequence} to ${discontinuitySequence}`);
    this.#mediaSequence = mediaSequence;
    this.#discontinuitySequence = discontinuitySequence;
  }

  async #fetchNew({ segments, mediaSequence, skippedSegments }: ReadMediaPlaylist): Promise<void> {
    const first = mediaSequence + skippedSegments;
    const newest = first + segments.length - 1;
    // The first playlist: begin with the newest segment.
    this.#next ??= { msn: newest, part: 0 };
    for (const [index, { parts, mapUri, whole }] of segments.entries()) {
      const msn = first + index;
      if (msn < this.#next.msn) continue;
      if (msn > this.#next.msn) this.#next = { msn, part: 0 };
      if (!this.#inits.has(mapUri)) await this.#fetch(mapUri, 'ftyp');
      this.#inits.add(mapUri);
      for (const { uri } of parts.slice(this.#next.part)) {
        await this.#fetch(uri, 'moof');
        this.#next.part += 1;
        this.#noteGap();
        this.#lastPartMs = Date.now();
        this.seen.parts += 1;
      }
      if (whole) this.#next = { msn: msn + 1, part: 0 };
    }
  }

  /** @param box the type of the first box */
  async #fetch(uri: string, box: string): Promise<void> {
    const answer = await this.#get(uri);
    if (answer.status !== 200) return this.#fault(`${uri} was listed and answered with ${answer.status}`);
    const type = answer.body?.toString('latin1', 4, 8);
    if (type !== box) this.#fault(`${uri} begins with ${type}`);
    this.seen.bytes += answer.bytes;
  }

  async #get(file: string): Promise<RawAnswer> {
    if (!this.#http || this.#left) throw new Error('left');
    return this.#http.get(this.#options.base + file, true);
  }

  #noteGap(): void {
    const upSinceMs = this.#options.upSinceMs();
    if (upSinceMs === undefined) return;
    if (Date.now() - Math.max(this.#lastPartMs, upSinceMs) > stallMs) this.seen.stalls += 1;
  }

  #fault(text: string): void {
    if (this.seen.faults.length < maxFaults) this.seen.faults.push(text);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((wake) => setTimeout(wake, ms));
}
