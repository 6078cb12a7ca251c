import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import type { Timer } from '../../base/clock.ts';
import { ManualClock } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';
import type { SourceConnection, SourceFault } from '../../hub/source.ts';
import type { AccessUnit, Track } from '../../media/track.ts';
import { FileSource } from './source.ts';

const startMs = 1_700_000_000_000;
const root = mkdtempSync(join(tmpdir(), 'sightline-files-'));
const mediaFolder = join(root, 'media');
const open: SourceConnection[] = [];

/** Two seconds, 50 pictures, a keyframe every second, with B-frames; and sound. */
const video = ['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25:duration=2'];
const sound = ['-f', 'lavfi', '-i', 'sine=sample_rate=48000:duration=2'];
const x264 = ['-c:v', 'libx264', '-preset', 'superfast', '-bf', '2', '-g', '25', '-pix_fmt', 'yuv420p'];
const x265 = [
  '-c:v',
  'libx265',
  '-preset',
  'ultrafast',
  '-x265-params',
  'log-level=error:keyint=25:bframes=2',
];

before(() => {
  mkdirSync(mediaFolder);
  encode('h264.mp4', [...video, ...sound, ...x264, '-c:a', 'aac']);
  encode('h265.mp4', [...video, ...x265, '-tag:v', 'hvc1', '-pix_fmt', 'yuv420p']);
  encode('opus.mkv', ['-i', join(mediaFolder, 'h264.mp4'), '-c:v', 'copy', '-c:a', 'libopus']);
  for (const copy of ['h264.ts', 'h264.mkv'])
    encode(copy, ['-i', join(mediaFolder, 'h264.mp4'), '-c', 'copy']);
  encode('h265.ts', ['-i', join(mediaFolder, 'h265.mp4'), '-c', 'copy']);
});

afterEach(() => open.splice(0).forEach((connection) => connection.close()));
after(() => rmSync(root, { recursive: true }));

describe('a media file as a camera', { timeout: 180_000 }, () => {
  for (const [path, kinds] of [
    ['h264.mp4', ['h264', 'aac']],
    ['h264.ts', ['h264', 'aac']],
    ['h264.mkv', ['h264', 'aac']],
    ['opus.mkv', ['h264', 'opus']],
    ['h265.mp4', ['h265']],
    ['h265.ts', ['h265']],
  ] as const) {
    it(`${path}: plays in real time and goes on without a seam when it begins again`, async () => {
      const played = await play(path, 5200);
      assert.deepEqual(played.faults, []);
      assert.equal(played.tracks.length, 1, 'tracks are announced once');
      assert.deepEqual(
        played.tracks[0]!.map((track) => track.codec.kind),
        kinds,
      );
      const clockHz = 90_000;
      const pictures = played.units.filter((unit) => unit.track === 0);
      assert.ok(pictures.length >= 125, `${pictures.length} pictures in five seconds`);
      checkTimes(pictures);

      const shown = pictures.map((unit) => unit.pts).sort((a, b) => a - b);
      // Pictures of the last group are not all there yet.
      const steps = shown.slice(1, 120).map((time, at) => time - shown[at]!);
      // At the seam the next round waits for the longer of picture and sound.
      const seams = steps.filter((step) => Math.abs(step - 3600) > 2);
      assert.ok(
        seams.length <= 2 && seams.every((step) => step > 3600 && step < 3600 + 0.1 * clockHz),
        seams.join(' '),
      );
      assert.ok(
        pictures.some((unit) => unit.pts > unit.dts),
        'B-frames are shown later than decoded',
      );

      for (const unit of played.units) {
        const dueMs = (unit.dts / played.tracks[0]![unit.track]!.clockHz) * 1000;
        assert.ok(Math.abs(dueMs - unit.wallMs) < 100, 'released when it is due, stamped with now');
      }
      if (kinds.length === 2) checkTimes(played.units.filter((unit) => unit.track === 1));
    });
  }

  it('gives back the very pictures of the file, whatever it is wrapped in', async () => {
    const expected = framesOf('h264.mp4');
    for (const path of ['h264.mp4', 'h264.ts', 'h264.mkv']) {
      const played = await play(path, 2500);
      const codec = played.tracks[0]![0]!.codec;
      assert.ok(codec.kind === 'h264');
      const pictures = played.units.filter((unit) => unit.track === 0).slice(0, 50);
      const nals = [codec.sps, ...codec.pps, ...pictures.flatMap((unit) => unit.nals)];
      const stream = Buffer.concat(nals.flatMap((nal) => [Buffer.from([0, 0, 0, 1]), nal]));
      assert.deepEqual(decode(['-f', 'h264', '-i', '-'], stream), expected, path);
    }
  });

  it('starts at the wall time of its first unit', async () => {
    const { units } = await play('h264.mp4', 0);
    assert.equal(units[0]!.dts / 90_000, startMs / 1000);
    assert.equal(units[0]!.wallMs, startMs);
    assert.ok(units[0]!.key);
  });

  it('does not hurry after a long pause of the machine', async () => {
    const played = playing('h264.mp4');
    await played.run(400);
    played.units.length = 0;
    played.clock.advance(60_000);
    await played.settle();
    assert.ok(played.units.length < 50, `${played.units.length} units at once`);
    played.connection.close();
  });

  it('delivers nothing after it was closed', async () => {
    const played = playing('h264.mp4');
    await played.run(200);
    played.connection.close();
    const { length } = played.units;
    played.clock.advance(500);
    await sleep(100);
    assert.equal(played.units.length, length);
    assert.deepEqual(played.faults, []);
  });
});

