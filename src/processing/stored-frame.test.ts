/** Any picture of a group of pictures, as a JPEG file: the one that was asked for, and no other. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { silentLog } from '../base/log.ts';
import { unixMs } from '../base/units.ts';
import { systemClock } from '../io/clock.ts';
import type { VideoConfig } from '../media/track.ts';
import { isVideo } from '../media/track.ts';
import type { EncodedCodec } from './encoded.testing.ts';
import { decode, encoded } from './encoded.testing.ts';
import { MediaWorker } from './media-worker.ts';
import { makeStoredFrame } from './stored-frame.ts';

const options = { widthPixels: undefined, quality: 90 };
const pixels = 320 * 180;
const frameMs = 40;

let worker: MediaWorker;
/** The pictures that went into the encoders, grey. */
let originals: Buffer;

before(() => {
  worker = new MediaWorker({ clock: systemClock, log: silentLog });
  const args = '-v error -f lavfi -i testsrc2=size=320x180:rate=25 -frames:v 24 -pix_fmt gray -f rawvideo -';
  originals = spawnSync('ffmpeg', args.split(' '), { maxBuffer: 2 ** 26 }).stdout;
});
after(() => worker.close());

/** Which original it looks like most. */
function placeOf(jpeg: Uint8Array): number {
  const { luma } = decode(jpeg);
  const differences = Array.from({ length: originals.length / pixels }, (_, place) => {
    let sum = 0;
    for (let at = 0; at < pixels; at += 3) {
      sum += Math.abs((luma[at] ?? 0) - (originals[place * pixels + at] ?? 0));
    }
    return sum;
  });
  return differences.indexOf(Math.min(...differences));
}

function frame(codec: EncodedCodec, place: number) {
  const { track, units } = encoded(codec);
  const firstMs = Math.min(...units.map(({ wallMs }) => wallMs));
  const wantedMs = unixMs(firstMs + place * frameMs);
  const at = units.findIndex(({ wallMs }) => wallMs === wantedMs);
  const key = units.findLastIndex(({ key }, index) => key && index <= at);
  assert.ok(isVideo(track.codec));
  const group = { codec: track.codec satisfies VideoConfig, units: units.slice(key, at + 1), wantedMs };
  return makeStoredFrame({ clock: systemClock, worker }, group, options);
}

describe('a stored picture', { timeout: 180_000 }, () => {
  for (const codec of ['h264', 'h264-bframes', 'h265', 'mjpeg'] as const) {
    it(`of ${codec} is the one that was asked for`, async () => {
      for (const place of [0, 1, 5, 11, 12, 22]) {
        const made = await frame(codec, place);
        assert.ok(made.ok, JSON.stringify(made));
        assert.equal(placeOf(made.value.bytes), place);
      }
    });
  }

  it('that is not in the group is refused', async () => {
    const { track, units } = encoded('h264');
    assert.ok(isVideo(track.codec));
    const group = { codec: track.codec, units: units.slice(0, 3), wantedMs: unixMs(1) };
    const made = await makeStoredFrame({ clock: systemClock, worker }, group, options);
    assert.equal(made.ok, false);
  });
});
