/**
 * What do RTSP viewers cost? The real server with one camera of 4 Mbit/s, 25 pictures a second and a keyframe every
 * 2 s, read over TCP by many; against a C program that does one write for each picture and reader, and against any other
 * server. Then the same with some who never read: the others must lose nothing. Ends with 1 when they do.
 *
 * `node bench/rtsp.ts [--readers 1,100,500,1000] [--rounds 1] [--seconds 5] [--warmup 2] [--crowd 500] [--stuck 50]
 *  [--watch 25] [--feedport 0]`
 *
 * `PEER_RTSP=rtsp://[user:password@]host:port/path` names another server; it is measured when it runs on this machine
 * (`PEER_PID` when its process is not found), and should show the same camera: `rtsp://127.0.0.1:<feedport>/1`.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningServer } from '../test/support/server.ts';
import { startServer } from '../test/support/server.ts';
import { CProgram, compileC, scratchFolder } from './support/c-program.ts';
import { clientCore, machine, pin, serverCore } from './support/cores.ts';
import { connectionsTo, pidOfListener } from './support/listener.ts';
import { readOptions } from './support/options.ts';
import { framesPerSecond, makeGop } from './support/pictures.ts';
import { cpuMsOf, noteMissingProc } from './support/process-cpu.ts';
import { readProcess } from './support/process-figures.ts';
import { Program, withProgram } from './support/program.ts';
import { figure } from './support/table.ts';
import type { ViewerCost } from './support/viewer-costs.ts';
import { measureAll, measureIdle, printViewerCosts } from './support/viewer-costs.ts';

const options = readOptions({
  readers: '1,100,500,1000',
  rounds: 1,
  seconds: 5,
  warmup: 2,
  crowd: 500,
  stuck: 50,
  watch: 25,
  feedport: 0,
});

/** A thousand handshakes take a few seconds on a busy machine. */
const readyWithinMs = 60_000;
const answerWithinMs = 10_000;
const memoryEveryMs = 200;
/** What a reader who never reads may cost: the server's budget for one, and as much again. */
const mbPerStuckReader = 2;
/** The heap of any server comes and goes by so much. */
const mbOfGarbage = 30;
/** Snapshots are taken between pictures or amid them. */
const framesAtTheEdges = 3;
/** What is late is not lost: nothing that was left out would come within a second. */
const framesOfASecond = framesPerSecond;

interface Subject {
  readonly name: string;
  readonly url: string;
  /** Undefined when its process is not known: then only losses are told. */
  readonly pid: number | undefined;
}

/** As `rtsp-readers.c` tells it, since it was last asked. */
interface Report {
  readonly atMs: number;
  readonly reading: number;
  readonly bytes: number;
  readonly leastFrames: number;
  readonly mostFrames: number;
  readonly frames: number;
  readonly gaps: number;
  readonly lostPackets: number;
  readonly badFraming: number;
  readonly closed: number;
}

interface Measured {
  readonly report: Report;
  readonly seconds: number;
  readonly cpuMs: number;
  /** Of the readers' own process. */
  readonly clientCpuMs: number;
}

const sleep = (seconds: number) => new Promise((wake) => setTimeout(wake, seconds * 1000));

