import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLog } from '../base/log.ts';
import { systemClock } from '../io/clock.ts';
import type { WorkerLimits } from '../io/worker/child.ts';
import { clockRowBlocks, clockRowHeightDivisor, decodeClockRow } from '../media/clock-row.ts';
import type { PipelineFault, PipelineHandle } from './media-worker.ts';
import { maxPipelines, MediaWorker } from './media-worker.ts';
import type { PipelineUnit } from './worker/protocol.ts';

const skip = nativeCode() ? false : 'node-av is not installed on this machine';
const workers: MediaWorker[] = [];

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.close()));
});

describe('the media worker', { skip, timeout: 180_000 }, () => {
  it('is started by the first pipeline and stays warm after the last', async () => {
    const worker = make();
    assert.deepEqual(worker.status(), { state: 'idle' });
    const demo = open(worker);
    assert.deepEqual(worker.status(), { state: 'starting' });
    await until(() => demo.units.length > 0);
    assert.deepEqual(worker.status(), { state: 'ready' });
    demo.handle.close();
    const { length } = demo.units;
    await sleep(100);
    assert.equal(demo.units.length, length);
    assert.deepEqual(worker.status(), { state: 'ready' });
    assert.equal(isGone(worker.pid!), false);
  });

  it('runs several pipelines at a time, each with its own keyframe at the start', async () => {
    const worker = make();
    const first = open(worker);
    await until(() => first.units.length > 2);
    const second = open(worker);
    await until(() => second.units.length > 2);
    assert.ok(first.units[0]!.key && second.units[0]!.key);
    assert.notEqual(first.units[0]!.time, second.units[0]!.time);
  });

  it('tells every pipeline when it is killed, and is there again for the next', async () => {
    const worker = make();
    const [one, two] = [open(worker), open(worker)];
    await until(() => one.units.length > 0 && two.units.length > 0);
    const { pid } = worker;
    process.kill(pid!, 'SIGKILL');
    await until(() => one.faults.length + two.faults.length === 2);
    assert.equal(one.faults[0]!.kind, 'worker');
    assert.match(one.faults[0]!.message, /ended by SIGKILL/);
    const again = open(worker);
    await until(() => again.units.length > 0);
    assert.notEqual(worker.pid, pid);
    assert.deepEqual([one.faults.length, again.faults.length], [1, 0]);
  });

  it('is replaced when it hangs', async () => {
    const worker = make({ limits: { pingEveryMs: 50, unansweredPings: 20, unansweredPingsAtStart: 400 } });
    const demo = open(worker);
    await until(() => demo.units.length > 0);
    const pid = worker.pid!;
    process.kill(pid, 'SIGSTOP');
    await until(() => demo.faults.length === 1);
    assert.match(demo.faults[0]!.message, /did not answer/);
    assert.ok(isGone(pid));
    const again = open(worker);
    await until(() => again.units.length > 0);
  });

  it('leaves no process behind when it is closed', async () => {
    const worker = make();
    const demo = open(worker);
    await until(() => demo.units.length > 0);
    const pid = worker.pid!;
    await worker.close();
    assert.ok(isGone(pid));
    assert.deepEqual(demo.faults, []);
  });

  it('takes a bounded number of pipelines', async () => {
    const worker = make();
    const demos = Array.from({ length: maxPipelines + 1 }, () => open(worker));
    assert.deepEqual(demos.at(-1)!.faults, [], 'never within the call');
    await until(() => demos.at(-1)!.faults.length === 1);
    assert.equal(demos[0]!.faults.length, 0);
  });
});

describe('a media worker that cannot work', { timeout: 180_000 }, () => {
  it('is unavailable with a plain reason when native code is missing', async () => {
    await withProgram(
      `channel.sendJson({ type: 'unavailable', reason: 'no such file' });`,
      async (program) => {
        const worker = make({ program });
        const demo = open(worker);
        await until(() => demo.faults.length === 1);
        assert.equal(demo.faults[0]!.kind, 'unavailable');
        assert.match(demo.faults[0]!.message, /node-av/);
        assert.equal(worker.status().state, 'unavailable');
        const later = open(worker);
        await until(() => later.faults.length === 1);
        assert.equal(later.faults[0]!.kind, 'unavailable');
      },
    );
  });

  for (const [name, nonsense] of [
    ['a picture cut short', `channel.send(16, new Uint8Array(3));`],
    ['an unknown control message', `channel.sendJson({ type: 'hello' });`],
  ] as const) {
    it(`is killed for ${name}`, async () => {
      await withProgram(nonsense, async (program) => {
        const worker = make({ program });
        const demo = open(worker);
        await until(() => demo.faults.length === 1);
        assert.match(demo.faults[0]!.message, /it sent/);
        assert.equal(worker.status().state, 'starting');
      });
    });
  }
});

