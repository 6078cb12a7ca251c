/**
 * Clients that attack: requests no library sends, floods, other sites' pages, ways out of the folders.
 * The server refuses, goes on serving, and closes what hangs.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import type { Socket } from 'node:net';
import type { Camera } from '../../src/api/contract/cameras.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';
import { openFiles, residentBytes } from './support/processes.ts';
import { exchange, head, open, statuses } from './support/raw.ts';
import { until } from './support/until.ts';

/** Thousands of requests leave garbage that is collected later. */
const maxGrowthBytes = 128 * 1024 * 1024;
const spareFiles = 6;

let server: RunningServer;
let port: number;
let demo: Camera;
let filesAtFirst: number;
let memoryAtFirst: number;
/** Send one byte of a request now and then, from the first test to the last. */
const slow: Socket[] = [];
let drip: NodeJS.Timeout;

before(async () => {
  server = await startServer();
  port = Number(new URL(server.url).port);
  const { body } = await server.api<Camera[]>('GET', '/api/v1/cameras');
  demo = body[0]!;
  await fetch(server.url);
  filesAtFirst = openFiles(server.pid);
  memoryAtFirst = residentBytes(server.pid);
  slow.push(...(await Promise.all(Array.from({ length: 200 }, () => open(port)))));
  for (const socket of slow) socket.write('GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ');
  drip = setInterval(() => {
    for (const socket of slow) if (!socket.destroyed) socket.write('x');
  }, 500);
});

after(async () => {
  clearInterval(drip);
  for (const socket of slow) socket.destroy();
  await server?.stop();
});

async function allIsWell(): Promise<void> {
  assert.equal((await fetch(`${server.url}/health`)).status, 200);
  assert.equal((await fetch(server.url + demo.links.hls)).status, 200);
  assert.equal((await server.camera(demo.id)).name, demo.name);
}

function refuses(answer: string, what: string): void {
  const codes = statuses(answer);
  assert.ok(
    codes.every((code) => code >= 400 && code < 500),
    `${what}: ${codes.join()}`,
  );
  assert.doesNotMatch(answer, /node_modules|\.ts:\d|root:x:/, what);
}

