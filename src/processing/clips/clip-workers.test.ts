/** Clip workers: real processes, led astray in every way, and real clips of three containers and several codecs. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import * as fc from 'fast-check';
import { silentLog } from '../../base/log.ts';
import { err, ok } from '../../base/result.ts';
import { splitAdts } from '../../media/codec/aac/adts.ts';
import { systemClock } from '../../io/clock.ts';
import type { ReadableClip } from './clip-process.ts';
import { ClipWorkers } from './clip-workers.ts';
import type { ClipFormat, ClipSegmentOrder } from './messages.ts';
import { readFromClipWorker } from './messages.ts';

const folder = mkdtempSync(join(tmpdir(), 'sightline-clip-workers-'));
after(() => rmSync(folder, { recursive: true }));
const format: ClipFormat = {
  widthPixels: 160,
  heightPixels: 90,
  bitsPerSecond: 100_000,
  framesPerSecond: 10,
  encoder: 'libx264',
};

describe('a clip worker that is led astray', () => {
  const program = `${import.meta.dirname}/fixtures/astray.ts`;
  const workers = new ClipWorkers({ clock: systemClock, log: silentLog, program, jobMs: 2500 });
  after(() => workers.close());
  for (const [sizeBytes, how] of [
    [1, 'hangs'],
    [2, 'crashes'],
    [3, 'talks nonsense'],
    [4, 'reads without end'],
  ] as const) {
    it(`costs its own job when it ${how}; the next one is done`, async () => {
      const never: ReadableClip = { sizeBytes, read: () => new Promise(() => undefined) };
      const lost = await workers.probe(never);
      assert.ok(!lost.ok && lost.error.kind === 'failed');
      const next = await workers.probe(clipOf(Buffer.alloc(1234)));
      assert.ok(next.ok && next.value.durationMs === 1234);
    });
  }

  it('tells whoever waits when the server stops', async () => {
    const own = new ClipWorkers({ clock: systemClock, log: silentLog, program });
    const waiting = [1, 1, 9, 9].map((sizeBytes) => own.probe(clipOf(Buffer.alloc(sizeBytes))));
    await own.close();
    for (const result of await Promise.all(waiting)) assert.ok(!result.ok && result.error.kind === 'failed');
    assert.deepEqual(own.pids(), []);
  });
});

describe('messages of a clip worker', () => {
  it('are taken only in the shape they have', () => {
    fc.assert(fc.property(fc.json(), (json) => void readFromClipWorker(JSON.parse(json))));
    assert.equal(readFromClipWorker({ type: 'read', read: 0, start: 0, end: 2 ** 30 }), undefined);
    assert.equal(readFromClipWorker({ type: 'read', read: 0, start: 5, end: 1 }), undefined);
    assert.equal(readFromClipWorker({ type: 'made', durationMs: Number.NaN, encoder: 'x' }), undefined);
  });
});

describe('a clip made anew', () => {
  const workers = new ClipWorkers({ clock: systemClock, log: silentLog });
  after(() => workers.close());
  for (const [name, codec] of [
    ['h264.mp4', ['-c:v', 'libx264', '-bf', '2']],
    ['h264.ts', ['-c:v', 'libx264']],
    ['h265.mkv', ['-c:v', 'libx265', '-x265-params', 'log-level=error']],
    ['vp9.mkv', ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8']],
  ] as const) {
    it(`is whole and in the wished shape: ${name}`, async () => {
      const clip = clipOf(film(name, '320x320', codec));
      const facts = await workers.probe(clip);
      assert.ok(facts.ok && Math.abs(facts.value.durationMs - 3000) <= 100, JSON.stringify(facts));
      const parts = [
        await workers.segment(clip, order(0, 1500)),
        await workers.segment(clip, order(1500, 3000)),
      ];
      const bytes = parts.map((part) => (part.ok ? part.value.bytes : assert.fail(part.error.message)));
      const frames = framesOf(Buffer.concat(bytes));
      assert.equal(frames.length, 30);
      assert.ok(frames.every((frame) => frame.size === '160x90'));
      const steps = frames
        .slice(1)
        .map((frame, at) => Math.round((frame.seconds - (frames[at]?.seconds ?? 0)) * 1000));
      assert.deepEqual(new Set(steps), new Set([100]), 'both parts lie on one grid');
    });
  }

  it('keeps its AAC as it is', async () => {
    const clip = clipOf(
      film(
        'sound.mp4',
        '320x180',
        ['-c:v', 'libx264'],
        ['-f', 'lavfi', '-i', 'anoisesrc=r=48000', '-c:a', 'aac'],
      ),
    );
    const made = await workers.segment(clip, order(0, 3000));
    assert.ok(made.ok);
    const kept = audioFrames(Buffer.from(made.value.bytes));
    assert.ok(kept.length > 100);
    const original = new Set(audioFrames(readFileSync(join(folder, 'sound.mp4'))));
    assert.deepEqual(
      kept.filter((frame) => !original.has(frame)),
      [],
    );
  });

  it('is made with libx264 when the wished encoder is not there, or no video of MPEG-TS', async () => {
    const clip = clipOf(film('h264.mp4', '320x180', ['-c:v', 'libx264']));
    for (const encoder of ['libnothing', 'mjpeg', 'h264_nvenc']) {
      const made = await workers.segment(clip, order(0, 1000, { ...format, encoder }));
      assert.ok(made.ok);
      assert.equal(made.value.encoder, 'libx264');
    }
  });

  it('says so when the stored clip cannot be read', async () => {
    const failing: ReadableClip = { sizeBytes: 100_000, read: async () => err('the disk failed') };
    const facts = await workers.probe(failing);
    assert.ok(!facts.ok);
  });
});

function clipOf(bytes: Buffer): ReadableClip {
  return { sizeBytes: bytes.length, read: async (start, end) => ok(bytes.subarray(start, end)) };
}

function film(name: string, size: string, codec: readonly string[], sound: readonly string[] = []): Buffer {
  const [inputs, coded] = [sound.slice(0, 4), sound.slice(4)];
  const picture = ['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=15`];
  const words = [...picture, ...inputs, '-t', '3', ...codec, '-g', '20', '-pix_fmt', 'yuv420p', ...coded];
  const done = spawnSync('ffmpeg', ['-v', 'error', '-y', ...words, join(folder, name)]);
  assert.equal(done.status, 0, done.stderr.toString());
  return readFileSync(join(folder, name));
}

function framesOf(bytes: Buffer): { readonly seconds: number; readonly size: string }[] {
  writeFileSync(join(folder, 'made.ts'), bytes);
  const shown = ['-select_streams', 'v', '-show_entries', 'frame=pts_time,width,height', '-of', 'json'];
  const done = spawnSync('ffprobe', ['-v', 'error', ...shown, join(folder, 'made.ts')]);
  assert.equal(done.stderr.toString(), '');
  const { frames } = JSON.parse(done.stdout.toString()) as {
    frames: { pts_time: string; width: number; height: number }[];
  };
  return frames.map((frame) => ({ seconds: Number(frame.pts_time), size: `${frame.width}x${frame.height}` }));
}

/** Each coded audio frame as hex, without its container. */
function audioFrames(bytes: Buffer): string[] {
  writeFileSync(join(folder, 'sound'), bytes);
  const words = ['-v', 'error', '-i', join(folder, 'sound'), '-map', '0:a', '-c', 'copy', '-f', 'adts', '-'];
  const done = spawnSync('ffmpeg', words, { maxBuffer: 1e8 });
  assert.equal(done.stderr.toString(), '');
  return splitAdts(done.stdout).frames.map(({ data }) => Buffer.from(data).toString('hex'));
}

function order(fromMs: number, toMs: number, wished = format): ClipSegmentOrder {
  return { format: wished, fromMs, toMs, timeMs: 5_000_000 };
}
