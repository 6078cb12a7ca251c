/**
 * Hours with four cameras, people watching, and power cuts: does memory stay flat, does anything leak, does anybody
 * see a stall? `node bench/soak.ts [minutes]`, 60 unless told. Prints a line each minute and a verdict at the end.
 */
import { startServer } from '../test/support/server.ts';
import { Crowd } from './support/crowd.ts';
import type { ProcessFigures } from './support/process-figures.ts';
import { readProcess } from './support/process-figures.ts';
import { SoakCameras } from './support/soak-cameras.ts';
import { figure, printTable } from './support/table.ts';
import { slopePerHour } from './support/trend.ts';
import type { Seen } from './support/viewer.ts';

const minutes = Number(process.argv[2] ?? 60);
if (!(minutes > 0)) throw new Error('Say how many minutes, for example: node bench/soak.ts 60');

const sampleMs = 10_000;
const samplesPerLine = 6;
/** Viewers of each camera who stay; guests come and go. */
const steadyViewers = 3;
const guestMs = 20_000;
const powerCutEveryMs = 3 * 60_000;
const powerOffMs = 5_000;
/** Compiled code, windows of media and caches have their size by then. */
const settledMinutes = Math.min(5, minutes / 4);
/** Less than what one leaked part a minute would make of four cameras; below it is the noise of garbage collection. */
const flatMbPerHour = 20;
/** A slope of less time is noise. */
const meaningfulMinutes = 20;
/** Connections of guests and of a camera that comes back come and go with the samples. */
const fdsOfComingAndGoing = 16;

interface Figures extends ProcessFigures {
  readonly atSeconds: number;
  readonly heapMb: number;
}

const startMs = Date.now();
const samples: Figures[] = [];
const server = await startServer({ config: 'log:\n  level: error\n' });
try {
  const cameras = await SoakCameras.start(server, 10_000);
  try {
    await soak(cameras);
  } finally {
    await cameras.stop();
  }
} finally {
  await server.stop();
}

async function soak(cameras: SoakCameras): Promise<void> {
  const port = Number(new URL(server.url).port);
  const crowd = new Crowd({ port, cameras: cameras.cameras, steady: steadyViewers, guestMs });
  let cuts = 0;
  let cutting: Promise<void> | undefined;
  const cutPower = async (): Promise<void> => {
    cuts += 1;
    await cameras.cutPower(powerOffMs).catch((error: unknown) => console.log(`Power cut ${cuts}:`, error));
    cutting = undefined;
  };
  const cutter = setInterval(() => {
    cutting ??= cutPower();
  }, powerCutEveryMs);
  console.log('minute  rss MB  heap MB  fds  sockets  children  parts  stalls  faults');
  while (Date.now() - startMs < minutes * 60_000) {
    await new Promise((wake) => setTimeout(wake, Math.min(sampleMs, minutes * 15_000)));
    const sample = await takeSample();
    if (!sample) {
      console.log('The server is gone, or this system has no /proc.');
      break;
    }
    samples.push(sample);
    if (samples.length % samplesPerLine === 0) printLine(sample, crowd.reports());
  }
  clearInterval(cutter);
  await cutting;
  const guests = crowd.guests;
  report(await crowd.leave(), { cuts, guests });
}

async function takeSample(): Promise<Figures | undefined> {
  const figures = readProcess(server.pid);
  const metrics = await fetch(`${server.url}/metrics`).then(
    (answer) => answer.text(),
    () => '',
  );
  const heap = /^nodejs_heap_size_used_bytes ([\d.e+]+)$/m.exec(metrics)?.[1];
  return figures && { ...figures, atSeconds: (Date.now() - startMs) / 1000, heapMb: Number(heap) / 1e6 };
}

function printLine(sample: Figures, seen: readonly Seen[]): void {
  const cells: [number | string, number][] = [
    [(sample.atSeconds / 60).toFixed(1), 6],
    [figure(sample.rssMb), 6],
    [figure(sample.heapMb), 7],
    [sample.fds, 3],
    [sample.sockets, 7],
    [sample.children.length, 8],
    [total(seen, 'parts'), 5],
    [total(seen, 'stalls'), 6],
    [seen.flatMap(({ faults }) => faults).length, 6],
  ];
  console.log(cells.map(([cell, width]) => String(cell).padStart(width)).join('  '));
}

function report(seen: readonly Seen[], { cuts, guests }: { cuts: number; guests: number }): void {
  const settled = samples.filter(({ atSeconds }) => atSeconds >= settledMinutes * 60);
  const [first] = settled;
  const last = settled.at(-1);
  if (!first || !last) return;
  const slope = (of: 'rssMb' | 'heapMb'): number =>
    slopePerHour(settled.map((sample) => ({ atSeconds: sample.atSeconds, value: sample[of] })));
  const faults = seen.flatMap(({ name, faults: each }) => each.map((fault) => `${name}: ${fault}`));
  const stalls = total(seen, 'stalls');
  const maxFds = Math.max(...settled.map(({ fds }) => fds));
  console.log('');
  printTable(
    ['', `minute ${minutesIn(first)}`, `minute ${minutesIn(last)}`, 'most', 'slope per hour'],
    [
      ['RSS, MB', figure(first.rssMb), figure(last.rssMb), most('rssMb'), figure(slope('rssMb'))],
      ['heap in use, MB', figure(first.heapMb), figure(last.heapMb), most('heapMb'), figure(slope('heapMb'))],
      ['file descriptors', String(first.fds), String(last.fds), String(maxFds), ''],
      ['sockets', String(first.sockets), String(last.sockets), most('sockets'), ''],
      ['child processes', String(first.children.length), String(last.children.length), '', ''],
    ],
  );
  console.log(`\nParts seen ${total(seen, 'parts')}, stalls ${stalls}, guests ${guests}, power cuts ${cuts}`);
  for (const fault of faults.slice(0, 20)) console.log(`Fault: ${fault}`);
  const growth = slope('rssMb');
  const complaints = [
    faults.length > 0 && `${faults.length} faults`,
    stalls > 0 && `${stalls} stalls`,
    last.fds > first.fds + fdsOfComingAndGoing && 'file descriptors grow',
    last.children.length !== first.children.length && 'the number of child processes changed',
    minutes >= meaningfulMinutes && growth > flatMbPerHour && `memory grows by ${figure(growth)} MB an hour`,
  ].filter((complaint) => complaint !== false);
  const memory = minutes >= meaningfulMinutes ? 'memory flat' : 'too short to judge memory';
  console.log(complaints.length === 0 ? `Verdict: good, ${memory}.` : `Verdict: ${complaints.join('; ')}.`);
  if (complaints.length > 0) process.exitCode = 1;

  function most(of: 'rssMb' | 'heapMb' | 'sockets'): string {
    return figure(Math.max(...settled.map((sample) => sample[of])));
  }
}

function minutesIn({ atSeconds }: Figures): string {
  return (atSeconds / 60).toFixed(1);
}

function total(seen: readonly Seen[], of: 'parts' | 'stalls'): number {
  return seen.reduce((sum, each) => sum + each[of], 0);
}