describe('a media file that cannot be played', { timeout: 180_000 }, () => {
  it('is refused in plain words when it is missing or lies outside the media folder', async () => {
    writeFileSync(join(root, 'secret.mp4'), readFileSync(join(mediaFolder, 'h264.mp4')));
    symlinkSync(join(root, 'secret.mp4'), join(mediaFolder, 'link.mp4'));
    mkdirSync(join(mediaFolder, 'folder'), { recursive: true });
    writeFileSync(join(mediaFolder, 'empty.mp4'), '');
    for (const [path, words] of [
      ['missing.mp4', /no file “missing.mp4”/],
      ['../secret.mp4', /inside the media folder/],
      ['folder/../../secret.mp4', /inside the media folder/],
      ['..\\secret.mp4', /inside the media folder/],
      [join(root, 'secret.mp4'), /inside the media folder/],
      ['link.mp4', /leads out of the media folder/],
      ['folder', /not a file/],
      ['empty.mp4', /is empty/],
      ['h264.mp4\0.txt', /inside the media folder/],
    ] as const) {
      const { faults } = await play(path, 0);
      assert.equal(faults.length, 1, path);
      assert.equal(faults[0]!.kind, 'file');
      assert.match(faults[0]!.message, words);
    }
  });

  it('is not supported when it is no media file, or holds nothing we can carry', async () => {
    writeFileSync(join(mediaFolder, 'text.mp4'), 'This is not a video. '.repeat(1000));
    encode('vp8.webm', [...video, '-c:v', 'libvpx', '-deadline', 'realtime']);
    for (const path of ['text.mp4', 'vp8.webm']) {
      const { faults, tracks } = await play(path, 0);
      assert.deepEqual([faults.map((fault) => fault.kind), tracks], [['unsupported'], []], path);
    }
  });

  it('costs the server neither memory nor time when it claims two thousand million pictures', async () => {
    const bytes = readFileSync(join(mediaFolder, 'h264.mp4'));
    bytes.writeUInt32BE(0x7fffffff, bytes.indexOf('stts') + 12); // pictures of the same length
    writeFileSync(join(mediaFolder, 'hostile.mp4'), bytes);
    const before = process.memoryUsage().rss;
    const { faults } = await play('hostile.mp4', 0);
    assert.match(faults[0]!.message, /damaged/);
    assert.ok(process.memoryUsage().rss - before < 64e6);
  });

  it('ends with a fault or plays what is left when the file is cut, flipped or scrambled', async () => {
    const random = lcg(7);
    const names = ['h264.mp4', 'h264.ts', 'h264.mkv'].flatMap((name) =>
      [0, 1].map((round) => {
        const whole = readFileSync(join(mediaFolder, name));
        const end = round === 0 ? Math.floor(whole.length * random()) : whole.length;
        const damaged = Buffer.from(whole.subarray(0, end));
        for (let flips = 0; flips < 200; flips += 1) damaged[Math.floor(random() * end)] = random() * 256;
        // The header is where a container says how much there is of everything.
        for (let flips = 0; flips < 4; flips += 1) damaged[Math.floor(random() * 2000)] = 0xff;
        writeFileSync(join(mediaFolder, `damaged-${round}-${name}`), damaged);
        return `damaged-${round}-${name}`;
      }),
    );
    for (const played of await Promise.all(names.map((name) => play(name, 1000)))) {
      assert.ok(played.faults.length <= 1);
      for (const fault of played.faults) assert.match(fault.kind, /file|unsupported/);
      for (const track of [0, 1]) checkTimes(played.units.filter((unit) => unit.track === track));
    }
  });
});

