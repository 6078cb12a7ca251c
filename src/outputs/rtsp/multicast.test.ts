import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock } from '../../base/clock.ts';
import { countingRandom, HandStream } from './connection.testing.ts';
import { Fan } from './fan.ts';
import { Multicast } from './multicast.ts';

function newFan(): Fan {
  const clock = new ManualClock();
  return new Fan(new HandStream(clock), { clock, random: countingRandom, cname: 'test' });
}

const options = { enabled: true, address: '239.255.83.76', port: 20_001, ttl: 1 };

describe('multicast', () => {
  it('has one group for a stream, and ports of its own for each', () => {
    const multicast = new Multicast(options);
    const [first, second] = [newFan(), newFan()];
    const group = multicast.group(first, '127.0.0.1');
    assert.equal(multicast.group(first, '127.0.0.1'), group);
    assert.deepEqual(group?.ports(1), [20_004, 20_005], 'RTP on even ports');
    assert.deepEqual(multicast.group(second, '127.0.0.1')?.ports(0), [20_010, 20_011]);
  });

  it('frees the ports with the last session, also when none ever played', () => {
    const multicast = new Multicast(options);
    const group = multicast.group(newFan(), '127.0.0.1');
    group?.hold();
    group?.hold();
    group?.release();
    assert.equal(multicast.group(newFan(), '127.0.0.1')?.firstPort, 20_010, 'somebody holds it still');
    group?.release();
    assert.equal(multicast.group(newFan(), '127.0.0.1')?.firstPort, 20_002);
  });

  it('is not given when it is off, or to viewers over IPv6', () => {
    assert.equal(new Multicast({ ...options, enabled: false }).group(newFan(), '127.0.0.1'), undefined);
    assert.equal(new Multicast(options).group(newFan(), '::1'), undefined);
  });
});
