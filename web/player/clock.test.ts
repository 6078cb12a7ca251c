import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RunningMedian, ServerClock } from './clock.ts';

test('before the first answer the clocks are taken as equal, and that is known to be a guess', () => {
  const clock = new ServerClock();
  assert.equal(clock.serverMs(1000), 1000);
  assert.equal(clock.known, false);
  assert.equal(clock.uncertaintyMs, Infinity);
});

test('the offset is read in the middle of the round trip', () => {
  const clock = new ServerClock();
  clock.add({ sentMs: 1000, receivedMs: 1100, serverMs: 61_050 });
  assert.equal(clock.serverMs(2000), 62_000);
  assert.equal(clock.localMs(62_000), 2000);
  assert.equal(clock.uncertaintyMs, 50);
});

test('a slower answer does not replace a faster one', () => {
  const clock = new ServerClock();
  clock.add({ sentMs: 0, receivedMs: 10, serverMs: 5 });
  clock.add({ sentMs: 100, receivedMs: 2100, serverMs: 2100 });
  assert.equal(clock.serverMs(5000), 5000);
});

test('an old answer gives way to a new one, even a slower one: machines sleep and clocks are set', () => {
  const clock = new ServerClock();
  clock.add({ sentMs: 0, receivedMs: 10, serverMs: 5 });
  clock.add({ sentMs: 600_000, receivedMs: 600_100, serverMs: 660_050 });
  assert.equal(clock.serverMs(600_100), 660_100);
});

test('an impossible round trip is ignored', () => {
  const clock = new ServerClock();
  clock.add({ sentMs: 100, receivedMs: 50, serverMs: 9 });
  clock.add({ sentMs: 0, receivedMs: 10, serverMs: NaN });
  assert.equal(clock.known, false);
});

test('one late frame does not move the median', () => {
  const median = new RunningMedian(5);
  assert.equal(median.value, undefined);
  for (const value of [400, 410, 9000, 405, 395]) median.add(value);
  assert.equal(median.value, 405);
  for (const value of [900, 900, 900]) median.add(value);
  assert.equal(median.value, 900);
});
