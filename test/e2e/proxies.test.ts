/**
 * Behind HAProxy and nginx, with the configuration files of this repository: signing in, live, playback, events and
 * signalling work as without them, and whoever writes the headers of a proxy from outside is not believed.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request as plainRequest } from 'node:http';
import { request } from 'node:https';
import { resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import type { Session } from '../../src/api/contract/accounts.ts';
import type { Camera } from '../../src/api/contract/cameras.ts';
import { liveProtocol } from '../../src/api/contract/live.ts';
import type { PlaybackSession } from '../../src/api/contract/playback.ts';
import { openBrowser } from '../support/browser.ts';
import type { Front } from '../support/front.ts';
import { startHaproxy, startNginx } from '../support/front.ts';
import { Person, password } from '../support/people.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';
import { until } from './support/until.ts';

const offer = await readFile(
  resolve(import.meta.dirname, '../../src/media/sdp/testdata/chromium-watch.sdp'),
  'utf8',
);
/** Where clients of these tests come from; proxies speak from 127.0.0.1, which alone is trusted. */
const clientAddress = '127.0.0.2';
/** Ends while the tests run. */
const shortTokenSeconds = 10;

interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | object;
}

interface Got {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

/** A browser that has signed in at a proxy. */
class Visitor {
  readonly front: Front;
  #cookie = '';

  constructor(front: Front) {
    this.front = front;
  }

  get cookie(): string {
    return this.#cookie;
  }

  async signIn(path = ''): Promise<Got> {
    const body = { name: 'ada', password };
    const got = await this.send(`${path}/api/v1/session`, { method: 'POST', body });
    this.#cookie = (got.headers['set-cookie'] ?? []).map((text) => text.split(';', 1)[0]).join('; ');
    return got;
  }

