import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Principal, Right } from '../accounts/access.ts';
import { somebody } from '../accounts/access.testing.ts';
import { ManualClock } from '../base/clock.ts';
import { Leases } from './leases.ts';

const camera = 'cam_0000000000000001';

/** Accounts whose one user changes by hand. */
class OneUser {
  now: Principal | undefined = viewer(['live']);
  asked = 0;
  #listener: () => void = () => undefined;

  refresh(): Principal | undefined {
    this.asked += 1;
    return this.now;
  }

  onChange(listener: () => void): () => void {
    this.#listener = listener;
    return () => (this.#listener = () => undefined);
  }

  become(now: Principal | undefined): void {
    this.now = now;
    this.#listener();
  }
}

function viewer(rights: readonly Right[]): Principal {
  return somebody('viewer', { cameras: { [camera]: rights } });
}

function rig() {
  const clock = new ManualClock();
  const user = new OneUser();
  const leases = new Leases(clock, user);
  const ends: string[] = [];
  const watch = (principal: Principal = viewer(['live'])) =>
    leases.hold({ principal, action: 'camera.watch', cameraId: camera, end: (reason) => ends.push(reason) });
  return { clock, user, leases, ends, watch };
}

describe('what is leased', () => {
  it('goes on while it is allowed, and ends with a reason when it is not', () => {
    const { user, leases, ends, watch } = rig();
    watch();
    user.become(viewer(['live', 'playback']));
    assert.deepEqual(ends, []);
    user.become(viewer(['playback']));
    assert.deepEqual(ends, ['Your account may not see this any more.']);
    assert.equal(leases.size, 0);
  });

  it('ends even when something before it cannot be ended', () => {
    const { user, leases, ends, watch } = rig();
    leases.hold({ principal: viewer(['live']), action: 'camera.watch', cameraId: camera, end: getStuck });
    watch();
    assert.throws(() => user.become(viewer([])), /could not be ended/);
    assert.equal(ends.length, 1);
    assert.equal(leases.size, 0);
  });

  it('ends when the session, key or link it came with is over', () => {
    const { user, ends, watch } = rig();
    watch();
    user.become(undefined);
    assert.deepEqual(ends, ['Your time here is over. Sign in again.']);
  });

  it('ends at once when the right was taken while the request was on its way', () => {
    const { user, ends, watch } = rig();
    user.now = viewer([]);
    watch();
    assert.equal(ends.length, 1);
  });

  it('ends at the hour of whoever it acts for, not later', () => {
    const { clock, user, leases, ends } = rig();
    const key = { ...viewer(['live']), id: 'key_1', kind: 'key' as const, expiresMs: clock.nowMs() + 5000 };
    const token: Principal = { ...viewer(['live']), id: 'token', kind: 'token', issuer: key };
    user.now = token;
    const end = (reason: string): unknown => ends.push(reason);
    leases.hold({ principal: token, action: 'camera.watch', cameraId: camera, end });
    clock.advance(4999);
    assert.deepEqual(ends, []);
    clock.advance(1);
    assert.equal(ends.length, 1);
  });

  it('is asked for nothing once it ended by itself', () => {
    const { user, ends, watch } = rig();
    const lease = watch();
    lease.leave();
    lease.leave();
    user.become(undefined);
    assert.deepEqual(ends, []);
  });

  it('costs one look-up for everything that somebody does', () => {
    const { user, watch } = rig();
    const same = viewer(['live']);
    user.now = same;
    for (let index = 0; index < 50; index++) watch(same);
    user.asked = 0;
    user.become(same);
    assert.equal(user.asked, 1);
  });

  it('is told who it is now, so that what it asks next is asked of that', () => {
    const { user, leases } = rig();
    const seen: Principal[] = [];
    const end = assert.fail;
    leases.hold({
      principal: viewer(['live']),
      action: 'events.read',
      end,
      changed: (who) => seen.push(who),
    });
    const more = viewer(['live', 'playback']);
    user.become(more);
    assert.equal(seen.at(-1), more);
  });
});

function getStuck(): never {
  throw new Error('stuck');
}
