import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { splitAdts } from './adts.ts';
import { parseAudioSpecificConfig } from './config.ts';

/** An ADTS frame of AAC LC, 48 kHz, stereo. */
function adts(data: readonly number[], checksum: readonly number[] = []): number[] {
  const size = 7 + checksum.length + data.length;
  const protection = checksum.length > 0 ? 0xf0 : 0xf1;
  const lengthBits = [0x80 | (size >> 11), (size >> 3) & 0xff, ((size & 7) << 5) | 0x1f];
  return [0xff, protection, 0x4c, ...lengthBits, 0xfc, ...checksum, ...data];
}

test('a file from FFmpeg is split into all its frames', () => {
  const file = readFileSync(new URL('testdata/ffmpeg.adts', import.meta.url));
  const { frames, consumedBytes, skippedBytes } = splitAdts(file);
  assert.equal(frames.length, 11);
  assert.deepEqual([consumedBytes, skippedBytes], [file.length, 0]);
  for (const { audioSpecificConfig } of frames) {
    const parsed = parseAudioSpecificConfig(audioSpecificConfig);
    assert.ok(parsed.ok);
    assert.deepEqual([parsed.value.config.sampleRateHz, parsed.value.config.channels], [32000, 1]);
  }
});

test('frames come out bare, with their configuration', () => {
  const { frames, consumedBytes, skippedBytes } = splitAdts(
    Uint8Array.from([...adts([1, 2, 3]), ...adts([4], [9, 9])]),
  );
  assert.deepEqual(
    frames.map(({ data }) => [...data]),
    [[1, 2, 3], [4]],
  );
  assert.deepEqual(frames[0]?.audioSpecificConfig, Uint8Array.of(0x11, 0x90));
  assert.equal(consumedBytes, 10 + 10);
  assert.equal(skippedBytes, 0);
});

test('a frame that is not all there yet is left for the next time', () => {
  const whole = adts([1, 2, 3]);
  const { frames, consumedBytes } = splitAdts(Uint8Array.from([...whole, ...whole.slice(0, 8)]));
  assert.equal(frames.length, 1);
  assert.equal(consumedBytes, whole.length);
});

test('bytes between frames are skipped and counted', () => {
  const { frames, skippedBytes } = splitAdts(Uint8Array.from([1, 0xff, 2, ...adts([5])]));
  assert.equal(frames.length, 1);
  assert.equal(skippedBytes, 3);
});
