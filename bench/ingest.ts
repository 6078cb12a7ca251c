/**
 * What does a camera cost that nobody watches, and one that is watched over HLS? CPU per camera at 4 Mbit/s, 25 fps,
 * against a program that only reads the same bytes from the same sockets.
 *
 * `node bench/ingest.ts [--cameras 10] [--seconds 12] [--warmup 4] [--transport tcp|udp] [--profile folder]
 *  [--v8 flag]`: a profile of each measured program; a flag for V8 to try out.
 */
import { readOptions } from './support/options.ts';
import { framesPerSecond } from './support/pictures.ts';
import type { Usage } from './support/program.ts';
import { Program, withProgram } from './support/program.ts';
import type { Received } from './support/sightline-ingest.ts';
import { figure, printTable, ratio } from './support/table.ts';

const options = readOptions({ cameras: 10, seconds: 12, warmup: 4, transport: 'tcp', profile: '', v8: '' });
const { cameras, seconds, warmup, transport } = options;

interface Measured {
  readonly cpuMs: number;
  readonly bytes: number;
  readonly cameraSeconds: number;
}

const wait = (forSeconds: number) => new Promise((wake) => setTimeout(wake, forSeconds * 1000));

async function measure(port: number, file: string, args: readonly string[]): Promise<Measured> {
  const profileFolder = options.profile || undefined;
  return withProgram(
    Program.start(file, { args, profileFolder, v8Flag: options.v8 || undefined }),
    async (program) => {
      await program.ask('connect', { port, cameras, transport });
      await wait(warmup);
      const before = await snapshot(program);
      await wait(seconds);
      const after = await snapshot(program);
      const passedSeconds = (after.usage.atMs - before.usage.atMs) / 1000;
      const cameraSeconds = cameras * passedSeconds;
      const bytes = after.received.bytes - before.received.bytes;
      const expectedUnits = cameraSeconds * framesPerSecond;
      const units = after.received.units - before.received.units;
      if (args.length > 0 && units < expectedUnits * 0.9) {
        console.log(
          `Note: ${units} of ${Math.round(expectedUnits)} access units arrived; the machine is too busy.`,
        );
      }
      return { cpuMs: after.usage.cpuMs - before.usage.cpuMs, bytes, cameraSeconds };
    },
  );
}

async function snapshot(program: Program): Promise<{ usage: Usage; received: Received }> {
  const [usage, received] = await Promise.all([
    program.ask<Usage>('usage'),
    program.ask<Received>('received'),
  ]);
  return { usage, received };
}

const megabits = (bytes: number): number => (bytes * 8) / 1e6;

await withProgram(Program.start('camera-feed.ts'), async (feed) => {
  const port = await feed.ask<number>('port');
  const bare = await measure(port, 'bare-ingest.ts', []);
  const source = await measure(port, 'sightline-ingest.ts', ['hub']);
  const muxed = await measure(port, 'sightline-ingest.ts', ['hls']);
  const row = (name: string, { cpuMs, bytes, cameraSeconds }: Measured) => [
    name,
    figure(cpuMs / cameraSeconds),
    figure((cpuMs / cameraSeconds / 1000) * 100),
    figure((cpuMs * 1000) / (cameraSeconds * framesPerSecond)),
    figure(cpuMs / megabits(bytes)),
    figure(megabits(bytes) / cameraSeconds),
    ratio(cpuMs / cameraSeconds, bare.cpuMs / bare.cameraSeconds),
  ];
  console.log(
    `${cameras} cameras, RTSP over ${transport.toUpperCase()}, ${seconds} s after ${warmup} s of warm-up`,
  );
  printTable(
    ['per camera', 'ms CPU / s', '% of a core', 'us / picture', 'ms / Mbit', 'Mbit/s', 'to baseline'],
    [
      row('baseline: reads and counts the bytes', bare),
      row('RTSP source and hub, nobody watches', source),
      row('the same, muxed to HLS for one reader', muxed),
    ],
  );
});
