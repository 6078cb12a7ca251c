/**
 * What do viewers cost? Requests a second at the playlist and at a part, 500 playlists held at one time, and CPU per
 * viewer; the real server with one camera, against `node:http` with the same bytes in memory.
 *
 * `node bench/hls.ts [--rounds 3] [--seconds 1.5] [--connections 32] [--held 500] [--parts 20]
 *  [--viewers 100] [--watch 8]`
 */
import type { RunningServer } from '../test/support/server.ts';
import { startServer } from '../test/support/server.ts';
import type { BareFiles } from './support/bare-http.ts';
import type { SentPicture } from './support/camera-feed.ts';
import type {
  HeldRound,
  HoldRequest,
  Loaded,
  LoadRequest,
  Place,
  Watched,
  WatchRequest,
} from './support/http-clients.ts';
import { readLiveEdge } from './support/live-edge.ts';
import { readOptions } from './support/options.ts';
import { framesPerSecond } from './support/pictures.ts';
import { cpuMsOf, noteMissingProc } from './support/process-cpu.ts';
import { Program, withProgram } from './support/program.ts';
import { figure, median, printTable, ratio } from './support/table.ts';

const options = readOptions({
  rounds: 3,
  seconds: 1.5,
  connections: 32,
  held: 500,
  parts: 20,
  viewers: 100,
  watch: 8,
});

/** A server under test: ours, or the baseline. */
interface Subject {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  readonly place: Place;
}

interface Bench {
  readonly server: RunningServer;
  readonly feed: Program;
  readonly bare: Program;
  readonly subjects: readonly [ours: Subject, baseline: Subject];
}

const sleep = (seconds: number) => new Promise((wake) => setTimeout(wake, seconds * 1000));

/** The newest playlist and a part of about 100 KB, for the baseline to answer with. */
async function takeFiles(bench: Bench): Promise<BareFiles & { readonly partName: string }> {
  const { place } = bench.subjects[0];
  const base = bench.server.url + (place.kind === 'camera' ? place.base : '');
  const playlist = await (await fetch(`${base}live.m3u8`)).text();
  const { newestPart, newestIsKey } = readLiveEdge(playlist);
  if (newestIsKey) {
    await sleep(0.25);
    return takeFiles(bench);
  }
  const part = await (await fetch(base + newestPart)).arrayBuffer();
  return { playlist: Buffer.from(playlist), part: new Uint8Array(part), partName: newestPart };
}

async function requestsPerSecond(bench: Bench): Promise<void> {
  const rows: string[][] = [];
  for (const file of ['playlist', 'part'] as const) {
    const rates: [number[], number[]] = [[], []];
    const costs: [number[], number[]] = [[], []];
    let bytes = 0;
    for (let round = 0; round < options.rounds; round += 1) {
      const files = await takeFiles(bench);
      bytes = files[file].length;
      await bench.bare.ask('serve', files);
      for (const [index, { place, port, pid }] of bench.subjects.entries()) {
        const ours = place.kind === 'camera' && place.base + (file === 'part' ? files.partName : 'live.m3u8');
        const path = ours || `/${file}`;
        const before = cpuMsOf(pid);
        const request: LoadRequest = {
          port,
          path,
          connections: options.connections,
          seconds: options.seconds,
        };
        const { answers, seconds } = await withClients((clients) => clients.ask<Loaded>('load', request));
        rates[index]?.push(answers / seconds);
        costs[index]?.push(((cpuMsOf(pid) - before) * 1000) / answers);
      }
    }
    for (const [index, { name }] of bench.subjects.entries()) {
      rows.push([
        `${file} of ${figure(bytes / 1000)} KB, ${name}`,
        figure(median(rates[index] ?? [])),
        figure(median(costs[index] ?? [])),
        ratio(median(costs[index] ?? []), median(costs[1])),
      ]);
    }
  }
  console.log(
    `\nRequests over ${options.connections} kept-alive connections, median of ${options.rounds} rounds`,
  );
  printTable(['answers', 'per second', 'us CPU each', 'CPU to baseline'], rows);
}

interface HeldResult {
  readonly firstMs: number[];
  readonly lastMs: number[];
  readonly spreadMs: number[];
}

async function heldRequests(bench: Bench): Promise<void> {
  const results: HeldResult[] = [];
  for (const { place, port } of bench.subjects) {
    const request: HoldRequest = { port, place, connections: options.held, rounds: options.parts };
    const rounds = await withClients((clients) => clients.ask<HeldRound[]>('hold', request));
    const readyMs = place.kind === 'camera' ? await partsSent(bench) : await partsReleased(bench);
    results.push(timed(rounds, readyMs));
  }
  console.log(
    `\n${options.held} playlists held for one part, ${options.parts} parts in turn. "Ready" is when the camera's ` +
      'last picture of that part was sent;\nfor the baseline, when it began to write. All times are taken outside ' +
      'of the measured server, at the sender and at the receiver.',
  );
  const baseline = results[1];
  printTable(
    [
      'ms',
      'ready to first p50',
      'ready to last p50',
      'ready to last max',
      'first to last p50',
      'last p50 to baseline',
    ],
    results.map(({ firstMs, lastMs, spreadMs }, index) => [
      bench.subjects[index]?.name ?? '',
      figure(median(firstMs)),
      figure(median(lastMs)),
      figure(Math.max(...lastMs)),
      figure(median(spreadMs)),
      ratio(median(lastMs), median(baseline?.lastMs ?? [])),
    ]),
  );
}

