import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { Deck } from './deck.ts';
import type { Follower, FollowerState, Order } from './deck.ts';
import { Gate } from './gate.ts';

/** One hour before the present. */
const startMs = 1_000_000_000;
const presentMs = startMs + 3_600_000;

/** Has its picture so long after a wish, unless it has none at all. */
class Hand implements Follower {
  state: FollowerState = { kind: 'resting' };
  last: Order | undefined;
  answer: FollowerState = { kind: 'showing' };
  #wishedMs = 0;
  readonly #takesMs: number;

  constructor(takesMs: number) {
    this.#takesMs = takesMs;
  }

  follow(order: Order): void {
    if (order.wish !== this.last?.wish) {
      this.state = { kind: 'opening' };
      this.#wishedMs = nowMs;
    }
    this.last = order;
    if (nowMs - this.#wishedMs >= this.#takesMs) this.state = this.answer;
  }
}

let nowMs = 0;
let quick: Hand;
let slow: Hand;
let deck: Deck;
beforeEach(() => {
  nowMs = 0;
  [quick, slow] = [new Hand(100), new Hand(600)];
  deck = new Deck(() => [quick, slow], nowMs);
});

function pass(ms: number, present = presentMs): void {
  for (const end = nowMs + ms; nowMs < end; nowMs += 50) deck.tick(nowMs, present);
}

describe('pictures on one clock', () => {
  test('begin together, when all are there', () => {
    deck.seek(nowMs, startMs);
    pass(500);
    assert.deepEqual([deck.state.kind, quick.state.kind, quick.last?.runs], ['opening', 'showing', false]);
    pass(500);
    assert.equal(deck.state.kind, 'playing');
    assert.deepEqual([quick.last, quick.last?.runs], [slow.last, true]);
    const atMs = deck.at(nowMs) ?? 0;
    pass(2000);
    assert.equal(deck.at(nowMs), atMs + 2000);
  });

  test('do not wait for one that never comes', () => {
    slow = new Hand(Infinity);
    deck.seek(nowMs, startMs);
    pass(1800);
    assert.equal(deck.state.kind, 'playing');
    assert.equal(slow.last?.atMs, quick.last?.atMs);
  });

  test('do not wait for one that failed or has a gap, nor stop for it', () => {
    quick.answer = { kind: 'failed', reason: 'no' };
    slow.answer = { kind: 'hole', untilMs: startMs + 60_000 };
    deck.seek(nowMs, startMs);
    pass(700);
    assert.equal(deck.state.kind, 'playing');
    pass(5000);
    assert.ok((deck.at(nowMs) ?? 0) < startMs + 10_000, 'one may be tried again: the gap is not passed');
  });

  test('pass a gap that all have, after showing it', () => {
    [quick.answer, slow.answer] = [
      { kind: 'hole', untilMs: startMs + 60_000 },
      { kind: 'hole', untilMs: startMs + 40_000 },
    ];
    deck.seek(nowMs, startMs);
    pass(2000);
    assert.ok((deck.at(nowMs) ?? 0) < startMs + 2000);
    pass(2500);
    assert.ok((deck.at(nowMs) ?? 0) >= startMs + 40_000);
  });

  test('stand still at the very moment where they were paused', () => {
    deck.seek(nowMs, startMs);
    pass(3000);
    deck.play(nowMs, false);
    const atMs = deck.at(nowMs);
    pass(1000);
    assert.deepEqual(
      [deck.state.kind, deck.at(nowMs), slow.last?.atMs, slow.last?.runs],
      ['paused', atMs, atMs, false],
    );
    deck.play(nowMs, true);
    pass(1000);
    assert.equal(deck.at(nowMs), (atMs ?? 0) + 1000);
  });

  test('follow a pointer, and go on where it lets go', () => {
    deck.seek(nowMs, startMs);
    pass(2000);
    for (const ms of [10_000, 20_000, 30_000]) {
      deck.drag(nowMs, startMs + ms);
      pass(100);
      assert.deepEqual([quick.last?.atMs, quick.last?.scrubs], [startMs + ms, true]);
    }
    deck.release(nowMs);
    pass(1000);
    assert.equal(deck.state.kind, 'playing');
    assert.ok((deck.at(nowMs) ?? 0) >= startMs + 30_000);
  });

  test('change speed without a jump', () => {
    deck.seek(nowMs, startMs);
    pass(2000);
    const atMs = deck.at(nowMs) ?? 0;
    deck.setSpeed(nowMs, 2);
    assert.equal(deck.at(nowMs), atMs);
    pass(1000);
    assert.deepEqual([deck.at(nowMs), quick.last?.speed], [atMs + 2000, 2]);
  });

  test('that catch up with the present are live', () => {
    deck.seek(nowMs, presentMs - 10_000);
    deck.setSpeed(nowMs, 2);
    pass(3000);
    assert.equal(deck.state.kind, 'live');
    assert.equal(deck.at(nowMs), undefined);
  });
});

test('a gate lets in as many as fit; who does not want any more gives the turn on', async () => {
  const gate = new Gate(2);
  const inside: string[] = [];
  const leave = new Map<string, () => void>();
  const enter = (name: string, wanted = true) =>
    gate.pass(
      () => wanted,
      () => {
        inside.push(name);
        return new Promise<string>((done) => leave.set(name, () => done(name)));
      },
    );
  const answers = [enter('a'), enter('b'), enter('c', false), enter('d')];
  gate.try(async () => inside.push('never'));
  await new Promise(setImmediate);
  assert.deepEqual(inside, ['a', 'b']);
  leave.get('a')?.();
  await new Promise(setImmediate);
  assert.deepEqual(inside, ['a', 'b', 'd']);
  leave.get('b')?.();
  leave.get('d')?.();
  assert.deepEqual(await Promise.all(answers), ['a', 'b', undefined, 'd']);
});
