/**
 * Watches a live session over HTTP as a low-latency player does, and holds it to the rules in `report.ts`.
 *
 * In:  the address of a media playlist and how long to watch. Out: a report. It blocks on every reload, fetches
 * every init segment, part and segment, and each hinted part before it exists.
 */
import type { ReadMediaPlaylist } from '../../src/media/hls/parse.ts';
import { parseMediaPlaylist } from '../../src/media/hls/parse.ts';
import type { PlaylistSegment } from '../../src/media/hls/playlist.ts';
import { MediaRules } from './media-rules.ts';
import { checkPlaylist, checkSuccession, completeDelta } from './playlist-rules.ts';
import type { Report } from './report.ts';
import { Findings } from './report.ts';

export interface FollowOptions {
  readonly seconds: number;
  /** Ask for delta updates, and compare them with full playlists. */
  readonly delta?: boolean;
}

export async function followLive(playlistUrl: string, options: FollowOptions): Promise<Report> {
  const session = new Session(new URL(playlistUrl), options.delta ?? false);
  await session.run(performance.now() + options.seconds * 1000);
  return session.report();
}

interface Fetched {
  readonly status: number;
  readonly body: Uint8Array;
  readonly type: string;
}

/** Every so many delta updates the full playlist is fetched too. */
const compareEvery = 5;
/** An answer without what was asked is excused after this: the camera is away. */
const awayMs = 4_000;
/** After an error answer. */
const retryMs = 500;

class Session {
  readonly #url: URL;
  readonly #delta: boolean;
  readonly #findings = new Findings();
  readonly #media = new MediaRules(this.#findings);
  readonly #bodies = new Map<string, Uint8Array>();
  readonly #partsOf = new Map<number, number>();
  readonly #wholes = new Set<number>();
  #hinted: { readonly uri: string; readonly body: Promise<Fetched> } | undefined;
  #playlists = 0;
  #parts = 0;
  #discontinuities = 0;
  #unanswered = 0;

  constructor(url: URL, delta: boolean) {
    this.#url = url;
    this.#delta = delta;
  }

  async run(untilMs: number): Promise<void> {
    let playlist = await this.#reload(new URLSearchParams());
    while (playlist === undefined && performance.now() < untilMs) {
      await new Promise((resolve) => setTimeout(resolve, retryMs));
      playlist = await this.#reload(new URLSearchParams());
    }
    while (playlist && performance.now() < untilMs) {
      await this.#take(playlist);
      playlist = await this.#next(playlist);
    }
    await this.#refetch();
  }

  report(): Report {
    return {
      violations: this.#findings.violations,
      playlists: this.#playlists,
      parts: this.#parts,
      segments: this.#wholes.size,
      discontinuities: this.#discontinuities,
      unanswered: this.#unanswered,
    };
  }

