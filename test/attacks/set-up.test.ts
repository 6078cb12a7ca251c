/**
 * A server that nobody has set up, found by somebody else first. And many who want to be its first administrator at one
 * time.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { lines } from '../authorisation/table.ts';
import { exchange, head } from '../e2e/support/raw.ts';
import { tcpPorts } from '../e2e/support/processes.ts';
import { until } from '../e2e/support/until.ts';
import { Person, password } from '../support/people.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';
import { firstAnswer, rawAnswer } from './house.ts';

let server: RunningServer;
let port: number;
before(async () => {
  server = await startServer({ accounts: true });
  port = Number(new URL(server.url).port);
});
after(() => server?.stop());

const anything = 'cam_0123456789abcdef';
const offer = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n';
/** What a server says before it is set up, to everybody. */
const open = new Set(['GET /health', 'GET /ready', 'GET /api/v1/session', 'POST /api/v1/setup']);

describe('before the set-up', () => {
  it('no route answers, whatever one brings', async () => {
    // Those of OpenID Connect are there only where it is configured.
    const routes = Object.keys(lines).filter((route) => !open.has(route) && !route.includes('/oidc'));
    assert.ok(routes.length > 90, `${routes.length} routes`);
    for (const route of routes) {
      const [method = '', path = ''] = route.split(' ');
      const address = path.replaceAll(/:(?:id|camera\w*)/g, anything).replaceAll(/:\w+|\*/g, 'x');
      const brought = ['Authorization: Bearer x', 'Cookie: sightline_session=x', `Origin: ${server.url}`];
      const sent = head(port, `${method} ${address}`, ...brought, 'Content-Length: 0', 'Connection: close');
      const { status, text } = rawAnswer(await exchange(port, sent));
      assert.equal(status, 503, `${method} ${address}: ${text.slice(0, 200)}`);
      if (method !== 'HEAD') assert.match(text, /"not-set-up"/, route);
    }
  });

  it('session and health tell nothing of the house', async () => {
    const session = (await (await fetch(`${server.url}/api/v1/session`)).json()) as Record<string, unknown>;
    assert.deepEqual([session['setUp'], session['who']], [false, null]);
    const health = await (await fetch(`${server.url}/health`)).text();
    assert.doesNotMatch(health, /camera|\/tmp|sightline\.sqlite/i);
  });

  it('no socket is opened, nothing is sent over WebRTC or RTSP', async () => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws/live`, ['sightline.live.1']);
    const refusal = await new Promise<string>((done) => {
      socket.on('error', (error) => done(error.message));
      socket.on('open', () => done('open'));
    });
    assert.match(refusal, /503/);
    for (const way of ['whep', 'whip']) {
      const headers = { 'content-type': 'application/sdp' };
      const sent = await fetch(`${server.url}/${way}/${anything}`, { method: 'POST', headers, body: offer });
      assert.equal(sent.status, 503, way);
    }
    const rtsp = await rtspPort();
    for (const method of ['DESCRIBE', 'ANNOUNCE', 'SETUP']) {
      for (const path of ['stream1', anything, 'x']) {
        const asked = `${method} rtsp://127.0.0.1:${rtsp}/${path} RTSP/1.0\r\nCSeq: 1\r\n\r\n`;
        assert.match(await firstAnswer(rtsp, asked), /^RTSP\/1\.0 401 /, `${method} ${path}`);
      }
    }
  });

  it('a wrong link makes nobody an administrator, and guessing gets slow', async () => {
    const statuses = new Set<number>();
    for (let guess = 0; guess < 12; guess += 1) {
      const body = { token: `guess-${guess}`, name: 'eve', password };
      statuses.add((await Person.nobody(server).send('POST', '/api/v1/setup', body)).status);
    }
    assert.deepEqual(statuses, new Set([403, 429]));
  });
});

describe('the link of the set-up', () => {
  it('makes one administrator, however many come with it at one time', async () => {
    const token = await until('the link is printed', () => printedToken(server));
    await server.kill();
    const again = await startServer({ accounts: true, data: server.data });
    try {
      const fresh = await until('the link is printed', () => printedToken(again));
      assert.notEqual(fresh, token, 'another at each start');
      const tries = Array.from({ length: 20 }, (_, n) =>
        Person.nobody(again).send('POST', '/api/v1/setup', { token: fresh, name: `first ${n}`, password }),
      );
      const statuses = (await Promise.all(tries)).map(({ status }) => status);
      assert.equal(statuses.filter((status) => status === 200).length, 1, statuses.join());
      assert.ok(
        statuses.every((status) => [200, 409, 429, 503].includes(status)),
        statuses.join(),
      );
      const late = await Person.nobody(again).send('POST', '/api/v1/setup', {
        token: fresh,
        name: 'late',
        password,
      });
      assert.equal(late.status, 409);
    } finally {
      await again.stop();
    }
  });
});

function printedToken(running: RunningServer): string | undefined {
  return /\/setup\?token=([\w-]+)/.exec(running.output())?.[1];
}

/** RTSP says nothing of itself before it is set up: the ports that the process listens on do. */
async function rtspPort(): Promise<number> {
  for (const candidate of new Set(tcpPorts(server.pid))) {
    if (candidate === port) continue;
    const answer = await firstAnswer(candidate, 'OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n');
    if (answer.startsWith('RTSP/1.0')) return candidate;
  }
  throw new Error('RTSP does not listen');
}
