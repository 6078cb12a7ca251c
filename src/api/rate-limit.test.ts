import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Principal } from '../accounts/access.ts';
import { nobody } from '../accounts/access.ts';
import { somebody } from '../accounts/access.testing.ts';
import type { TestApi } from './testing.ts';
import { ask, startTestApi } from './testing.ts';

/** Of these tests, so that it is soon reached. */
const perMinute = 5;
const people: Readonly<Record<string, Principal>> = {
  ann: somebody('admin', {}, 'usr_ann'),
  bob: somebody('admin', {}, 'usr_bob'),
};

describe('asking the API too often', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi({
      rateLimit: perMinute,
      authenticate: ({ headers }) => people[String(headers['x-test-user'])] ?? nobody,
      proxy: { trusted: ['127.0.0.1'], headers: 'x-forwarded' },
      network: {
        accounts: true,
        publicNames: [],
        allowPlainHttp: false,
        https: { port: undefined, names: [], trusted: false },
      },
    });
  });
  after(() => api.close());

  const get = (path: string, user: string, from = '192.0.2.1') =>
    ask(api.port, path, { headers: { 'x-test-user': user, 'x-forwarded-for': from } });

  it('is refused for a while, to that one alone', async () => {
    for (let at = 0; at < perMinute; at++) assert.equal((await get('/api/v1/cameras', 'ann')).status, 200);
    const refused = await get('/api/v1/cameras', 'ann');
    assert.equal(refused.status, 429);
    assert.equal((refused.json as { code: string }).code, 'too-many-requests');
    const seconds = Number(refused.headers['retry-after']);
    assert.ok(seconds >= 1 && seconds <= 60);
    assert.equal((await get('/api/v1/cameras', 'bob')).status, 200);
    assert.equal((await get('/api/v1/cameras', 'ann', '192.0.2.99')).status, 429, 'from another address');
  });

  it('is not said of pictures, pages and whether the server is there', async () => {
    for (let at = 0; at < perMinute * 3; at++) {
      assert.notEqual((await get('/hls/cam_x/index.m3u8', 'ann')).status, 429);
      assert.notEqual((await get('/api/v1/cameras/cam_x/snapshot.jpg', 'ann')).status, 429);
      assert.equal((await get('/health', 'ann')).status, 200);
    }
  });

  it('counts who is not signed in by address, and refused requests, too', async () => {
    for (let at = 0; at < perMinute; at++) assert.equal((await get('/api/v1/cameras', '')).status, 401);
    assert.equal((await get('/api/v1/cameras', '')).status, 429);
    assert.equal((await get('/api/v1/cameras', '', '192.0.2.2')).status, 401);
  });

  it('counts the addresses of one IPv6 network together', async () => {
    for (let at = 0; at < perMinute; at++) {
      assert.equal((await get('/api/v1/cameras', '', `2001:db8:1:2::${at + 1}`)).status, 401);
    }
    assert.equal((await get('/api/v1/cameras', '', '2001:db8:1:2:aaaa::')).status, 429);
    assert.equal((await get('/api/v1/cameras', '', '2001:db8:1:3::1')).status, 401);
  });
});