async function withReaders<T>(
  { url }: Subject,
  { count, stuck }: { readonly count: number; readonly stuck: number },
  use: (readers: CProgram) => Promise<T>,
): Promise<T> {
  const address = new URL(url);
  const { hostname, port, username, password } = address;
  const login = username ? btoa(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`) : '-';
  address.username = '';
  address.password = '';
  const words = [hostname, port || '554', address.href, String(count), String(stuck), login];
  const readers = CProgram.start(readersProgram, words);
  try {
    pin(readers.pid, clientCore);
    const said = await readers.line(readyWithinMs);
    if (said !== 'ready') throw new Error(`${count} readers of ${address.href} ${said}`);
    return await use(readers);
  } finally {
    await readers.stop();
  }
}

async function measure(readers: CProgram, pid: number | undefined, forSeconds: number): Promise<Measured> {
  const before = await readers.ask<Report>(answerWithinMs);
  const cpuBefore = pid === undefined ? Number.NaN : cpuMsOf(pid);
  const clientBefore = cpuMsOf(readers.pid);
  await sleep(forSeconds);
  const report = await readers.ask<Report>(answerWithinMs);
  return {
    report,
    seconds: (report.atMs - before.atMs) / 1000,
    cpuMs: pid === undefined ? Number.NaN : cpuMsOf(pid) - cpuBefore,
    clientCpuMs: cpuMsOf(readers.pid) - clientBefore,
  };
}

/** What is wrong with what they got; empty when nothing is. */
function faults({ report, seconds }: Measured, wanted: number, late = framesAtTheEdges): string[] {
  const { reading, lostPackets, gaps, badFraming, closed, leastFrames } = report;
  const expected = Math.floor(seconds * framesPerSecond) - late;
  return [
    reading < wanted && `${wanted - reading} of ${wanted} readers gone`,
    closed > 0 && `${closed} closed by the server`,
    lostPackets > 0 && `${lostPackets} packets lost in ${gaps} gaps`,
    badFraming > 0 && `${badFraming} times no interleaved packet`,
    leastFrames < expected && `late: a reader with ${leastFrames} of ${expected} pictures`,
  ].filter((fault) => fault !== false);
}

async function measureCost(subject: Subject, viewers: number): Promise<ViewerCost> {
  const watched = await withReaders(subject, { count: viewers, stuck: 0 }, async (readers) => {
    await sleep(options.warmup);
    return measure(readers, subject.pid, options.seconds);
  });
  const { bytes, frames: pictures } = watched.report;
  return { ...watched, subject: subject.name, viewers, bytes, pictures, lost: faults(watched, viewers) };
}

async function costs(subjects: readonly Subject[]): Promise<void> {
  await sleep(options.warmup);
  const idleCpuMs = await measureIdle(
    subjects.map(({ name, pid }) => ({ name, cpuMs: () => cpuMsOf(pid ?? 0) })),
    options.seconds,
  );
  const { readers: viewers, rounds } = options;
  const measured = await measureAll({ subjects, viewers, rounds, measure: measureCost });
  printViewerCosts({ costs: measured, baseline: 'C', idleCpuMs });
}

function verdict(good: boolean): string {
  return good ? 'PASS' : 'FAIL';
}

/** Samples the memory of a process until it is stopped. */
function watchMemory(pid: number): { readonly beforeMb: number; stop(): { mostMb: number; lastMb: number } } {
  const rssMb = () => readProcess(pid)?.rssMb ?? Number.NaN;
  const beforeMb = rssMb();
  let mostMb = beforeMb;
  const timer = setInterval(() => (mostMb = Math.max(mostMb, rssMb())), memoryEveryMs);
  return {
    beforeMb,
    stop: () => {
      clearInterval(timer);
      return { mostMb, lastMb: rssMb() };
    },
  };
}

/** Returns whether this server keeps its promises. */
async function someNeverRead(subject: Subject): Promise<boolean> {
  const { crowd, stuck, watch } = options;
  const memory = watchMemory(subject.pid ?? 0);
  const { measured, letGo } = await withReaders(subject, { count: crowd, stuck }, async (readers) => {
    // From the first moment: nobody is let settle.
    await readers.ask<Report>(answerWithinMs);
    const measured = await measure(readers, subject.pid, watch);
    return { measured, letGo: crowd - connectionsTo(Number(new URL(subject.url).port)) };
  });
  const { mostMb, lastMb } = memory.stop();
  const lost = faults(measured, crowd - stuck, framesOfASecond);
  const { report } = measured;
  const growthMb = mostMb - memory.beforeMb;
  const allowedMb = stuck * mbPerStuckReader + mbOfGarbage;
  // Unknown memory of a server elsewhere is no fault.
  const isBounded = !(growthMb > allowedMb);
  console.log(`${subject.name}:`);
  console.log(
    `  ${verdict(lost.length === 0)}  the other ${crowd - stuck}: ${lost.join('; ') || 'lost nothing'}` +
      ` (${report.leastFrames} to ${report.mostFrames} pictures each in ${figure(measured.seconds)} s)`,
  );
  console.log(
    `  ${verdict(isBounded)}  memory: ${figure(memory.beforeMb)} MB before, most ${figure(mostMb)} MB, ` +
      `${figure(lastMb)} MB at the end; ${allowedMb} MB more are allowed`,
  );
  // A farewell does not reach who reads nothing: the server's side is asked.
  console.log(`        ${letGo} of those who never read are given up by then`);
  return lost.length === 0 && isBounded;
}

async function addCamera(server: RunningServer, feedPort: number): Promise<Subject> {
  const source = { kind: 'rtsp', url: `rtsp://127.0.0.1:${feedPort}/1`, transport: 'tcp' };
  const { id } = await server.addCamera({ name: 'Fed camera', source, start: 'always' });
  const { links } = await server.waitFor(id, 'live', ({ status }) => status.state === 'live');
  if (!links.rtsp) throw new Error('the server does not listen for RTSP');
  return { name: 'sightline', url: links.rtsp.replace('localhost', '127.0.0.1'), pid: server.pid };
}

/** The pictures for the C program: length and bytes of each. */
function writePictures(): string {
  const file = join(scratchFolder, 'pictures');
  const lengths = makeGop(1).map(({ bytes }) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    return Buffer.concat([length, bytes]);
  });
  writeFileSync(file, Buffer.concat(lengths));
  return file;
}

function findPeer(): Subject[] {
  const { PEER_RTSP: url, PEER_PID: given } = process.env;
  if (!url) return [];
  const pid = given ? Number(given) : pidOfListener(Number(new URL(url).port || '554'));
  if (pid === undefined) console.log('Note: the process of the peer is not found; its CPU is not measured.');
  else pin(pid, serverCore);
  return [{ name: 'peer', url, pid }];
}

const readersProgram = compileC('support/rtsp-readers.c');
const fanOutProgram = compileC('baseline/fan-out.c');

noteMissingProc();
await withProgram(Program.start('camera-feed.ts', { args: [String(options.feedport)] }), async (feed) => {
  const fanOut = CProgram.start(fanOutProgram, [writePictures(), String(framesPerSecond)]);
  const server = await startServer();
  try {
    const [, fanOutPort] = (await fanOut.line(answerWithinMs)).split(' ');
    const ours = await addCamera(server, await feed.ask<number>('port'));
    const baseline: Subject = { name: 'C', url: `rtsp://127.0.0.1:${fanOutPort}/1`, pid: fanOut.pid };
    pin(feed.pid, clientCore);
    const isPinned = [server.pid, fanOut.pid].every((pid) => pin(pid, serverCore));
    const subjects = [baseline, ours, ...findPeer()];
    console.log(machine(isPinned));
    await costs(subjects);
    console.log(
      `\n${options.crowd} readers of whom ${options.stuck} never read, ${options.watch} s from when all had joined.`,
    );
    for (const subject of subjects) {
      const kept = await someNeverRead(subject);
      if (subject === ours && !kept) process.exitCode = 1;
    }
  } finally {
    await server.stop();
    await fanOut.stop();
  }
});
