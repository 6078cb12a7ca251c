/** The parser against any bytes, and against everything the writer can say. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { parseMediaPlaylist, parseMultivariantPlaylist, readAttributes } from './parse.ts';
import type { MediaPlaylist } from './playlist.ts';
import { writeMediaPlaylist, writeMultivariantPlaylist } from './playlist.ts';

const plain = { noNullPrototype: true };
const uri = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,20}\.mp4$/);
const seconds = fc.integer({ min: 1, max: 1_000_000 }).map((value) => value / 1e5);
const count = fc.nat({ max: 2 ** 40 });

const part = fc.record({ uri, durationSeconds: seconds, independent: fc.boolean() }, plain);
const whole = fc.record({ uri, durationSeconds: seconds }, plain);
const closed = fc.record(
  {
    discontinuity: fc.boolean(),
    mapUri: uri,
    programDateTimeMs: fc.integer({ min: 1, max: 4e12 }),
    parts: fc.array(part, { maxLength: 5 }),
    whole,
  },
  plain,
);
const open = fc.record(
  {
    discontinuity: fc.boolean(),
    mapUri: uri,
    programDateTimeMs: fc.integer({ min: 1, max: 4e12 }),
    parts: fc.array(part, { minLength: 1, maxLength: 5 }),
    whole: fc.constant(undefined),
  },
  plain,
);
const playlist: fc.Arbitrary<MediaPlaylist> = fc.record(
  {
    targetDurationSeconds: fc.integer({ min: 1, max: 20 }),
    partTargetSeconds: seconds,
    holdBackSeconds: seconds,
    partHoldBackSeconds: seconds,
    canSkipUntilSeconds: seconds,
    mediaSequence: count,
    discontinuitySequence: count,
    startSeconds: fc.option(seconds, { nil: undefined }),
    skippedSegments: fc.nat({ max: 100 }),
    segments: fc
      .tuple(fc.array(closed, { maxLength: 5 }), fc.array(open, { maxLength: 1 }))
      .map(([before, last]) => [...before, ...last]),
    preloadHintUri: uri,
  },
  plain,
);

const lineLike = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.constantFrom(
    '#EXTM3U',
    '#EXTINF:',
    '#EXTINF:2,',
    'a.mp4',
    '#EXT-X-MAP:URI="',
    '#EXT-X-PART:DURATION=-1,URI="a"',
  ),
  fc.constantFrom(
    '#EXT-X-SKIP:SKIPPED-SEGMENTS=1e400',
    '#EXT-X-TARGETDURATION:',
    '#__proto__:1',
    '#EXT-X-STREAM-INF:',
  ),
);

describe('a media playlist', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(playlist, (written) => {
        const read = parseMediaPlaylist(writeMediaPlaylist(written));
        assert.ok(read.ok, JSON.stringify(read));
        const { version, canBlockReload, ended, endsOnSegmentUri, ...rest } = read.value;
        assert.deepEqual(
          { version, canBlockReload, ended, endsOnSegmentUri },
          {
            version: 9,
            canBlockReload: true,
            ended: false,
            endsOnSegmentUri: false,
          },
        );
        assert.deepEqual(rest, written);
      }),
      { numRuns: 100 },
    );
  });

  it('of any lines never throws, and an error says which line', () => {
    fc.assert(
      fc.property(fc.array(lineLike, { maxLength: 20 }), (lines) => {
        for (const text of [lines.join('\n'), ['#EXTM3U', ...lines].join('\n')]) {
          for (const read of [parseMediaPlaylist(text), parseMultivariantPlaylist(text)]) {
            if (!read.ok) assert.ok(read.error.line >= 1 && read.error.line <= text.split('\n').length);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('that is endless is refused', () => {
    const read = parseMediaPlaylist(`#EXTM3U\n${'#'.repeat(8_000_001)}`);
    assert.deepEqual(read, { ok: false, error: { line: 1, reason: 'the playlist is too long' } });
  });
});

describe('a multivariant playlist', () => {
  it('is read as it was written', () => {
    const variant = {
      uri: 'live.m3u8',
      peakBitsPerSecond: 4_000_000,
      averageBitsPerSecond: 3_500_000,
      codecs: 'avc1.64001f,mp4a.40.2',
      picture: { widthPixels: 1280, heightPixels: 720, framesPerSecond: 25 },
    };
    const variants = [variant, { ...variant, uri: 'sound.m3u8', picture: undefined }];
    assert.deepEqual(parseMultivariantPlaylist(writeMultivariantPlaylist(variants)), {
      ok: true,
      value: { variants },
    });
  });
});

describe('an attribute list', () => {
  it('keeps commas within quotes, and passes over what is none', () => {
    const read = readAttributes('CODECS="a,b",X=1,,lower=2,URI="c"');
    assert.deepEqual(
      [...read],
      [
        ['CODECS', 'a,b'],
        ['X', '1'],
        ['URI', 'c'],
      ],
    );
  });

  for (const [what, text] of [
    ['letters without a value', 'A'.repeat(2_000_000)],
    ['values without an end', 'A='.repeat(1_000_000) + '"'],
    ['quotes without an end', ',A="'.repeat(500_000)],
  ] as const) {
    // Quadratic work would take hours, so this ends or it does not.
    it(`of a million ${what} is soon read`, () => {
      assert.ok(readAttributes(text).size <= 1);
    });
  }
});
