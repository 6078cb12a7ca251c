import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Principal } from '../accounts/access.ts';
import { localOperator, nobody } from '../accounts/access.ts';
import { somebody } from '../accounts/access.testing.ts';
import { testViewer } from '../hub/testing.ts';
import type { Problem } from './contract/problem.ts';
import type { Ask, TestApi } from './testing.ts';
import { ask, startTestApi } from './testing.ts';

let api: TestApi;
let folder = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sightline-web-'));
  await mkdir(join(folder, 'dist', 'assets'), { recursive: true });
  await writeFile(join(folder, 'secret.txt'), 'secret');
  await writeFile(join(folder, 'dist', '.env'), 'secret');
  await writeFile(join(folder, 'dist', 'index.html'), '<!doctype html><title>Sightline</title>');
  await writeFile(join(folder, 'dist', 'player.js'), 'let y = 1;');
  await writeFile(join(folder, 'dist', 'assets', 'app-12345678.js'), 'let x = 1;');
  await writeFile(join(folder, 'dist', 'assets', 'app-12345678.js.gz'), gzipSync('let x = 1;'));
  api = await startTestApi({
    dashboardFolder: join(folder, 'dist'),
    embedOrigins: ['https://home.example:8123'],
  });
});
after(async () => {
  await api.close();
  await rm(folder, { recursive: true });
});

const at = (path: string, how?: Ask) => ask(api.port, path, how);
const ignore = (): void => undefined;
const create = { method: 'POST', body: { name: 'x', source: { kind: 'demo' } } };

describe('a page of another site', () => {
  const hosts = [
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.nip.io',
    '10.0.0.1:8080',
    '[::2]',
    'localhost:1:2',
  ];
  for (const host of hosts) {
    test(`whose name points here (Host "${host}") gets nothing, whatever it asks for`, async () => {
      for (const path of [
        '/',
        '/api/v1/cameras',
        '/metrics',
        '/health',
        '/hls/cam_x/index.m3u8',
        '/nowhere',
        '/assets/app-12345678.js',
      ]) {
        const answer = await at(path, { headers: { host } });
        assert.ok([400, 421].includes(answer.status), `${path}: ${answer.status}`);
        assert.doesNotMatch(answer.text, /let x|doctype/);
      }
    });
  }

  const foreign: readonly Record<string, string>[] = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://localhost:1' },
    { origin: 'http://localhost.evil.example' },
    { origin: 'nonsense' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ];
  for (const headers of foreign) {
    test(`(${JSON.stringify(headers)}) can change nothing and read no events`, async () => {
      const count = api.cameras.list().length;
      const changed = await at('/api/v1/cameras', { ...create, headers });
      assert.equal(changed.status, 403);
      assert.equal((changed.json as Problem).code, 'cross-site');
      assert.equal(api.cameras.list().length, count);
      assert.equal((await at('/api/v1/events', { headers })).status, 403);
      assert.equal((await at('/api/v1/cameras', { headers })).status, 403);
      assert.equal((await at('/api/v1/cameras', { method: 'OPTIONS', headers })).status, 403);
    });
  }

  test('may link to the dashboard', async () => {
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', accept: 'text/html' };
    assert.equal((await at('/', { headers })).status, 200);
  });

  const named = { origin: 'https://home.example:8123', 'sec-fetch-site': 'cross-site' };
  const ways = ['/whep/cam_x', '/hls/cam_x/index.m3u8', '/live/stream?fps=5', '/live/cam_x/stream'];
  for (const path of ways) {
    test(`that the owner has named may ask for ${path}, others of its kind may not`, async () => {
      const { status, headers } = await at(path, { method: 'OPTIONS', headers: named });
      assert.equal(status, 204);
      assert.equal(headers['access-control-allow-origin'], named.origin);
      assert.equal(headers['access-control-allow-credentials'], undefined);
      for (const origin of ['https://home.example', 'http://home.example:8123', 'https://evil.example']) {
        const other = await at(path, { method: 'POST', headers: { ...named, origin } });
        assert.equal(other.status, 403, origin);
        assert.equal(other.headers['access-control-allow-origin'], undefined);
      }
    });
  }

  test('that the owner has named may do nothing but watch', async () => {
    const count = api.cameras.list().length;
    assert.equal((await at('/api/v1/cameras', { ...create, headers: named })).status, 403);
    assert.equal((await at('/api/v1/cameras', { headers: named })).status, 403);
    assert.equal((await at('/api/v1/events', { headers: named })).status, 403);
    assert.equal((await at('/whip/cam_x', { method: 'POST', headers: named })).status, 403);
    assert.equal((await at('/live/start', { method: 'POST', headers: named })).status, 403);
    assert.equal(api.cameras.list().length, count);
  });

  const embedded = ['/player.js', '/assets/app-12345678.js', '/api/v1/system'];
  for (const path of embedded) {
    test(`may read ${path}, which its player is made of, and nothing more`, async () => {
      for (const method of ['GET', 'HEAD']) {
        const { status, headers } = await at(path, { method, headers: { origin: 'https://evil.example' } });
        assert.equal(status, 200);
        assert.equal(headers['access-control-allow-origin'], '*');
        assert.equal(headers['access-control-allow-credentials'], undefined);
        assert.equal(headers['cross-origin-resource-policy'], 'cross-origin');
      }
      for (const method of ['POST', 'OPTIONS', 'DELETE']) {
        assert.equal((await at(path, { method, headers: { origin: 'https://evil.example' } })).status, 403);
      }
    });
  }

  for (const path of [
    '/assets/../api/v1/cameras',
    '/assets/..%2fapi/v1/cameras',
    '/player.js/../api/v1/cameras',
    '/api/v1/system/../cameras',
    '/api/v1/systems',
    '//player.js',
  ]) {
    test(`gets nothing by an address that only looks like the player (${path})`, async () => {
      const { status, headers } = await at(path, { headers: { origin: 'https://evil.example' } });
      assert.equal(status, 403);
      assert.equal(headers['access-control-allow-origin'], undefined);
    });
  }

  test('is never told that it may read an answer', async () => {
    for (const path of ['/api/v1/cameras', '/index.html', '/metrics']) {
      const { headers } = await at(path);
      assert.equal(headers['access-control-allow-origin'], undefined);
      assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
    }
  });
});

