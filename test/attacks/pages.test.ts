/**
 * A real Chromium that is signed in: visiting a page of somebody else that uses its cookie, and pages of ours that show
 * names somebody has written scripts into.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { Camera } from '../../src/api/contract/cameras.ts';
import { openBrowser } from '../support/browser.ts';
import type { ForeignPage } from '../support/foreign-page.ts';
import { openForeignPage } from '../support/foreign-page.ts';
import { password } from '../support/people.ts';
import type { House } from './house.ts';
import { addUser, openHouse } from './house.ts';

let house: House;
let browser: Browser;
let evil: ForeignPage;
/** Signed in as the administrator. */
let signedIn: BrowserContext;

before(async () => {
  [house, browser, evil] = await Promise.all([openHouse(), openBrowser(), openForeignPage()]);
  signedIn = await browser.newContext();
  const url = house.server.url;
  const value = house.admin.cookie.replace('sightline_session=', '');
  await signedIn.addCookies([{ name: 'sightline_session', value, url, httpOnly: true, sameSite: 'Lax' }]);
});
after(async () => {
  await browser?.close();
  evil?.close();
  await house?.server.stop();
});

/** What an attacker would do without being seen; each goes on whatever the others come to. */
function attack(server: string, cameraId: string, userId: string): string {
  const cases = [
    ['POST', '/api/v1/cameras', { name: 'Theirs', source: { kind: 'push' } }],
    ['DELETE', `/api/v1/cameras/${cameraId}`, undefined],
    ['PATCH', `/api/v1/cameras/${cameraId}`, { name: 'Theirs' }],
    ['PATCH', `/api/v1/users/${userId}`, { role: 'admin' }],
    ['POST', '/api/v1/users', { name: 'eve', password: 'a long pass phrase', role: 'admin' }],
    ['POST', '/api/v1/keys', { name: 'k', scopes: ['media:read'] }],
    ['DELETE', '/api/v1/session', undefined],
    ['POST', '/api/v1/session', { name: 'vera', password }],
    ['PUT', '/api/cameras/', { name: 'Theirs' }],
    ['POST', '/live/stop', undefined],
    ['POST', '/cameras/provision', { camera_id: 'x', rtsp_url: 'rtsp://x.example/', name: 'Theirs' }],
  ];
  return `<!doctype html><title>A shop</title>
<form id="form" method="post" enctype="text/plain" target="hidden" action="${server}/api/v1/cameras">
  <input name='{"name":"Theirs","source":{"kind":"push"},"x":"' value='"}' /></form>
<iframe name="hidden"></iframe><iframe src="${server}/"></iframe>
<img src="${server}/api/v1/cameras/${cameraId}/snapshot.jpg" />
<script>
  const said = (window.said = { read: [], sockets: [] });
  const tries = ${JSON.stringify(cases)}.flatMap(([method, path, body]) =>
    ['cors', 'no-cors'].flatMap((mode) => ['application/json', 'text/plain'].map(async (type) => {
      const init = { method, mode, credentials: 'include', headers: { 'content-type': type } };
      if (body) init.body = JSON.stringify(body);
      const answer = await fetch('${server}' + path, init);
      if (answer.type !== 'opaque') said.read.push(method + ' ' + path);
    })));
  for (const path of ['/api/v1/cameras', '/api/v1/session', '/api/v1/users', '/hls/${cameraId}/index.m3u8'])
    tries.push(fetch('${server}' + path, { credentials: 'include' }).then((answer) => said.read.push(path)));
  tries.push(new Promise((done) => {
    const socket = new WebSocket('${server.replace('http', 'ws')}/ws/live', ['sightline.live.1']);
    socket.onopen = () => { said.sockets.push('ws'); done(); };
    socket.onerror = done;
  }));
  tries.push(new Promise((done) => {
    const events = new EventSource('${server}/api/v1/events', { withCredentials: true });
    events.onopen = () => { said.sockets.push('sse'); done(); };
    events.onerror = () => { events.close(); done(); };
  }));
  document.getElementById('form').submit();
  Promise.allSettled(tries).then(() => { window.done = true; });
</script>`;
}

