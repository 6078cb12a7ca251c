import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { Occurrence, Playhead } from './playhead.ts';
import { goesOn, longestGapMs, placeMs, step } from './playhead.ts';

const live: Playhead = { kind: 'live' };
const after = (...happened: Occurrence[]): Playhead => happened.reduce(step, live);

describe('the playhead', () => {
  it('plays exactly where the pointer let go', () => {
    const held = after({ kind: 'grab', atMs: 100 }, { kind: 'drag', atMs: 70_000 });
    assert.deepEqual(held, { kind: 'scrubbing', atMs: 70_000, plays: true });
    const let_go = step(held, { kind: 'release' });
    assert.deepEqual(let_go, { kind: 'opening', atMs: 70_000, plays: true, attempt: 0 });
  });

  it('starts its clock with the first picture', () => {
    const opening = after({ kind: 'seek', atMs: 5000 });
    assert.deepEqual(step(opening, { kind: 'tick', elapsedMs: 900, speed: 1 }), opening);
    assert.deepEqual(step(opening, { kind: 'shown', atMs: 4980 }), { kind: 'playing', atMs: 4980 });
  });

  it('stays paused when it was paused', () => {
    const paused = after({ kind: 'seek', atMs: 1 }, { kind: 'shown', atMs: 1 }, { kind: 'pause' });
    const sought = step(paused, { kind: 'seek', atMs: 9000 });
    assert.deepEqual(step(sought, { kind: 'shown', atMs: 9000 }), { kind: 'paused', atMs: 9000 });
    assert.equal(goesOn(step(sought, { kind: 'play' })), true);
  });

  it('does not go back for a picture that is reported late', () => {
    const playing = after(
      { kind: 'seek', atMs: 1000 },
      { kind: 'shown', atMs: 1000 },
      { kind: 'shown', atMs: 1040 },
    );
    assert.equal(placeMs(step(playing, { kind: 'shown', atMs: 1000 })), 1040);
  });

  it('passes a gap in moderate time, whatever its length, and goes on behind it', () => {
    const day = 86_400_000;
    let state = after(
      { kind: 'seek', atMs: 0 },
      { kind: 'shown', atMs: 0 },
      { kind: 'hole', atMs: 10, untilMs: day },
    );
    assert.equal(state.kind, 'gap');
    let passedMs = 0;
    for (; state.kind === 'gap'; passedMs += 16) {
      assert.ok(passedMs < longestGapMs + 100);
      state = step(state, { kind: 'tick', elapsedMs: 16, speed: 1 });
    }
    assert.deepEqual(state, { kind: 'opening', atMs: day, plays: true, attempt: 0 });
    assert.ok(passedMs > longestGapMs / 2, 'long enough to be read');
  });

  it('passes a short gap as fast as it plays', () => {
    const gap = after(
      { kind: 'seek', atMs: 0 },
      { kind: 'shown', atMs: 0 },
      { kind: 'hole', atMs: 0, untilMs: 2000 },
    );
    assert.equal(placeMs(step(gap, { kind: 'tick', elapsedMs: 500, speed: 1 })), 500);
  });

  it('is not led back into a gap that it has passed', () => {
    const playing = after({ kind: 'seek', atMs: 9000 }, { kind: 'shown', atMs: 9000 });
    assert.deepEqual(step(playing, { kind: 'hole', atMs: 1000, untilMs: 8900 }), playing);
  });

  it('stands in a gap when it was paused, or when nothing follows', () => {
    const paused = after({ kind: 'seek', atMs: 7, plays: false }, { kind: 'hole', atMs: 7, untilMs: 900 });
    const last = after({ kind: 'seek', atMs: 7 }, { kind: 'hole', atMs: 7, untilMs: undefined });
    for (const gap of [paused, last])
      assert.equal(placeMs(step(gap, { kind: 'tick', elapsedMs: 5000, speed: 16 })), 7);
  });

  it('says that playback failed, stays where it was, and waits longer each time', () => {
    let state = after({ kind: 'seek', atMs: 42 });
    const waits: number[] = [];
    for (let round = 0; round < 6; round++) {
      state = step(state, { kind: 'failed', reason: 'The server does not answer', nowMs: 1000 });
      assert.ok(state.kind === 'failed' && state.atMs === 42 && state.plays);
      waits.push(state.retryAtMs - 1000);
      state = step(state, { kind: 'retry' });
      assert.ok(state.kind === 'opening' && state.atMs === 42);
    }
    assert.deepEqual(waits, [1000, 2000, 4000, 8000, 15_000, 15_000]);
  });

  it('forgets failures when a picture came', () => {
    const failed = after({ kind: 'seek', atMs: 1 }, { kind: 'failed', reason: 'x', nowMs: 0 });
    const shown = step(step(failed, { kind: 'retry' }), { kind: 'shown', atMs: 1 });
    const again = step(shown, { kind: 'failed', reason: 'x', nowMs: 0 });
    assert.ok(again.kind === 'failed' && again.attempt === 1);
  });

  it('goes to live from everywhere, and never moves back while it plays on its own', () => {
    const atMs = fc.integer({ min: 0, max: 100_000 });
    const own: fc.Arbitrary<Occurrence> = fc.oneof(
      fc.record({ kind: fc.constant('shown' as const), atMs }),
      fc.record({
        kind: fc.constant('tick' as const),
        elapsedMs: fc.integer({ min: 0, max: 100 }),
        speed: fc.constant(4),
      }),
      fc.record({ kind: fc.constant('failed' as const), reason: fc.constant('x'), nowMs: atMs }),
      fc.constant<Occurrence>({ kind: 'retry' }),
    );
    fc.assert(
      fc.property(fc.array(own, { maxLength: 30 }), (acts) => {
        let state: Playhead = { kind: 'playing', atMs: 50 };
        for (const act of acts) {
          const before: Playhead = state;
          state = step(state, act);
          // A picture that was sought may be a little before the wish; nothing else goes back.
          if (before.kind !== 'opening') assert.ok((placeMs(state) ?? 0) >= (placeMs(before) ?? 0));
        }
        assert.deepEqual(step(state, { kind: 'live' }), live);
      }),
      { numRuns: 100 },
    );
  });
});
