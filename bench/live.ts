/**
 * What do viewers of the live WebSocket cost? The real server with one camera of 4 Mbit/s, 25 pictures a second; against
 * a Node program that only writes the same bytes, made beforehand, to the same clients.
 *
 * `node bench/live.ts [--viewers 1,50,200] [--rounds 1] [--seconds 5] [--warmup 3]`
 */
import { livePath } from '../src/api/contract/live.ts';
import type { RunningServer } from '../test/support/server.ts';
import { startServer } from '../test/support/server.ts';
import { clientCore, machine, pin, serverCore } from './support/cores.ts';
import type { LiveReport, LiveRequest } from './support/live-clients.ts';
import { readOptions } from './support/options.ts';
import { framesPerSecond } from './support/pictures.ts';
import { cpuMsOf, noteMissingProc } from './support/process-cpu.ts';
import { Program, withProgram } from './support/program.ts';
import type { ViewerCost } from './support/viewer-costs.ts';
import { measureAll, measureIdle, printViewerCosts } from './support/viewer-costs.ts';

const options = readOptions({ viewers: '1,50,200', rounds: 1, seconds: 5, warmup: 3 });

/** Snapshots are taken between pictures or amid them. */
const picturesAtTheEdges = 3;

interface Subject {
  readonly name: string;
  readonly url: string;
  readonly camera: string;
  readonly pid: number;
}

const sleep = (seconds: number) => new Promise((wake) => setTimeout(wake, seconds * 1000));

function withClients<T>(use: (clients: Program) => Promise<T>): Promise<T> {
  return withProgram(Program.start('live-clients.ts'), (clients) => {
    pin(clients.pid, clientCore);
    return use(clients);
  });
}

async function measure({ name, url, camera, pid }: Subject, viewers: number): Promise<ViewerCost> {
  return withClients(async (clients) => {
    const request: LiveRequest = { url, camera, viewers };
    await clients.ask('connect', request);
    await sleep(options.warmup);
    const before = await clients.ask<LiveReport>('report');
    const beforeMs = { server: cpuMsOf(pid), clients: cpuMsOf(clients.pid) };
    await sleep(options.seconds);
    const report = await clients.ask<LiveReport>('report');
    const seconds = (report.atMs - before.atMs) / 1000;
    const { bytes, pictures } = report;
    return {
      subject: name,
      viewers,
      seconds,
      bytes,
      pictures,
      cpuMs: cpuMsOf(pid) - beforeMs.server,
      clientCpuMs: cpuMsOf(clients.pid) - beforeMs.clients,
      lost: faults(report, seconds, name === 'sightline'),
    };
  });
}

/** The baseline sends the same times again and again: they jump. */
function faults(report: LiveReport, seconds: number, hasTimes: boolean): string[] {
  const { dropped, jumps, leastPictures, problems } = report;
  const expected = Math.floor(seconds * framesPerSecond) - picturesAtTheEdges;
  return [
    ...new Set(problems),
    dropped > 0 && `${dropped} pictures dropped`,
    hasTimes && jumps > 0 && `${jumps} jumps in time`,
    leastPictures < expected && `late: a viewer with ${leastPictures} of ${expected} pictures`,
  ].filter((fault) => fault !== false);
}

async function addCamera(server: RunningServer, feedPort: number): Promise<Subject> {
  const source = { kind: 'rtsp', url: `rtsp://127.0.0.1:${feedPort}/1`, transport: 'tcp' };
  const { id } = await server.addCamera({ name: 'Fed camera', source, start: 'always' });
  await server.waitFor(id, 'live', ({ status }) => status.state === 'live');
  const url = server.url.replace('http', 'ws') + livePath;
  return { name: 'sightline', url, camera: id, pid: server.pid };
}

/** A GOP as our server sends it. */
function recordGop({ url, camera }: Subject): Promise<Uint8Array[]> {
  return withClients(async (clients) => {
    const request: LiveRequest = { url, camera, viewers: 1 };
    await clients.ask('connect', request);
    return clients.ask<Uint8Array[]>('record');
  });
}

noteMissingProc();
await withProgram(Program.start('camera-feed.ts'), (feed) =>
  withProgram(Program.start('bare-live.ts'), async (bare) => {
    const server = await startServer();
    try {
      pin(feed.pid, clientCore);
      const isPinned = [server.pid, bare.pid].every((pid) => pin(pid, serverCore));
      const ours = await addCamera(server, await feed.ask<number>('port'));
      const barePort = await bare.ask<number>('serve', await recordGop(ours));
      const bareUrl = `ws://127.0.0.1:${barePort}/`;
      const baseline: Subject = { name: 'baseline', url: bareUrl, camera: '', pid: bare.pid };
      console.log(machine(isPinned));
      const idleCpuMs = await measureIdle(
        [baseline, ours].map(({ name, pid }) => ({ name, cpuMs: () => cpuMsOf(pid) })),
        options.seconds,
      );
      const { viewers, rounds } = options;
      const costs = await measureAll({ subjects: [baseline, ours], viewers, rounds, measure });
      printViewerCosts({ costs, baseline: 'baseline', idleCpuMs });
    } finally {
      await server.stop();
    }
  }),
);