async function stateOfHouse(): Promise<unknown> {
  const { admin } = house;
  const cameras = await admin.must<Camera[]>(200, 'GET', '/api/v1/cameras');
  const users = await admin.must<{ name: string; role: string }[]>(200, 'GET', '/api/v1/users');
  const keys = await admin.must<unknown[]>(200, 'GET', '/api/v1/keys');
  return {
    cameras: cameras.map(({ name }) => name),
    users: users.map(({ name, role }) => [name, role]),
    keys,
  };
}

describe('a page of another site', () => {
  it('reads nothing, changes nothing and opens nothing with the cookie of who looks at it', async () => {
    const { server, one, viewerId } = house;
    const before = await stateOfHouse();
    // Another port is the same site, to which browsers send the cookie; another name is not.
    for (const origin of [evil.origin, evil.origin.replace('127.0.0.1', 'localhost')]) {
      evil.show(attack(server.url, one.id, viewerId));
      const page = await signedIn.newPage();
      await page.goto(origin);
      await page.waitForFunction('window.done', undefined, { timeout: 20_000 });
      assert.deepEqual(await page.evaluate('window.said'), { read: [], sockets: [] }, origin);
      await page.close();
    }
    assert.deepEqual(await stateOfHouse(), before);
    assert.equal((await house.admin.send('GET', '/api/v1/users')).status, 200, 'still signed in');
  });

  it('changes nothing by links that are followed, with the cookie', async () => {
    const { server, one, viewerId } = house;
    const before = await stateOfHouse();
    const links = [
      `/api/v1/cameras/${one.id}?_method=DELETE`,
      '/api/v1/session?_method=DELETE',
      `/api/v1/users/${viewerId}?role=admin`,
      '/live/stop',
      '/live/start',
      '/live/record/start',
      '/api/v1/setup?token=x&name=eve',
      '/api/v1/cameras?name=Theirs&source=demo',
      '/sign-in?to=//evil.example/',
      '/sign-in?to=javascript:alert(1)',
      '/sign-in?to=/%5cevil.example/',
    ];
    const page = await signedIn.newPage();
    for (const link of links) {
      evil.show(`<!doctype html><a id="go" href="${server.url}${link}">Look</a>`);
      await page.goto(evil.origin);
      await page.click('#go');
      await page.waitForURL((url) => url.origin !== evil.origin);
      assert.equal(new URL(page.url()).origin, server.url, link);
    }
    await page.close();
    assert.deepEqual(await stateOfHouse(), before);
  });
});

const scripts = [
  '<script>window.pwned=1</script>',
  '<img src=x onerror="window.pwned=1">',
  '"><svg onload="window.pwned=1">',
  "'-(window.pwned=1)-'",
  '{{constructor.constructor("window.pwned=1")()}}',
  'javascript:window.pwned=1',
];
const [tag = '', image = '', svg = '', quote = '', braces = '', link = ''] = scripts;

