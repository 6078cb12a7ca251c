import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { ManualClock } from '../../base/clock.ts';
import { leastBudgetBytes, mostBehindMs, mostBudgetBytes } from './options.ts';
import { HandSocket } from './rig.testing.ts';
import { SendBudget } from './send-budget.ts';

describe('the budget of one connection', () => {
  let clock: ManualClock;
  let socket: HandSocket;
  let budget: SendBudget;
  let sent: number;

  beforeEach(() => {
    clock = new ManualClock();
    socket = new HandSocket();
    budget = new SendBudget(socket, clock);
    sent = 0;
  });

  /** Sends for ten seconds. */
  function run(bytesPerSecond: number): void {
    for (let tenth = 0; tenth < 100; tenth += 1) {
      clock.advance(100);
      budget.sent(bytesPerSecond / 10);
      sent += bytesPerSecond / 10;
      budget.isExceeded(sent);
    }
  }

  /** What may wait before the only channel is over its budget. */
  function limit(): number {
    let low = 0;
    let high = 100 * 1024 * 1024;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      socket.bufferedBytes = middle;
      if (budget.isExceeded(sent)) high = middle;
      else low = middle;
    }
    socket.bufferedBytes = 0;
    return low;
  }

  it('holds a keyframe of a large camera from the first moment', () => {
    assert.equal(limit(), leastBudgetBytes);
  });

  it('follows the rate: so much may wait as flows within the time that a viewer may be behind', () => {
    run(2_000_000);
    const expected = (2_000_000 * mostBehindMs) / 1000;
    assert.ok(Math.abs(limit() - expected) < expected / 10, String(limit()));
  });

  it('is never more than a server with a thousand slow viewers can bear', () => {
    run(100_000_000);
    assert.equal(limit(), mostBudgetBytes);
  });

  it('does not count the kept pictures of a new channel, until they are gone', () => {
    socket.bufferedBytes = 5_000_000;
    budget.joined();
    assert.equal(budget.isExceeded(0), false);
    socket.bufferedBytes = 0;
    assert.equal(budget.isExceeded(0), false);
    budget.sent(1000);
    socket.bufferedBytes = 5_000_000;
    assert.equal(budget.isExceeded(1000), true);
  });

  it('is patient with a channel that has hardly taken anything', () => {
    budget.sent(1_000_000);
    socket.bufferedBytes = leastBudgetBytes + 1000;
    assert.equal(budget.isExceeded(1_000_000), true);
    assert.equal(budget.isExceeded(1000), false);
    socket.bufferedBytes = 2 * leastBudgetBytes + 1000;
    assert.equal(budget.isExceeded(1000), true);
  });

  it('has recovered when half of it is free', () => {
    socket.bufferedBytes = leastBudgetBytes;
    assert.equal(budget.hasRecovered(), false);
    socket.bufferedBytes = leastBudgetBytes / 2;
    assert.equal(budget.hasRecovered(), true);
  });
});