describe('the demo camera', { skip, timeout: 180_000 }, () => {
  it('shows in every picture when it was made, and keeps its keyframes two seconds apart', async () => {
    const demo = open(make());
    await until(() => demo.units.length >= 60);
    const units = demo.units.slice(0, 60);

    const pictures = decode(units);
    assert.equal(pictures.length, units.length);
    units.forEach((unit, at) => {
      const row = decodeClockRow(pictures[at]!);
      assert.ok(row, `picture ${at} has no valid row`);
      assert.equal(row.timeMs, unit.wallMs);
      const place = (unit.time - units[0]!.time) / 3600;
      assert.equal(row.frame, place & 255, 'the frame number is the place on the grid of 40 ms');
      if (at > 0) assert.ok(unit.time > units[at - 1]!.time);
    });

    // A picture left out on a busy machine moves the keyframe to the next one made.
    const stretches = units.map((unit) => Math.floor((unit.time - units[0]!.time) / 180_000));
    units.forEach((unit, at) => assert.equal(unit.key, stretches[at] !== stretches[at - 1]));
    assert.ok(units.filter((unit) => unit.key).length >= 2);
  });

  it('makes H.264 that every browser plays: High profile, no B-frames, parameter sets before each keyframe', async () => {
    const demo = open(make());
    await until(() => demo.units.length >= 60);
    const { streams } = JSON.parse(
      ffmpeg('ffprobe', ['-show_streams', '-of', 'json', '-f', 'h264', '-'], demo.units).toString(),
    ) as { streams: Record<string, unknown>[] };
    const { profile, width, height, pix_fmt, has_b_frames, level } = streams[0]!;
    assert.deepEqual(
      { profile, width, height, pix_fmt, has_b_frames, level },
      { profile: 'High', width: 1280, height: 720, pix_fmt: 'yuv420p', has_b_frames: 0, level: 31 },
    );
    const later = demo.units.filter((unit) => unit.key)[1]!;
    assert.deepEqual([...Buffer.from(later.bytes).subarray(0, 5)], [0, 0, 0, 1, 0x67]);
  });
});

interface Demo {
  handle: PipelineHandle;
  units: PipelineUnit[];
  faults: PipelineFault[];
}

function make(options: { limits?: WorkerLimits; program?: string } = {}): MediaWorker {
  const worker = new MediaWorker({ clock: systemClock, log: silentLog, ...options });
  workers.push(worker);
  return worker;
}

function open(worker: MediaWorker): Demo {
  const units: PipelineUnit[] = [];
  const faults: PipelineFault[] = [];
  const sink = {
    unit: (unit: PipelineUnit) => void units.push(unit),
    ended: (fault: PipelineFault) => void faults.push(fault),
  };
  return { handle: worker.open({ kind: 'demo' }, sink), units, faults };
}

/** The rows of blocks of all pictures, as FFmpeg decodes them: the middle of each block, dark or light. */
function decode(units: PipelineUnit[]): number[][] {
  const args = [
    '-f',
    'h264',
    '-i',
    '-',
    '-fps_mode',
    'passthrough',
    '-pix_fmt',
    'gray',
    '-f',
    'rawvideo',
    '-',
  ];
  const grey = ffmpeg('ffmpeg', args, units);
  const [width, height] = [1280, 720];
  const y = height - height / clockRowHeightDivisor / 2;
  return Array.from({ length: grey.length / (width * height) }, (_, picture) =>
    Array.from({ length: clockRowBlocks }, (_, block) => {
      const x = Math.floor(((block + 0.5) * width) / clockRowBlocks);
      return grey[(picture * height + y) * width + x]! > 125 ? 1 : 0;
    }),
  );
}

function ffmpeg(tool: string, args: string[], units: PipelineUnit[]): Buffer {
  const input = Buffer.concat(units.map((unit) => unit.bytes));
  const done = spawnSync(tool, ['-v', 'error', ...args], { input, maxBuffer: 2 ** 28 });
  assert.equal(done.status, 0, done.stderr.toString());
  assert.equal(done.stderr.toString(), '');
  return done.stdout;
}

/** A worker program that does only this when it is started. */
async function withProgram(code: string, run: (program: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sightline-worker-'));
  const program = join(folder, 'program.ts');
  const parent = JSON.stringify(join(import.meta.dirname, '../io/worker/parent.ts'));
  await writeFile(
    program,
    `import { connectToParent } from ${parent};
const channel = connectToParent({ json: () => undefined });
${code}`,
  );
  try {
    await run(program);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function nativeCode(): boolean {
  try {
    const path = createRequire(import.meta.url).resolve('node-av/package.json');
    return readFileSync(path).length > 0;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_PACKAGE_PATH_NOT_EXPORTED';
  }
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}
