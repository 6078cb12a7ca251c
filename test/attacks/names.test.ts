/**
 * Names, paths and values that mean something to somebody further on: to a file system, to HTTP, to SQL, to a log, to an
 * SDP. Whatever is written into them, they stay text.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import type { ShareLink } from '../../src/api/contract/accounts.ts';
import type { Camera } from '../../src/api/contract/cameras.ts';
import type { OpenApi } from './routes.ts';
import { readPaths } from './routes.ts';
import { exchange, head } from '../e2e/support/raw.ts';
import { until } from '../e2e/support/until.ts';
import type { House } from './house.ts';
import { openHouse, rawAnswer, rawGet } from './house.ts';

let house: House;
before(async () => (house = await openHouse()));
after(() => house?.server.stop());

/** What stands in files that a traversal would reach: passwd, our package, our source, the database, the key. */
const prey = /root:x:|"name": "sightline"|SQLite format|erasableSyntaxOnly|node_modules|\bat .*\.ts:\d/;
const climbs = [
  '../../../../../../etc/passwd',
  '..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd',
  '%2e%2e/%2e%2e/%2e%2e/package.json',
  '..%252f..%252f..%252fpackage.json',
  '%252e%252e%252fpackage.json',
  // What a filter that takes `../` away once puts together again.
  '....//....//....//package.json',
  '..././..././package.json',
  '..%2f.%2e%2f..%2fpackage.json',
  '%2fetc%2fpasswd',
  '/etc/passwd',
  '..%5c..%5c..%5cpackage.json',
  'C:%5cwindows%5cwin.ini',
  // Overlong UTF-8, full-width dots and slashes, which some systems fold into plain ones.
  '%c0%ae%c0%ae%c0%afpackage.json',
  '%ef%bc%8e%ef%bc%8e%ef%bc%8fpackage.json',
  '%e2%80%a5%2fpackage.json',
  'sightline.sqlite%00.mp4',
  '..%00/package.json',
  'secret.key',
  'file:%2f%2f%2fetc%2fpasswd',
  '__proto__',
  'constructor',
  '~%2f.ssh%2fid_rsa',
  '.',
  '..',
];

describe('a way out of the folders', () => {
  it('is in no parameter of any address', async () => {
    const { paths } = await house.admin.must<OpenApi>(200, 'GET', '/api/v1/openapi.json');
    const addresses = readPaths(paths);
    assert.ok(addresses.length > 20, 'the document has been read');
    const known: Record<string, string> = { id: house.one.id, camera: house.one.id, cameraId: house.one.id };
    let asked = 0;
    for (const address of addresses) {
      const names = [...address.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
      for (const attacked of names) {
        for (const climb of climbs) {
          const path = address.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
            name === attacked ? climb : (known[name] ?? 'x'),
          );
          const { status, text } = await rawGet(house.port, path, house.admin.cookie);
          assert.ok(status < 500 && status !== 0, `${path}: ${status} ${text}`);
          assert.doesNotMatch(text, prey, path);
          asked += 1;
        }
      }
    }
    assert.ok(asked > 300, `${asked} addresses`);
  });

  it('is in no file of the dashboard, whose build lies in the repository', async () => {
    for (const folder of ['/', '/assets/', '/api/docs/static/', '/stream/', '/s/']) {
      for (const climb of climbs) {
        const { status, text } = await rawGet(house.port, folder + climb, house.admin.cookie);
        assert.ok(status >= 200 && status < 500, `${folder}${climb}: ${status}`);
        assert.doesNotMatch(text, prey, folder + climb);
      }
    }
  });

  it('is in no path of a file camera, however it is brought', async () => {
    const plain = [
      '../../etc/passwd',
      '/etc/passwd',
      '..\\..\\etc\\passwd',
      'a/../../../etc/passwd',
      'a\0.mp4',
    ];
    for (const path of [
      ...plain,
      '....//....//etc/passwd',
      '．．/etc/passwd',
      'file:///etc/passwd',
      '-i /etc/passwd',
    ]) {
      const source = { kind: 'file', path };
      const probed = await house.admin.send<{ ok?: boolean }>('POST', '/api/v1/cameras/probe', { source });
      assert.ok(probed.status === 400 || probed.body.ok === false, `${path}: ${JSON.stringify(probed.body)}`);
      assert.doesNotMatch(JSON.stringify(probed.body), prey);
    }
  });

  it('is in no name of a clip or of its upload', async () => {
    const client = await house.admin.must<{ id: string; secret: string }>(201, 'POST', '/api/v1/clients', {
      name: '../../etc',
    });
    const name = Buffer.from('../../../../tmp/pwned').toString('base64');
    const answer = await exchange(
      house.port,
      head(
        house.port,
        `POST /api/v1/clients/${client.id}/uploads`,
        `Authorization: Bearer ${client.secret}`,
        'Tus-Resumable: 1.0.0',
        'Upload-Length: 10',
        `Upload-Metadata: filename ${name}, startTime ${Buffer.from('2026-01-01T00:00:00Z').toString('base64')}`,
        'Content-Length: 0',
        'Connection: close',
      ),
    );
    const { status, headers } = rawAnswer(answer);
    assert.equal(status, 201, answer);
    const location = headers.find((line) => /^location:/i.test(line)) ?? '';
    assert.match(location, /^location: \/api\/v1\/clients\/[\w-]+\/uploads\/[\w-]+$/i);
  });
});

