import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { publicCandidates } from './public-candidates.ts';

describe('addresses that only viewers see', () => {
  it('are told with the port of ours, and less wanted', () => {
    const own = '1 1 UDP 2114977791 192.168.1.5 8189 typ host';
    const more = publicCandidates([own], ['203.0.113.7', '2001:db8::7']);
    assert.deepEqual(more, [
      '100 1 UDP 1694498815 203.0.113.7 8189 typ host',
      '101 1 UDP 1694498814 2001:db8::7 8189 typ host',
    ]);
  });

  it('are left out when we have no port ourselves', () => {
    assert.deepEqual(publicCandidates([], ['203.0.113.7']), []);
  });
});