interface Playing {
  clock: TestClock;
  connection: SourceConnection;
  tracks: (readonly Track[])[];
  units: AccessUnit[];
  faults: SourceFault[];
  run(ms: number): Promise<void>;
  /** Lets the disk and the other process do their part: the clock stands still meanwhile. */
  settle(): Promise<void>;
}

function playing(path: string): Playing {
  const clock = new TestClock(startMs);
  const tracks: Playing['tracks'] = [];
  const units: AccessUnit[] = [];
  const faults: SourceFault[] = [];
  const connection = new FileSource({ path, mediaFolder, clock, log: silentLog }).connect({
    tracks: (list) => void tracks.push(list),
    unit: (unit) => void units.push(unit),
    ended: (fault) => void faults.push(fault),
  });
  open.push(connection);
  const settle = async (): Promise<void> => {
    while (clock.waiting === 0 && faults.length === 0) await setImmediate();
  };
  const run = async (ms: number): Promise<void> => {
    await settle();
    for (let at = 0; at < ms && faults.length === 0; at += 5) {
      clock.advance(5);
      await settle();
    }
  };
  return { clock, connection, tracks, units, faults, run, settle };
}

/** Plays for so long after the first unit. */
async function play(path: string, ms: number): Promise<Playing> {
  const played = playing(path);
  await played.run(ms);
  played.connection.close();
  return played;
}

/** Knows whether the source waits for the time, or for its disk. */
class TestClock extends ManualClock {
  waiting = 0;

  override after(delayMs: number, run: () => void): Timer {
    this.waiting += 1;
    return super.after(delayMs, () => {
      this.waiting -= 1;
      run();
    });
  }
}

function checkTimes(units: readonly AccessUnit[]): void {
  units.forEach((unit, at) => {
    assert.ok(Number.isSafeInteger(unit.pts) && Number.isSafeInteger(unit.dts));
    assert.ok(unit.dts <= unit.pts, 'never shown before it is decoded');
    if (at > 0) assert.ok(unit.dts > units[at - 1]!.dts, 'decoding times rise');
  });
}

function encode(name: string, args: string[]): void {
  const done = spawnSync('ffmpeg', ['-v', 'error', '-y', ...args, join(mediaFolder, name)]);
  assert.equal(done.status, 0, done.stderr.toString());
}

/** Checksums of all pictures of a file, in the order they are shown. */
function framesOf(name: string): string[] {
  return decode(['-i', join(mediaFolder, name)]);
}

function decode(input: string[], bytes?: Buffer): string[] {
  const args = ['-v', 'error', ...input, '-map', '0:v', '-fps_mode', 'passthrough', '-f', 'framehash', '-'];
  const done = spawnSync('ffmpeg', args, bytes ? { input: bytes } : {});
  assert.equal(done.status, 0, done.stderr.toString());
  const lines = done.stdout.toString().split('\n');
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(',').at(-1)!.trim());
}

/** The same numbers in every run. */
function lcg(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
