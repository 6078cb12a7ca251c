/** Our fragments, read by a second, independent parser. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferSource, EncodedPacketSink, Input, MP4 } from 'mediabunny';
import { encodeAudio, encodeVideo, ffmpegMissing } from './encoded.testing.ts';
import { writeFragment } from './fragment.ts';
import { writeInit } from './init.ts';
import { mimeCodecs } from './playable.ts';

test('mediabunny finds the same codecs, times and keyframes', { skip: ffmpegMissing }, async () => {
  const encoded = [encodeVideo('h264', 'bframes=2:b-adapt=0'), encodeAudio('aac')];
  const init = writeInit(encoded.map(({ track }) => track));
  assert.ok(init.ok);
  const fragments = encoded.flatMap(({ track, units, durationTicks }) =>
    units.map((unit, index) => writeFragment(index + 1, track, { unit, durationTicks })),
  );
  const source = new BufferSource(Buffer.concat([init.value, ...fragments]));
  const input = new Input({ source, formats: [MP4] });

  const tracks = await input.getTracks();
  const names = await Promise.all(tracks.map((track) => track.getCodecParameterString()));
  assert.equal(names.join(','), mimeCodecs(encoded.map(({ track }) => track)));

  for (const [index, track] of tracks.entries()) {
    const found: { seconds: number; key: boolean }[] = [];
    for await (const packet of new EncodedPacketSink(track).packets())
      found.push({ seconds: packet.timestamp, key: packet.type === 'key' });
    const { units, track: ours } = encoded[index]!;
    assert.deepEqual(
      found,
      units.map(({ pts, key }) => ({ seconds: pts / ours.clockHz, key })),
    );
  }
});
