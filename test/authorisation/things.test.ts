/**
 * Things that belong to somebody: playback sessions, exports, holds, WebRTC sessions. And lists, which hold what one may
 * see. For everybody else they look like what does not exist, byte for byte.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { InjectOptions } from 'fastify';
import type { Right } from '../../src/accounts/access.ts';
import type { Camera } from '../../src/api/contract/cameras.ts';
import type { Export, PlaybackSession } from '../../src/api/contract/playback.ts';
import { ffmpegMissing } from '../../src/media/mp4/encoded.testing.ts';
import { settled } from '../../src/playback/export/exports.testing.ts';
import type { Credentials, Rig } from './rig.ts';
import { startRig } from './rig.ts';

let rig: Rig;

interface Said {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

async function send(who: Credentials, method: string, url: string, payload?: unknown): Promise<Said> {
  const type = typeof payload === 'string' && { 'content-type': 'application/sdp' };
  const options = { method, url, headers: { ...who, ...type }, ...(payload !== undefined && { payload }) };
  const { statusCode, payload: text, headers } = await rig.app.inject(options as InjectOptions);
  const { date: _, ...told } = headers;
  return { status: statusCode, text, headers: told };
}

/** The same as of a thing that never was. @param address without its id */
async function isUnknown(who: Credentials, method: string, address: (id: string) => string, id: string) {
  const body = address('').endsWith('extend') ? { duration_seconds: 60 } : undefined;
  const said = await send(who, method, address(id), body);
  const none = await send(who, method, address('0123456789'), body);
  assert.deepEqual(said, none, `${method} ${address(id)}`);
  assert.equal(said.status, 404, said.text);
}

function holdAt(id: string): string {
  return `/api/v1/holds/${id}`;
}

async function camerasOf(who: Credentials): Promise<readonly string[]> {
  const { text } = await send(who, 'GET', '/api/v1/cameras');
  return (JSON.parse(text) as readonly Camera[]).map(({ id }) => id);
}

async function viewer(...rights: readonly Right[]): Promise<string> {
  return rig.user('viewer', { [rig.one]: rights });
}