  async open(path: string, { method = 'GET', headers = {}, body }: Sent = {}): Promise<IncomingMessage> {
    const sent = request(new URL(path, this.front.url), {
      method,
      ca: this.front.ca,
      localAddress: clientAddress,
      agent: false,
      headers: {
        origin: this.front.url,
        ...(this.#cookie !== '' && { cookie: this.#cookie }),
        ...(typeof body === 'object' && { 'content-type': 'application/json' }),
        ...headers,
      },
    });
    sent.end(typeof body === 'object' ? JSON.stringify(body) : body);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return response;
  }

  async send(path: string, sent: Sent = {}): Promise<Got> {
    return read(await this.open(path, sent));
  }
}

async function read(response: IncomingMessage): Promise<Got> {
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece as Buffer);
  const text = Buffer.concat(pieces).toString('latin1');
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

const codeOf = ({ text }: Got) => (JSON.parse(text) as { code?: string }).code;

async function liveCamera(server: RunningServer): Promise<{ admin: Person; camera: Camera }> {
  const admin = await Person.firstAdministrator(server);
  const recording = { mode: 'continuous' };
  const demo = { name: 'Demo', source: { kind: 'demo' }, start: 'always', recording };
  let camera = await admin.must<Camera>(201, 'POST', '/api/v1/cameras', demo);
  await until('the camera is recorded', async () => {
    camera = (await admin.send<Camera>('GET', `/api/v1/cameras/${camera.id}`)).body;
    return camera.status.state === 'live' && camera.recordingState === 'recording';
  });
  return { admin, camera };
}

/** Lines of a playlist that are addresses, resolved; those in attributes first. */
function addressesIn(playlist: string, base: string): string[] {
  const inTags = [...playlist.matchAll(/URI="([^"]+)"/g)].map(([, uri = '']) => uri);
  const lines = playlist.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return [...inTags, ...lines].map((uri) => {
    const url = new URL(uri, `https://x${base}`);
    return url.pathname + url.search;
  });
}

const fronts = [
  { name: 'HAProxy', program: '/usr/sbin/haproxy', start: startHaproxy },
  { name: 'nginx', program: '/usr/sbin/nginx', start: startNginx },
];

for (const { name, program, start } of fronts) {
  const missing = existsSync(program) ? false : `${program} is not installed`;
  describe(`behind ${name}`, { skip: missing, timeout: 90_000 }, () => {
    let server: RunningServer;
    let front: Front;
    let admin: Person;
    let camera: Camera;
    let visitor: Visitor;
    let shortToken: string;

    before(async () => {
      server = await startServer({ accounts: true, config: 'proxy:\n  trusted: [127.0.0.1]\n' });
      ({ admin, camera } = await liveCamera(server));
      front = await start(server.url);
      visitor = new Visitor(front);
      shortToken = await token(shortTokenSeconds);
    });
    after(async () => {
      await front?.stop();
      await server?.stop();
    });

    async function token(lastsSeconds: number): Promise<string> {
      const wanted = { cameraId: camera.id, actions: ['live'], lastsSeconds };
      return (await admin.must<{ token: string }>(201, 'POST', '/api/v1/media-tokens', wanted)).token;
    }

    it('one signs in, with a cookie that travels encrypted only', async () => {
      const signedIn = await visitor.signIn();
      assert.equal(signedIn.status, 200, signedIn.text);
      assert.match(String(signedIn.headers['set-cookie']), /^__Host-sightline_session=[^;]+;.*; Secure/);
      const foreign = await visitor.send('/api/v1/cameras/probe', {
        method: 'POST',
        headers: { origin: 'https://other.example' },
        body: { source: { kind: 'demo' } },
      });
      assert.equal(codeOf(foreign), 'cross-site');
    });

    it('what a client writes into the headers of a proxy is not believed', async () => {
      const written = {
        'x-forwarded-for': '203.0.113.5',
        'x-forwarded-proto': 'http',
        'x-forwarded-host': 'evil.example',
        forwarded: 'for=203.0.113.5;proto=http',
      };
      const other = new Visitor(front);
      const signedIn = await other.send('/api/v1/session', {
        method: 'POST',
        headers: written,
        body: { name: 'ada', password },
      });
      assert.match(String(signedIn.headers['set-cookie']), /^__Host-/, signedIn.text);
      const sessions = JSON.parse((await visitor.send('/api/v1/account/sessions')).text) as Session[];
      const addresses = new Set(sessions.map(({ address }) => address));
      assert.ok(addresses.has(clientAddress), [...addresses].join(' '));
      assert.ok(!addresses.has('203.0.113.5'), 'the client is where it is');
      // Straight to the server, past the proxy: no better.
      const { port } = new URL(server.url);
      const straight = plainRequest({
        port,
        path: '/api/v1/session',
        method: 'POST',
        localAddress: clientAddress,
      });
      straight.setHeader('content-type', 'application/json');
      for (const [header, value] of Object.entries({ ...written, 'x-forwarded-proto': 'https' })) {
        straight.setHeader(header, value);
      }
      straight.end(JSON.stringify({ name: 'ada', password }));
      const [response] = (await once(straight, 'response')) as [IncomingMessage];
      const got = await read(response);
      assert.match(String(got.headers['set-cookie']), /^sightline_session=(?!.*Secure)/, got.text);
    });

    it('a live playlist and its segments play', async () => {
      const master = camera.links.hls;
      const [media = ''] = addressesIn((await visitor.send(master)).text, master);
      const playlist = await visitor.send(media);
      assert.equal(playlist.status, 200, playlist.text);
      const [init = ''] = addressesIn(playlist.text, media);
      const got = await visitor.send(init);
      assert.equal(got.status, 200);
      assert.equal(got.text.slice(4, 8), 'ftyp');
      assert.equal((await new Visitor(front).send(media)).status, 401, 'nobody');
    });

    it('the live WebSocket brings pictures', async () => {
      const url = `${front.url.replace('https', 'wss')}/ws/live`;
      const headers = { cookie: visitor.cookie, origin: front.url };
      const socket = new WebSocket(url, liveProtocol, { ca: front.ca, headers, localAddress: clientAddress });
      await once(socket, 'open');
      socket.send(JSON.stringify({ type: 'subscribe', channel: 1, camera: camera.id, format: 'mp4' }));
      await new Promise<void>((resolve, reject) => {
        socket.on('close', () => reject(new Error('the socket was closed')));
        socket.on('message', (_, isBinary) => isBinary && resolve());
      });
      socket.terminate();
    });

    it('events come as they happen', async () => {
      const response = await visitor.open('/api/v1/events');
      assert.equal(response.statusCode, 200);
      let text = '';
      response.on('data', (piece) => (text += String(piece)));
      await admin.must(200, 'PATCH', `/api/v1/cameras/${camera.id}`, { name: `Seen behind ${name}` });
      await until('the change is told', async () => text.includes(`Seen behind ${name}`));
      response.destroy();
    });

    it('recordings are played', async () => {
      const started = await until('there is something to play', async () => {
        const nowMs = Date.now();
        const body = { camera_id: camera.id, start_time: nowMs - 60_000, end_time: nowMs };
        const got = await visitor.send('/api/v1/playback/start', { method: 'POST', body });
        if (got.status >= 300) return undefined;
        const session = JSON.parse(got.text) as PlaybackSession;
        return session.segment_ids.length > 0 ? session : undefined;
      });
      const playlist = await visitor.send(started.url);
      assert.equal(playlist.status, 200, playlist.text);
      const segment = await visitor.send(addressesIn(playlist.text, started.url).at(-1) ?? '');
      assert.equal(segment.status, 200);
      assert.ok(segment.text.length > 1000);
    });

    it('WebRTC is agreed upon, and ended', async () => {
      const made = await visitor.send(camera.links.whep, {
        method: 'POST',
        headers: { 'content-type': 'application/sdp' },
        body: offer,
      });
      assert.equal(made.status, 201, made.text);
      assert.match(made.text, /a=ice-ufrag/);
      const ended = await visitor.send(made.headers.location ?? '', { method: 'DELETE' });
      assert.equal(ended.status, 200);
    });

    it('media tokens are looked at, and refused when they are over or not ours', async () => {
      const nobody = new Visitor(front);
      const good = await token(600);
      const withToken = (text: string) => nobody.send(`${camera.links.hls}?token=${text}`);
      const played = await withToken(good);
      assert.equal(played.status, 200, played.text);
      const bearer = { headers: { authorization: `Bearer ${good}` } };
      assert.equal((await nobody.send(camera.links.hls, bearer)).status, 200);
      const [head = '', body = '', signature = ''] = good.split('.');
      const more = Buffer.from(JSON.stringify({ ...jsonOf(body), exp: 4_000_000_000 })).toString('base64url');
      const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
      const swapped = signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'));
      const forged = [`${head}.${more}.${signature}`, `${head}.${body}.${swapped}`, `${none}.${body}.`];
      for (const text of forged) {
        const refused = await withToken(text);
        assert.equal(refused.status, 401, text);
        if (name === 'HAProxy') assert.equal(codeOf(refused), 'media-token-refused');
      }
      const over = await until('the short token is over', async () => {
        const got = await withToken(shortToken);
        return got.status === 401 ? got : undefined;
      });
      if (name === 'HAProxy') assert.equal(codeOf(over), 'media-token-refused');
    });
  });
}

function jsonOf(base64: string): object {
  return JSON.parse(Buffer.from(base64, 'base64url').toString()) as object;
}

const nginx = '/usr/sbin/nginx';
const noNginx = existsSync(nginx) ? false : `${nginx} is not installed`;

for (const strip of [false, true]) {
  const how = strip ? 'takes it away' : 'passes it on';
  describe(`under a path, which the proxy ${how}`, { skip: noNginx, timeout: 90_000 }, () => {
    let server: RunningServer;
    let front: Front;
    let camera: Camera;
    let visitor: Visitor;

    before(async () => {
      const config = 'basePath: /cams\nproxy:\n  trusted: [127.0.0.1]\n';
      server = await startServer({ accounts: true, config });
      ({ camera } = await liveCamera(server));
      front = await startNginx(server.url, '/cams', strip);
      visitor = new Visitor(front);
    });
    after(async () => {
      await front?.stop();
      await server?.stop();
    });

    it('answers hold addresses under it, and all of them are there', async () => {
      assert.equal((await visitor.signIn('/cams')).status, 200);
      const body = { name: 'Other', source: { kind: 'demo' } };
      const made = await visitor.send('/cams/api/v1/cameras', { method: 'POST', body });
      assert.match(made.headers.location ?? '', /^\/cams\/api\/v1\/cameras\/cam_/);
      const { links } = JSON.parse((await visitor.send(made.headers.location ?? '')).text) as Camera;
      assert.match(links.hls, /^\/cams\/hls\/cam_/);
      const master = `/cams/hls/${camera.id}/index.m3u8`;
      const [media = ''] = addressesIn((await visitor.send(master)).text, master);
      const [init = ''] = addressesIn((await visitor.send(media)).text, media);
      assert.equal((await visitor.send(init)).text.slice(4, 8), 'ftyp');
      const whep = await visitor.send(`/cams/whep/${camera.id}`, {
        method: 'POST',
        headers: { 'content-type': 'application/sdp' },
        body: offer,
      });
      assert.match(whep.headers.location ?? '', /^\/cams\/whep\//);
      assert.equal((await visitor.send(whep.headers.location ?? '', { method: 'DELETE' })).status, 200);
    });

    it('recordings are played', async () => {
      const session = await until('there is something to play', async () => {
        const nowMs = Date.now();
        const body = { camera_id: camera.id, start_time: nowMs - 60_000, end_time: nowMs };
        const got = await visitor.send('/cams/api/v1/playback/start', { method: 'POST', body });
        if (got.status >= 300) return undefined;
        const opened = JSON.parse(got.text) as PlaybackSession;
        return opened.segment_ids.length > 0 ? opened : undefined;
      });
      assert.match(session.url, /^\/cams\//);
      const playlist = await visitor.send(session.url);
      const segment = await visitor.send(addressesIn(playlist.text, session.url).at(-1) ?? '');
      assert.equal(segment.status, 200);
    });

    it('events tell addresses under it', async () => {
      const response = await visitor.open('/cams/api/v1/events');
      let text = '';
      response.on('data', (piece) => (text += String(piece)));
      const change = { method: 'PATCH', body: { name: 'Under a path' } };
      assert.equal((await visitor.send(`/cams/api/v1/cameras/${camera.id}`, change)).status, 200);
      await until('the change is told', async () => text.includes('Under a path'));
      response.destroy();
      assert.match(text, new RegExp(`"hls":"/cams/hls/${camera.id}/`));
    });

    it('the dashboard shows live pictures', async () => {
      const browser = await openBrowser();
      try {
        const context = await browser.newContext({ ignoreHTTPSErrors: true });
        const page = await context.newPage();
        const lost: string[] = [];
        page.on('response', (response) => {
          if (response.status() === 404) lost.push(response.url());
        });
        await page.goto(`${front.url}/cams/`);
        await page.getByLabel('Name').fill('ada');
        await page.getByLabel('Password', { exact: true }).fill(password);
        await page.getByRole('button', { name: 'Sign in' }).click();
        const picture = page.locator('sightline-player video').first();
        await until('pictures move', () =>
          picture.evaluate((video) => (video as unknown as { currentTime: number }).currentTime > 0),
        );
        await page.goto(`${front.url}/cams/cameras/${camera.id}`);
        await page.getByText('Under a path').first().waitFor();
        assert.deepEqual(lost, []);
      } finally {
        await browser.close();
      }
    });
  });
}
