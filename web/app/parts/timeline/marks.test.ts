import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { End, Marks } from './marks.ts';
import { dragged, moved, offered } from './marks.ts';

const nowMs = 10_000_000;
const view = { fromMs: nowMs - 3_600_000, toMs: nowMs };
const around = { view, nowMs };

describe('marks of an export', () => {
  it('are offered well within the view, around the playhead, not in the future', () => {
    const marks = offered(view, nowMs - 1_800_000, nowMs);
    assert.equal((marks.startMs + marks.endMs) / 2, nowMs - 1_800_000);
    assert.ok(marks.endMs - marks.startMs < 3_600_000 / 2);
    assert.ok(offered(view, nowMs, nowMs).endMs <= nowMs);
  });

  it('one alone brings the other along', () => {
    assert.ok(moved(undefined, 'start', nowMs - 1_000_000, around).endMs > nowMs - 1_000_000);
    assert.ok(moved(undefined, 'end', nowMs - 1_000_000, around).startMs < nowMs - 1_000_000);
  });

  it('a start behind the end takes the end along', () => {
    const marks = moved({ startMs: 5_000_000, endMs: 6_000_000 }, 'start', 7_000_000, around);
    assert.equal(marks.startMs, 7_000_000);
    assert.ok(marks.endMs > 7_000_000);
  });

  it('are in order and not in the future, whatever is done', () => {
    const end = fc.constantFrom<End>('start', 'end');
    const act = fc.tuple(end, fc.integer({ min: 1_000_000, max: 12_000_000 }), fc.boolean());
    fc.assert(
      fc.property(fc.array(act, { minLength: 1, maxLength: 12 }), (acts) => {
        let marks: Marks | undefined;
        for (const [which, ms, drags] of acts) {
          const before: Marks | undefined = marks;
          marks =
            drags && before ? dragged(before, which, Math.min(ms, nowMs)) : moved(before, which, ms, around);
          assert.ok(marks.startMs < marks.endMs && marks.endMs <= nowMs);
        }
      }),
      { numRuns: 100 },
    );
  });
});
