import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pieceAt, piecesOf, placeOf, wallIn } from './media-map.ts';

const t = 1_700_000_000_000;
/** Twelve seconds, a hole of a minute, six seconds; on the media time line without a hole. */
const pieces = piecesOf([
  { wallMs: t, startSeconds: 0, durationSeconds: 6 },
  { wallMs: t + 6040, startSeconds: 6, durationSeconds: 6 },
  { wallMs: t + 72_000, startSeconds: 12, durationSeconds: 6 },
]);

describe('pieces of footage', () => {
  it('join segments that follow one another, and part where capture time jumps', () => {
    assert.deepEqual(
      pieces.map(({ startMs, endMs, startSeconds, endSeconds }) => [
        startMs - t,
        endMs - t,
        startSeconds,
        endSeconds,
      ]),
      [
        [0, 12_040, 0, 12],
        [72_000, 78_000, 12, 18],
      ],
    );
  });

  it('know where a moment is on the media time line, and back', () => {
    const place = placeOf(pieces, t + 75_000);
    assert.ok(place.kind === 'in');
    assert.equal(place.seconds, 15);
    assert.equal(wallIn(place.piece, 15), t + 75_000);
    assert.equal(pieceAt(pieces, 12)?.startMs, t + 72_000);
    assert.equal(pieceAt(pieces, 18), undefined);
  });

  it('do not overlap, though a segment was announced longer than it is', () => {
    const both = piecesOf([
      { wallMs: t, startSeconds: 0, durationSeconds: 6.1 },
      { wallMs: t + 60_000, startSeconds: 6, durationSeconds: 6 },
    ]);
    assert.equal(both[0]?.endSeconds, 6);
    assert.equal(pieceAt(both, 6.01)?.startMs, t + 60_000);
  });

  it('own a first picture that comes a little early', () => {
    const second = pieces[1]!;
    assert.equal(pieceAt(pieces, 11.95, second), second);
    assert.equal(wallIn(second, 11.95), second.startMs);
    assert.equal(pieceAt(pieces, 11.95), pieces[0]);
    assert.equal(pieceAt(pieces, 11.99), second);
    assert.equal(pieceAt(pieces, 5, second), pieces[0], 'after a seek back');
  });

  it('know where footage goes on after a hole, or that it does not', () => {
    const hole = placeOf(pieces, t + 30_000);
    assert.ok(hole.kind === 'hole');
    assert.equal(hole.next?.startMs, t + 72_000);
    assert.deepEqual(placeOf(pieces, t + 80_000), { kind: 'hole', next: undefined });
    assert.equal(placeOf([], t).kind, 'hole');
  });
});