describe('our own page', () => {
  for (const host of ['localhost', 'LOCALHOST:9', '127.0.0.1:1234', '[::1]:8080']) {
    test(`at ${host} may change things`, async () => {
      const headers = { host, origin: `http://${host.toLowerCase()}`, 'sec-fetch-site': 'same-origin' };
      assert.equal((await at('/api/v1/cameras', { ...create, headers })).status, 201);
    });
  }

  test('runs no script but ours and cannot be framed', async () => {
    const { headers } = await at('/');
    const policy = String(headers['content-security-policy']);
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /script-src 'self'(;|$)/);
    assert.match(policy, /media-src 'self' blob:/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['referrer-policy'], 'no-referrer');
  });
});

describe('the dashboard', () => {
  test('is asked for anew; its hashed files are kept for ever, compressed where possible', async () => {
    const page = await at('/');
    assert.equal(page.status, 200);
    assert.equal(page.headers['cache-control'], 'no-cache');
    const script = await at('/assets/app-12345678.js', { headers: { 'accept-encoding': 'gzip' } });
    assert.equal(script.headers['cache-control'], 'public, max-age=31536000, immutable');
    assert.equal(script.headers['content-encoding'], 'gzip');
    assert.match(String(script.headers['content-type']), /javascript/);
  });

  test('opens at the address of any of its own pages', async () => {
    const page = await at('/cameras/cam_0123456789abcdef', { headers: { accept: 'text/html,*/*' } });
    assert.equal(page.status, 200);
    assert.match(page.text, /Sightline/);
    assert.equal(page.headers['cache-control'], 'no-cache');
  });

  test('does not answer for files and API addresses that do not exist', async () => {
    assert.equal((await at('/assets/gone.js')).status, 404);
    assert.equal((await at('/api/v2/cameras', { headers: { accept: 'text/html' } })).status, 404);
    assert.equal((await at('/cameras/x', { method: 'POST', headers: { accept: 'text/html' } })).status, 404);
  });

  for (const path of [
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/..%5c..%5csecret.txt',
    '/.env',
    '/assets/%00',
    '//etc/passwd',
  ]) {
    test(`gives away nothing at ${path}`, async () => {
      const answer = await at(path);
      assert.ok(answer.status >= 400 && answer.status < 500, String(answer.status));
      assert.doesNotMatch(answer.text, /secret$|root:/);
    });
  }

  test('that was not built says what to do', async () => {
    const bare = await startTestApi();
    const { status, text } = await ask(bare.port, '/', { headers: { accept: 'text/html' } });
    await bare.close();
    assert.equal(status, 503);
    assert.match(text, /npm start/);
  });
});

