/**
 * What does a segment of MPEG-TS cost, made in-process out of recorded fragments, against `ffmpeg -c copy` on the same
 * footage: a process for each segment, as servers without a muxer of their own do it, and one process for all of it.
 * Reading the files is part of all three.
 *
 * `node bench/transmux.ts [--minutes 60] [--kbps 2000] [--sampled 60]`
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { testCamera } from '../src/archive/archive.testing.ts';
import { unixMs } from '../src/base/units.ts';
import type { Session } from '../src/playback/session.ts';
import type { Footage } from './support/footage.ts';
import { encodeMinute, openFootage, recordMinute } from './support/footage.ts';
import { readOptions } from './support/options.ts';
import { figure, printTable } from './support/table.ts';

const { minutes, kbps, sampled } = readOptions({ minutes: 60, kbps: 2000, sampled: 60 });
const beginMs = Date.UTC(2026, 10, 1, 12);
const minuteMs = 60_000;
const segmentSeconds = 6;

interface Cost {
  readonly name: string;
  readonly segments: number;
  readonly bytes: number;
  readonly cpuMs: number;
  readonly wallMs: number;
}

async function inProcess({ sessions }: Footage, session: Session): Promise<Cost> {
  for (let at = 0; at < 20; at += 1) await sessions.segment(session, at, 'ts'); // compiled from here on
  let bytes = 0;
  let segments = 0;
  const cpu = process.cpuUsage();
  const beganMs = performance.now();
  for (let at = 20; at < session.segments.length; at += 1) {
    const made = await sessions.segment(session, at, 'ts');
    if (!made?.ok) throw new Error(`segment ${at} cannot be made`);
    bytes += made.value.bytes.length;
    segments += 1;
  }
  const { user, system } = process.cpuUsage(cpu);
  return {
    name: 'in-process',
    segments,
    bytes,
    cpuMs: (user + system) / 1000,
    wallMs: performance.now() - beganMs,
  };
}

/** With what the shell counts: starting the process is part of the cost. */
function ffmpeg(words: readonly string[]): { readonly cpuMs: number; readonly bytes: number } {
  const timed = 'TIMEFORMAT="cpu %U %S"; time ffmpeg -v error -nostdin "$@"';
  const run = spawnSync('bash', ['-c', timed, 'bash', ...words], { maxBuffer: 2 ** 30 });
  const said = run.stderr.toString();
  const [, user, system] = /cpu ([\d.]+) ([\d.]+)/.exec(said) ?? [];
  if (run.status !== 0 || user === undefined) throw new Error(said);
  return { cpuMs: (Number(user) + Number(system)) * 1000, bytes: run.stdout.length };
}

function perSegment(files: readonly string[]): Cost {
  let cpuMs = 0;
  let bytes = 0;
  const count = Math.min(sampled, files.length * (60 / segmentSeconds));
  const beganMs = performance.now();
  for (let at = 0; at < count; at += 1) {
    const file = files[at % files.length] ?? '';
    const from = (at % (60 / segmentSeconds)) * segmentSeconds;
    const cut = `-ss ${from} -i ${file} -t ${segmentSeconds} -map 0 -c copy -f mpegts -`;
    const cost = ffmpeg(cut.split(' '));
    cpuMs += cost.cpuMs;
    bytes += cost.bytes;
  }
  return { name: 'ffmpeg for each', segments: count, bytes, cpuMs, wallMs: performance.now() - beganMs };
}

function allAtOnce(files: readonly string[], folder: string, bytes: number): Cost {
  const list = join(folder, 'list.txt');
  writeFileSync(list, files.map((file) => `file '${file}'\n`).join(''));
  const words =
    `-f concat -safe 0 -i ${list} -map 0 -c copy -f hls -hls_time ${segmentSeconds} -hls_list_size 0 ` +
    `-hls_segment_filename ${folder}/%05d.ts ${folder}/all.m3u8`;
  const beganMs = performance.now();
  const { cpuMs } = ffmpeg(words.split(' '));
  const wallMs = performance.now() - beganMs;
  const segments = readdirSync(folder).filter((name) => name.endsWith('.ts')).length;
  return { name: 'one ffmpeg for all', segments, bytes, cpuMs, wallMs };
}

function row({ name, segments, bytes, cpuMs, wallMs }: Cost, own: Cost): string[] {
  const ownMs = own.cpuMs / own.segments;
  return [
    name,
    String(segments),
    figure(bytes / 1e6 / segments),
    figure(cpuMs / segments),
    figure(wallMs / segments),
    `${figure(cpuMs / segments / ownMs)}x`,
    `${figure(wallMs / segments / (own.wallMs / own.segments))}x`,
  ];
}

const footage = await openFootage();
try {
  console.log(
    `${minutes} minutes of 1280x720 at ${kbps} kbit/s, ${execFileSync('nproc').toString().trim()} cores`,
  );
  const clip = encodeMinute(kbps);
  for (let at = 0; at < minutes; at += 1) {
    await recordMinute(footage, testCamera, clip, beginMs + at * minuteMs, at > 0);
  }
  const range = { cameraId: testCamera, fromMs: unixMs(beginMs), toMs: unixMs(beginMs + minutes * minuteMs) };
  const started = await footage.sessions.start({ ...range, format: 'ts', owner: 'bench' });
  if (!started.ok) throw new Error(started.error.kind);
  const own = await inProcess(footage, started.value.content);
  const files = readdirSync(join(footage.folder, 'v0', testCamera), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.mp4'))
    .sort()
    .map((name) => join(footage.folder, 'v0', testCamera, name));
  const others = [perSegment(files), allAtOnce(files, footage.folder, own.bytes)];
  printTable(
    ['way', 'segments', 'MB each', 'CPU ms each', 'wall ms each', 'CPU', 'wall'],
    [own, ...others].map((cost) => row(cost, own)),
  );
} finally {
  footage.sessions.close();
  await footage.end();
}
