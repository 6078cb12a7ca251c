import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { View } from './scale.ts';
import {
  bounded,
  following,
  longestViewMs,
  msAt,
  pinch,
  readAround,
  shortestViewMs,
  spanMs,
  xOf,
  zoom,
} from './scale.ts';

const nowMs = Date.parse('2026-11-21T12:00:00Z');
const hour: View = { fromMs: nowMs - 3_600_000, toMs: nowMs };
const views = fc
  .tuple(fc.integer({ min: 0, max: nowMs }), fc.integer({ min: shortestViewMs, max: longestViewMs }))
  .map(([fromMs, length]): View => ({ fromMs, toMs: fromMs + length }));

describe('a view', () => {
  it('knows the time under a pixel and the pixel of a time', () => {
    assert.equal(msAt(hour, 1000, 500), nowMs - 1_800_000);
    assert.equal(xOf(hour, 1000, nowMs - 900_000), 750);
  });

  it('is zoomed around the pointer, from a month to a second and no further', () => {
    fc.assert(
      fc.property(
        views,
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        fc.integer({ min: 0, max: 1000 }),
        (view, factor, x) => {
          const anchor = msAt(view, 1000, x);
          const zoomed = zoom(view, factor, anchor);
          assert.ok(Math.abs(xOf(zoomed, 1000, anchor) - x) < 0.1, 'what is under the pointer stays there');
          const length = spanMs(zoomed);
          assert.ok(length >= shortestViewMs * 0.999 && length <= longestViewMs * 1.001);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('keeps under two fingers what was under them', () => {
    const [left, right] = [msAt(hour, 1000, 300), msAt(hour, 1000, 500)];
    const pinched = pinch(hour, 1000, [300, 500], [200, 700]);
    assert.ok(Math.abs(xOf(pinched, 1000, left) - 200) < 0.5);
    assert.ok(Math.abs(xOf(pinched, 1000, right) - 700) < 0.5);
  });

  it('survives fingers that meet', () => {
    assert.ok(Number.isFinite(spanMs(pinch(hour, 1000, [400, 400], [400, 400]))));
  });

  it('does not go far into the future, nor before there were cameras', () => {
    const ahead = bounded({ fromMs: nowMs + 1e9, toMs: nowMs + 1e9 + 1000 }, nowMs);
    assert.ok(ahead.fromMs <= nowMs && spanMs(ahead) === 1000);
    assert.equal(bounded({ fromMs: -1e9, toMs: -1e9 + 5000 }, nowMs).fromMs, 0);
  });

  it('stays while the playhead is in it, and turns the page when it comes to the end', () => {
    assert.equal(following(hour, nowMs - 1_800_000), hour);
    const turned = following(hour, nowMs);
    assert.ok(xOf(turned, 1000, nowMs) < 500 && xOf(turned, 1000, nowMs) > 100);
  });
});

describe('what is read from the server', () => {
  it('holds the view and something on each side, in steps that moving a little does not change', () => {
    fc.assert(
      fc.property(views, (view) => {
        const read = readAround(view);
        assert.ok(read.fromMs <= view.fromMs && read.toMs >= view.toMs);
        assert.ok(read.toMs - read.fromMs <= 5 * spanMs(view) + 4);
        assert.ok(read.resolutionMs <= Math.max(1, spanMs(view) / 490), 'a pixel or two');
      }),
      { numRuns: 100 },
    );
    assert.deepEqual(readAround(hour), readAround({ fromMs: hour.fromMs + 1000, toMs: hour.toMs + 1000 }));
  });
});
