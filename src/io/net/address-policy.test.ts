import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { AddressPolicy } from './address-policy.ts';
import type { Resolve } from './lookup.ts';

const knowsNothing: Resolve = (_host, done) => done(new Error('ENOTFOUND'), []);

/** A name server with one answer per question; the last one repeats. */
function nameServer(...answers: string[][]): { resolve: Resolve; asked: string[] } {
  const asked: string[] = [];
  const resolve: Resolve = (host, done) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)] ?? [];
    asked.push(host);
    done(
      undefined,
      answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return { resolve, asked };
}

test('a name that leads to this machine is refused in words that say so', async () => {
  const { resolve } = nameServer(['127.0.0.1']);
  const result = await new AddressPolicy({ resolve }).check('camera.example', 554);
  assert.ok(!result.ok);
  assert.equal(result.error.kind, 'forbidden-address');
  assert.match(result.error.message, /camera\.example:554 is this machine itself/);
});

test('of several addresses only the permitted ones are given', async () => {
  const { resolve } = nameServer(['fe80::1', '192.168.1.20', '169.254.169.254']);
  const result = await new AddressPolicy({ resolve }).check('camera.local', 554);
  assert.ok(result.ok);
  assert.deepEqual(result.value, [{ address: '192.168.1.20', family: 4 }]);
});

test('each check asks once and judges that answer alone', async () => {
  const { resolve, asked } = nameServer(['192.168.1.20'], ['127.0.0.1']);
  const policy = new AddressPolicy({ resolve });
  const first = await policy.check('rebind.example', 554);
  const second = await policy.check('rebind.example', 554);
  assert.ok(first.ok);
  assert.ok(!second.ok);
  assert.equal(asked.length, 2);
});

test('a port of this server is refused through any of its addresses, although loopback is allowed', async () => {
  const policy = new AddressPolicy({ allow: ['127.0.0.0/8', '::1'], ownPorts: () => [8080] });
  const addresses = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  for (const { address } of addresses.filter((entry) => !entry.address.startsWith('fe80'))) {
    const own = await policy.check(address, 8080);
    assert.ok(!own.ok, address);
    assert.match(own.error.message, /this server itself/);
  }
  assert.ok((await policy.check('127.0.0.1', 8081)).ok);
});

test('a bracketed IPv6 host is an address, not a name', async () => {
  const result = await new AddressPolicy().check('[::1]', 554);
  assert.ok(!result.ok);
  assert.equal(result.error.kind, 'forbidden-address');
});

test('a name nobody knows is a fault that names it', async () => {
  const result = await new AddressPolicy({ resolve: knowsNothing }).check('kamera.lan', 554);
  assert.ok(!result.ok);
  assert.equal(result.error.kind, 'no-route');
  assert.match(result.error.message, /kamera\.lan is not known/);
});
