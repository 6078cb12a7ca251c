/**
 * A shared cache in front of the server, as eager as the standard allows, and two people behind it: neither ever gets
 * what the other was answered.
 */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Camera } from '../../src/api/contract/cameras.ts';
import { until } from '../e2e/support/until.ts';
import type { Person } from '../support/people.ts';
import type { House } from './house.ts';
import { openHouse } from './house.ts';

const nginx = '/usr/sbin/nginx';
const skip = existsSync(nginx) ? false : 'nginx is not installed';

let house: House;
let folder: string;
let cache: ChildProcess;
let cacheUrl: string;
let demo: Camera;

before(async () => {
  if (skip) return;
  house = await openHouse({ config: "proxy:\n  trusted: ['127.0.0.1']\n" });
  demo = await house.admin.must<Camera>(201, 'POST', '/api/v1/cameras', {
    name: 'Only hers who runs it',
    source: { kind: 'demo' },
    start: 'always',
  });
  await until('the demo is live', async () => {
    const { status } = await house.admin.must<Camera>(200, 'GET', `/api/v1/cameras/${demo.id}`);
    return status.state === 'live';
  });
  folder = await mkdtemp(join(tmpdir(), 'sightline-cache-'));
  await mkdir(join(folder, 'temp'));
  const port = await freePort();
  await writeFile(join(folder, 'nginx.conf'), configuration(port));
  cache = spawn(nginx, ['-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: 'ignore' });
  cacheUrl = `http://127.0.0.1:${port}`;
  await until(
    'the cache answers',
    () => isThere(`${cacheUrl}/health`),
    20_000,
    () => readFile(join(folder, 'errors'), 'utf8'),
  );
});
after(async () => {
  if (cache && cache.exitCode === null) {
    const ended = once(cache, 'exit');
    cache.kill();
    await ended;
  }
  if (folder) await rm(folder, { recursive: true });
  await house?.server.stop();
});

/** Everything is looked up by its address alone; whether it may be kept is the server's word. */
function configuration(port: number): string {
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/temp/${kind};`,
  );
  return `daemon off; user ${userInfo().username}; error_log ${folder}/errors; pid ${folder}/pid; events {}
http {
  access_log off; ${temp.join(' ')}
  proxy_cache_path ${folder}/kept keys_zone=all:1m;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass ${house.server.url};
      proxy_http_version 1.1;
      proxy_set_header Host $host:$server_port;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_cache all;
      proxy_cache_key $request_uri;
      proxy_cache_methods GET HEAD;
      proxy_cache_revalidate on;
      add_header X-Cache $upstream_cache_status always;
    }
  }
}`;
}

async function isThere(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function ask(
  who: Person | undefined,
  path: string,
  init: { readonly method?: string; readonly headers?: Readonly<Record<string, string>> } = {},
) {
  const sent = await fetch(cacheUrl + path, {
    method: init.method ?? 'GET',
    headers: { ...init.headers, ...(who && { cookie: who.cookie }) },
  });
  const bytes = Buffer.from(await sent.arrayBuffer());
  return { status: sent.status, headers: sent.headers, bytes };
}

describe('a cache between two people', { skip }, () => {
  it('keeps what is the same for everybody, which shows that it is one', async () => {
    const page = (await ask(undefined, '/', { headers: { accept: 'text/html' } })).bytes.toString();
    const script = `/${/assets\/[\w.-]+\.(?:js|css)/.exec(page)?.[0] ?? page}`;
    await ask(undefined, script);
    assert.equal((await ask(undefined, script)).headers.get('x-cache'), 'HIT', script);
  });

  it('never answers one with what it answered the other, whole, in part, unchanged, or in outline', async () => {
    const { admin, viewer } = house;
    const playlist = `/hls/${demo.id}/live.m3u8`;
    await ask(admin, `/hls/${demo.id}/index.m3u8`);
    const text = (await ask(admin, playlist)).bytes.toString();
    const init = /URI="([^"]+\.mp4)"/.exec(text)?.[1] ?? '';
    const segment = text.split('\n').findLast((line) => line !== '' && !line.startsWith('#')) ?? '';
    assert.ok(init !== '' && segment !== '', text);
    const paths = [
      `/hls/${demo.id}/index.m3u8`,
      playlist,
      new URL(init, cacheUrl + playlist).pathname,
      new URL(segment, cacheUrl + playlist).pathname,
      `/api/v1/cameras/${demo.id}/snapshot.jpg`,
      `/api/v1/cameras/${demo.id}`,
      `/api/v1/cameras/${demo.id}/timeline?from=0&to=1000`,
      '/api/v1/cameras',
      '/api/v1/session',
      '/api/v1/users',
      '/api/v1/keys',
      '/api/v1/audit',
      '/api/v1/settings',
      '/api/v1/views',
      '/api/v1/storage',
      '/metrics',
      '/stream',
    ];
    for (const path of paths) {
      for (const round of [1, 2]) {
        const first = await ask(admin, path);
        assert.ok(first.status < 400, `${path}: ${first.status}`);
        assert.notEqual(first.headers.get('x-cache'), 'HIT', `${path} ${round}`);
        const etag = first.headers.get('etag');
        const conditions: readonly Readonly<Record<string, string>>[] = [
          {},
          { range: 'bytes=0-9' },
          { 'if-none-match': etag ?? '*' },
          { 'if-modified-since': new Date(Date.now() + 60_000).toUTCString() },
          { 'cache-control': 'only-if-cached, max-stale=99999' },
          {
            'x-forwarded-host': 'evil.example',
            'x-original-url': '/health',
            'x-http-method-override': 'HEAD',
          },
        ];
        for (const method of ['GET', 'HEAD']) {
          for (const headers of conditions) {
            const what = `${method} ${path} ${JSON.stringify(headers)}`;
            for (const other of [viewer, undefined]) {
              const second = await ask(other, path, { method, headers });
              assert.notEqual(second.headers.get('x-cache'), 'HIT', what);
              if (second.status < 400) assert.ok(isForBoth(path), `${what}: ${second.status}`);
              if (second.bytes.length > 20) assert.notDeepEqual(second.bytes, first.bytes, what);
            }
          }
        }
      }
    }
  });

  it('is told so in every answer, refusals and redirects among them', async () => {
    const { admin } = house;
    for (const [who, path] of [
      [undefined, '/api/v1/cameras'],
      [undefined, `/hls/${demo.id}/index.m3u8`],
      [admin, '/hls/cam_0123456789abcdef/index.m3u8'],
      [admin, '/stream?client=x'],
      [admin, '/api/v1/made-up'],
      [undefined, '/health'],
    ] as const) {
      const { status, headers } = await ask(who, path);
      assert.match(headers.get('cache-control') ?? '', /no-store|private/, `${path}: ${status}`);
    }
  });
});

/** Their own answer, which is another. */
function isForBoth(path: string): boolean {
  const own = ['cameras', 'session', 'keys', 'settings', 'views'].map((name) => `/api/v1/${name}`);
  return own.includes(path);
}
