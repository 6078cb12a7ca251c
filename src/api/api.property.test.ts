import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import * as fc from 'fast-check';
import { redactUrls } from '../base/redact.ts';
import type { SourceInput } from './contract/cameras.ts';
import { problemSchema } from './contract/problem.ts';
import { shownSource, withStoredCredentials } from './source-credentials.ts';
import type { TestApi } from './testing.ts';
import { ask, startTestApi } from './testing.ts';

let api: TestApi;
before(async () => {
  api = await startTestApi();
});
after(() => api.close());

const field = fc.constantFrom(
  'name',
  'enabled',
  'source',
  'kind',
  'url',
  'path',
  'start',
  'closeAfterMs',
  'maxReaders',
  'cameraId',
  'x',
  '__proto__',
  'constructor',
);
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(
    'demo',
    'rtsp',
    'file',
    'rtsp://a:b@c/',
    'rtsp://***@c/',
    'always',
    '../../etc/passwd',
    true,
    0,
    -1,
    1e308,
    '\u0000',
    '𝕏'.repeat(60),
  ),
  fc.record(
    { kind: fc.constantFrom('demo', 'rtsp', 'file', 1), url: fc.string(), path: fc.string() },
    { requiredKeys: [] },
  ),
);
/** Bodies near the truth, far from it, and no JSON at all. */
const body = fc.oneof(
  fc
    .array(fc.tuple(field, value), { maxLength: 6 })
    .map((fields) => `{${fields.map(([key, v]) => `"${key}":${JSON.stringify(v)}`).join(',')}}`),
  fc.jsonValue().map((v) => JSON.stringify(v)),
  fc.string(),
);
const target = fc.oneof(
  fc.constantFrom(
    'POST /api/v1/cameras',
    'POST /api/v1/cameras/probe',
    'PATCH /api/v1/cameras/cam_0000000000000000',
  ),
  fc.webSegment().map((segment) => `PATCH /api/v1/cameras/${segment}`),
  fc.webSegment().map((segment) => `DELETE /api/v1/cameras/${segment}`),
);

describe('any request', () => {
  test('is answered, by a problem when it is refused, and never by a bug', async () => {
    await fc.assert(
      fc.asyncProperty(target, body, async (line, sent) => {
        const [method = '', path = ''] = line.split(' ');
        const answer = await ask(api.port, path, { method, body: sent });
        assert.ok(answer.status < 500, `${answer.status} ${answer.text}`);
        if (answer.status >= 400) problemSchema.parse(answer.json);
      }),
      { numRuns: 150 },
    );
  });

  test('to change a camera leaves it readable', async () => {
    const created = await ask(api.port, '/api/v1/cameras', {
      method: 'POST',
      body: { name: 'x', source: { kind: 'demo' } },
    });
    const path = `/api/v1/cameras/${(created.json as { id: string }).id}`;
    await fc.assert(
      fc.asyncProperty(body, async (sent) => {
        assert.ok((await ask(api.port, path, { method: 'PATCH', body: sent })).status < 500);
        assert.equal((await ask(api.port, path)).status, 200);
      }),
      { numRuns: 40 },
    );
  });
});

const rtsp = (url: string): SourceInput => ({ kind: 'rtsp', url, transport: 'auto', verifyTls: true });

describe('any bytes', () => {
  const lines = fc.array(
    fc.constantFrom(
      'GET / HTTP/1.1',
      'CONNECT x:1 HTTP/1.1',
      'POST /api/v1/cameras HTTP/1.1',
      'host: localhost',
      'content-length: 5',
      'content-length: -1',
      'transfer-encoding: chunked',
      'upgrade: websocket',
      'connection: upgrade',
      'expect: 100-continue',
      'FFFFFFFFFF',
      '0',
      '',
    ),
    { maxLength: 12 },
  );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    lines.map((all) => Buffer.from(all.join('\r\n'))),
  );

  test('end in a closed connection, and the server goes on', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, async (sent) => {
        const socket = connect(api.port, '127.0.0.1');
        socket.on('error', () => undefined);
        socket.resume();
        socket.end(sent);
        await new Promise((resolve) => socket.once('close', resolve));
      }),
      { numRuns: 60 },
    );
    assert.equal((await ask(api.port, '/health')).status, 200);
  });
});

describe('credentials', () => {
  const part = fc.stringMatching(/^[a-zA-Z0-9!$&'()*+,;=:@%~.-]{1,12}$/);

  test('are hidden when shown and the same when what is shown comes back', () => {
    fc.assert(
      fc.property(part, part, fc.domain(), (user, password, host) => {
        const stored = rtsp(`rtsp://${user}:${password}@${host}/stream`);
        const shown = shownSource(stored);
        assert.deepEqual(shown, rtsp(`rtsp://***@${host}/stream`));
        assert.deepEqual(withStoredCredentials(shown, [stored]), { ok: true, value: stored });
      }),
    );
  });

  test('never reach another host, whatever the address looks like', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (host, rest) => {
        const stored = rtsp('rtsp://admin:geheim@10.0.0.9/main');
        const result = withStoredCredentials(rtsp(`rtsp://***@${host}/${rest}`), [stored]);
        const leaks = result.ok && result.value.kind === 'rtsp' && result.value.url.includes('geheim');
        assert.ok(!leaks || result.value.url.startsWith('rtsp://admin:geheim@10.0.0.9/'));
        assert.ok(!leaks || !redactUrls(result.value.url).includes('geheim'));
      }),
    );
  });
});