/** Returns for a round when its part was ready; undefined when that is not known any more. */
type ReadyMs = (round: HeldRound) => number | undefined;

/** A part is complete with its last picture: the newest of that place in its GOP when the first answer came. */
async function partsSent({ feed, server, subjects }: Bench): Promise<ReadyMs> {
  const sent = await feed.ask<SentPicture[]>('sent');
  const { place } = subjects[0];
  const playlist = await fetch(`${server.url}${place.kind === 'camera' ? place.base : ''}live.m3u8`);
  const pictures = Math.round(readLiveEdge(await playlist.text()).newestPartSeconds * framesPerSecond);
  return ({ part, firstMs }) => {
    const last = (part + 1) * pictures - 1;
    return sent.findLast(({ frame, atMs }) => frame === last && atMs <= firstMs)?.atMs;
  };
}

async function partsReleased({ bare }: Bench): Promise<ReadyMs> {
  const released = await bare.ask<number[]>('released');
  return ({ firstMs }) => released.findLast((atMs) => atMs <= firstMs);
}

/** Leaves out rounds in which the part came while some were still asking. */
function timed(rounds: readonly HeldRound[], readyMs: ReadyMs): HeldResult {
  const result: HeldResult = { firstMs: [], lastMs: [], spreadMs: [] };
  for (const round of rounds) {
    const ready = readyMs(round);
    if (ready === undefined || ready < round.askedMs) continue;
    result.firstMs.push(round.firstMs - ready);
    result.lastMs.push(round.lastMs - ready);
    result.spreadMs.push(round.lastMs - round.firstMs);
  }
  return result;
}

async function cpuPerViewer(bench: Bench): Promise<void> {
  await bench.bare.ask('serve', await takeFiles(bench));
  const shares: number[] = [];
  const rows: string[][] = [];
  for (const { name, place, port, pid } of bench.subjects) {
    await withClients(async (clients) => {
      const request: WatchRequest = { port, place, viewers: options.viewers };
      await clients.ask('watch', request);
      await sleep(2);
      const before = {
        ...(await clients.ask<Watched>('watched')),
        cpuMs: cpuMsOf(pid),
        atMs: performance.now(),
      };
      await sleep(options.watch);
      const after = {
        ...(await clients.ask<Watched>('watched')),
        cpuMs: cpuMsOf(pid),
        atMs: performance.now(),
      };
      const viewerSeconds = ((after.atMs - before.atMs) / 1000) * options.viewers;
      shares.push((after.cpuMs - before.cpuMs) / viewerSeconds);
      rows.push([
        name,
        figure((after.playlists - before.playlists) / viewerSeconds),
        figure((after.parts - before.parts) / viewerSeconds),
        figure(((after.bytes - before.bytes) * 8) / 1e6 / viewerSeconds),
        figure(shares.at(-1) ?? Number.NaN),
        figure(1000 / (shares.at(-1) ?? Number.NaN)),
      ]);
    });
  }
  console.log(
    `\n${options.viewers} viewers, each holding a playlist and fetching every part, ${options.watch} s. ` +
      'Ours includes reading the camera and making the parts.',
  );
  printTable(
    ['per viewer', 'playlists/s', 'parts/s', 'Mbit/s', 'ms CPU / s', 'viewers per core', 'CPU to baseline'],
    rows.map((row, index) => [...row, ratio(shares[index] ?? Number.NaN, shares[1] ?? Number.NaN)]),
  );
}

function withClients<T>(use: (clients: Program) => Promise<T>): Promise<T> {
  return withProgram(Program.start('http-clients.ts'), use);
}

/** A camera that is watched from the start to the end: its muxer never pauses. */
async function addCamera(server: RunningServer, feedPort: number): Promise<Place> {
  const source = { kind: 'rtsp', url: `rtsp://127.0.0.1:${feedPort}/1`, transport: 'tcp' };
  const camera = await server.addCamera({ name: 'Fed camera', source, start: 'always' });
  await server.waitFor(camera.id, 'live', ({ status }) => status.state === 'live');
  return { kind: 'camera', base: `/hls/${camera.id}/` };
}

noteMissingProc();
await withProgram(Program.start('camera-feed.ts'), (feed) =>
  withProgram(Program.start('bare-http.ts'), async (bare) => {
    const server = await startServer();
    try {
      const place = await addCamera(server, await feed.ask<number>('port'));
      const port = Number(new URL(server.url).port);
      const ours: Subject = { name: 'sightline', port, pid: server.pid, place };
      const empty: BareFiles = { playlist: new Uint8Array(), part: new Uint8Array() };
      const barePort = await bare.ask<number>('serve', empty);
      const barePlace = { kind: 'baseline', held: '/held', part: '/part' } as const;
      const baseline: Subject = { name: 'baseline', port: barePort, pid: bare.pid, place: barePlace };
      const bench: Bench = { server, feed, bare, subjects: [ours, baseline] };
      await takeFiles(bench);
      // Until the playlist has its usual length.
      await sleep(6);
      await requestsPerSecond(bench);
      await heldRequests(bench);
      await cpuPerViewer(bench);
    } finally {
      await server.stop();
    }
  }),
);