describe('bytes that are no request', () => {
  const bad: readonly (readonly [what: string, bytes: () => string | Uint8Array])[] = [
    ['noise', () => randomBytes(20_000)],
    ['TLS', () => Buffer.from('16030100fa010000f60303', 'hex')],
    ['RTSP', () => 'OPTIONS rtsp://x RTSP/1.0\r\nCSeq: 1\r\n\r\n'],
    ['HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['an endless line', () => `GET /${'a'.repeat(100_000)}`],
    ['huge headers', () => head(port, 'GET /health', `X-Big: ${'a'.repeat(200_000)}`)],
    [
      'thousands of headers',
      () => head(port, 'GET /health', ...Array.from({ length: 5000 }, (_, n) => `X-${n}: 1`)),
    ],
    ['a NUL in a header', () => head(port, 'GET /health', 'X-Nul: a\0b')],
    ['a lone CR in a header', () => head(port, 'GET /health', 'X-Cr: a\rb')],
    ['a space before the colon', () => head(port, 'POST /api/v1/cameras', 'Content-Length : 5')],
    ['two lengths', () => head(port, 'POST /api/v1/cameras', 'Content-Length: 5', 'Content-Length: 6')],
    ['a negative length', () => head(port, 'POST /api/v1/cameras', 'Content-Length: -5')],
    ['a length that is no number', () => head(port, 'POST /api/v1/cameras', 'Content-Length: 0x10')],
    ['a chunk without a size', () => `${chunked()}zz\r\nhello\r\n0\r\n\r\n`],
    ['a chunk larger than any', () => `${chunked()}ffffffffffffffff\r\nx`],
    ['a wrong end of a chunk', () => `${chunked()}5\r\nhelloXX0\r\n\r\n`],
    ['an endless chunk extension', () => `${chunked()}5;${'a'.repeat(50_000)}\r\nhello\r\n0\r\n\r\n`],
    ['no host', () => 'GET /health HTTP/1.1\r\n\r\n'],
    ['a tunnel', () => head(port, 'CONNECT 169.254.169.254:80')],
    ['an unknown method', () => head(port, 'BREW /health')],
    ['TRACE', () => head(port, 'TRACE /health', 'Connection: close')],
  ];
  for (const [what, bytes] of bad) {
    it(`${what}: is refused or closed`, async () => refuses(await exchange(port, bytes()), what));
  }

  it('leave all well', allIsWell);
});

function chunked(): string {
  return head(port, 'POST /api/v1/cameras', 'Content-Type: application/json', 'Transfer-Encoding: chunked');
}

/** Would delete the camera if anyone took it for a request. */
const hidden = () => head(port, `DELETE /api/v1/cameras/${demo.id}`);

describe('a request hidden in another', () => {
  const ways: readonly (readonly [what: string, headers: readonly string[], before: string])[] = [
    ['after chunks, with a length', ['Content-Length: 6', 'Transfer-Encoding: chunked'], '0\r\n\r\n'],
    ['after a doubled encoding', ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'], '0\r\n\r\n'],
    ['after an encoding that is not the last', ['Transfer-Encoding: chunked, gzip'], '0\r\n\r\n'],
    ['after a misspelt encoding', ['Transfer-Encoding: xchunked'], '0\r\n\r\n'],
    ['after an encoding on a folded line', ['Transfer-Encoding:\r\n chunked'], '0\r\n\r\n'],
    ['after an encoding with a tab', ['Transfer-Encoding:\tchunked', 'Content-Length: 5'], '0\r\n\r\n'],
  ];
  for (const [what, headers, before] of ways) {
    it(`${what}: is not carried out`, async () => {
      const answer = await exchange(port, head(port, 'POST /api/v1/cameras', ...headers) + before + hidden());
      assert.ok(!statuses(answer).includes(204), answer);
      assert.equal((await server.api('GET', `/api/v1/cameras/${demo.id}`)).status, 200);
    });
  }

  it('in the body of a GET: is not carried out', async () => {
    const inner = hidden();
    await exchange(port, head(port, 'GET /health', `Content-Length: ${inner.length}`) + inner);
    assert.equal((await server.api('GET', `/api/v1/cameras/${demo.id}`)).status, 200);
  });
});

describe('bodies', () => {
  const type = 'application/json';
  const bombs: readonly (readonly [what: string, type: string, body: string | Uint8Array])[] = [
    ['deep lists', type, '['.repeat(60_000)],
    ['deep lists that end', type, '['.repeat(30_000) + ']'.repeat(30_000)],
    ['deep objects', type, '{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000)],
    ['too much', type, JSON.stringify({ name: 'x'.repeat(1_000_000) })],
    [
      'many keys',
      type,
      JSON.stringify(Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`k${n}`, n]))),
    ],
    ['a prototype', type, '{"__proto__":{"enabled":true},"name":"x","source":{"kind":"demo"}}'],
    ['a constructor', type, '{"constructor":{"prototype":{"x":1}},"name":"x","source":{"kind":"demo"}}'],
    ['a number beyond all', type, '{"name":"x","source":{"kind":"demo"},"maxReaders":1e999}'],
    ['a name of control characters', type, '{"name":"\\u0000\\u001b[2J","source":{"kind":"demo"},"x":1}'],
    ['no UTF-8', type, Buffer.from('7b226e616d65223a22fffe22', 'hex')],
    ['nothing', type, ''],
    ['XML', 'application/xml', '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'],
    ['a form', 'application/x-www-form-urlencoded', 'name=x&source[kind]=demo'],
    ['text', 'text/plain', '{"name":"x","source":{"kind":"demo"}}'],
  ];
  for (const [what, contentType, body] of bombs) {
    it(`${what}: is refused`, async () => {
      const headers = { 'content-type': contentType };
      const response = await fetch(`${server.url}/api/v1/cameras`, {
        method: 'POST',
        headers,
        body: Buffer.from(body),
      });
      const text = await response.text();
      assert.ok(response.status >= 400 && response.status < 500, `${response.status} ${text.slice(0, 300)}`);
      assert.ok(text.length < 32_768, 'the answer is not larger than the question');
    });
  }

  it('leave all well, and no camera', async () => {
    const { body } = await server.api<Camera[]>('GET', '/api/v1/cameras');
    assert.equal(body.length, 1);
    await allIsWell();
  });
});

