import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { afterEach, before, describe, it } from 'node:test';
import type { EncodedVideo } from '../encoded.testing.ts';
import { encoded } from '../encoded.testing.ts';
import { pipelineInput, videoTrackOf } from '../picture-input.ts';
import type { OpenPipeline, Pipeline } from './pipeline.ts';
import type { JpegSpec, PipelineInput, PipelineUnit } from './protocol.ts';
import { decodeInput, encodeInput } from './protocol.ts';

const skip = hasNativeCode() ? false : 'node-av is not installed on this machine';
const spec: JpegSpec = { kind: 'jpeg', codec: 'h264', widthPixels: 160, quality: 75, framesPerSecond: 60 };

/** Keys are numbers 0, 12, 24 and 36 of 48. */
let video: EncodedVideo;
let openJpeg: OpenPipeline<JpegSpec>;
const open: Pipeline[] = [];

describe('a pipeline of JPEG files', { skip, timeout: 20_000 }, () => {
  before(async () => {
    const [{ Log }, { AV_LOG_FATAL }] = await Promise.all([
      import('node-av/lib'),
      import('node-av/constants'),
    ]);
    Log.setLevel(AV_LOG_FATAL);
    ({ openJpeg } = await import('./jpeg.ts'));
    video = encoded('h264');
  });
  afterEach(() => {
    for (const pipeline of open.splice(0)) pipeline.close();
  });

  it('makes a file of every picture while it keeps up', async () => {
    const { pipeline, made } = start();
    for (let at = 0; at < 30; at += 1) {
      pipeline.input?.(input(at));
      await turns(2);
    }
    assert.deepEqual(
      made.map(numberOf),
      Array.from({ length: 30 }, (_, at) => at),
    );
  });

  it('behind, shows where it begins and then what is newest', async () => {
    const { pipeline, made } = start();
    for (let at = 0; at < 12; at += 1) pipeline.input?.(input(at));
    await turns(30);
    const numbers = made.map(numberOf);
    assert.equal(numbers[0], 0);
    assert.equal(numbers.at(-1), 11);
    assert.ok(numbers.length <= 5, `${numbers.join(' ')} were encoded`);
  });

  it('throws away what a keyframe makes needless', async () => {
    const { pipeline, made } = start();
    for (let at = 0; at < 26; at += 1) pipeline.input?.(input(at));
    await turns(60);
    assert.deepEqual(made.map(numberOf), [24, 25]);
  });

  it('makes nothing while the server takes nothing', async () => {
    const { pipeline, made } = start(() => true);
    for (let at = 0; at < 12; at += 1) pipeline.input?.(input(at));
    await turns(30);
    assert.deepEqual(made, []);
  });

  it('begins at a keyframe only, and again after more input than it may hold', async () => {
    const { pipeline, made } = start();
    for (let at = 5; at < 12; at += 1) pipeline.input?.(input(at));
    await turns(20);
    assert.deepEqual(made, []);

    pipeline.input?.(input(12));
    const large = { ...input(13), bytes: new Uint8Array(3_000_000) };
    for (let at = 0; at < 10; at += 1) pipeline.input?.(large);
    for (let at = 13; at < 20; at += 1) pipeline.input?.(input(at));
    await turns(40);
    assert.deepEqual(made, [], 'all was dropped');
    pipeline.input?.(input(24));
    await turns(5);
    assert.deepEqual(made.map(numberOf), [24]);
  });

  it('survives what is no video, and shows the next keyframe', async () => {
    const { pipeline, made, ends } = start();
    pipeline.input?.({ ...input(0), bytes: Buffer.from('\0\0\0\x01\x67no video at all') });
    pipeline.input?.({ ...input(1), bytes: new Uint8Array() });
    await turns(5);
    pipeline.input?.(input(12));
    await turns(5);
    assert.deepEqual([made.map(numberOf), ends], [[12], []]);
  });

  it('is silent once it was closed', async () => {
    const { pipeline, made } = start();
    pipeline.input?.(input(0));
    pipeline.close();
    open.length = 0;
    await turns(5);
    assert.deepEqual(made, []);
  });
});

function start(congested = (): boolean => false) {
  const made: PipelineUnit[] = [];
  const ends: string[] = [];
  const output = {
    congested,
    unit: (unit: PipelineUnit) => void made.push(unit),
    ended: (why: string) => void ends.push(why),
  };
  const pipeline = openJpeg(output, spec);
  open.push(pipeline);
  return { pipeline, made, ends };
}

/** As it comes over the pipe. */
function input(at: number): PipelineInput {
  const track = videoTrackOf([video.track]);
  const unit = video.units[at];
  assert.ok(track && unit);
  return decodeInput(encodeInput(1, pipelineInput(track.codec, unit, false))).input;
}

function numberOf({ wallMs }: PipelineUnit): number {
  return video.units.findIndex((unit) => unit.wallMs === wallMs);
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((next) => setImmediate(next));
}

function hasNativeCode(): boolean {
  try {
    return createRequire(import.meta.url).resolve('node-av/lib') !== '';
  } catch {
    return false;
  }
}
