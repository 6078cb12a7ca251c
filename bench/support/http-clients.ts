/**
 * Everybody who asks, in a process of their own: what they cost is not the server's.
 *
 * Program: `load` asks for one path as fast as it can; `hold` lets many wait for the same thing; `watch` begins to
 * follow a camera, `watched` tells how that goes.
 */
import type { LiveEdge } from './live-edge.ts';
import { SharedReading } from './live-edge.ts';
import { serveParent, sharedNowMs } from './program.ts';
import { RawHttp } from './raw-http.ts';

export interface LoadRequest {
  readonly port: number;
  readonly path: string;
  readonly connections: number;
  readonly seconds: number;
}

export interface Loaded {
  readonly answers: number;
  readonly seconds: number;
}

async function load({ port, path, connections, seconds }: LoadRequest): Promise<Loaded> {
  const clients = await connectAll(port, connections, 'load');
  let answers = 0;
  const startMs = sharedNowMs();
  const endMs = startMs + seconds * 1000;
  await Promise.all(
    clients.map(async (client) => {
      while (sharedNowMs() < endMs) {
        const { status } = await client.get(path);
        if (status !== 200) throw new Error(`${path} was answered with ${status}`);
        answers += 1;
      }
      client.close();
    }),
  );
  return { answers, seconds: (sharedNowMs() - startMs) / 1000 };
}

/** Where a playlist is: the server's, which says what comes next, or the baseline's, which always says the same. */
export type Place =
  | { readonly kind: 'camera'; readonly base: string }
  | { readonly kind: 'baseline'; readonly held: string; readonly part: string };

export interface HoldRequest {
  readonly port: number;
  readonly place: Place;
  readonly connections: number;
  readonly rounds: number;
}

/** All times on the clock that all processes share. */
export interface HeldRound {
  /** The last request was sent. */
  readonly askedMs: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Number of the part within its segment. */
  readonly part: number;
}

async function hold({ port, place, connections, rounds }: HoldRequest): Promise<HeldRound[]> {
  const clients = await connectAll(port, connections, 'hold');
  const reading = new SharedReading();
  const scout = await RawHttp.connect(port, 'hold');
  const done: HeldRound[] = [];
  while (done.length < rounds) {
    const edge = await edgeOf(scout, place, reading);
    const answeredMs: number[] = [];
    const asked = clients.map(async (client) => {
      const { status } = await client.get(heldPath(place, edge));
      if (status !== 200) throw new Error(`a held playlist was answered with ${status}`);
      answeredMs.push(sharedNowMs());
    });
    const askedMs = sharedNowMs();
    await Promise.all(asked);
    const [firstMs = 0] = answeredMs;
    done.push({ askedMs, firstMs, lastMs: answeredMs.at(-1) ?? 0, part: edge?.nextPart ?? 0 });
  }
  for (const client of [...clients, scout]) client.close();
  return done;
}

export interface WatchRequest {
  readonly port: number;
  readonly place: Place;
  readonly viewers: number;
}

export interface Watched {
  readonly playlists: number;
  readonly parts: number;
  readonly bytes: number;
}

const watched = { playlists: 0, parts: 0, bytes: 0 };

async function watch({ port, place, viewers }: WatchRequest): Promise<void> {
  const reading = new SharedReading();
  for (let index = 0; index < viewers; index += 1) {
    const client = await RawHttp.connect(port, `viewer ${index}`);
    void follow(client, place, reading);
  }
}

/** A player at the live edge: the next playlist is held until its part is there, then the part is fetched. */
async function follow(client: RawHttp, place: Place, reading: SharedReading): Promise<never> {
  let edge = await edgeOf(client, place, reading);
  for (;;) {
    const playlist = await client.get(heldPath(place, edge), true);
    watched.playlists += 1;
    if (place.kind === 'camera') edge = reading.read(playlist.body);
    const part = await client.get(place.kind === 'camera' ? `${place.base}${edge?.newestPart}` : place.part);
    if (part.status !== 200) throw new Error(`a listed part was answered with ${part.status}`);
    watched.parts += 1;
    watched.bytes += playlist.bytes + part.bytes;
  }
}

async function edgeOf(client: RawHttp, place: Place, reading: SharedReading): Promise<LiveEdge | undefined> {
  if (place.kind === 'baseline') return undefined;
  return reading.read((await client.get(`${place.base}live.m3u8`, true)).body);
}

function heldPath(place: Place, edge: LiveEdge | undefined): string {
  if (place.kind === 'baseline') return place.held;
  return `${place.base}live.m3u8?_HLS_msn=${edge?.nextMsn}&_HLS_part=${edge?.nextPart}`;
}

function connectAll(port: number, count: number, userAgent: string): Promise<RawHttp[]> {
  return Promise.all(Array.from({ length: count }, () => RawHttp.connect(port, userAgent)));
}

serveParent({ load, hold, watch, watched: () => watched });
