/**
 * Too much of everything, and everything too slowly: whoever does it is refused or waits alone, others are served.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { gzipSync, brotliCompressSync } from 'node:zlib';
import { WebSocket } from 'ws';
import { exchange, head, open } from '../e2e/support/raw.ts';
import { until } from '../e2e/support/until.ts';
import type { House } from './house.ts';
import { openHouse, rawAnswer } from './house.ts';

let house: House;
let httpsPort: number;
before(async () => {
  house = await openHouse({ config: 'https:\n  enabled: true\n  host: 127.0.0.1\n  port: 0\n' });
  httpsPort = await until('https listens', async () => {
    const path = '/api/v1/network';
    const { https } = await house.admin.must<{ https: { port: number | null } }>(200, 'GET', path);
    return https.port ?? undefined;
  });
});
after(() => house?.server.stop());

async function othersAreServed(): Promise<void> {
  await house.viewer.must(200, 'GET', '/api/v1/cameras');
  await house.admin.must(200, 'GET', '/api/v1/users');
}

async function openTls(): Promise<Socket> {
  const socket = connectTls({ port: httpsPort, host: '127.0.0.1', rejectUnauthorized: false });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  return socket.resume();
}

describe('clients that are slow on purpose', () => {
  it('in their headers, bodies, hands and eyes, on both ports, hold up nobody else', async () => {
    const { port, admin } = house;
    const ways: readonly string[] = [
      // A header that never ends, a body that never comes, nothing at all, half a request line.
      `GET /health HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nX-Slow: `,
      head(port, 'POST /api/v1/session', 'Content-Type: application/json', 'Content-Length: 5000'),
      head(port, 'POST /api/v1/session', 'Content-Type: application/json', 'Transfer-Encoding: chunked'),
      '',
      'GE',
    ];
    const slow = await Promise.all(
      Array.from({ length: 60 }, async (_, n) => {
        const socket = n % 3 === 0 ? await openTls() : await open(port);
        const way = ways[n % ways.length] ?? '';
        if (way !== '') socket.write(way);
        return socket;
      }),
    );
    // And some that ask for much and read none of it.
    const blind = await Promise.all(Array.from({ length: 10 }, () => open(port)));
    const greedy = head(port, 'GET /api/v1/openapi.json', `Cookie: ${admin.cookie}`);
    for (const socket of blind) socket.pause().write(greedy.repeat(20));
    // Handshakes that stop half-way.
    const half = await Promise.all(Array.from({ length: 20 }, () => open(httpsPort)));
    for (const socket of half) socket.write(Buffer.from('16030100fa010000f60303', 'hex'));
    for (let round = 0; round < 3; round += 1) {
      await othersAreServed();
      for (const socket of slow) if (!socket.destroyed) socket.write('x');
      const seen = await openTls();
      seen.write(head(httpsPort, 'GET /health', 'Connection: close'));
      const [bytes] = (await once(seen, 'data')) as [Buffer];
      assert.match(bytes.toString(), /^HTTP\/1\.1 200/);
      seen.destroy();
    }
    for (const socket of [...slow, ...blind, ...half]) socket.destroy();
    await othersAreServed();
  });
});

const megabyte = 1024 * 1024;

describe('too much', () => {
  it('in an address, in headers, in cookies is refused', async () => {
    const { port, admin } = house;
    const cookie = `Cookie: ${admin.cookie}`;
    const long = 'a'.repeat(100_000);
    const many = Array.from({ length: 4000 }, (_, n) => `a${n}=1`);
    for (const [line, ...headers] of [
      [`GET /${long}`],
      [`GET /api/v1/audit?actor=${long}`],
      [`GET /api/v1/audit?${many.join('&')}`],
      [`GET /hls/${'a'.repeat(5000)}/index.m3u8`, cookie],
      ['GET /api/v1/cameras', `Cookie: x=${long}; ${admin.cookie}`],
      ['GET /api/v1/cameras', `Cookie: ${many.join('; ')}; ${admin.cookie}`],
      ['GET /api/v1/cameras', `Authorization: Bearer ${long}`],
      ['GET /api/v1/cameras', ...Array.from({ length: 3000 }, (_, n) => `X-${n}: 1`)],
    ] as const) {
      const { status } = rawAnswer(
        await exchange(port, head(port, line ?? '', ...headers, 'Connection: close')),
      );
      // 0: closed while it still came.
      assert.ok(status === 0 || (status >= 400 && status < 500), `${line?.slice(0, 40)}: ${status}`);
    }
    await othersAreServed();
  });

  it('in a password costs nothing: it is refused before it is worked on', async () => {
    const { admin, viewerId } = house;
    for (const length of [201, 50_000, megabyte]) {
      const password = 'p'.repeat(length);
      const words = { name: 'ada', password };
      const tries = await Promise.all([
        ...Array.from({ length: 40 }, () => admin.send('POST', '/api/v1/session', words)),
        admin.send('POST', '/api/v1/users', { name: 'long', password, role: 'viewer' }),
        admin.send('PATCH', `/api/v1/users/${viewerId}`, { password }),
        admin.send('PUT', '/api/v1/account/password', { current: password, password }),
        admin.send('POST', '/api/v1/setup', { token: 'x', name: 'x', password }),
      ]);
      // Forty of them would have been too many at one time for a hash (503), and too many guesses (429).
      for (const { status } of tries) assert.ok(status === 400 || status === 413, `${length}: ${status}`);
    }
    await othersAreServed();
  });

  it('in lists, depth and names of a body is refused with a short answer', async () => {
    const { admin, server } = house;
    const bodies: readonly (readonly [method: string, path: string, body: string])[] = [
      ['POST', '/api/v1/views', `{"name":"x","tiles":[${'1,'.repeat(30_000)}1]}`],
      ['POST', '/api/v1/views', `{"name":"x","tiles":${deep(30_000)}}`],
      ['PATCH', '/api/v1/settings', `{"values":{"hlsSegmentMs":${deep(30_000)}}}`],
      ['PATCH', '/api/v1/settings', `{"values":{${keys(5000)}}}`],
      ['POST', '/api/v1/keys', `{"name":"x","scopes":[${'"media:read",'.repeat(4000)}"media:read"]}`],
      [
        'POST',
        '/api/v1/users',
        `{"name":"x","password":"x","role":"viewer","grants":{"every":[${'"x",'.repeat(9000)}"x"]}}`,
      ],
      ['POST', '/api/v1/session', `{"name":"x","password":"x",${keys(5000)}}`],
      ['POST', '/api/v1/session', `{"${'x://'.repeat(15_000)}":1}`],
      ['POST', '/api/v1/session', `{"name":${deep(30_000)},"password":1}`],
      ['POST', '/api/v1/shares/open', `{"secret":"${'x'.repeat(60_000)}"}`],
      ['POST', '/api/v1/exports', `{"cameraIds":[${'"x",'.repeat(9000)}"x"],"startMs":0,"endMs":1}`],
      ['PUT', '/api/v1/cameras', `{"cameras":[${'1,'.repeat(megabyte)}1]}`],
      ['PUT', '/api/v1/cameras', `{"cameras":${deep(megabyte)}}`],
      ['PUT', '/api/v1/cameras', `{"${'x://u:p@'.repeat(megabyte)}":1}`],
      ['POST', '/api/v1/cameras/import', JSON.stringify({ text: deep(200_000) })],
      ['POST', '/api/v1/cameras/import', JSON.stringify({ text: aliases() })],
    ];
    for (const [method, path, body] of bodies) {
      const sent = await fetch(server.url + path, {
        method,
        headers: { cookie: admin.cookie, origin: server.url, 'content-type': 'application/json' },
        body,
      });
      const text = await sent.text();
      const what = `${method} ${path} ${body.slice(0, 40)}: ${sent.status} ${text.slice(0, 200)}`;
      assert.ok(sent.status >= 400 && sent.status < 500, what);
      assert.ok(text.length < 65_536, `${what}: ${text.length}`);
      await othersAreServed();
    }
  });

  it('on the socket ends that socket', async () => {
    const { server, viewer } = house;
    for (const message of ['x'.repeat(megabyte), '['.repeat(100_000)]) {
      const headers = { cookie: viewer.cookie };
      const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws/live`, ['sightline.live.1'], {
        headers,
      });
      socket.on('error', () => undefined);
      await once(socket, 'open');
      socket.send(message);
      const [code] = (await once(socket, 'close')) as [number];
      assert.equal(code, 1009);
    }
    await othersAreServed();
  });

  it('of what unpacks to much more is not unpacked at all', async () => {
    const { server, admin } = house;
    const zeros = Buffer.alloc(20 * megabyte);
    for (const [encoding, body] of [
      ['gzip', gzipSync(zeros)],
      ['br', brotliCompressSync(zeros)],
      ['deflate', gzipSync(zeros)],
    ] as const) {
      const sent = await fetch(`${server.url}/api/v1/session`, {
        method: 'POST',
        headers: {
          cookie: admin.cookie,
          origin: server.url,
          'content-type': 'application/json',
          'content-encoding': encoding,
        },
        body: new Uint8Array(body),
      });
      assert.ok(sent.status >= 400 && sent.status < 500, `${encoding}: ${sent.status}`);
    }
    await othersAreServed();
  });
});

/** What makes regular expressions try for ever, where they can be made to. */
const traps = [
  'a'.repeat(8000),
  `${'a'.repeat(8000)}!`,
  `${'0'.repeat(8000)}x`,
  '/'.repeat(8000),
  '\t '.repeat(4000),
  ';'.repeat(8000),
  'a=b;'.repeat(2000),
  ','.repeat(8000),
  '-'.repeat(8000),
  '@'.repeat(8000),
  'a@'.repeat(4000),
  '%20'.repeat(2500),
  '1:'.repeat(4000),
  'gzip;q=0.'.repeat(800),
  `bytes=${'1-,'.repeat(2500)}`,
];
const trapped = [
  'accept',
  'accept-encoding',
  'authorization',
  'cookie',
  'if-match',
  'if-none-match',
  'range',
  'user-agent',
  'x-forwarded-for',
  'forwarded',
  'sec-fetch-site',
  'content-type',
];

