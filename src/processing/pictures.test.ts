import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLog } from '../base/log.ts';
import { ticks, unixMs } from '../base/units.ts';
import { Hub } from '../hub/hub.ts';
import type { MovingPictureOptions, Picture, PictureSink } from '../hub/pictures.ts';
import type { Stream, StreamPolicy } from '../hub/stream.ts';
import { HandSource, testAudioTrack, testUnit, testVideoTrack } from '../hub/testing.ts';
import { systemClock } from '../io/clock.ts';
import type { AccessUnit, Track } from '../media/track.ts';
import { DemoSource } from '../sources/demo/source.ts';
import type { EncodedCodec } from './encoded.testing.ts';
import { decode, encoded, timeShown } from './encoded.testing.ts';
import { MediaWorker } from './media-worker.ts';
import type { PictureWorker } from './picture-worker.ts';
import { PictureMaker } from './pictures.ts';
import type { InputPieces } from './worker/protocol.ts';

const clock = systemClock;
const maxEncoders = 16;
const policy: StreamPolicy = { start: 'on-demand', closeAfterMs: 1000, maxReaders: 0 };
const wished: MovingPictureOptions = { widthPixels: 640, quality: 75, framesPerSecond: 60 };

let worker: MediaWorker;
let hub: Hub;
const watching: { close(): void }[] = [];

before(() => {
  worker = new MediaWorker({ clock, log: silentLog });
});
after(() => worker.close());
afterEach(() => {
  for (const one of watching.splice(0)) one.close();
  hub.close();
});

function demo(): Stream {
  hub = new Hub({ clock, log: silentLog, random: () => 0.5 });
  return hub.add('demo', new DemoSource({ worker }), policy);
}