describe('pages of other sites', () => {
  const body = JSON.stringify({ name: 'Theirs', source: { kind: 'demo' } });
  const post = (...headers: readonly string[]) =>
    [
      'POST /api/v1/cameras HTTP/1.1',
      ...headers,
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n');

  const strangeHosts = [
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'localhost@evil',
    'localhost:x',
    '127.0.0.2',
    '',
  ];
  for (const host of strangeHosts) {
    it(`that call this machine “${host}” are refused`, async () => {
      const [code] = statuses(await exchange(port, post(`Host: ${host}`)));
      assert.ok(code === 421 || code === 400, String(code));
    });
  }

  const strangeOrigins = [
    'Origin: https://evil.example',
    'Origin: null',
    'Origin: http://localhost:1',
    'Origin: x',
    'Sec-Fetch-Site: cross-site',
    'Sec-Fetch-Site: same-site',
  ];
  for (const header of strangeOrigins) {
    it(`that come with “${header}” are refused`, async () => {
      const answer = await exchange(port, post(`Host: 127.0.0.1:${port}`, header));
      assert.deepEqual(statuses(answer), [403]);
      assert.doesNotMatch(answer, /access-control-allow/i);
    });
  }

  it('added no camera', async () => {
    assert.equal((await server.api<Camera[]>('GET', '/api/v1/cameras')).body.length, 1);
  });
});

const paths = () => [
  '/../../../../etc/passwd',
  '/..%2f..%2f..%2f..%2fetc%2fpasswd',
  '/%2e%2e/%2e%2e/package.json',
  '/assets/../../../package.json',
  '/assets/..%2f..%2f..%2fpackage.json',
  '/assets/..%5c..%5c..%5cpackage.json',
  '/assets/%c0%ae%c0%ae/%c0%ae%c0%ae/package.json',
  '/assets/%252e%252e/package.json',
  '//etc/passwd',
  '/.git/config',
  '/%00',
  '/%ff',
  '/hls/..%2f',
  '/hls/..%2f..%2fetc%2fpasswd/index.m3u8',
  '/hls/%2e%2e/index.m3u8',
  `/hls/${demo.id}/..%2f..%2fsightline.sqlite`,
  `/hls/${demo.id}/../../etc/passwd`,
  `/hls/${demo.id}/%00`,
  `/hls/${demo.id}/init-%2e%2e-0.mp4`,
  '/hls/__proto__/index.m3u8',
  '/hls/constructor/index.m3u8',
  '/api/v1/cameras/..%2f..%2fsystem',
  `/api/v1/cameras/${'a'.repeat(5000)}`,
  `/hls/${'%41'.repeat(5000)}/index.m3u8`,
  `http://169.254.169.254/latest`,
];

describe('ways out of the folders', () => {
  it('lead nowhere', async () => {
    for (const path of paths())
      refuses(await exchange(port, head(port, `GET ${path}`, 'Connection: close')), path);
    await allIsWell();
  });
});

describe('floods', () => {
  it('of short connections leave nothing open, and the server answers meanwhile', async (t) => {
    const filesBefore = openFiles(server.pid);
    let slowestMs = 0;
    for (let round = 0; round < 20; round += 1) {
      const sockets = await Promise.all(Array.from({ length: 150 }, () => open(port)));
      for (const [index, socket] of sockets.entries()) {
        if (index % 3 === 0) socket.write('GET /hea');
        if (index % 3 === 1) socket.write(head(port, 'GET /api/v1/events'));
        socket.destroySoon();
      }
      const askedMs = performance.now();
      assert.equal((await fetch(`${server.url}/health`)).status, 200);
      slowestMs = Math.max(slowestMs, performance.now() - askedMs);
    }
    t.diagnostic(`3000 connections; slowest answer meanwhile ${Math.round(slowestMs)} ms`);
    await until(
      'all are closed',
      () => openFiles(server.pid) <= filesBefore + spareFiles,
      10_000,
      () => [filesBefore, openFiles(server.pid)],
    );
  });

  it('of held playlists by one client, given up at once, leave nothing', async () => {
    const playlist = new URL('live.m3u8', server.url + demo.links.hls);
    await fetch(new URL(demo.links.hls, server.url));
    const text = await (await fetch(playlist)).text();
    const first = Number(/#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(text)?.[1]);
    const coming = first + (text.match(/#EXTINF/g)?.length ?? 0) + 1;
    const filesBefore = openFiles(server.pid);
    const sockets = await Promise.all(Array.from({ length: 300 }, () => open(port)));
    for (const socket of sockets) {
      socket.write(head(port, `GET ${playlist.pathname}?_HLS_msn=${coming}`));
    }
    await pause(300);
    assert.ok(
      sockets.every((socket) => socket.bytesRead === 0),
      'they are held',
    );
    for (const socket of sockets) socket.destroy();
    await until('all are closed', () => openFiles(server.pid) <= filesBefore + spareFiles);
  });

  it('of events that nobody reads do not pile up', async () => {
    const readers = await Promise.all(Array.from({ length: 200 }, () => open(port)));
    for (const socket of readers) socket.pause().write(head(port, 'GET /api/v1/events'));
    await pause(500);
    await allIsWell();
    for (const socket of readers) socket.destroy();
  });

  it('of requests that never end are closed', async (t) => {
    await until(
      'all slow clients are closed',
      () => slow.every((socket) => socket.destroyed || socket.readableEnded),
      60_000,
      () => slow.filter((socket) => !socket.destroyed).length,
    );
    const grownBytes = residentBytes(server.pid) - memoryAtFirst;
    t.diagnostic(`memory grew by ${Math.round(grownBytes / 1024 / 1024)} MiB over all`);
    assert.ok(grownBytes < maxGrowthBytes, `grew by ${grownBytes} bytes`);
    await until(
      'their sockets too',
      () => openFiles(server.pid) <= filesAtFirst + spareFiles,
      20_000,
      () => [filesAtFirst, openFiles(server.pid)],
    );
    await allIsWell();
  });
});