describe('things of somebody', { skip: ffmpegMissing }, () => {
  before(async () => {
    rig = await startRig();
  });
  after(() => rig.close());

  test('a playback session is its owner’s alone, whatever others may do', async () => {
    const owner = await viewer('live', 'playback');
    const mine = await rig.signIn(owner);
    const begin = { camera_id: rig.one, start_time: rig.footageMs, end_time: rig.footageMs + 8000 };
    const started = await send(mine, 'POST', '/api/v1/playback/start', begin);
    assert.equal(started.status, 200, started.text);
    const { session_id: id } = JSON.parse(started.text) as PlaybackSession;
    const files = ['', '/playlist.m3u8', '/index.m3u8', '/keyframes.m3u8', '/segment/0.ts', '/segment/0.m4s'];
    const all = [...files, '/init/0.mp4', '/keyframe/init-0.mp4', '/keyframe/0-0.m4s'];
    const strangers = [
      await rig.signIn(await viewer('live', 'playback')),
      await rig.signIn(await rig.user('admin')),
      await rig.token(await viewer('playback'), rig.one, 'playback'),
      await rig.share(await viewer('live', 'playback', 'export'), rig.one),
    ];
    for (const file of all) {
      const address = (session: string): string => `/api/v1/playback/sessions/${session}${file}`;
      assert.equal((await send(mine, 'GET', address(id))).status, 200, file);
      for (const stranger of strangers) await isUnknown(stranger, 'GET', address, id);
    }
    for (const stranger of strangers) {
      await isUnknown(stranger, 'POST', (one) => `/api/v1/playback/sessions/${one}/extend`, id);
      await isUnknown(stranger, 'DELETE', (one) => `/api/v1/playback/sessions/${one}`, id);
    }
    const keyOfMine = await rig.key(owner, ['media:read']);
    assert.equal((await send(keyOfMine, 'GET', `/api/v1/playback/sessions/${id}`)).status, 200);
    await rig.accounts.change(owner, { grants: { every: [], cameras: { [rig.one]: ['live'] } } });
    await isUnknown(mine, 'GET', (one) => `/api/v1/playback/sessions/${one}/segment/0.ts`, id);
  });

  test('a tag of somebody’s answer makes nobody else’s "not modified"', async () => {
    const mine = await rig.signIn(await viewer('playback'));
    const begin = { camera_id: rig.one, start_time: rig.footageMs, end_time: rig.footageMs + 8000 };
    const started = await send(mine, 'POST', '/api/v1/playback/start', begin);
    const { url } = JSON.parse(started.text) as PlaybackSession;
    const { headers } = await send(mine, 'GET', url);
    const tag = { 'if-none-match': String(headers['etag']) };
    assert.equal((await send({ ...mine, ...tag }, 'GET', url)).status, 304);
    const other = await rig.signIn(await viewer('playback'));
    assert.equal((await send({ ...other, ...tag }, 'GET', url)).status, 404);
    assert.equal((await send({ ...other, 'if-none-match': '*' }, 'GET', url)).status, 404);
  });

  test('what a browser may keep, it keeps for one cookie only', async () => {
    const mine = await rig.signIn(await viewer('playback'));
    const begin = { camera_id: rig.one, start_time: rig.footageMs, end_time: rig.footageMs + 8000 };
    const { url } = JSON.parse(
      (await send(mine, 'POST', '/api/v1/playback/start', begin)).text,
    ) as PlaybackSession;
    const at = `/api/v1/cameras/${rig.one}`;
    const segment = url.replace('playlist.m3u8', 'segment/0.ts');
    for (const path of [segment, `${at}/keyframe?at=${rig.footageMs + 1000}`, `${at}/days`, at]) {
      const { headers } = await send(mine, 'GET', path);
      const caching = String(headers['cache-control']);
      assert.match(caching, /^(?:private, |no-store$)/, path);
      if (/max-age=[1-9]/.test(caching)) assert.match(String(headers['vary']), /cookie, authorization/, path);
    }
  });

  test('an export is of who made it, and of administrators', async () => {
    const owner = await viewer('export');
    const mine = await rig.signIn(owner);
    const order = { cameraIds: [rig.one], startMs: rig.footageMs, endMs: rig.footageMs + 3000 };
    const made = await send(mine, 'POST', '/api/v1/exports', order);
    assert.equal(made.status, 201, made.text);
    const { id } = JSON.parse(made.text) as Export;
    const { files } = await settled(rig.exports, id);
    const file = `/files/${files[0]?.name ?? ''}`;
    const admin = await rig.signIn(await rig.user('admin'));
    for (const path of ['', file]) {
      for (const who of [mine, admin, await rig.key(owner, ['media:read'])]) {
        assert.equal((await send(who, 'GET', `/api/v1/exports/${id}${path}`)).status, 200);
      }
    }
    const operator = await rig.user('operator', { [rig.one]: ['export'] });
    for (const who of [await rig.signIn(await viewer('export')), await rig.signIn(operator)]) {
      for (const path of ['', file])
        await isUnknown(who, 'GET', (one) => `/api/v1/exports/${one}${path}`, id);
      await isUnknown(who, 'DELETE', (one) => `/api/v1/exports/${one}`, id);
      assert.equal((await send(who, 'GET', '/api/v1/exports')).text, '[]');
    }
    await rig.accounts.change(owner, { grants: { every: [], cameras: { [rig.other]: ['export'] } } });
    await isUnknown(mine, 'GET', (one) => `/api/v1/exports/${one}${file}`, id);
    assert.equal((await send(admin, 'DELETE', `/api/v1/exports/${id}`)).status, 204);
  });

  test('a hold is seen by who may replay its camera, and ended by who may hold it', async () => {
    const holder = await rig.signIn(await rig.user('operator', { [rig.one]: ['playback', 'export'] }));
    const span = { startMs: rig.footageMs, endMs: rig.footageMs + 1000, reason: 'asked for' };
    const made = await send(holder, 'POST', '/api/v1/holds', { ...span, cameraId: rig.one });
    const { id } = JSON.parse(made.text) as { id: string };
    const elsewhere = await rig.signIn(await rig.user('operator', { [rig.other]: ['playback', 'export'] }));
    await isUnknown(elsewhere, 'DELETE', holdAt, id);
    assert.equal((await send(elsewhere, 'GET', '/api/v1/holds')).text, '[]');
    const sees = await rig.signIn(
      await rig.user('operator', { [rig.one]: ['playback'], [rig.other]: ['export'] }),
    );
    assert.match((await send(sees, 'GET', '/api/v1/holds')).text, /asked for/);
    assert.equal((await send(sees, 'DELETE', holdAt(id))).status, 403);
    const ofAll = { ...span, cameraId: null };
    assert.equal((await send(holder, 'POST', '/api/v1/holds', ofAll)).status, 403);
    assert.equal((await send(holder, 'DELETE', holdAt(id))).status, 204);
  });

  test('a WebRTC session is ended at its address, by who began it', async () => {
    const both = { [rig.one]: ['live'], [rig.other]: ['live'] } as const;
    const mine = await rig.signIn(await rig.user('viewer', both));
    const made = await send(mine, 'POST', `/whep/${rig.one}`, 'v=0\r\n');
    assert.equal(made.status, 201);
    const id = String(made.headers['location']).split('/').at(-1) ?? '';
    const stranger = await rig.signIn(await rig.user('admin'));
    await isUnknown(stranger, 'DELETE', (one) => `/whep/${rig.one}/${one}`, id);
    await isUnknown(stranger, 'DELETE', (one) => `/whip/${rig.one}/${one}`, id);
    await isUnknown(mine, 'DELETE', (one) => `/whep/${rig.other}/${one}`, id);
    assert.equal((await send(mine, 'DELETE', `/whep/${rig.one}/${id}`)).status, 200);
    await isUnknown(mine, 'DELETE', (one) => `/whep/${rig.one}/${one}`, id);
  });

  test('a link replays its stretch and nothing else of the camera', async () => {
    const link = await rig.share(await viewer('live', 'playback', 'export'), rig.one);
    const start = (fromMs: number, toMs: number): Promise<Said> =>
      send(link, 'POST', '/api/v1/playback/start', {
        camera_id: rig.one,
        start_time: fromMs,
        end_time: toMs,
      });
    assert.equal((await start(rig.footageMs, rig.footageMs + 5000)).status, 200);
    assert.equal((await start(rig.footageMs, rig.footageMs + 5001)).status, 404);
    assert.equal((await start(rig.footageMs - 1, rig.footageMs + 5000)).status, 404);
    const at = (moment: number): Promise<Said> =>
      send(link, 'GET', `/api/v1/cameras/${rig.one}/keyframe?at=${moment}`);
    assert.equal((await at(rig.footageMs + 1000)).status, 200);
    assert.equal((await at(rig.footageMs + 9000)).status, 404);
  });
});