describe('moving pictures', { timeout: 180_000 }, () => {
  it('show the camera as it is now, in the wished width and in the shape of the stream', async () => {
    const pictures = new PictureMaker({ clock, worker, maxEncoders });
    const viewer = watch(pictures, demo());
    await until(() => viewer.pictures.length >= 12);
    for (const { bytes, widthPixels, heightPixels, captureMs } of viewer.pictures.slice(-3)) {
      assert.deepEqual([widthPixels, heightPixels], [640, 360]);
      const decoded = decode(bytes);
      assert.deepEqual([decoded.width, decoded.height], [640, 360]);
      assert.equal(
        timeShown(decoded),
        captureMs,
        'the time burned into the picture is the one it is said to have',
      );
    }
    const times = viewer.pictures.map(({ captureMs }) => captureMs);
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    );
    assert.equal(new Set(times).size, times.length);
  });

  it('are made once for all who want the same, and no longer than somebody does', async () => {
    const pictures = new PictureMaker({ clock, worker, maxEncoders });
    const stream = demo();
    const [one, two] = [watch(pictures, stream), watch(pictures, stream)];
    await until(() => one.pictures.length > 3 && two.pictures.length > 3);
    const shared = two.pictures.filter((picture) => one.pictures.includes(picture));
    assert.equal(shared.length, two.pictures.length, 'the same objects');
    assert.equal(stream.status().stats.readers, 1);

    one.watch.close();
    const { length } = one.pictures;
    const others = two.pictures.length;
    await until(() => two.pictures.length > others + 2);
    assert.equal(one.pictures.length, length);

    two.watch.close();
    assert.equal(stream.status().stats.readers, 0);
    const last = two.pictures.length;
    await sleep(200);
    assert.equal(two.pictures.length, last);
    assert.deepEqual(two.ends, []);
  });

  it('come at the wished rate', async () => {
    const viewer = watch(new PictureMaker({ clock, worker, maxEncoders }), demo(), {
      ...wished,
      framesPerSecond: 5,
    });
    await until(() => viewer.pictures.length >= 8);
    // The first one shows where the cached GOP began.
    const [first, ...rest] = viewer.pictures.slice(1);
    const perPictureMs = (rest.at(-1)!.captureMs - first!.captureMs) / rest.length;
    assert.ok(perPictureMs >= 195, `${perPictureMs} ms of the camera's time between pictures`);
  });

  it('go on after the media worker was killed', async () => {
    const stream = fileCamera('h264');
    const viewer = watch(new PictureMaker({ clock, worker, maxEncoders }), stream.stream);
    stream.play();
    await until(() => viewer.pictures.length > 3);
    process.kill(worker.pid!, 'SIGKILL');
    await until(() => worker.status().state === 'starting');
    const { length } = viewer.pictures;
    await until(() => viewer.pictures.length > length + 3);
    assert.deepEqual(viewer.ends, []);
  });

  it('are as wide as the stream when no width or a greater one is wished', async () => {
    const pictures = new PictureMaker({ clock, worker, maxEncoders });
    const stream = demo();
    const full = watch(pictures, stream, { ...wished, widthPixels: undefined });
    const wide = watch(pictures, stream, { ...wished, widthPixels: 3000 });
    const odd = watch(pictures, stream, { ...wished, widthPixels: 333 });
    await until(() => [full, wide, odd].every((viewer) => viewer.pictures.length > 0));
    const sizes = [full, wide, odd].map(({ pictures: [picture] }) => [
      picture!.widthPixels,
      picture!.heightPixels,
    ]);
    assert.deepEqual(sizes, [
      [1280, 720],
      [1280, 720],
      [332, 186],
    ]);
  });

  it('end with the stream, and when there is no video', async () => {
    const pictures = new PictureMaker({ clock, worker, maxEncoders });
    const viewer = watch(pictures, demo());
    await until(() => viewer.pictures.length > 0);
    hub.remove('demo', 'The camera was deleted.');
    assert.deepEqual(viewer.ends, ['The camera was deleted.']);

    const { stream, source } = camera([testAudioTrack(0)]);
    const deaf = watch(pictures, stream);
    source();
    await until(() => deaf.ends.length > 0);
    assert.match(deaf.ends[0]!, /no video/);
    assert.equal(stream.status().stats.readers, 0);
  });

  it('are refused beyond the limit, in words, while those that are made already can be shared', async () => {
    const pictures = new PictureMaker({ clock, worker, maxEncoders: 1 });
    const stream = demo();
    watch(pictures, stream);
    const other = pictures.watch(stream, { ...wished, quality: 10 }, new Viewer());
    assert.ok(!other.ok);
    assert.equal(other.error.kind, 'busy');
    assert.match(other.error.message, /1 sizes, qualities and rates/);
    assert.ok(watch(pictures, stream));
  });

  it('of bytes that are no video do not come, and harm nobody else', async () => {
    const pictures = new PictureMaker({ clock, worker, maxEncoders });
    const { stream, source, send } = camera([testVideoTrack()]);
    const viewer = watch(pictures, stream);
    source();
    await until(() => worker.status().state === 'ready');
    for (let at = 0; at < 50; at += 1) send(testUnit(1000 + at / 25, at % 10 === 0));
    const good = fileCamera('h264');
    const other = watch(pictures, good.stream);
    good.play();
    await until(() => other.pictures.length > 2);
    assert.deepEqual([viewer.pictures.length, viewer.ends], [0, []]);
  });
});

for (const codec of ['h264', 'h264-bframes', 'h265', 'mjpeg'] as const) {
  describe(`pictures of ${codec}`, { timeout: 180_000 }, () => {
    it('come in the order of capture', async () => {
      const { stream, play } = fileCamera(codec);
      const viewer = watch(new PictureMaker({ clock, worker, maxEncoders }), stream, {
        ...wished,
        widthPixels: 160,
      });
      play();
      await until(() => viewer.pictures.length > 20);
      const times = viewer.pictures.map(({ captureMs }) => captureMs);
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a - b),
      );
      assert.deepEqual([viewer.pictures[0]!.widthPixels, viewer.pictures[0]!.heightPixels], [160, 90]);
    });

    it('are decoded from keyframes alone when those are enough', async () => {
      const { stream, play } = fileCamera(codec);
      const { spy, sent } = spyOn(worker);
      const pictures = new PictureMaker({ clock, worker: spy, maxEncoders });
      const viewer = watch(pictures, stream, { ...wished, widthPixels: 160, framesPerSecond: 1 });
      play();
      await until(() => viewer.pictures.length >= 4);
      const gapsMs = viewer.pictures
        .slice(1)
        .map(({ captureMs }, at) => captureMs - viewer.pictures[at]!.captureMs);
      assert.ok(Math.min(...gapsMs) >= 400, `${gapsMs.join(' ')} ms apart`);
      // How far apart keys are is known with the second one.
      const secondKey = sent.findIndex(({ key }, at) => key && at > 0);
      const later = sent.slice(secondKey);
      assert.ok(later.length >= 2 && later.every(({ key }) => key));
    });
  });
}

