import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { canonicalAddress, isLoopback, parseNetwork, refusedBecause, type Network } from './address-rules.ts';

function networks(...texts: string[]): Network[] {
  return texts.map((text) => {
    const network = parseNetwork(text);
    assert.ok(network.ok, text);
    return network.value;
  });
}

const refusedByDefault: readonly (readonly [string, RegExp])[] = [
  ['127.0.0.1', /this machine itself/],
  ['127.255.0.9', /this machine itself/],
  ['::1', /this machine itself/],
  ['0:0:0:0:0:0:0:1', /this machine itself/],
  ['::ffff:127.0.0.1', /this machine itself/],
  ['::ffff:7f00:1', /this machine itself/],
  ['64:ff9b::7f00:1', /this machine itself/],
  ['2002:7f00:0001::', /this machine itself/],
  ['169.254.169.254', /metadata/],
  ['::ffff:169.254.169.254', /metadata/],
  ['fd00:ec2::254', /metadata/],
  ['100.100.100.200', /metadata/],
  ['169.254.10.20', /link-local/],
  ['fe80::1', /link-local/],
  ['fe80::1%eth0', /link-local/],
  ['0.0.0.0', /no particular machine/],
  ['::', /no particular machine/],
  ['239.255.255.250', /multicast/],
  ['ff02::1', /multicast/],
  ['255.255.255.255', /reserved/],
  ['::127.0.0.1', /reserved/],
  ['nonsense', /not an address/],
];

for (const [address, words] of refusedByDefault) {
  test(`${address} is refused unless it is allowed`, () => {
    assert.match(refusedBecause(address, []) ?? 'permitted', words);
  });
}

for (const address of ['192.168.1.20', '10.0.0.5', '172.16.9.9', 'fd12:3456::20', '203.0.114.7', '2a00::5']) {
  test(`a camera may be at ${address}`, () => {
    assert.equal(refusedBecause(address, []), undefined);
  });
}

test('an allowed network opens what is refused by default, also in IPv6 disguise', () => {
  const allowed = networks('127.0.0.0/8', '::1', '169.254.0.0/16');
  assert.equal(refusedBecause('127.0.0.1', allowed), undefined);
  assert.equal(refusedBecause('::ffff:127.0.0.1', allowed), undefined);
  assert.equal(refusedBecause('::1', allowed), undefined);
  assert.equal(refusedBecause('169.254.3.4', allowed), undefined);
});

test('the metadata service is not opened by a wide network, only by its own address', () => {
  assert.match(refusedBecause('169.254.169.254', networks('169.254.0.0/16')) ?? '', /metadata/);
  assert.match(refusedBecause('169.254.169.254', networks('0.0.0.0/0')) ?? '', /metadata/);
  assert.equal(refusedBecause('169.254.169.254', networks('169.254.169.254')), undefined);
});

test('what is not a network is refused with a sentence that names it', () => {
  for (const text of [
    '',
    '10.0.0.0/33',
    '10.0.0/8',
    'camera/8',
    '::/129',
    '10.0.0.0/8/8',
    '10.0.0.0/-1',
    '1:2::3::4',
  ]) {
    const network = parseNetwork(text);
    assert.ok(!network.ok, text);
    assert.match(network.error, /is not a network/);
  }
});

test('loopback is known in all its spellings', () => {
  assert.ok(['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1', '0.0.0.0'].every(isLoopback));
  assert.ok(!['10.0.0.1', '::2', 'x'].some(isLoopback));
});

test('two spellings of one address compare equal', () => {
  assert.equal(canonicalAddress('::ffff:10.0.0.1'), canonicalAddress('10.0.0.1'));
  assert.equal(canonicalAddress('FE80::0:1'), canonicalAddress('fe80::1%eth0'));
});

test('every IPv4 address is judged the same as its IPv4-mapped form', () => {
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      assert.equal(refusedBecause(`::ffff:${address}`, []), refusedBecause(address, []));
    }),
    { numRuns: 200 },
  );
});

test('every IPv6 address that a URL may hold can be read, and no text throws', () => {
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      assert.notEqual(refusedBecause(address, []), 'not an address');
    }),
    { numRuns: 200 },
  );
  fc.assert(
    fc.property(fc.string(), (text) => {
      refusedBecause(text, []);
      parseNetwork(text);
    }),
    { numRuns: 200 },
  );
});
