/**
 * What requests leave in the audit log, and who may read it.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { testUnit, testVideoTrack } from '../hub/testing.ts';
import type { AuditEntry } from './contract/accounts.ts';
import type { Camera } from './contract/cameras.ts';
import type { PeopleApi, TestBrowser } from './people.testing.ts';
import { password, startPeopleApi } from './people.testing.ts';

let api: PeopleApi;
let admin: TestBrowser;

before(async () => {
  api = await startPeopleApi();
  admin = await api.signedIn('Ada');
});
after(() => api.close());

async function entries(query = ''): Promise<readonly AuditEntry[]> {
  const answer = await admin.get(`/api/v1/audit?${query}`);
  assert.equal(answer.status, 200, answer.text);
  return (answer.json as { entries: AuditEntry[] }).entries;
}

/** Of the newest entry: what was done, to which camera, and the words about it. */
async function named(): Promise<readonly (string | null | undefined)[]> {
  const [last] = await entries('limit=1');
  return [last?.action, last?.cameraId, last?.detail];
}

async function addCamera(name: string): Promise<Camera> {
  const url = `rtsp://root:geheim@192.0.2.9/${encodeURIComponent(name)}`;
  const answer = await admin.send('POST', '/api/v1/cameras', { name, source: { kind: 'rtsp', url } });
  assert.equal(answer.status, 201, answer.text);
  return answer.json as Camera;
}

