import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxRunningLookups, resolveName } from './lookup.ts';

function resolve(host: string): Promise<readonly string[] | undefined> {
  return new Promise((done) => {
    resolveName(host, (error, addresses) =>
      done(error === undefined ? addresses.map(({ address }) => address) : undefined),
    );
  });
}

test('an address is itself, at once and without the resolver', () => {
  const seen: unknown[] = [];
  resolveName('192.168.1.20', (_error, addresses) => seen.push(...addresses));
  resolveName('fe80::1', (_error, addresses) => seen.push(...addresses));
  assert.deepEqual(seen, [
    { address: '192.168.1.20', family: 4 },
    { address: 'fe80::1', family: 6 },
  ]);
});

test('more names than are looked up at one time wait their turn, and each is answered', async () => {
  const names = Array.from({ length: 3 * maxRunningLookups }, (_, index) => `name-${index}.invalid`);
  const answers = await Promise.all([...names.map(resolve), resolve('localhost')]);
  assert.ok(answers.slice(0, -1).every((addresses) => addresses === undefined));
  assert.ok(answers.at(-1)?.length);
});

test('many who ask for one name are all answered', async () => {
  const answers = await Promise.all(
    Array.from({ length: 10 * maxRunningLookups }, () => resolve('localhost')),
  );
  assert.ok(
    answers.every((addresses) => addresses?.some((address) => address === '127.0.0.1' || address === '::1')),
  );
});
