import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ManualClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import type { Result } from '../base/result.ts';
import { Hub } from '../hub/hub.ts';
import type { Picture, PictureFault } from '../hub/pictures.ts';
import type { Stream } from '../hub/stream.ts';
import { HandSource, testAudioTrack, testUnit, testVideoTrack } from '../hub/testing.ts';
import { systemClock } from '../io/clock.ts';
import type { AccessUnit } from '../media/track.ts';
import type { EncodedVideo } from './encoded.testing.ts';
import { decode, encoded } from './encoded.testing.ts';
import { MediaWorker } from './media-worker.ts';
import type { PictureWorker } from './picture-worker.ts';
import { PictureMaker } from './pictures.ts';
import type { JpegSpec } from './worker/protocol.ts';

const maxEncoders = 16;
const options = { widthPixels: 160, quality: 75 };

let worker: MediaWorker;
let video: EncodedVideo;
let opened: JpegSpec[];
/** The real worker; remembers what it was asked for. */
const spy: PictureWorker = {
  open: (spec, sink) => {
    opened.push(spec);
    return worker.open(spec, sink);
  },
  status: () => worker.status(),
  get queuedBytes() {
    return worker.queuedBytes;
  },
};

before(() => {
  worker = new MediaWorker({ clock: systemClock, log: silentLog });
  video = encoded('h264-bframes');
});
after(() => worker.close());
beforeEach(() => {
  opened = [];
});

describe('a still', { timeout: 180_000 }, () => {
  it('is the last keyframe, also of a camera that was not connected', async () => {
    const { stream, pictures, connect } = setUp();
    const asked = pictures.still(stream, options);
    connect(video.units.slice(0, 20));
    const still = valueOf(await asked);
    assert.equal(still.captureMs, video.units[0]!.wallMs);
    const { width, height } = decode(still.bytes);
    assert.deepEqual([width, height], [160, 90]);
    assert.deepEqual([still.widthPixels, still.heightPixels], [160, 90]);
    await Promise.resolve();
    assert.equal(stream.status().stats.readers, 0);
  });

  it('is made once for each keyframe and set of options, whoever asks and however often', async () => {
    const { stream, pictures, connect, send } = setUp();
    const many = Array.from({ length: 20 }, () => pictures.still(stream, options));
    connect(video.units.slice(0, 3));
    const stills = (await Promise.all(many)).map(valueOf);
    assert.equal(new Set(stills).size, 1);
    assert.equal(valueOf(await pictures.still(stream, options)), stills[0]);
    assert.equal(opened.length, 1);

    valueOf(await pictures.still(stream, { ...options, quality: 10 }));
    assert.equal(opened.length, 2);

    for (const unit of video.units.slice(3, 13)) send(unit);
    const next = valueOf(await pictures.still(stream, options));
    assert.equal(next.captureMs, video.units[12]!.wallMs);
    assert.equal(opened.length, 3);
  });

  it('is smaller in bytes when less quality is asked for', async () => {
    const { stream, pictures, connect } = setUp();
    connect(video.units.slice(0, 1));
    const sizes: number[] = [];
    for (const quality of [5, 40, 75, 100]) {
      sizes.push(valueOf(await pictures.still(stream, { widthPixels: undefined, quality })).bytes.length);
    }
    assert.deepEqual(
      sizes,
      sizes.toSorted((a, b) => a - b),
    );
    assert.ok(sizes[3]! > 2 * sizes[0]!);
  });

  it('is made by the next media worker when the first one dies', async () => {
    const { stream, pictures, connect } = setUp();
    connect(video.units.slice(0, 1));
    valueOf(await pictures.still(stream, options));
    process.kill(worker.pid!, 'SIGSTOP');
    const asked = pictures.still(stream, { ...options, widthPixels: 100 });
    await sleep(20);
    process.kill(worker.pid!, 'SIGKILL');
    assert.equal(valueOf(await asked).widthPixels, 100);
  });

  it('of a camera that is away is refused at once with the reason, and its last one stays', async () => {
    const { stream, pictures, connect, source } = setUp();
    connect(video.units.slice(0, 1));
    stream.configure({ start: 'always', closeAfterMs: 1000, maxReaders: 0 });
    source.current.fail('no-route');
    const refused = await pictures.still(stream, options);
    assert.ok(!refused.ok);
    assert.deepEqual(refused.error, { kind: 'no-picture', message: 'It failed: no-route.' });
    const last = valueOf(await pictures.lastStill(stream, options));
    assert.equal(last.captureMs, video.units[0]!.wallMs);
  });

  it('of a camera that goes away while it is waited for is refused with the reason', async () => {
    const { stream, pictures, source, clock } = setUp();
    const asked = pictures.still(stream, options);
    source.current.fail('wrong-password');
    clock.advance(200);
    const refused = await asked;
    assert.ok(!refused.ok);
    assert.equal(refused.error.message, 'It failed: wrong-password.');
  });

  it('is waited for five seconds, and no timer is left behind', async () => {
    const { stream, pictures, clock, hub } = setUp();
    const asked = pictures.still(stream, options);
    clock.advance(5100);
    const refused = await asked;
    assert.ok(!refused.ok);
    assert.equal(refused.error.kind, 'no-picture');
    hub.close();
    assert.equal(clock.timers, 0);
  });

  it('of a camera without video, or that is deleted meanwhile, is refused', async () => {
    const deaf = setUp();
    const unheard = deaf.pictures.still(deaf.stream, options);
    deaf.source.current.sink.tracks([testAudioTrack(0)]);
    const refused = await unheard;
    assert.ok(!refused.ok);
    assert.match(refused.error.message, /no video/);

    const { stream, pictures, hub } = setUp();
    const asked = pictures.still(stream, options);
    hub.remove('camera', 'The camera was deleted.');
    const gone = await asked;
    assert.ok(!gone.ok);
    assert.equal(gone.error.message, 'The camera was deleted.');
    const last = await pictures.lastStill(stream, options);
    assert.ok(!last.ok);
  });

  it('of bytes that cannot be decoded fails in words, after a while', async () => {
    const { stream, pictures, source, clock } = setUp();
    const asked = pictures.still(stream, options);
    source.current.sink.tracks([testVideoTrack()]);
    source.current.sink.unit(testUnit(1000, true));
    while (opened.length === 0) await sleep(5);
    clock.advance(11_000);
    const failed = await asked;
    assert.ok(!failed.ok);
    assert.deepEqual(
      [failed.error.kind, failed.error.message],
      ['failed', 'The last keyframe cannot be decoded.'],
    );
  });
});

function setUp() {
  const clock = new ManualClock();
  const hub = new Hub({ clock, log: silentLog, random: () => 0.5 });
  const source = new HandSource();
  const stream: Stream = hub.add('camera', source, {
    start: 'on-demand',
    closeAfterMs: 60_000,
    maxReaders: 0,
  });
  const pictures = new PictureMaker({ clock, worker: spy, maxEncoders });
  const send = (unit: AccessUnit): void => source.current.sink.unit(unit);
  const connect = (units: readonly AccessUnit[]): void => {
    if (source.connections.length === 0)
      stream.configure({ start: 'always', closeAfterMs: 60_000, maxReaders: 0 });
    source.current.sink.tracks([video.track]);
    for (const unit of units) send(unit);
  };
  return { clock, hub, source, stream, pictures, connect, send };
}

function valueOf(still: Result<Picture, PictureFault>): Picture {
  assert.ok(still.ok, still.ok ? '' : still.error.message);
  return still.value;
}