describe('the policy', () => {
  test('is asked on every route, and every route says what it does', () => {
    assert.ok(api.routes.length > 15);
    for (const { method, url, config } of api.routes) assert.ok(config?.action, `${String(method)} ${url}`);
  });

  test('makes what is forbidden look like what does not exist', async () => {
    let who: Principal = localOperator;
    const own = await startTestApi({ authenticate: () => who });
    const { id } = (await ask(own.port, '/api/v1/cameras', create)).json as { id: string };
    who = somebody('operator');
    const missing = 'cam_0000000000000000';
    for (const how of [{}, { method: 'PATCH', body: { name: 'y' } }]) {
      const forbidden = await ask(own.port, `/api/v1/cameras/${id}`, how);
      const unknown = await ask(own.port, `/api/v1/cameras/${missing}`, how);
      assert.equal(forbidden.status, 404);
      assert.equal(forbidden.text, unknown.text);
    }
    assert.equal((await ask(own.port, `/hls/${id}/index.m3u8`)).status, 404);
    assert.equal((await ask(own.port, '/metrics')).status, 403);
    who = nobody;
    for (const path of [
      `/hls/${id}/index.m3u8`,
      `/hls/${missing}/index.m3u8`,
      '/api/v1/cameras',
      '/api/v1/events',
      '/metrics',
      '/api/v1/openapi.json',
      '/api/docs/',
    ]) {
      assert.equal((await ask(own.port, path)).status, 401, path);
    }
    assert.equal(own.cameras.list()[0]?.name, 'x');
    await own.close();
  });
});

describe('bytes that are no HTTP', () => {
  for (const bytes of [
    '\x16\x03\x01\x02\x00\x01\x00',
    'GET / HTTP/9\r\n\r\n',
    `GET / HTTP/1.1\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`,
  ]) {
    test(`(${JSON.stringify(bytes.slice(0, 12))}) are refused and the connection closed`, async () => {
      const socket = connect(api.port, '127.0.0.1');
      let answer = '';
      socket.on('error', () => undefined);
      socket.on('data', (piece) => {
        answer += String(piece);
      });
      socket.write(bytes, 'latin1');
      await new Promise((resolve) => socket.once('close', resolve));
      assert.match(answer, /^HTTP\/1\.1 4\d\d .*\r\ncontent-type: application\/problem\+json\r\n/);
    });
  }
});

describe('watching over the server', () => {
  test('tells that it lives and that it is ready', async () => {
    assert.deepEqual((await at('/health')).json, { status: 'ok' });
    assert.deepEqual((await at('/ready')).json, { ready: true, started: true, database: true });
  });

  test('notices that the database is gone', async () => {
    const own = await startTestApi();
    await own.database.close();
    const { status, json } = await ask(own.port, '/ready');
    assert.deepEqual([status, json], [503, { ready: false, started: true, database: false }]);
    assert.equal((await ask(own.port, '/health')).status, 200);
    await own.close();
  });

  test('counts cameras by state and gives each its numbers', async () => {
    const own = await startTestApi();
    const { id } = (await ask(own.port, '/api/v1/cameras', create)).json as { id: string };
    await ask(own.port, `/api/v1/cameras/${id}`, { method: 'PATCH', body: { sub: { kind: 'demo' } } });
    for (const each of [id, `${id}.sub`]) own.runtime.hub.get(each)?.admitViewer(testViewer);
    const reader = { kind: 'test', onTracks: ignore, onUnit: ignore, onEnd: ignore } as const;
    own.runtime.hub.get(`${id}.sub`)?.attach(reader);
    const { text, headers } = await ask(own.port, '/metrics');
    await own.close();
    assert.match(String(headers['content-type']), /^text\/plain; version=0\.0\.4/);
    assert.match(text, /^sightline_streams\{state="idle"\} 1$/m);
    assert.match(text, /^sightline_streams\{state="connecting"\} 1$/m);
    assert.match(text, /^sightline_streams\{state="live"\} 0$/m);
    const value = (name: string, source: string) =>
      new RegExp(`^sightline_stream_${name}\\{camera="${id}",source="${source}"\\} (\\d+)$`, 'm').exec(
        text,
      )?.[1];
    assert.deepEqual([value('readers', 'main'), value('readers', 'sub')], ['0', '1']);
    assert.deepEqual([value('health', 'main'), value('health', 'sub')], ['0', '0']);
    for (const name of ['received_bytes', 'sent_bytes', 'dropped_units', 'errors']) {
      assert.equal(value(`${name}_total`, 'main'), '0', name);
    }
    assert.match(text, /^sightline_viewers\{output="hls"\} 2$/m);
    assert.match(text, /^sightline_viewers\{output="webrtc"\} 0$/m);
    assert.doesNotMatch(text, /viewer-\d/);
    assert.match(text, /^nodejs_eventloop_lag_seconds /m);
    assert.match(text, /^process_resident_memory_bytes /m);
  });
});
