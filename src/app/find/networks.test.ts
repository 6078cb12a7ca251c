import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OwnNetwork } from './networks.ts';
import { knockTargets, ownNetworks } from './networks.ts';

const network = (address: string, cidr: string): OwnNetwork => ({ address, cidr, isLoopback: false });

describe('the networks of this machine', () => {
  it('are those of its IPv4 addresses', () => {
    const entry = { netmask: '', mac: '', internal: false } as const;
    const found = ownNetworks({
      eth0: [
        { ...entry, family: 'IPv4', address: '192.168.1.77', cidr: '192.168.1.77/24' },
        { ...entry, family: 'IPv6', address: 'fe80::1', cidr: 'fe80::1/64', scopeid: 2 },
      ],
      down: undefined,
    });
    assert.deepEqual(found, [network('192.168.1.77', '192.168.1.0/24')]);
  });
});

describe('what is knocked at', () => {
  it('is every address of a private network, but our own', () => {
    const { networks, hosts } = knockTargets([network('192.168.1.77', '192.168.1.0/24')]);
    assert.deepEqual(networks, ['192.168.1.0/24']);
    assert.equal(hosts.length, 253);
    assert.ok(
      !hosts.includes('192.168.1.77') && !hosts.includes('192.168.1.0') && !hosts.includes('192.168.1.255'),
    );
  });

  it('is a /22 around our address where the network is larger', () => {
    const { networks, hosts } = knockTargets([network('10.1.6.9', '10.0.0.0/8')]);
    assert.deepEqual(networks, ['10.1.4.0/22']);
    assert.equal(hosts.length, 1021);
  });

  it('is never somebody else’s: public, shared, link-local and loopback networks are left alone', () => {
    for (const address of [
      '8.8.8.8',
      '100.64.0.1',
      '169.254.1.1',
      '127.0.0.1',
      '172.32.0.1',
      '192.169.0.1',
    ]) {
      assert.deepEqual(knockTargets([network(address, `${address}/24`)]), { networks: [], hosts: [] });
    }
  });

  it('is not more than 4096 addresses, however many networks there are', () => {
    const many = Array.from({ length: 40 }, (_, at) => network(`10.${at}.0.1`, `10.${at}.0.0/16`));
    assert.ok(knockTargets(many).hosts.length <= 4096);
  });
});
