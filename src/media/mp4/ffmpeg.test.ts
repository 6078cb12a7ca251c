/** Our fragments, decoded by FFmpeg: every picture, every time, no complaint. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EncodedTrack } from './encoded.testing.ts';
import { decodedFrames, decodingErrors, encodeAudio, encodeVideo, ffmpegMissing } from './encoded.testing.ts';
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
    assertDecodes(encoded, file([encoded], fragmentPerUnit(encoded)));
  });
}

for (const kind of ['aac', 'opus'] as const) {
  test(`${kind}: each frame is decoded at its UTC time`, { skip }, () => {
    const encoded = encodeAudio(kind);
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