describe('lists', { skip: ffmpegMissing }, () => {
  before(async () => {
    rig = await startRig();
  });
  after(() => rig.close());

  test('hold the cameras that one may see', async () => {
    assert.deepEqual(await camerasOf(await rig.signIn(await viewer('ptz'))), [rig.one]);
    assert.deepEqual(await camerasOf(await rig.signIn(await viewer())), []);
    assert.deepEqual(await camerasOf(await rig.signIn(await rig.user('admin'))), [rig.one, rig.other]);
    const admin = await rig.user('admin');
    assert.deepEqual(await camerasOf(await rig.key(admin, ['media:read'], [rig.other])), [rig.other]);
  });

  test('say where a camera is to who may change it', async () => {
    const secret = /camera\.example|5540|admin:|\*\*\*@/;
    const paths = ['/api/v1/cameras', `/api/v1/cameras/${rig.one}`, `/live/status`, '/api/cameras'];
    const operator = await rig.signIn(await rig.user('operator', { [rig.one]: ['live', 'playback'] }));
    for (const path of paths) {
      const { status, text } = await send(operator, 'GET', path);
      assert.equal(status, 200);
      assert.doesNotMatch(text, secret, path);
    }
    const changer = await rig.signIn(await rig.user('operator', { [rig.one]: ['settings'] }));
    assert.match((await send(changer, 'GET', `/api/v1/cameras/${rig.one}`)).text, /camera\.example/);
  });

  test('of storage and deletions are of the cameras that one may see', async () => {
    const what = {
      start_ms: 1,
      end_ms: 2,
      recordings: 1,
      bytes: 1,
      reason: 'age',
      detail: '',
      deleted_ms: 3,
    };
    const rows = [rig.one, rig.other].map((camera_id) => ({ ...what, camera_id, id: `del_${camera_id}` }));
    await rig.database.queries.insertInto('deletions').values(rows).execute();
    const operator = await rig.signIn(await rig.user('operator', { [rig.one]: ['playback'] }));
    const own = await send(operator, 'GET', '/api/v1/storage/deletions');
    assert.ok(own.text.includes(rig.one));
    for (const path of ['/api/v1/storage', '/api/v1/storage/deletions']) {
      const { status, text } = await send(operator, 'GET', path);
      assert.equal(status, 200);
      assert.ok(!text.includes(rig.other), path);
    }
    const asked = await send(operator, 'GET', `/api/v1/storage/deletions?cameraId=${rig.other}`);
    assert.equal(asked.text, '[]');
    const admin = await rig.signIn(await rig.user('admin'));
    assert.ok((await send(admin, 'GET', '/api/v1/storage/deletions')).text.includes(rig.other));
  });

  test('the default camera is the first that one may see', async () => {
    const second = await rig.signIn(await rig.user('viewer', { [rig.other]: ['live'] }));
    assert.ok((await send(second, 'GET', '/live/status')).text.includes(rig.other));
    const none = await send(await rig.signIn(await viewer()), 'GET', '/live/status');
    assert.equal(none.status, 403);
  });
});