  /** The playlist with the part after the last one. */
  async #next(before: ReadMediaPlaylist): Promise<ReadMediaPlaylist> {
    const wanted = endOf(before);
    const query = new URLSearchParams({ _HLS_msn: String(wanted.msn), _HLS_part: String(wanted.part) });
    if (this.#delta) query.set('_HLS_skip', 'YES');
    const askedMs = performance.now();
    const read = await this.#reload(query);
    const heldMs = performance.now() - askedMs;
    const limitMs = 3 * before.targetDurationSeconds * 1000;
    this.#findings.expect(heldMs <= limitMs, 'blocking-answer', `held for ${Math.round(heldMs)} ms`);
    if (!read) {
      await new Promise((resolve) => setTimeout(resolve, retryMs));
      return before;
    }
    const after = read.skippedSegments > 0 ? completeDelta(before, read) : read;
    this.#findings.expect(
      after !== undefined,
      'delta-update',
      `at ${wanted.msn} it skips what was never listed`,
    );
    if (!after) return (await this.#reload(new URLSearchParams())) ?? before;
    this.#checkAnswer(after, wanted, heldMs);
    if (this.#delta && this.#playlists % compareEvery === 0) await this.#compare(after);
    checkSuccession(before, after, this.#findings);
    return after;
  }

  #checkAnswer(after: ReadMediaPlaylist, wanted: Position, heldMs: number): void {
    const end = endOf(after);
    const answered =
      end.msn > wanted.msn
        ? end.msn > wanted.msn + 1 || end.part > 0 || hasPart(after, wanted)
        : end.part > wanted.part;
    if (!answered && heldMs >= awayMs) this.#unanswered += 1;
    else {
      const detail = `asked for ${wanted.msn}.${wanted.part}, got up to ${end.msn}.${end.part} after ${Math.round(heldMs)} ms`;
      this.#findings.expect(answered, 'blocking-answer', detail);
    }
  }

  async #compare(completed: ReadMediaPlaylist): Promise<void> {
    const full = await this.#reload(new URLSearchParams());
    if (!full) return;
    // Media goes on between the two requests; parts may have been dropped from the older segments.
    const known = full.mediaSequence - completed.mediaSequence;
    for (const [index, segment] of completed.segments.slice(known, -1).entries()) {
      const [a, b] = [segment, full.segments[index]].map((it) =>
        JSON.stringify([it?.whole, it?.mapUri, it?.discontinuity]),
      );
      this.#findings.expect(
        a === b,
        'delta-update',
        `segment ${full.mediaSequence + index}: ${a}, in full ${b}`,
      );
    }
  }

  async #reload(query: URLSearchParams): Promise<ReadMediaPlaylist | undefined> {
    const text = query.size > 0 ? `?${query}` : '';
    const fetched = await this.#fetch(`${this.#url.pathname}${text}`);
    if (fetched.status !== 200) {
      const excused = fetched.status === 503;
      this.#findings.expect(excused, 'available', `the playlist: status ${fetched.status}`);
      if (excused) this.#unanswered += 1;
      return undefined;
    }
    this.#playlists += 1;
    const type = /^application\/vnd\.apple\.mpegurl|^audio\/mpegurl/;
    this.#findings.expect(type.test(fetched.type), 'available', `the playlist has type ${fetched.type}`);
    const read = parseMediaPlaylist(Buffer.from(fetched.body).toString());
    this.#findings.expect(read.ok, 'available', `the playlist cannot be read: ${JSON.stringify(read)}`);
    if (!read.ok) return undefined;
    if (read.value.skippedSegments === 0) checkPlaylist(read.value, this.#findings);
    return read.value;
  }

  /** Fetches what is new in a playlist, in order. */
  async #take(playlist: ReadMediaPlaylist): Promise<void> {
    for (const [index, segment] of playlist.segments.entries()) {
      const msn = playlist.mediaSequence + index;
      if (segment.parts.length === 0 || this.#wholes.has(msn)) continue;
      await this.#takeParts(msn, segment);
      if (segment.whole) await this.#takeWhole(msn, segment);
    }
    if (this.#hinted?.uri !== playlist.preloadHintUri) {
      const uri = playlist.preloadHintUri;
      // Nobody may be waiting for it any more when the session ends.
      const body = this.#fetch(uri).catch(() => ({ status: 503, body: new Uint8Array(), type: '' }));
      this.#hinted = { uri, body };
    }
  }

  async #takeParts(msn: number, segment: PlaylistSegment): Promise<void> {
    const known = this.#partsOf.get(msn);
    if (known === undefined) {
      if (segment.discontinuity) this.#discontinuities += 1;
      this.#media.begin(segment, await this.#body(segment.mapUri));
    }
    for (const [index, part] of segment.parts.entries()) {
      if (index < (known ?? 0)) continue;
      await this.#checkHint(part.uri);
      const body = await this.#body(part.uri);
      this.#media.part(part, body, index === 0 ? { dateMs: segment.programDateTimeMs } : undefined);
      this.#parts += 1;
    }
    this.#partsOf.set(msn, segment.parts.length);
  }

  async #checkHint(uri: string): Promise<void> {
    const hinted = this.#hinted;
    if (!hinted) return;
    this.#hinted = undefined;
    this.#findings.expect(hinted.uri === uri, 'preload-hint', `${hinted.uri} was hinted, ${uri} came`);
    if (hinted.uri !== uri) return;
    const fetched = await hinted.body;
    if (fetched.status === 200) this.#bodies.set(uri, fetched.body);
    else this.#findings.expect(fetched.status === 503, 'preload-hint', `${uri}: status ${fetched.status}`);
  }

  async #takeWhole(msn: number, segment: PlaylistSegment): Promise<void> {
    this.#wholes.add(msn);
    const uri = segment.whole?.uri ?? '';
    const whole = Buffer.from(await this.#body(uri));
    const parts = Buffer.concat(await Promise.all(segment.parts.map((part) => this.#body(part.uri))));
    this.#findings.expect(
      whole.equals(parts),
      'parts-make-segment',
      `${uri}: ${whole.length} and ${parts.length} bytes`,
    );
  }

  /** What is still served at the end has the bytes it had at first. */
  async #refetch(): Promise<void> {
    for (const [uri, body] of [...this.#bodies].slice(-40)) {
      const again = await this.#fetch(uri);
      if (again.status !== 200) continue;
      this.#findings.expect(Buffer.from(again.body).equals(body), 'immutable', uri);
    }
  }

  async #body(uri: string): Promise<Uint8Array> {
    const known = this.#bodies.get(uri);
    if (known) return known;
    const fetched = await this.#fetch(uri);
    this.#findings.expect(fetched.status === 200, 'available', `${uri}: status ${fetched.status}`);
    this.#findings.expect(
      /^(video|audio)\/mp4$/.test(fetched.type),
      'available',
      `${uri} has type ${fetched.type}`,
    );
    this.#bodies.set(uri, fetched.body);
    this.#forgetOldest();
    return fetched.body;
  }

  #forgetOldest(): void {
    const enough = 400;
    for (const uri of this.#bodies.keys()) {
      if (this.#bodies.size <= enough) return;
      this.#bodies.delete(uri);
    }
  }

  async #fetch(uri: string): Promise<Fetched> {
    const response = await fetch(new URL(uri, this.#url));
    const body = new Uint8Array(await response.arrayBuffer());
    return { status: response.status, body, type: response.headers.get('content-type') ?? '' };
  }
}

interface Position {
  readonly msn: number;
  readonly part: number;
}

/** The segment in progress and how many parts it has. */
function endOf(playlist: ReadMediaPlaylist): Position {
  const count = playlist.segments.length;
  const last = playlist.segments.at(-1);
  if (!last || last.whole) return { msn: playlist.mediaSequence + count, part: 0 };
  return { msn: playlist.mediaSequence + count - 1, part: last.parts.length };
}

function hasPart(playlist: ReadMediaPlaylist, { msn, part }: Position): boolean {
  return (playlist.segments[msn - playlist.mediaSequence]?.parts.length ?? 0) > part;
}
