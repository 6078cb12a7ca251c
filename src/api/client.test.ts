import assert from 'node:assert/strict';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { ProxyRules } from './client.ts';
import { cameThroughProxy, clientReader, noProxies } from './client.ts';

function requestFrom(
  remoteAddress: string,
  headers: IncomingHttpHeaders,
  encrypted = false,
): IncomingMessage {
  return { headers, socket: { remoteAddress, encrypted } } as unknown as IncomingMessage;
}

const behind = (...trusted: string[]): ProxyRules => ({ trusted, headers: 'x-forwarded' });
const forwarded = (...trusted: string[]): ProxyRules => ({ trusted, headers: 'forwarded' });

describe('a client that comes straight to us', () => {
  const read = clientReader(noProxies);

  it('is known by the address of its connection', () => {
    assert.deepEqual(read(requestFrom('192.168.1.20', { host: 'NVR.local:8443' }, true)), {
      address: '192.168.1.20',
      secure: true,
      host: 'nvr.local:8443',
      hostVouched: false,
      local: false,
      proxied: false,
    });
  });

  it('has one address, whatever socket it came through', () => {
    assert.equal(read(requestFrom('::ffff:192.168.1.20', {})).address, '192.168.1.20');
    assert.equal(read(requestFrom('::ffff:127.0.0.1', {})).local, true);
    assert.equal(read(requestFrom('::1', {})).local, true);
    assert.equal(read(requestFrom('fe80::1%eth0', {})).address, 'fe80::1');
  });

  it('is believed nothing about itself', () => {
    const headers = {
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'evil.example',
      forwarded: 'for=127.0.0.1;proto=https;host=evil.example',
      host: 'nvr',
    };
    for (const rules of [behind('10.0.0.1'), forwarded('10.0.0.1')]) {
      const client = clientReader(rules)(requestFrom('203.0.113.9', headers));
      assert.deepEqual(client, {
        address: '203.0.113.9',
        secure: false,
        host: 'nvr',
        hostVouched: false,
        local: false,
        proxied: false,
      });
    }
  });
});

describe('a client behind a proxy of ours', () => {
  it('is who the proxy says', () => {
    const client = clientReader(behind('10.0.0.0/8'))(
      requestFrom('10.0.0.1', {
        'x-forwarded-for': '203.0.113.9',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'cameras.example',
        host: '10.0.0.5:8080',
      }),
    );
    assert.deepEqual(client, {
      address: '203.0.113.9',
      secure: true,
      host: 'cameras.example',
      hostVouched: true,
      local: false,
      proxied: true,
    });
  });

  it('cannot put words before those of the proxy: the rightmost address that is not ours counts', () => {
    const read = clientReader(behind('10.0.0.1', '10.0.0.2'));
    const chain = { 'x-forwarded-for': '127.0.0.1, 203.0.113.9, 10.0.0.2' };
    assert.equal(read(requestFrom('10.0.0.1', chain)).address, '203.0.113.9');
    const spoofed = { 'x-forwarded-for': '127.0.0.1, 203.0.113.9', 'x-forwarded-proto': 'https, http' };
    const client = read(requestFrom('10.0.0.1', spoofed));
    assert.equal(client.address, '203.0.113.9');
    assert.equal(client.secure, false);
    assert.equal(client.local, false);
  });

  it('is known also when only the first of two proxies says by which way it came', () => {
    const read = clientReader(behind('10.0.0.1', '10.0.0.2'));
    const headers = { 'x-forwarded-for': '203.0.113.9, 10.0.0.2', 'x-forwarded-proto': 'https' };
    assert.equal(read(requestFrom('10.0.0.1', headers)).secure, true);
  });

  it('is the proxy itself when the proxy hides it', () => {
    const read = clientReader(behind('10.0.0.1'));
    assert.equal(read(requestFrom('10.0.0.1', { 'x-forwarded-for': 'unknown' })).address, '10.0.0.1');
    assert.equal(read(requestFrom('10.0.0.1', {})).address, '10.0.0.1');
  });

  it('may carry a port', () => {
    const read = clientReader(behind('::1'));
    assert.equal(read(requestFrom('::1', { 'x-forwarded-for': '[2001:db8::7]:443' })).address, '2001:db8::7');
    assert.equal(read(requestFrom('::1', { 'x-forwarded-for': '203.0.113.9:443' })).address, '203.0.113.9');
  });

  it('is found in RFC 7239, quoted or not', () => {
    const read = clientReader(forwarded('10.0.0.1', '2001:db8::1'));
    const header =
      'for=127.0.0.1, For="[2001:db8::9]:4711";Proto=https;host="cameras.example", for="[2001:db8::1]"';
    const client = read(requestFrom('10.0.0.1', { forwarded: header }));
    assert.equal(client.address, '2001:db8::9');
    assert.equal(client.secure, true);
    assert.equal(client.host, 'cameras.example');
  });

  it('cannot use the kind of header that the proxy does not write', () => {
    const headers = { forwarded: 'for=127.0.0.1;proto=https', 'x-forwarded-for': '203.0.113.9' };
    const client = clientReader(behind('10.0.0.1'))(requestFrom('10.0.0.1', headers));
    assert.equal(client.address, '203.0.113.9');
    assert.equal(client.secure, false);
  });
});

it('a proxy shows, trusted or not', () => {
  assert.equal(cameThroughProxy(requestFrom('::1', { 'x-forwarded-for': '203.0.113.9' })), true);
  assert.equal(cameThroughProxy(requestFrom('::1', { forwarded: 'for=203.0.113.9' })), true);
  assert.equal(cameThroughProxy(requestFrom('::1', { host: 'localhost' })), false);
});

it('whatever a client writes, the address that the trusted proxy adds is the one that counts', () => {
  const read = clientReader(behind('10.0.0.1'));
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), fc.string({ maxLength: 60 }), (written, proto) => {
      const client = read(
        requestFrom('10.0.0.1', {
          'x-forwarded-for': `${written}, 203.0.113.9`,
          'x-forwarded-proto': `${proto}, http`,
        }),
      );
      return client.address === '203.0.113.9' && !client.secure && !client.local;
    }),
    { numRuns: 300 },
  );
});

it('a name of any form makes no trouble', () => {
  for (const rules of [behind('10.0.0.1'), forwarded('10.0.0.1')]) {
    const read = clientReader(rules);
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => {
        const all = { 'x-forwarded-for': text, 'x-forwarded-host': text, forwarded: text, host: text };
        const client = read(requestFrom('10.0.0.1', all));
        assert.equal(typeof client.address, 'string');
        assert.equal(typeof client.host, 'string');
      }),
      { numRuns: 200 },
    );
  }
});
