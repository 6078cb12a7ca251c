/** How clips are cut and listed: parts, the text of live playlists, moments, kinds of file, what the cache keeps. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { containerOf } from './container.ts';
import type { ListedSegment } from './live-playlist.ts';
import { LivePlaylist } from './live-playlist.ts';
import type { MadeSegment } from './media.ts';
import { momentMs } from './moment.ts';
import { partCount, partsOf, targetDurationSeconds } from './parts.ts';
import { SegmentCache } from './segment-cache.ts';

describe('parts of a clip', () => {
  it('are the clip without hole or overlap, and none breaks the promise of the playlist', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 * 3_600_000 }), (durationMs) => {
        const parts = partsOf(durationMs);
        assert.equal(parts.length, partCount(durationMs));
        assert.equal(parts[0]?.fromMs, 0);
        assert.equal(parts.at(-1)?.toMs, durationMs);
        parts.forEach((part, at) => {
          assert.ok(part.toMs - part.fromMs <= targetDurationSeconds * 1000);
          if (at > 0) assert.equal(part.fromMs, parts[at - 1]?.toMs);
        });
      }),
      { numRuns: 200 },
    );
  });
});

describe('a live playlist', () => {
  it('counts what left, in both sequences, and keeps three target durations (RFC 8216, 6.2.2)', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 40 }), (discontinuities) => {
        const playlist = new LivePlaylist(100);
        const all = discontinuities.map((discontinuity, number) =>
          segment(number, discontinuity && number > 0),
        );
        for (const [number, one] of all.entries()) {
          playlist.add(one);
          playlist.trim(({ startMs }) => startMs < (number - 3) * 5000);
          const text = playlist.text();
          const left = value(text, 'MEDIA-SEQUENCE') - 100;
          assert.equal(playlist.segments[0]?.uri, all[left]?.uri);
          assert.equal(
            value(text, 'DISCONTINUITY-SEQUENCE'),
            all.slice(0, left).filter((gone) => gone.discontinuity).length,
          );
          const listedMs = playlist.segments.length * 5000;
          assert.ok(left === 0 || listedMs >= 3 * targetDurationSeconds * 1000, `${listedMs} ms`);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('says when each segment was taken, and marks what does not continue the one before', () => {
    const playlist = new LivePlaylist(0);
    playlist.add(segment(0, true));
    playlist.add(segment(1, true));
    const lines = playlist.text().split('\n').slice(6);
    assert.deepEqual(lines, [
      '#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:00.000Z',
      '#EXTINF:5.000,',
      'segments/0.ts',
      '#EXT-X-DISCONTINUITY',
      '#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:05.000Z',
      '#EXTINF:5.000,',
      'segments/1.ts',
      '',
    ]);
  });
});

describe('a moment', () => {
  const atMs = Date.UTC(2026, 10, 21, 10, 0, 0);
  for (const text of [
    String(atMs / 1000),
    String(atMs),
    '2026-11-21T10:00:00Z',
    '2026-11-21T11:00:00+01:00',
    '2026-11-21T11:00:00 01:00', // a plus sign that nobody escaped
    '2026-11-21T10:00Z',
  ]) {
    it(`may be written ${text}`, () => assert.equal(momentMs(text), atMs));
  }
  for (const text of [
    '',
    'now',
    '-5',
    '1e9',
    '2026-11-21',
    '2026-11-21T10:00:00',
    '2026-13-41T10:00:00Z',
    '9'.repeat(30),
  ]) {
    it(`is not ${JSON.stringify(text)}`, () => assert.equal(momentMs(text), undefined));
  }
});

describe('the kind of a file', () => {
  it('is told from any bytes without harm', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        const before = bytes.slice();
        assert.ok([undefined, 'mp4', 'ts', 'mkv'].includes(containerOf(bytes)));
        assert.deepEqual(bytes, before);
      }),
    );
    assert.equal(containerOf(Buffer.from('\0\0\0\x18ftypisom')), 'mp4');
    assert.equal(containerOf(Buffer.from('1a45dfa3', 'hex')), 'mkv');
    assert.equal(containerOf(Buffer.alloc(188, 0x47)), 'ts');
    assert.equal(containerOf(new Uint8Array()), undefined);
  });
});

describe('made segments', () => {
  it('take no more room than there is; the one used longest ago goes first', () => {
    const cache = new SegmentCache(100);
    for (const key of ['a', 'b', 'c']) cache.put(key, made(30));
    cache.get('a');
    cache.put('d', made(40));
    assert.deepEqual(
      [cache.has('a'), cache.has('b'), cache.has('c'), cache.has('d')],
      [true, false, true, true],
    );
    cache.put('too large', made(101));
    assert.equal(cache.has('too large'), false);
    assert.deepEqual([cache.bytes, cache.size, cache.evicted], [100, 3, 1]);
  });
});

function segment(number: number, discontinuity = false): ListedSegment {
  return { uri: `segments/${number}.ts`, startMs: number * 5000, durationMs: 5000, discontinuity };
}

function value(text: string, tag: string): number {
  return Number(new RegExp(`#EXT-X-${tag}:(\\d+)`).exec(text)?.[1]);
}

function made(bytes: number): MadeSegment {
  return { bytes: new Uint8Array(bytes), durationMs: 1, encoder: 'x' };
}
