import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MediaPlaylist } from './playlist.ts';
import { writeMediaPlaylist, writeMultivariantPlaylist } from './playlist.ts';
import { withQuery } from './with-query.ts';

const media: MediaPlaylist = {
  targetDurationSeconds: 2,
  partTargetSeconds: 0.2,
  holdBackSeconds: 6,
  partHoldBackSeconds: 0.6,
  canSkipUntilSeconds: 12,
  mediaSequence: 7,
  discontinuitySequence: 0,
  startSeconds: undefined,
  skippedSegments: 0,
  segments: [
    {
      discontinuity: false,
      mapUri: 'init-1.mp4',
      programDateTimeMs: 0,
      parts: [{ uri: 'part-1.mp4', durationSeconds: 0.2, independent: true }],
      whole: { uri: 'seg-1.mp4', durationSeconds: 2 },
    },
  ],
  preloadHintUri: 'part-2.mp4',
};

test('every address of a media playlist carries it, and nothing else is changed', () => {
  const plain = writeMediaPlaylist(media);
  const marked = withQuery(plain, 'token=abc');
  assert.deepEqual(marked.match(/[\w-]+\.mp4\?token=abc/g), [
    'init-1.mp4?token=abc',
    'part-1.mp4?token=abc',
    'seg-1.mp4?token=abc',
    'part-2.mp4?token=abc',
  ]);
  assert.equal(marked.replaceAll('?token=abc', ''), plain);
});

test('so does a multivariant playlist with keyframes', () => {
  const variants = writeMultivariantPlaylist([
    {
      uri: 'live.m3u8?x=1',
      peakBitsPerSecond: 1,
      averageBitsPerSecond: 1,
      codecs: 'avc1.42,mp4a.40',
      picture: undefined,
    },
  ]);
  const keyframes = '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,CODECS="avc1",URI="keyframes.m3u8"\n';
  const marked = withQuery(variants + keyframes, 'token=abc');
  assert.match(marked, /^live\.m3u8\?x=1&token=abc$/m);
  assert.match(marked, /CODECS="avc1",URI="keyframes\.m3u8\?token=abc"$/m);
  assert.match(marked, /CODECS="avc1\.42,mp4a\.40"$/m);
});
