import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hertz } from '../base/units.ts';
import type { H264Config, Track } from '../media/track.ts';
import { sameTracks } from './same-tracks.ts';
import { testAudioTrack, testVideoTrack } from './testing.ts';

/** As many and as large parameter sets as the parsers let through; `last` is the last byte of the last one. */
function largest(last: number): Track {
  const track = testVideoTrack();
  const pps = Array.from({ length: 255 }, () => new Uint8Array(8192).fill(1));
  pps.at(-1)?.set([last], 8191);
  return { ...track, codec: { ...(track.codec as H264Config), pps } };
}

describe('two sets of tracks', () => {
  it('are the same when every byte is, whoever holds the bytes', () => {
    const buffers = testVideoTrack();
    const codec = buffers.codec as H264Config;
    const other = { ...buffers, codec: { ...codec, sps: Buffer.from(codec.sps) } };
    assert.ok(sameTracks([buffers, testAudioTrack()], [other, testAudioTrack()]));
    for (let round = 0; round < 20; round++) assert.ok(sameTracks([largest(1)], [largest(1)]));
  });

  it('differ in number, clock, codec or any byte of a parameter set', () => {
    const video = testVideoTrack();
    for (const other of [
      [],
      [video, testAudioTrack()],
      [{ ...video, clockHz: hertz(1000) }],
      [testAudioTrack(0)],
      [testVideoTrack(1)],
    ]) {
      assert.equal(sameTracks([video], other), false);
    }
    assert.equal(sameTracks([largest(1)], [largest(2)]), false);
  });
});
