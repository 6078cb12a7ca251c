/**
 * Cameras that cannot be watched: the connection test says why in plain words, and no password is ever told.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Camera, ProbeResult } from '../../src/api/contract/cameras.ts';
import type { GstRtsp } from '../rigs/gstreamer-rtsp.ts';
import { startGstRtsp } from '../rigs/gstreamer-rtsp.ts';
import { startHostileRtsp } from '../rigs/hostile-rtsp.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';
import { sightline } from './support/command.ts';
import type { Feed } from './support/feed.ts';
import { listen } from './support/feed.ts';
import { until } from './support/until.ts';

const secret = 'Geheim-9x';

let server: RunningServer;
let guarded: GstRtsp;
let feed: Feed;
/** The text of every answer the server gave. */
const answers: string[] = [];

before(async () => {
  const auth = { kind: 'digest', user: 'admin', password: 'right' } as const;
  [server, guarded] = await Promise.all([
    startServer({ config: 'log: { level: debug }\n' }),
    startGstRtsp({ media: { video: 'h264' }, auth }),
  ]);
  feed = await listen(server.url);
});

after(async () => {
  feed?.leave();
  await guarded?.kill();
  await server?.stop();
});

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const { body: answer } = await server.api<T>(method, path, body);
  answers.push(JSON.stringify(answer ?? ''));
  return answer;
}

async function probe(url: string, baseUrl?: string): Promise<Extract<ProbeResult, { ok: false }>> {
  const body = { source: { kind: 'rtsp', url } };
  const result =
    baseUrl === undefined
      ? await ask<ProbeResult>('POST', '/api/v1/cameras/probe', body)
      : await postTo(`${baseUrl}/api/v1/cameras/probe`, body);
  assert.ok(!result.ok, JSON.stringify(result));
  assert.match(result.message, /^\S+ \S+ .+\.$/, 'a sentence');
  assert.doesNotMatch(result.message, /E[A-Z]{5,}|undefined|\bat \w+ \(|\[object/, 'no words of machines');
  return result;
}

async function postTo(address: string, body: unknown): Promise<ProbeResult> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(address, { method: 'POST', headers, body: JSON.stringify(body) });
  return (await response.json()) as ProbeResult;
}

function withLogin(url: string, login: string): string {
  return url.replace('//', `//${login}@`);
}

async function closedPort(): Promise<number> {
  const listening = createServer();
  await new Promise<void>((ready) => listening.listen(0, '127.0.0.1', ready));
  const { port } = listening.address() as AddressInfo;
  await new Promise((closed) => listening.close(closed));
  return port;
}

describe('the connection test says', { concurrency: 4 }, () => {
  it('that the password is wrong', async () => {
    const { fault, message } = await probe(withLogin(guarded.url, `admin:${secret}`));
    assert.equal(fault, 'wrong-password');
    assert.match(message, /password/);
  });

  it('that a login is wanted', async () => {
    assert.equal((await probe(guarded.url)).fault, 'wrong-password');
  });

  it('that nothing listens there', async () => {
    const { fault, message } = await probe(`rtsp://admin:${secret}@127.0.0.1:${await closedPort()}/cam`);
    assert.equal(fault, 'refused');
    assert.match(message, /127\.0\.0\.1/);
  });

  it('that it is a web server', async (t) => {
    const web = await startHostileRtsp('web-server');
    t.after(() => web.close());
    assert.equal((await probe(withLogin(web.url, `admin:${secret}`))).fault, 'not-rtsp');
  });

  it('that the path is unknown', async () => {
    const url = withLogin(guarded.url, 'admin:right').replace('/cam', '/elsewhere');
    assert.equal((await probe(url)).fault, 'not-found');
  });

  it('that the address is not for cameras: metadata services, and this server itself', async () => {
    const own = new URL(server.url).port;
    for (const url of ['rtsp://169.254.169.254/latest', 'rtsp://[::1]:8554/x', `rtsp://127.0.0.1:${own}/`]) {
      assert.equal((await probe(url)).fault, 'forbidden-address', url);
    }
  });

  it('that this machine itself is not for cameras, unless it was allowed', async () => {
    const data = await mkdtemp(join(tmpdir(), 'sightline-test-'));
    const strict = sightline('serve', '--data', data, '--port', '0');
    try {
      const url = await strict.url();
      for (const host of ['127.0.0.1', 'localhost', '127.1', '0.0.0.0', '[::ffff:127.0.0.1]', '2130706433']) {
        const { fault } = await probe(`rtsp://admin:${secret}@${host}:${guarded.port}/cam`, url);
        assert.equal(fault, 'forbidden-address', host);
      }
      assert.ok(!(strict.output() + strict.complaints()).includes(secret));
    } finally {
      strict.send('SIGTERM');
      await strict.exit;
      await rm(data, { recursive: true, force: true });
    }
  });
});

describe('a password', () => {
  it('of a saved camera is told nowhere: not in answers, events, metrics or the log', async () => {
    const awkward = `${secret}@/:?#`;
    const urls = [
      withLogin(guarded.url, `admin:${secret}`),
      withLogin(guarded.url, `admin:${awkward}`),
      withLogin(guarded.url, `admin:${encodeURIComponent(awkward)}`),
      withLogin(guarded.url, `admin:pass/${secret}`),
    ];
    const cameras: Camera[] = [];
    for (const [index, url] of urls.entries()) {
      const source = { kind: 'rtsp', url };
      const saved = await ask<Camera>('POST', '/api/v1/cameras', {
        name: `C${index}`,
        source,
        start: 'always',
      });
      if ('id' in saved) cameras.push(saved);
    }
    assert.ok(cameras.length >= 2);
    for (const { id } of cameras) {
      const { status } = await server.waitFor(id, 'refused', ({ status: now }) => now.state === 'error');
      assert.match(status.reason ?? '', /password|login|address/);
    }
    for (const { id } of cameras) {
      await ask('GET', `/api/v1/cameras/${id}`);
      await ask('PATCH', `/api/v1/cameras/${id}`, { name: 'Renamed' });
      answers.push(await (await fetch(`${server.url}/hls/${id}/index.m3u8`)).text());
    }
    await ask('GET', '/api/v1/cameras');
    answers.push(await (await fetch(`${server.url}/metrics`)).text());
    await until('the feed told the change', () => {
      return feed.events.filter((event) => event.type === 'camera.changed').length >= cameras.length;
    });
    for (const text of [...answers, JSON.stringify(feed.events), server.output()]) {
      assert.ok(!text.includes(secret), text);
    }
  });

  it('in a request that is refused does not come back', async () => {
    const bodies = [
      { name: 'X', source: { kind: 'rtsp', url: `http://admin:${secret}@127.0.0.1/` } },
      { name: 'X', source: { kind: 'rtsp', url: `rtsp://admin:${secret}@` } },
      { name: 'X', source: { kind: 'rtsp', url: `rtsp://admin:${secret}@cam/`, [secret]: 1 } },
      { name: '', source: { kind: 'rtsp', url: `rtsp://admin:${secret}@cam/`, transport: 'x' } },
    ];
    const texts: string[] = [];
    for (const body of bodies) texts.push(JSON.stringify(await ask('POST', '/api/v1/cameras', body)));
    // The name of an unknown field is the caller's own word, and the only one that is repeated.
    assert.ok(
      !texts.filter((_, index) => index !== 2).some((text) => text.includes(secret)),
      texts.join('\n'),
    );
    assert.ok(!server.output().includes(secret));
  });
});
