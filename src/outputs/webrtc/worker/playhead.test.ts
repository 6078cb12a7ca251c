import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { Packed } from './packed.ts';
import { Playhead } from './playhead.ts';

const intervalTicks = 3600;

/** Pictures of one camera: a keyframe every `gop`. */
class Camera {
  readonly #gop: number;
  #number = 0;
  kept: Packed[] = [];

  constructor(gop = 50) {
    this.#gop = gop;
  }

  next(): Packed {
    const number = this.#number;
    this.#number += 1;
    const key = number % this.#gop === 0;
    const packed: Packed = {
      lane: 'video',
      number,
      key,
      time: 1_000_000 + number * intervalTicks,
      payloads: [{ payload: Uint8Array.of(1), marker: true, timeOffset: 0 }],
    };
    if (key) this.kept = [];
    this.kept.push(packed);
    return packed;
  }

  film(count: number): Packed[] {
    return Array.from({ length: count }, () => this.next());
  }
}

function drain(playhead: Playhead, kept: readonly Packed[]) {
  const given = [];
  for (let next = playhead.next(kept); next; next = playhead.next(kept)) given.push(next);
  return given;
}

describe('a viewer that comes in the middle of a group of pictures', () => {
  it('gets all since the keyframe at once, moved together right before the newest, then goes on live', () => {
    const camera = new Camera();
    const newest = camera.film(30).at(-1);
    const playhead = new Playhead();
    playhead.begin(camera.kept);
    const given = drain(playhead, camera.kept);
    assert.equal(given.length, 30);
    assert.ok(given[0]?.packed.key);
    assert.equal(given.at(-1)?.time, newest?.time);
    assert.equal((given.at(-1)?.time ?? 0) - (given[0]?.time ?? 0), 29 * 90);
    const live = camera.next();
    assert.deepEqual(playhead.live(live), { packed: live, time: live.time });
  });

  it('gets what comes meanwhile in its turn, and nothing twice', () => {
    const camera = new Camera();
    camera.film(3);
    const playhead = new Playhead();
    playhead.begin(camera.kept);
    playhead.next(camera.kept);
    const meanwhile = camera.next();
    assert.equal(playhead.live(meanwhile), undefined);
    assert.deepEqual(
      drain(playhead, camera.kept).map(({ packed }) => packed.number),
      [1, 2, 3],
    );
    assert.equal(playhead.live(meanwhile), undefined, 'it has it already');
  });

  it('leaves out the rest when a keyframe comes before it has caught up', () => {
    const camera = new Camera(10);
    camera.film(9);
    const playhead = new Playhead();
    playhead.begin(camera.kept);
    playhead.next(camera.kept);
    camera.film(2);
    const given = drain(playhead, camera.kept);
    assert.deepEqual(
      given.map(({ packed }) => packed.number),
      [10],
    );
    assert.ok(playhead.unitsDropped > 0);
  });
});

describe('a viewer that misses something', () => {
  it('waits for a keyframe', () => {
    const camera = new Camera(10);
    const playhead = new Playhead();
    camera.film(1);
    playhead.begin(camera.kept);
    drain(playhead, camera.kept);
    camera.next();
    const afterGap = camera.film(8);
    assert.ok(afterGap.every((packed) => playhead.live(packed) === undefined));
    assert.ok(playhead.live(camera.next())?.packed.key);
    assert.equal(playhead.unitsDropped, 8);
  });

  it('gets keyframes only while its way is too narrow, and all again afterwards', () => {
    const camera = new Camera(5);
    const playhead = new Playhead();
    camera.film(1);
    playhead.begin(camera.kept);
    drain(playhead, camera.kept);
    playhead.leaveOut();
    const numbers = () =>
      camera.film(10).flatMap((packed) => {
        const given = playhead.live(packed);
        return given ? [given.packed.number] : [];
      });
    assert.deepEqual(numbers(), [5, 10]);
    playhead.keysOnly = false;
    assert.deepEqual(numbers(), [15, 16, 17, 18, 19, 20]);
  });
});

describe('whatever happens', () => {
  it('times rise, and no picture is given without those it builds on', () => {
    const step = fc.constantFrom('picture', 'lost', 'begin', 'give', 'narrow', 'wide');
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.integer({ min: 2, max: 12 }), (steps, gop) => {
        const camera = new Camera(gop);
        const playhead = new Playhead();
        let lastTime = Number.NEGATIVE_INFINITY;
        let lastNumber: number | undefined;
        const check = (given: ReturnType<Playhead['next']>): void => {
          if (!given) return;
          assert.ok(given.time > lastTime);
          if (!given.packed.key) assert.equal(given.packed.number, (lastNumber ?? 0) + 1);
          lastTime = given.time;
          lastNumber = given.packed.number;
        };
        for (const kind of steps) {
          if (kind === 'picture') check(playhead.live(camera.next()));
          else if (kind === 'lost') camera.next();
          else if (kind === 'begin') playhead.begin(camera.kept);
          else if (kind === 'give') check(playhead.next(camera.kept));
          else if (kind === 'narrow') playhead.leaveOut();
          else playhead.keysOnly = false;
        }
      }),
    );
  });
});