const lineBreaks = [
  '\r\nSet-Cookie: stolen=1',
  '\nX-Injected: 1',
  '\r\n\r\n<script>alert(1)</script>',
  '\u0000\u001b[2J',
  '\u2028x',
];

describe('a line break in a name', () => {
  it('is refused for a camera, and for people', async () => {
    for (const text of lineBreaks) {
      const source = { kind: 'push' };
      const made = await house.admin.send('POST', '/api/v1/cameras', { name: `Cam${text}`, source });
      assert.equal(made.status, 400, JSON.stringify(text));
      const changed = await house.admin.send('PATCH', `/api/v1/cameras/${house.one.id}`, {
        location: `At${text}`,
      });
      assert.equal(changed.status, 400, JSON.stringify(text));
      const user = { name: `eve${text}`, password: 'correct horse battery', role: 'viewer' };
      assert.equal((await house.admin.send('POST', '/api/v1/users', user)).status, 400, JSON.stringify(text));
    }
    const list = [{ externalId: 'x', name: `Cam${lineBreaks[0]}`, source: { kind: 'push' } }];
    assert.equal((await house.admin.send('PUT', '/api/v1/cameras', { cameras: list })).status, 400);
    const plain = { name: `Cam${lineBreaks[0]}`, stream_url: 'rtsp://camera.example/x', location: '' };
    assert.equal((await house.admin.send('POST', '/api/cameras/', plain)).status, 400);
  });

  it('in an address becomes no line of the answer', async () => {
    for (const broken of [
      '%0d%0aSet-Cookie:%20stolen=1',
      '%0aX-Injected:1',
      '%E5%98%8A%E5%98%8DSet-Cookie:x',
    ]) {
      for (const path of [
        `/stream?client=${broken}`,
        `/stream?client=x&refTime=${broken}`,
        `/stream/${broken}`,
        `/api/docs?${broken}`,
        `/${broken}`,
        `//evil.example/${broken}`,
        `/api/v1/cameras/${broken}`,
        `/hls/${house.one.id}/${broken}`,
        `/whep/${broken}`,
        `/api/v1/exports/${broken}/files/${broken}`,
      ]) {
        const { headers } = await rawGet(house.port, path, house.admin.cookie);
        const injected = headers.filter((line) => /^(?:set-cookie: stolen|x-injected)/i.test(line));
        assert.deepEqual(injected, [], path);
      }
    }
  });

  it('in what a browser calls itself stands on one line of the log and of the audit log', async () => {
    const words = { name: 'vera\r\n12:00:00.000 info  ada signed in', password: 'wrong wrong wrong' };
    await house.admin.send('POST', '/api/v1/session', words);
    const lines = house.server.output().split('\n');
    assert.ok(!lines.some((line) => line.includes('ada signed in')), 'what was typed is not in the log');
    const { entries } = await house.admin.must<{ entries: Record<string, unknown>[] }>(
      200,
      'GET',
      '/api/v1/audit',
    );
    for (const entry of entries)
      assert.doesNotMatch(String(entry['detail']) + String(entry['target']), /[\r\n]/);
  });
});

