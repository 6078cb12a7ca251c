/**
 * What do WebRTC viewers cost? The real server with one camera of 4 Mbit/s, 25 pictures a second, watched through WHEP by
 * clients in another process; against a Node program that only gives packets made beforehand to the same native
 * library, and against any other server. CPU is that of the server and its WebRTC worker together; how long the worker's
 * event loop is held up is read from the worker.
 *
 * `node bench/webrtc.ts [--viewers 1,50,100,200] [--rounds 1] [--seconds 5] [--warmup 3] [--feedport 0]`
 *
 * `PEER_WHEP=http://host:port/path` names another server; it is measured when it runs on this machine (`PEER_PID` when
 * its process is not found), and should show the same camera: `rtsp://127.0.0.1:<feedport>/1`.
 */
import { readFileSync } from 'node:fs';
import type { RunningServer } from '../test/support/server.ts';
import { startServer } from '../test/support/server.ts';
import { clientCore, machine, pin, serverCore } from './support/cores.ts';
import { pidOfListener } from './support/listener.ts';
import { LoopMeter } from './support/loop-delay.ts';
import { readOptions } from './support/options.ts';
import { framesPerSecond } from './support/pictures.ts';
import { cpuMsOf, noteMissingProc } from './support/process-cpu.ts';
import { readProcess } from './support/process-figures.ts';
import { Program, withProgram } from './support/program.ts';
import { figure } from './support/table.ts';
import type { ViewerCost } from './support/viewer-costs.ts';
import { measureAll, measureIdle, printViewerCosts } from './support/viewer-costs.ts';
import type { WebRtcReport, WebRtcRequest } from './support/webrtc-clients.ts';

const options = readOptions({ viewers: '1,50,100,200', rounds: 1, seconds: 5, warmup: 3, feedport: 0 });

/** Snapshots are taken between pictures or amid them. */
const picturesAtTheEdges = 3;
/** In the command line of the worker. */
const worker = 'outputs/webrtc/worker/main';

interface Subject {
  readonly name: string;
  readonly url: string;
  /** All processes that have a part in it; NaN when it is not known. */
  readonly pids: readonly number[];
  readonly loop?: LoopMeter | undefined;
}

const sleep = (seconds: number) => new Promise((wake) => setTimeout(wake, seconds * 1000));

function cpuMs({ pids }: Subject): number {
  return pids.reduce((sum, pid) => sum + cpuMsOf(pid), 0);
}

function measure(subject: Subject, viewers: number): Promise<ViewerCost> {
  return withProgram(Program.start('webrtc-clients.ts'), async (clients) => {
    pin(clients.pid, clientCore);
    const request: WebRtcRequest = { url: subject.url, viewers };
    await clients.ask('connect', request);
    await sleep(options.warmup);
    await subject.loop?.reset();
    const before = await clients.ask<WebRtcReport>('report');
    const beforeMs = { server: cpuMs(subject), clients: cpuMsOf(clients.pid) };
    await sleep(options.seconds);
    const report = await clients.ask<WebRtcReport>('report');
    const usedMs = cpuMs(subject) - beforeMs.server;
    const clientCpuMs = cpuMsOf(clients.pid) - beforeMs.clients;
    const delay = await subject.loop?.read();
    await clients.ask('leave');
    const seconds = (report.atMs - before.atMs) / 1000;
    const { bytes, pictures, packets } = report;
    return {
      subject: subject.name,
      viewers,
      seconds,
      bytes,
      pictures,
      cpuMs: usedMs,
      clientCpuMs,
      lost: faults(report, seconds),
      more: [
        figure((usedMs * 1000) / packets),
        delay ? [delay.p50Ms, delay.p99Ms, delay.mostMs].map(figure).join(' / ') : '-',
      ],
    };
  });
}

function faults({ lostPackets, packets, gone, leastPictures }: WebRtcReport, seconds: number): string[] {
  const expected = Math.floor(seconds * framesPerSecond) - picturesAtTheEdges;
  return [
    gone > 0 && `${gone} viewers gone`,
    lostPackets > 0 && `${figure((lostPackets / (packets + lostPackets)) * 100)} % of packets`,
    leastPictures < expected && `late: a viewer with ${leastPictures} of ${expected} pictures`,
  ].filter((fault) => fault !== false);
}

async function addCamera(server: RunningServer, feedPort: number): Promise<Subject> {
  const source = { kind: 'rtsp', url: `rtsp://127.0.0.1:${feedPort}/1`, transport: 'tcp' };
  const { id } = await server.addCamera({ name: 'Fed camera', source, start: 'always' });
  const { links } = await server.waitFor(id, 'live', ({ status }) => status.state === 'live');
  const workers = (readProcess(server.pid)?.children ?? []).filter(isWorker);
  const [first] = workers;
  const loop = first === undefined ? undefined : await LoopMeter.open(first);
  if (!loop) console.log("Note: the worker's event loop is not measured; its inspector could not be opened.");
  return { name: 'sightline', url: server.url + links.whep, pids: [server.pid, ...workers], loop };
}

function isWorker(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(worker);
  } catch {
    return false;
  }
}

function findPeer(): Subject[] {
  const { PEER_WHEP: url, PEER_PID: given } = process.env;
  if (!url) return [];
  const { port, protocol } = new URL(url);
  const pid = given ? Number(given) : pidOfListener(Number(port || (protocol === 'https:' ? '443' : '80')));
  if (pid === undefined) console.log('Note: the process of the peer is not found; its CPU is not measured.');
  return [{ name: 'peer', url, pids: [pid ?? Number.NaN] }];
}

noteMissingProc();
await withProgram(Program.start('camera-feed.ts', { args: [String(options.feedport)] }), (feed) =>
  withProgram(Program.start('bare-webrtc.ts'), async (bare) => {
    const server = await startServer({ config: 'webrtc:\n  port: 0\n' });
    try {
      const ours = await addCamera(server, await feed.ask<number>('port'));
      const bareUrl = `http://127.0.0.1:${await bare.ask<number>('port')}/`;
      const baseline: Subject = { name: 'baseline', url: bareUrl, pids: [bare.pid] };
      const subjects = [baseline, ours, ...findPeer()];
      pin(feed.pid, clientCore);
      const isPinned = subjects.flatMap(({ pids }) => pids).every((pid) => pin(pid, serverCore));
      console.log(machine(isPinned));
      const idleCpuMs = await measureIdle(
        subjects.map((subject) => ({ name: subject.name, cpuMs: () => cpuMs(subject) })),
        options.seconds,
      );
      const { viewers, rounds } = options;
      const costs = await measureAll({ subjects, viewers, rounds, measure });
      const more = ['us / packet', "worker's loop held up, ms: p50 / p99 / most"];
      printViewerCosts({ costs, baseline: 'baseline', idleCpuMs, more });
    } finally {
      await server.stop();
    }
  }),
);