async function staysText(page: Page, server: string, path: string, name: string | undefined): Promise<void> {
  const answer = await page.goto(server + path, { waitUntil: 'load' });
  const policy = answer?.headers()['content-security-policy'] ?? '';
  assert.match(policy, /default-src '(?:none|self)'/, path);
  assert.doesNotMatch(policy, /script-src[^;]*'unsafe/, path);
  await page.waitForFunction(
    (text) => document.body.innerText.trim() !== '' && document.body.innerText.includes(text),
    name ?? '',
    { timeout: 20_000 },
  );
  const found = await page.evaluate(() => ({
    pwned: 'pwned' in window,
    made: document.querySelectorAll('img[src="x"], svg[onload], [onerror], [onload]').length,
    links: [...document.querySelectorAll('a')].filter(({ protocol }) => protocol === 'javascript:').length,
  }));
  assert.deepEqual(found, { pwned: false, made: 0, links: 0 }, path);
}

describe('a script in a name', () => {
  it('is text on every page of ours', async () => {
    const { admin, server, one } = house;
    const device = '<img src=x onerror=window.pwned=1>';
    await admin.must(200, 'PATCH', `/api/v1/cameras/${one.id}`, { name: image, location: svg });
    await addUser(admin, tag, 'operator');
    await admin.must(201, 'POST', '/api/v1/devices', {
      name: '<img src=x onerror=window.pwned=1>',
      grants: { every: [] },
    });
    await admin.must(201, 'POST', '/api/v1/keys', { name: quote, scopes: ['media:read'] });
    const shared = { cameraId: one.id, live: true, lastsMs: 600_000, note: image };
    const { url: share } = await admin.must<{ url: string }>(201, 'POST', '/api/v1/shares', shared);
    const tiles = [{ cameraId: one.id, x: 0, y: 0, w: 6, h: 6 }];
    const view = await admin.must<{ id: string }>(201, 'POST', '/api/v1/views', {
      name: braces,
      shared: true,
      tiles,
    });
    const client = await admin.must<{ id: string }>(201, 'POST', '/api/v1/clients', { name: svg });
    await admin.must(201, 'POST', '/api/v1/clients', { name: link });
    await admin.must(200, 'PATCH', '/api/v1/settings', {
      values: { webrtcIceServers: [{ urls: ['stun:x.example'], username: image, credential: tag }] },
    });
    /** With the name that is seen there. */
    const pages: readonly (readonly [path: string, name?: string])[] = [
      ['/', image],
      [`/cameras/${one.id}`, image],
      [`/cameras/${one.id}/watch`, image],
      ['/views', braces],
      [`/views/${view.id}`, braces],
      [`/views/${view.id}?edit=true`],
      ['/people', tag],
      ['/people?tab=keys', quote],
      ['/people?tab=devices', device],
      ['/audit', device],
      ['/settings'],
      [`/settings?camera=${one.id}`],
      ['/storage', image],
      ['/account'],
      [share, image],
      ['/stream', svg],
      [`/stream/${client.id}`, svg],
      [`/stream/${client.id}?refTime=${encodeURIComponent(image)}`, svg],
      [`/stream/${encodeURIComponent(image)}`],
      ['/api/docs', 'Sightline'],
      [`/${encodeURIComponent(svg)}`],
      [`/cameras/${encodeURIComponent(svg)}`],
      [`/sign-in?to=${encodeURIComponent(link)}`],
      [`/setup?token=${encodeURIComponent(image)}`],
      [`/s/${encodeURIComponent(svg)}`],
      [`/people?tab=${encodeURIComponent(svg)}#${svg}`],
    ];
    const dialogs: string[] = [];
    const left = [...pages];
    // A few at one time, as people have tabs.
    const visitor = async (): Promise<void> => {
      const page = await signedIn.newPage();
      page.on('dialog', (dialog) => {
        dialogs.push(dialog.message());
        void dialog.dismiss();
      });
      for (let next = left.shift(); next; next = left.shift()) {
        const [path, name] = next;
        await staysText(page, server.url, path, name);
      }
      await page.close();
    };
    await Promise.all([visitor(), visitor(), visitor()]);
    assert.deepEqual(dialogs, []);
  });

  it('is text in an answer that somebody opens as a page', async () => {
    for (const path of [
      '/api/v1/cameras',
      '/api/v1/users',
      '/api/v1/audit',
      '/metrics',
      '/api/v1/openapi.json',
    ]) {
      const sent = await fetch(house.server.url + path, {
        headers: { cookie: house.admin.cookie, accept: 'text/html' },
      });
      assert.doesNotMatch(sent.headers.get('content-type') ?? '', /html|xml|svg/, path);
      assert.equal(sent.headers.get('x-content-type-options'), 'nosniff', path);
    }
  });
});