describe('a camera that sends JPEG files', { timeout: 180_000 }, () => {
  it('is passed through when nothing has to be scaled, without the worker', async () => {
    const idle = new MediaWorker({ clock, log: silentLog });
    const pictures = new PictureMaker({ clock, worker: idle, maxEncoders });
    const { stream, play, units } = fileCamera('mjpeg');
    const viewer = watch(pictures, stream, { ...wished, widthPixels: undefined, framesPerSecond: 60 });
    play();
    await until(() => viewer.pictures.length > 5);
    assert.ok(viewer.pictures.every(({ bytes }) => units.some(({ nals }) => nals[0] === bytes)));
    const still = await pictures.still(stream, { widthPixels: undefined, quality: 20 });
    assert.ok(still.ok);
    assert.deepEqual(idle.status(), { state: 'idle' });
    await idle.close();
  });
});

class Viewer implements PictureSink {
  readonly pictures: Picture[] = [];
  readonly ends: string[] = [];

  picture(picture: Picture): void {
    this.pictures.push(picture);
  }

  ended(reason: string): void {
    this.ends.push(reason);
  }
}

function watch(
  pictures: PictureMaker,
  stream: Stream,
  options = wished,
): Viewer & { watch: { close(): void } } {
  const viewer = new Viewer();
  const begun = pictures.watch(stream, options, viewer);
  assert.ok(begun.ok);
  assert.deepEqual(viewer.pictures, [], 'never within the call');
  watching.push(begun.value);
  return Object.assign(viewer, { watch: begun.value });
}

/** Also remembers what is sent to it. */
function spyOn(real: MediaWorker): { spy: PictureWorker; sent: InputPieces[] } {
  const sent: InputPieces[] = [];
  const open: PictureWorker['open'] = (spec, sink) => {
    const handle = real.open(spec, sink);
    const send = (input: InputPieces): boolean => {
      sent.push(input);
      return handle.send(input);
    };
    return { send, close: () => handle.close() };
  };
  return { spy: { open, status: () => real.status(), queuedBytes: 0 }, sent };
}

let hands = 0;

interface HandCamera {
  readonly stream: Stream;
  /** Connects it. */
  readonly source: () => void;
  readonly send: (unit: AccessUnit) => void;
}

function camera(tracks: readonly Track[]): HandCamera {
  hub = new Hub({ clock, log: silentLog, random: () => 0.5 });
  const source = new HandSource();
  const stream = hub.add(`hand${(hands += 1)}`, source, policy);
  return {
    stream,
    source: () => source.current.sink.tracks(tracks),
    send: (unit) => source.current.sink.unit(unit),
  };
}

/** Pictures encoded by FFmpeg, 320x180, two keyframes a second, sent as a camera would. */
function fileCamera(codec: EncodedCodec) {
  const { track, units } = encoded(codec);
  const hand = camera([track]);
  const play = (): void => {
    hand.source();
    let at = 0;
    const timer = setInterval(() => {
      const unit = units[at % units.length]!;
      const turns = Math.floor(at / units.length) * (units.length / 25);
      const moved = ticks(unit.pts + turns * 90_000);
      hand.send({
        ...unit,
        pts: moved,
        dts: ticks(unit.dts + turns * 90_000),
        wallMs: unixMs(Math.round(moved / 90)),
      });
      at += 1;
    }, 5);
    watching.push({ close: () => clearInterval(timer) });
  };
  return { stream: hand.stream, play, units };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}