describe('addresses that somebody makes up', () => {
  it('do not fill the audit log, which would push out what was done', async () => {
    const entriesOf = async () => {
      const path = `/api/v1/audit?limit=500&actor=${house.viewerId}`;
      return (await house.admin.must<{ entries: unknown[] }>(200, 'GET', path)).entries.length;
    };
    const before = await entriesOf();
    for (let n = 0; n < 60; n += 1) {
      await rawGet(house.port, `/assets/../${n}`, house.viewer.cookie);
      await rawGet(house.port, `/api/docs/static/../${n}`, house.viewer.cookie);
      await rawGet(house.port, `/made/up/${n}`, house.viewer.cookie);
    }
    // Entries are written twice a second, in the order in which they came.
    await house.viewer.send('GET', '/api/v1/users');
    const after = await until('the last refusal is written', async () => {
      const count = await entriesOf();
      return count > before && count;
    });
    assert.equal(after, before + 1);
  });
});

describe('what is told to a player in a header', () => {
  it('is refused where a header cannot carry it, so that everybody else goes on watching', async () => {
    const offered = async (urls: readonly string[], username = 'user') => {
      const values = { webrtcIceServers: [{ urls, username, credential: 'pass"\r\nX-Injected: 1\u0141' }] };
      return house.admin.send('PATCH', '/api/v1/settings', { values });
    };
    for (const url of [
      'stun:\u0141odz.example',
      'stun:a\u0000b',
      'stun:a\u007fb',
      'stun:a>;rel="x"',
      'stun:a\r\nX: 1',
    ]) {
      assert.equal((await offered([url])).status, 400, JSON.stringify(url));
    }
    assert.equal((await offered(['turn:turn.example:3478'], 'u\r\nX-Injected: 1')).status, 200);
    const sent = head(
      house.port,
      `OPTIONS /whep/${house.one.id}`,
      `Cookie: ${house.admin.cookie}`,
      'Connection: close',
    );
    const { status, headers } = rawAnswer(await exchange(house.port, sent));
    assert.equal(status, 204);
    assert.ok(
      headers.some((line) => /^link:.*ice-server/i.test(line)),
      headers.join('\n'),
    );
    assert.ok(!headers.some((line) => /^x-injected/i.test(line)), headers.join('\n'));
    await house.admin.must(200, 'PATCH', '/api/v1/settings', { values: { webrtcIceServers: null } });
  });
});

const queries = [
  "1' OR '1'='1",
  '1; DROP TABLE users--',
  "x') UNION SELECT password_hash FROM users--",
  '0 UNION SELECT 1',
  '-1',
  '1e9',
  '%27%20OR%201=1',
  'NaN',
  '18446744073709551616',
];

describe('SQL in filters', () => {
  it('is refused, or finds nothing', async () => {
    const places = [
      '/api/v1/audit?limit=',
      '/api/v1/audit?before=',
      '/api/v1/audit?actor=',
      '/api/v1/audit?action=',
      '/api/v1/audit?fromMs=',
      '/api/v1/history?limit=',
      '/api/v1/history?kind=',
      '/api/v1/history?before=',
      '/api/v1/history?camera=',
      '/api/v1/storage/deletions?limit=',
      `/api/v1/cameras/${house.one.id}/timeline?from=`,
      `/api/v1/cameras/${house.one.id}/days?zone=`,
      '/api/v1/clients/x/clips?limit=',
      '/api/v1/settings?camera=',
    ];
    for (const place of places) {
      for (const query of queries) {
        const { status, text } = await rawGet(
          house.port,
          place + encodeURIComponent(query),
          house.admin.cookie,
        );
        assert.ok([200, 400, 404].includes(status), `${place}${query}: ${status} ${text}`);
        assert.doesNotMatch(text, /argon2|SQLITE_|syntax error|no such column/i, place + query);
        if (/[?&]actor=|[?&]action=/.test(place)) assert.match(text, /"entries":\[\]/, place + query);
      }
    }
    await house.admin.must(200, 'GET', '/api/v1/users');
  });

  it('in a name of a user signs nobody in', async () => {
    for (const name of ["ada'--", "' OR 1=1--", 'ada"', 'ada%', 'a_a', 'ADA\u0000', '*']) {
      const tried = await house.admin.send('POST', '/api/v1/session', { name, password: "' OR '1'='1 --" });
      assert.ok(tried.status === 401 || tried.status === 429, `${name}: ${tried.status}`);
    }
  });
});

const keys = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__defineGetter__'];

