import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { after, before, describe, it } from 'node:test';
import type { HttpsView, NetworkRules } from './network-rules.ts';
import type { TestApi } from './testing.ts';
import { ask, startTestApi } from './testing.ts';

const off: HttpsView = { port: undefined, names: [], trusted: false };
const open: NetworkRules = {
  accounts: true,
  publicNames: ['NVR.example'],
  allowPlainHttp: false,
  https: off,
};
/** Says where a request came from: every connection of these tests is from loopback, which is the trusted proxy. */
const proxy = { trusted: ['127.0.0.1', '::1'], headers: 'x-forwarded' } as const;
const page = { accept: 'text/html', 'sec-fetch-mode': 'navigate' };
const code = ({ json }: { json: unknown }) => (json as { code?: string } | undefined)?.code;

describe('the name that a server with accounts is asked by', () => {
  let api: TestApi;
  const https = { port: undefined, names: ['cert.example', '*.wild.example'], trusted: true };
  before(async () => {
    api = await startTestApi({ network: { ...open, https }, proxy: { ...proxy, trusted: ['127.0.0.1'] } });
  });
  after(() => api.close());

  for (const host of [
    'localhost:1',
    '127.0.0.1',
    '192.168.1.9:8080',
    '[2001:db8::1]:443',
    hostname(),
    `${hostname()}.local:8080`,
    'nvr.EXAMPLE',
    'cert.example',
    'a.wild.example',
  ]) {
    it(`may be ${host.replace(hostname(), 'that of the machine')}`, async () => {
      assert.equal((await ask(api.port, '/api/v1/system', { headers: { host } })).status, 200);
    });
  }

  for (const host of ['evil.example', 'nvr.example.evil.example', 'a.b.wild.example', 'x@localhost', '_']) {
    it(`is not “${host}”, and the refusal says what to do`, async () => {
      const answer = await ask(api.port, '/api/v1/system', { headers: { host } });
      assert.equal(answer.status, 421);
      assert.match(answer.text, /publicNames/);
    });
  }

  it('may be any that a trusted proxy vouches for, and no other client’s word counts', async () => {
    const headers = {
      host: 'evil.example',
      'x-forwarded-host': 'front.example',
      'x-forwarded-for': '1.2.3.4',
    };
    assert.equal((await ask(api.port, '/api/v1/system', { headers })).status, 200);
    const stranger = await startTestApi({ network: open });
    try {
      assert.equal((await ask(stranger.port, '/api/v1/system', { headers })).status, 421);
    } finally {
      await stranger.close();
    }
  });

  it('counts for the origin of a page, too', async () => {
    const forwarded = { 'x-forwarded-host': 'front.example', 'x-forwarded-proto': 'https' };
    const refusals = ['https://front.example', 'https://other.example', 'https://front.example:444'].map(
      async (origin) => {
        const headers = { origin, ...forwarded };
        return code(await ask(api.port, '/api/v1/cameras/probe', { method: 'POST', headers, body: {} }));
      },
    );
    assert.deepEqual(await Promise.all(refusals), ['invalid-request', 'cross-site', 'cross-site']);
  });
});

describe('a server without accounts', () => {
  it('does nothing for who came through a proxy, named or not', async () => {
    const api = await startTestApi({ proxy });
    try {
      for (const header of ['x-forwarded-for', 'x-forwarded-host', 'forwarded']) {
        const answer = await ask(api.port, '/api/v1/cameras', { headers: { [header]: '127.0.0.1' } });
        assert.equal(answer.status, 403);
        assert.equal(code(answer), 'proxied');
      }
      assert.equal((await ask(api.port, '/api/v1/cameras')).status, 200);
    } finally {
      await api.close();
    }
  });
});

interface Got {
  readonly statusCode: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** Asks as a machine of the network. */
async function withOtherMachine(
  network: NetworkRules,
  run: (get: (path: string, headers?: Record<string, string>) => Promise<Got>) => Promise<void>,
): Promise<void> {
  const api = await startTestApi({ network });
  const remoteAddress = '192.0.2.7';
  try {
    await run((url, headers = {}) =>
      api.app.inject({ url, remoteAddress, headers: { host: '192.0.2.1:8080', ...headers } }),
    );
  } finally {
    await api.close();
  }
}

describe('plain HTTP from another machine', () => {
  it('gets words instead of an answer', () =>
    withOtherMachine(open, async (get) => {
      for (const path of ['/api/v1/cameras', '/hls/cam_x/index.m3u8', '/api/v1/session']) {
        const answer = await get(path);
        assert.equal(answer.statusCode, 403, path);
        assert.equal(code({ json: JSON.parse(answer.body) }), 'https-needed');
        assert.match(answer.body, /https: \{enabled: true\}/);
      }
      const shown = await get('/', page);
      assert.equal(shown.statusCode, 403);
      assert.match(shown.body, /Use https/);
      assert.equal(shown.headers['strict-transport-security'], undefined);
    }));

  it('is led to https where there is one', () =>
    withOtherMachine({ ...open, https: { ...off, port: 8443 } }, async (get) => {
      const led = await get('/cameras/cam_x?at=1', page);
      assert.equal(led.statusCode, 307);
      assert.equal(led.headers['location'], 'https://192.0.2.1:8443/cameras/cam_x?at=1');
      assert.equal((await get('/api/v1/cameras')).statusCode, 403);
    }));

  it('is led nowhere by a name that is not ours', () =>
    withOtherMachine({ ...open, https: { ...off, port: 8443 } }, async (get) => {
      assert.equal((await get('/', { ...page, host: 'evil.example' })).statusCode, 421);
    }));

  it('answers who looks whether the server is there', () =>
    withOtherMachine(open, async (get) => {
      assert.equal((await get('/health')).statusCode, 200);
    }));

  it('is served where the owner trusts the network', () =>
    withOtherMachine({ ...open, allowPlainHttp: true }, async (get) => {
      assert.equal((await get('/api/v1/cameras')).statusCode, 200);
    }));
});