describe('the audit log', () => {
  test('has every change with who, where, what and which, and nothing secret', async () => {
    const camera = await addCamera('Door');
    const source = { kind: 'rtsp', url: 'rtsp://root:another@192.0.2.9/1' };
    await admin.send('PATCH', `/api/v1/cameras/${camera.id}`, { name: 'Gate', source });
    await admin.send('DELETE', `/api/v1/cameras/${camera.id}`);
    const found = await entries(`camera=${camera.id}`);
    assert.deepEqual(
      found.map(({ action, actor, detail, outcome }) => [action, actor.name, detail, outcome]),
      [
        ['camera.delete', 'Ada', 'Gate', 'done'],
        ['camera.change', 'Ada', 'name, source', 'done'],
        ['camera.create', 'Ada', 'Door', 'done'],
      ],
    );
    assert.match(found[0]?.address ?? '', /^127\.0\.0\.1$|^::1$/);
    assert.doesNotMatch((await admin.get('/api/v1/audit')).text, /geheim|another|horse/);
  });

  test('names the camera and what was done, also where the address does not', async () => {
    const { id } = await addCamera('First');
    await admin.send('POST', '/live/stop');
    assert.deepEqual(await named(), ['camera.change', id, 'switched off']);
    await admin.send('POST', '/live/start');
    assert.deepEqual(await named(), ['camera.change', id, 'switched on']);
    await admin.send('POST', '/live/record/start', { duration: 5 });
    assert.deepEqual(await named(), ['camera.record', id, 'started']);
    await admin.send('POST', `/api/v1/cameras/${id}/recording`, { action: 'stop' });
    assert.deepEqual(await named(), ['camera.record', id, 'stopped']);
    await admin.send('POST', `/api/v1/cameras/${id}/trigger`, { kind: 'door', label: 'The gate' });
    assert.deepEqual(await named(), ['camera.record', id, 'door The gate']);
    const second = { name: 'Second', externalId: 'second-1', source: { kind: 'demo' } };
    const put = await admin.send('PUT', '/api/v1/cameras', { cameras: [second] });
    const [made] = (put.json as { cameras: { id: string }[] }).cameras;
    assert.deepEqual(await named(), ['camera.create', made?.id, 'list: 1 added (Second)']);
    await admin.send('DELETE', `/api/v1/cameras/${id}`);
  });

  test('has signing in, failing to, and signing out; never what was typed as a name nobody has', async () => {
    const browser = await api.signedIn('Vera', 'viewer');
    await api.browser().send('POST', '/api/v1/session', { name: 'Vera', password: 'wrong' });
    await api.browser().send('POST', '/api/v1/session', { name: 'hunter2', password: 'Vera' });
    await browser.send('DELETE', '/api/v1/session');
    const found = (await entries('limit=4')).map(({ action, actor, target, outcome }) => [
      action,
      actor.name,
      target,
      outcome,
    ]);
    assert.deepEqual(found, [
      ['session.end', 'Vera', '', 'done'],
      ['session.create', 'nobody', '', 'refused'],
      ['session.create', 'nobody', 'Vera', 'refused'],
      ['session.create', 'Vera', 'Vera', 'done'],
    ]);
  });

  test('has who watches, once', async () => {
    const made = { name: 'Yard', source: { kind: 'demo' }, start: 'always' };
    const { id } = (await admin.send('POST', '/api/v1/cameras', made)).json as Camera;
    const sink = api.runtime.sources.get(id)?.current.sink;
    sink?.tracks([testVideoTrack()]);
    const fromSeconds = Math.floor(Date.now() / 1000) - 4;
    for (let frame = 0; frame < 120; frame++)
      sink?.unit(testUnit(fromSeconds + frame / 25, frame % 25 === 0));
    for (let times = 0; times < 3; times++)
      assert.equal((await admin.get(`/hls/${id}/index.m3u8`)).status, 200);
    assert.deepEqual(
      (await entries(`camera=${id}`)).map(({ action, actor }) => [action, actor.name]),
      [
        ['camera.watch', 'Ada'],
        ['camera.create', 'Ada'],
      ],
    );
  });

  test('has no questions: dry runs, estimates, tries', async () => {
    const camera = await addCamera('Hall');
    const order = { cameraIds: [camera.id], startMs: 0, endMs: 1000, cut: 'keyframe' };
    await admin.send('POST', '/api/v1/exports/estimate', order);
    const list = {
      cameras: [{ name: 'Many', externalId: 'many-1', source: { kind: 'demo' } }],
      dryRun: true,
    };
    assert.equal((await admin.send('PUT', '/api/v1/cameras', list)).status, 200);
    await admin.send('POST', '/api/v1/cameras/probe', { source: { kind: 'demo' } });
    const [last] = await entries('limit=1');
    assert.deepEqual([last?.action, last?.cameraId], ['camera.create', camera.id]);
  });

  test('has what somebody may not do, once a minute', async () => {
    const vera = await api.signedIn('Vera', 'viewer');
    for (let times = 0; times < 3; times++) await vera.get('/api/v1/users');
    const refused = (await entries('action=user.list')).map(({ actor, outcome }) => [actor.name, outcome]);
    assert.deepEqual(refused, [['Vera', 'refused']]);
  });

  test('is read page by page, and by administrators only', async () => {
    const pages: string[] = [];
    for (let before: string | null = ''; before !== null;) {
      const query = before === '' ? '' : `&before=${before}`;
      const answer = await admin.get(`/api/v1/audit?limit=3${query}`);
      const page = answer.json as { entries: AuditEntry[]; next: string | null };
      pages.push(...page.entries.map(({ id }) => id));
      before = page.next;
    }
    const all = (await entries('limit=500')).map(({ id }) => id);
    assert.deepEqual(pages, all);
    assert.ok(all.length > 9);
    assert.equal((await admin.get('/api/v1/audit?before=x')).status, 400);
    assert.equal((await admin.get('/api/v1/audit?sort=1;drop')).status, 400);
    const operator = await api.signedIn('Otto', 'operator');
    assert.equal((await operator.get('/api/v1/audit')).status, 403);
    assert.equal((await api.browser().get('/api/v1/audit')).status, 401);
  });

  test('has changes of the own password, without it', async () => {
    const uma = await api.signedIn('Uma', 'viewer');
    await uma.send('PUT', '/api/v1/account/password', { current: password, password: 'another long one' });
    const [entry] = await entries('limit=1');
    assert.deepEqual(
      [entry?.action, entry?.actor.name, entry?.detail],
      ['account.change', 'Uma', 'another password'],
    );
  });
});