describe('a key that every object has', () => {
  it('is refused in bodies, and changes no other object', async () => {
    const { admin, one, viewerId } = house;
    for (const key of keys) {
      // As text: written as an object, the first of them would not be sent at all.
      const inner = `{"${key}":{"role":"admin","polluted":1,"enabled":false}}`;
      const bodies: readonly (readonly [method: string, path: string, body: string])[] = [
        ['PATCH', `/api/v1/users/${viewerId}`, inner],
        ['PATCH', `/api/v1/users/${viewerId}`, `{"grants":{"every":[],"cameras":{"${key}":["live"]}}}`],
        ['PATCH', `/api/v1/users/${viewerId}`, `{"grants":${inner}}`],
        ['PATCH', `/api/v1/settings`, `{"values":{"${key}":1}}`],
        ['PATCH', `/api/v1/settings`, `{"values":{"hlsSegmentMs":${inner}}}`],
        ['PATCH', `/api/v1/cameras/${one.id}`, inner],
        ['PATCH', `/api/v1/cameras/${one.id}`, `{"recording":${inner}}`],
        ['POST', `/api/v1/views`, `{"name":"x","tiles":[${inner}]}`],
        ['POST', `/api/v1/views`, `{"name":"x","tiles":${inner}}`],
        ['POST', `/api/v1/keys`, `{"name":"k","scopes":["${key}"]}`],
        ['POST', `/api/v1/session`, `{"name":"ada","password":"x","${key}":{"role":"admin"}}`],
      ];
      for (const [method, path, body] of bodies) {
        const sent = await fetch(house.server.url + path, {
          method,
          headers: { cookie: admin.cookie, origin: house.server.url, 'content-type': 'application/json' },
          body,
        });
        assert.equal(sent.status, 400, `${method} ${path} ${body}: ${await sent.text()}`);
      }
    }
    const { polluted, role } = await admin.must<Record<string, unknown>>(
      200,
      'GET',
      `/api/v1/users/${viewerId}`,
    );
    assert.deepEqual([polluted, role], [undefined, 'viewer']);
  });

  it('as a name in a file of another server is a name', async () => {
    for (const key of keys.slice(0, 2)) {
      const text = `cameras:\n  ${key}:\n    ffmpeg:\n      inputs:\n        - path: rtsp://camera.example/1\n          roles: [detect]\n`;
      const body = { format: 'frigate', text, dryRun: true };
      const read = await house.admin.send<{ cameras?: { externalId: string }[] }>(
        'POST',
        '/api/v1/cameras/import',
        body,
      );
      assert.ok(read.status === 200 || read.status === 400, `${key}: ${read.status}`);
      for (const { externalId } of read.body.cameras ?? []) assert.equal(externalId, `frigate:${key}`);
    }
  });

  it('as a name of a camera on the socket is no camera', async () => {
    const socket = new WebSocket(`${house.server.url.replace('http', 'ws')}/ws/live`, ['sightline.live.1'], {
      headers: { cookie: house.viewer.cookie },
    });
    const answers: string[] = [];
    await new Promise<void>((done, fail) => {
      socket.on('error', fail);
      socket.on('open', () => {
        for (const [channel, camera] of keys.entries())
          socket.send(JSON.stringify({ type: 'subscribe', channel, camera }));
      });
      socket.on('message', (data: Buffer) => {
        answers.push(data.toString());
        if (answers.length === keys.length) done();
      });
    });
    socket.terminate();
    for (const answer of answers) assert.doesNotMatch(answer, /"type":"(?:config|live|init)"/);
  });
});

describe('a name that looks like another thing', () => {
  it('stays text in what is exported and shared', async () => {
    const odd = `"; filename="evil.exe" <img src=x onerror=alert(1)> ../../x $(id) \`id\` %0d%0a`;
    const { admin, server } = house;
    const { id } = await admin.must<Camera>(200, 'PATCH', `/api/v1/cameras/${house.one.id}`, { name: odd });
    const wanted = { cameraId: id, live: true, lastsMs: 60_000, note: odd };
    const { url } = await admin.must<ShareLink & { url: string }>(201, 'POST', '/api/v1/shares', wanted);
    const opened = await fetch(`${server.url}/api/v1/shares/open`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: server.url },
      body: JSON.stringify({ secret: url.slice('/s/'.length) }),
    });
    assert.equal(opened.status, 200);
    assert.match(opened.headers.get('content-type') ?? '', /^application\/json/);
    for (const [name, value] of opened.headers) assert.doesNotMatch(value, /evil\.exe|onerror/, name);
    await admin.must(200, 'PATCH', `/api/v1/cameras/${id}`, { name: 'One' });
  });
});
