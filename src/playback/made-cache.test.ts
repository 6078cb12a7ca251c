/** What is made is made once, a few at a time, and forgotten when there is no room. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { err, ok } from '../base/result.ts';
import { MadeCache } from './made-cache.ts';
import type { MadeSegment } from './segments.ts';

const limits = { bytes: 100, making: 2, waiting: 1 };
const made = (bytes: number): MadeSegment => ({ bytes: new Uint8Array(bytes), etag: '"x"' });
const turn = (): Promise<void> => new Promise((wake) => setImmediate(wake));

/** Things that are made when told to. */
class Workshop {
  readonly begun: string[] = [];
  readonly #finish = new Map<string, () => void>();

  readonly make =
    (name: string, bytes = 10) =>
    async () => {
      this.begun.push(name);
      await new Promise<void>((finish) => this.#finish.set(name, finish));
      return ok(made(bytes));
    };

  finish(name: string): void {
    this.#finish.get(name)?.();
  }
}

test('asked for by many, made once', async () => {
  const cache = new MadeCache(limits);
  const shop = new Workshop();
  const answers = [1, 2, 3].map(() => cache.get('a', shop.make('a')));
  await turn();
  shop.finish('a');
  const [first, ...others] = await Promise.all(answers);
  assert.deepEqual(shop.begun, ['a']);
  for (const other of others) assert.equal(other, first);
  await cache.get('a', shop.make('a'));
  assert.deepEqual(shop.begun, ['a']);
});

test('only so many are made at one time; one more waits, the next is sent away', async () => {
  const cache = new MadeCache(limits);
  const shop = new Workshop();
  const answers = ['a', 'b', 'c'].map((name) => cache.get(name, shop.make(name)));
  const refused = await cache.get('d', shop.make('d'));
  assert.ok(!refused.ok && refused.error.kind === 'busy');
  await turn();
  assert.deepEqual(shop.begun, ['a', 'b']);
  shop.finish('a');
  await answers[0];
  await turn();
  assert.deepEqual(shop.begun, ['a', 'b', 'c']);
  shop.finish('b');
  shop.finish('c');
  for (const answer of await Promise.all(answers)) assert.ok(answer.ok);
});

test('the one used longest ago makes room; one that is too large is not kept', async () => {
  const cache = new MadeCache(limits);
  let times = 0;
  const make = (bytes: number) => async () => {
    times += 1;
    return ok(made(bytes));
  };
  await cache.get('a', make(40));
  await cache.get('b', make(40));
  await cache.get('a', make(40));
  await cache.get('c', make(40));
  assert.equal(times, 3);
  assert.equal(cache.bytes, 80);
  await cache.get('a', make(40));
  assert.equal(times, 3, 'a was used after b');
  await cache.get('b', make(40));
  assert.equal(times, 4);
  await cache.get('large', make(101));
  await cache.get('large', make(101));
  assert.equal(times, 6);
  assert.ok(cache.bytes <= limits.bytes);
});

test('what failed is tried again; what threw does not block the others', async () => {
  const cache = new MadeCache({ ...limits, making: 1 });
  const fault = err({ kind: 'damaged', message: 'broken' } as const);
  assert.equal(await cache.get('a', async () => fault), fault);
  assert.ok((await cache.get('a', async () => ok(made(1)))).ok);
  await assert.rejects(cache.get('b', () => Promise.reject(new Error('a bug'))));
  assert.ok((await cache.get('c', async () => ok(made(1)))).ok);
});

test('a session that ends takes its segments along', async () => {
  const cache = new MadeCache(limits);
  await cache.get('one/0', async () => ok(made(10)));
  await cache.get('two/0', async () => ok(made(20)));
  cache.drop('one/');
  assert.equal(cache.bytes, 20);
});
