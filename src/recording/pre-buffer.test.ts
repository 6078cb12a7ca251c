import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { unixMs } from '../base/units.ts';
import type { Piece } from './piece.ts';
import { PreBuffer } from './pre-buffer.ts';

/** One second of media. */
function piece(second: number, key: boolean, options: { bytes?: number; afterHole?: boolean } = {}): Piece {
  const { bytes = 1000, afterHole = false } = options;
  const fragment = { bytes: new Uint8Array(bytes), startMs: unixMs(second * 1000), durationMs: 1000 };
  const cause = { endReason: 'interrupted', cause: 'camera-offline', detail: '' } as const;
  return {
    fragment: { ...fragment, key, frames: 25, lostPackets: 0 },
    tracks: [],
    mediaMs: second * 1000,
    line: 0,
    steppedMs: 0,
    break: afterHole ? cause : undefined,
  };
}

const starts = (buffer: PreBuffer): number[] => buffer.take().map(({ fragment }) => fragment.startMs / 1000);

describe('the newest seconds in memory', () => {
  it('are whole GOPs, at least as long as asked', () => {
    const buffer = new PreBuffer();
    for (let second = 0; second < 20; second += 1) buffer.push(piece(second, second % 4 === 0), 5000);
    assert.deepEqual(starts(buffer), [12, 13, 14, 15, 16, 17, 18, 19]);
  });

  it('are the GOP that lasts when none are asked for', () => {
    const buffer = new PreBuffer();
    for (let second = 0; second < 7; second += 1) buffer.push(piece(second, second % 4 === 0), 0);
    assert.deepEqual(starts(buffer), [4, 5, 6]);
  });

  it('begin after a hole, and with a keyframe', () => {
    const buffer = new PreBuffer();
    for (let second = 0; second < 5; second += 1) buffer.push(piece(second, true), 60_000);
    buffer.push(piece(9, false, { afterHole: true }), 60_000);
    buffer.push(piece(10, true), 60_000);
    assert.deepEqual(starts(buffer), [10]);
  });

  it('are given once', () => {
    const buffer = new PreBuffer();
    buffer.push(piece(0, true), 5000);
    assert.deepEqual([starts(buffer), starts(buffer), buffer.bytes], [[0], [], 0]);
  });

  it('never take more memory than planned', () => {
    const buffer = new PreBuffer();
    const bytes = 3 * 1024 * 1024;
    for (let second = 0; second < 30; second += 1) {
      buffer.push(piece(second, second % 2 === 0, { bytes }), 30_000);
      assert.ok(buffer.bytes <= 32 * 1024 * 1024);
    }
    assert.deepEqual(starts(buffer)[0], 20);
    for (let second = 0; second < 30; second += 1)
      buffer.push(piece(second, second === 0, { bytes }), 30_000);
    assert.ok(buffer.bytes <= 32 * 1024 * 1024, 'a GOP without an end is not kept');
  });
});
