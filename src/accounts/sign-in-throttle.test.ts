/**
 * Guessing gets slow; people who mistype hardly notice.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { ManualClock } from '../base/clock.ts';
import { SignInThrottle } from './sign-in-throttle.ts';

function attempt(address: string, name?: string) {
  return { address, name };
}

function failTimes(
  throttle: SignInThrottle,
  times: number,
  of: { address: string; name: string | undefined },
) {
  for (let failed = 0; failed < times; failed++) assert.equal(throttle.begin(of), 0);
}

describe('the throttle of signing in', () => {
  test('lets a name fail five times, then doubles the time between, up to a minute', () => {
    const clock = new ManualClock();
    const throttle = new SignInThrottle(clock);
    // Each from another address: a net of machines that guesses.
    let machine = 0;
    const guess = () => throttle.begin(attempt(`198.51.100.${machine++ % 250}`, 'ada'));
    for (let failed = 0; failed < 5; failed++) assert.equal(guess(), 0);
    const waits: number[] = [];
    for (let failed = 0; failed < 8; failed++) {
      const waitMs = guess();
      waits.push(waitMs);
      clock.advance(waitMs);
      assert.equal(guess(), 0);
    }
    assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  });

  test('counts attempts that have not ended yet', () => {
    const throttle = new SignInThrottle(new ManualClock());
    const waits = Array.from({ length: 100 }, () => throttle.begin(attempt('198.51.100.1', 'ada')));
    assert.equal(waits.filter((waitMs) => waitMs === 0).length, 5);
  });

  test('slows an address down whatever names it tries, up to a quarter of an hour', () => {
    const clock = new ManualClock();
    const throttle = new SignInThrottle(clock);
    for (let failed = 0; failed < 40; failed++) {
      const waitMs = throttle.begin(attempt('198.51.100.1', `name ${failed}`));
      clock.advance(waitMs);
      if (waitMs > 0) throttle.begin(attempt('198.51.100.1', `name ${failed}`));
    }
    assert.equal(throttle.begin(attempt('198.51.100.1', 'ada')), 15 * 60_000);
    assert.equal(throttle.begin(attempt('198.51.100.2', 'ada')), 0);
  });

  test('takes all addresses of one IPv6 network for one', () => {
    const throttle = new SignInThrottle(new ManualClock());
    for (let failed = 0; failed < 10; failed++)
      throttle.begin(attempt(`2001:db8:1:2:${failed}::1`, `name ${failed}`));
    assert.ok(throttle.begin(attempt('2001:db8:1:2::ffff', 'ada')) > 0);
    assert.equal(throttle.begin(attempt('2001:db8:1:3::1', 'ada')), 0);
  });

  test('forgets failures of a name with its password, and of both after an hour', () => {
    const clock = new ManualClock();
    const throttle = new SignInThrottle(clock);
    failTimes(throttle, 4, attempt('198.51.100.1', 'ada'));
    assert.equal(throttle.begin(attempt('198.51.100.1', 'ada')), 0);
    throttle.succeeded(attempt('198.51.100.1', 'ada'));
    failTimes(throttle, 5, attempt('198.51.100.1', 'ada'));
    assert.ok(throttle.begin(attempt('198.51.100.1', 'ada')) > 0);
    clock.advance(60 * 60_000);
    failTimes(throttle, 5, attempt('198.51.100.1', 'ada'));
  });

  test('does not forget the failures of an address that knows one password', () => {
    const throttle = new SignInThrottle(new ManualClock());
    for (let failed = 0; failed < 10; failed++) {
      throttle.begin(attempt('198.51.100.1', `name ${failed}`));
      if (throttle.begin(attempt('198.51.100.1', 'own')) === 0)
        throttle.succeeded(attempt('198.51.100.1', 'own'));
    }
    assert.ok(throttle.begin(attempt('198.51.100.1', 'ada')) > 0);
  });

  test('is not made to forget a name by many others', () => {
    const throttle = new SignInThrottle(new ManualClock());
    for (let failed = 0; failed < 5; failed++) throttle.begin(attempt(`198.51.100.${failed}`, 'ada'));
    for (let other = 0; other < 11_000; other++)
      throttle.begin(attempt(`10.${other >> 16}.${(other >> 8) & 255}.${other & 255}`, `name ${other}`));
    assert.ok(throttle.begin(attempt('203.0.113.1', 'ada')) > 0);
  });

  test('takes any text as an address', () => {
    const throttle = new SignInThrottle(new ManualClock());
    const address = fc.oneof(fc.string(), fc.ipV6(), fc.ipV4());
    fc.assert(
      fc.property(address, fc.string(), (from, name) => void throttle.begin(attempt(from, name))),
      { numRuns: 100 },
    );
  });
});
