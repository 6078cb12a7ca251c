/**
 * What does it cost to record a camera? CPU per camera at 4 Mbit/s, 25 fps, plain and sealed, against a server that only
 * receives it; syncs of the disk, memory; and the same by FFmpeg, one process for each camera.
 *
 * `node bench/record.ts [--cameras 64] [--seconds 15] [--warmup 6] [--ffmpeg 4] [--folder /tmp] [--profile folder]`:
 * `--ffmpeg 0` leaves that out. Nothing that was recorded stays.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOptions } from './support/options.ts';
import { framesPerSecond } from './support/pictures.ts';
import { cpuMsOf, noteMissingProc } from './support/process-cpu.ts';
import type { Usage } from './support/program.ts';
import { Program, withProgram } from './support/program.ts';
import type { RecordFigures } from './support/sightline-recorder.ts';
import { figure, printTable, ratio } from './support/table.ts';

const options = readOptions({
  cameras: 64,
  seconds: 15,
  warmup: 6,
  ffmpeg: 4,
  folder: tmpdir(),
  profile: '',
});
const { cameras, seconds, warmup } = options;

interface Measured {
  /** Milliseconds of CPU for a second of a camera. */
  readonly cpuMs: number;
  readonly syncsPerSecond: number;
  readonly writesPerSecond: number;
  readonly mbPerSecond: number;
  readonly rssMb: number;
}

type Way = 'watched' | 'plain' | 'sealed';

const wait = (forSeconds: number) => new Promise((wake) => setTimeout(wake, forSeconds * 1000));

async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(options.folder, 'sightline-bench-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function measure(port: number, way: Way): Promise<Measured> {
  const profileFolder = options.profile || undefined;
  return inFolder((folder) =>
    withProgram(Program.start('sightline-recorder.ts', { args: [way], profileFolder }), async (program) => {
      await program.ask('record', { port, cameras, folder });
      await wait(warmup);
      const before = await snapshot(program);
      await wait(seconds);
      const after = await snapshot(program);
      await program.ask('end');
      if (way !== 'watched') tellLosses(way, await program.ask<RecordFigures>('figures'));
      return difference(before, after);
    }),
  );
}

interface Snapshot {
  readonly usage: Usage;
  readonly figures: RecordFigures;
}

async function snapshot(program: Program): Promise<Snapshot> {
  const [usage, figures] = await Promise.all([
    program.ask<Usage>('usage'),
    program.ask<RecordFigures>('figures'),
  ]);
  return { usage, figures };
}

function difference(before: Snapshot, after: Snapshot): Measured {
  const passedSeconds = (after.usage.atMs - before.usage.atMs) / 1000;
  const expected = cameras * passedSeconds * framesPerSecond;
  const received = after.figures.received - before.figures.received;
  if (received < expected * 0.9)
    console.log(`Note: ${received} of ${Math.round(expected)} pictures came; the machine is too busy.`);
  const each = (name: 'syncs' | 'writes' | 'bytesStored'): number =>
    (after.figures[name] - before.figures[name]) / passedSeconds;
  return {
    // For each second of a camera that came: a machine that is too busy gets less to do.
    cpuMs: (after.usage.cpuMs - before.usage.cpuMs) / (received / framesPerSecond),
    syncsPerSecond: each('syncs'),
    writesPerSecond: each('writes'),
    mbPerSecond: each('bytesStored') / 1e6,
    rssMb: after.figures.rssMb,
  };
}

function tellLosses(way: Way, { framesReceived, framesStored, unitsDropped, gaps }: RecordFigures): void {
  console.log(
    `${way}: ${framesReceived} pictures received, ${framesReceived - framesStored} of them not stored, ` +
      `${unitsDropped} left out, ${gaps} gaps`,
  );
}

/** One process for each camera, as small servers do it. */
function measureFfmpeg(port: number, count: number): Promise<number> {
  return inFolder(async (folder) => {
    const children = Array.from({ length: count }, (_, index) => {
      const input = `-v error -rtsp_transport tcp -i rtsp://127.0.0.1:${port}/ffmpeg${index}`;
      const output = `-c copy -f segment -segment_time 60 -segment_format_options movflags=frag_keyframe+empty_moov`;
      const words = [...input.split(' '), ...output.split(' '), join(folder, `${index}-%d.mp4`)];
      return spawn('ffmpeg', words, { stdio: 'ignore' });
    });
    try {
      await wait(warmup);
      const cpuMs = (): number => children.reduce((sum, { pid = 0 }) => sum + cpuMsOf(pid), 0);
      const before = cpuMs();
      await wait(seconds);
      return (cpuMs() - before) / (count * seconds);
    } finally {
      for (const child of children) child.kill('SIGKILL');
      await wait(0.2);
    }
  });
}

noteMissingProc();
await withProgram(Program.start('camera-feed.ts'), async (feed) => {
  const port = await feed.ask<number>('port');
  const watched = await measure(port, 'watched');
  const plain = await measure(port, 'plain');
  const sealed = await measure(port, 'sealed');
  const ffmpeg = options.ffmpeg > 0 ? await measureFfmpeg(port, options.ffmpeg) : Number.NaN;
  const row = (name: string, measured: Measured) => [
    name,
    figure(measured.cpuMs),
    figure(measured.cpuMs - watched.cpuMs),
    ratio(measured.cpuMs, watched.cpuMs),
    ratio(measured.cpuMs, plain.cpuMs),
    figure(measured.mbPerSecond),
    figure(measured.writesPerSecond),
    figure(measured.syncsPerSecond),
    figure(measured.rssMb),
  ];
  console.log(`${cameras} cameras, ${seconds} s after ${warmup} s of warm-up`);
  printTable(
    ['per camera', 'ms CPU / s', 'recording', 'to received', 'to plain', 'MB/s', 'writes/s', 'syncs/s', 'MB'],
    [
      row('received, not recorded', watched),
      row('recorded, plain', plain),
      row('recorded, sealed', sealed),
      [
        'FFmpeg, a process each',
        figure(ffmpeg),
        '',
        ratio(ffmpeg, watched.cpuMs),
        ratio(ffmpeg, plain.cpuMs),
      ],
    ],
  );
});
