/** Our fragments, decoded by FFmpeg: every picture, every time, no complaint. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hertz, ticks, unixMs } from '../../base/units.ts';
import { createAacDepacketizer } from '../codec/aac/depacketize.ts';
import { OpusDepacketizer } from '../codec/opus/payload.ts';
import { pushAll, readCapture } from '../codec/payload.testing.ts';
import type { Track } from '../track.ts';
import type { EncodedTrack } from './encoded.testing.ts';
import {
  decodedFrames,
  decodingErrors,
  encodeAudio,
  encodeVideo,
  ffmpegMissing,
  startSeconds,
} from './encoded.testing.ts';
import { writeFragment, writeFragments } from './fragment.ts';
import { writeInit } from './init.ts';

const skip = ffmpegMissing;
const noBFrames = 'bframes=0';
const bFrames = 'bframes=3:b-adapt=0';

function file(encoded: readonly EncodedTrack[], fragments: readonly Uint8Array[]): Uint8Array {
  const init = writeInit(encoded.map(({ track }) => track));
  assert.ok(init.ok);
  return Buffer.concat([init.value, ...fragments]);
}

/** One fragment per access unit, as live viewers get them. */
function fragmentPerUnit({ track, units, durationTicks }: EncodedTrack): Uint8Array[] {
  return units.map((unit, index) => writeFragment(index + 1, track, { unit, durationTicks }));
}

function assertDecodes(encoded: EncodedTrack, bytes: Uint8Array): void {
  const stream = encoded.track.codec.kind.startsWith('h26') ? 'v' : 'a';
  assert.equal(decodingErrors(bytes), '');
  assert.deepEqual(
    decodedFrames(bytes, stream).map(({ pts }) => pts),
    encoded.units.map(({ pts }) => pts as number).sort((a, b) => a - b),
  );
}

for (const [name, kind, parameters] of [
  ['H.264', 'h264', noBFrames],
  ['H.264 with B-frames', 'h264', bFrames],
  ['H.265', 'h265', noBFrames],
  ['H.265 with B-frames', 'h265', bFrames],
] as const) {
  test(`${name}: each picture is decoded at its UTC time`, { skip }, () => {
    const encoded = encodeVideo(kind, parameters);
    assert.equal(encoded.units.length, 25);
    const reordered = encoded.units.some(({ pts }, index) => pts < (encoded.units[index - 1]?.pts ?? 0));
    assert.equal(reordered, parameters === bFrames, 'B-frames are there when they should be');
    assertDecodes(encoded, file([encoded], fragmentPerUnit(encoded)));
  });
}

for (const kind of ['aac', 'opus'] as const) {
  test(`${kind}: each frame is decoded at its UTC time`, { skip }, () => {
    const encoded = encodeAudio(kind);
    assertDecodes(encoded, file([encoded], fragmentPerUnit(encoded)));
  });
}

for (const [name, kind, config] of [
  ['AAC', 'aac/testdata/gstreamer-pieces.rtp', '118856e500'],
  ['Opus', 'opus/testdata/gstreamer.rtp', ''],
] as const) {
  test(`${name} that came over RTP is decoded, frame for frame`, { skip }, () => {
    const parameters = new Map([['config', config]]);
    const aac = createAacDepacketizer(parameters, hertz(48000));
    const packets = readCapture(new URL(`../codec/${kind}`, import.meta.url));
    const { configs, frames } = pushAll(aac.ok ? aac.value : new OpusDepacketizer(), packets);
    const start = startSeconds * 48000;
    const track: Track = { id: 0, clockHz: hertz(48000), codec: configs[0]! };
    const units = frames.map(({ time, nals }) => {
      const at = ticks(start + time);
      return { track: 0, pts: at, dts: at, wallMs: unixMs(0), key: true, nals };
    });
    const encoded = { track, units, durationTicks: kind.startsWith('aac') ? 1024 : 960 };
    assertDecodes(encoded, file([encoded], fragmentPerUnit(encoded)));
  });
}

test('pictures and sound in one fragment stay together', { skip }, () => {
  const video = encodeVideo('h264', bFrames);
  const audio = encodeAudio('aac');
  const runs = [video, audio].map(({ track, units, durationTicks }) => ({
    track,
    samples: units.map((unit) => ({ unit, durationTicks })),
  }));
  const bytes = file([video, audio], [writeFragments(1, runs)]);
  assertDecodes(video, bytes);
  assertDecodes(audio, bytes);
});