describe('text that regular expressions fear', () => {
  it('is answered like any other, in headers and in addresses', async () => {
    const { port, one, admin } = house;
    const paths = [`/api/v1/cameras/${one.id}`, `/hls/${one.id}/index.m3u8`, '/stream', '/'];
    for (const trap of traps) {
      for (const path of paths) {
        const headers = trapped.map((name) => `${name}: ${trap.slice(0, 1000)}`);
        const { status } = rawAnswer(
          await exchange(port, head(port, `GET ${path}`, ...headers, 'Connection: close')),
        );
        assert.ok(status > 0 && status < 500, `${path} ${trap.slice(0, 10)}: ${status}`);
      }
      const [name] = trapped;
      const long = head(
        port,
        'GET /api/v1/session',
        `${name}: ${trap}`,
        `Cookie: ${admin.cookie}`,
        'Connection: close',
      );
      assert.equal(rawAnswer(await exchange(port, long)).status, 200, trap.slice(0, 10));
      for (const path of [
        '/api/v1/audit?before=',
        '/api/v1/history?before=',
        '/stream?refTime=',
        '/api/v1/history?from=',
      ]) {
        const line = `GET ${path}${encodeURIComponent(trap.slice(0, 4000)).slice(0, 8000)}`;
        const { status } = rawAnswer(
          await exchange(port, head(port, line, `Cookie: ${admin.cookie}`, 'Connection: close')),
        );
        assert.ok(status > 0 && status < 500, `${path} ${trap.slice(0, 10)}: ${status}`);
      }
    }
    await othersAreServed();
  });
});

function deep(levels: number): string {
  return '['.repeat(levels) + ']'.repeat(levels);
}

function keys(count: number): string {
  return Array.from({ length: count }, (_, n) => `"k${n}":1`).join();
}

/** "Billion laughs" in YAML. */
function aliases(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let n = 1; n < 12; n += 1) lines.push(`a${n}: &a${n} [${`*a${n - 1}, `.repeat(9)}]`);
  return `${lines.join('\n')}\nstreams:\n  door: *a11\n`;
}
