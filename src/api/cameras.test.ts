import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { CameraId } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import { listCameras } from '../database/cameras.ts';
import { testUnit, testVideoTrack } from '../hub/testing.ts';
import type { Camera } from './contract/cameras.ts';
import { cameraCreateSchema } from './contract/cameras.ts';
import type { Problem } from './contract/problem.ts';
import type { Ask, TestApi } from './testing.ts';
import { ask, startTestApi } from './testing.ts';

let api: TestApi;
before(async () => {
  api = await startTestApi();
});
after(() => api.close());

const at = (path: string, how?: Ask) => ask(api.port, `/api/v1${path}`, how);
const rtsp = (url: string) => ({ kind: 'rtsp', url });

async function add(body: object): Promise<Camera> {
  const answer = await at('/cameras', { method: 'POST', body });
  assert.equal(answer.status, 201, answer.text);
  return answer.json as Camera;
}

describe('a camera', () => {
  test('is added with defaults, found at its address, changed, listed and deleted', async () => {
    const created = await at('/cameras', {
      method: 'POST',
      body: { name: ' Door ', source: { kind: 'demo' } },
    });
    assert.equal(created.status, 201);
    const camera = created.json as Camera;
    assert.equal(created.headers['location'], `/api/v1/cameras/${camera.id}`);
    assert.equal(camera.name, 'Door');
    assert.equal(camera.start, 'on-demand');
    assert.equal(camera.status.state, 'idle');
    assert.deepEqual(camera.links, {
      hls: `/hls/${camera.id}/index.m3u8`,
      hlsSub: null,
      snapshot: `/api/v1/cameras/${camera.id}/snapshot.jpg`,
      mjpeg: `/live/${camera.id}/stream`,
      whep: `/whep/${camera.id}`,
      whip: null,
      rtsp: null,
    });
    assert.equal(camera.latency, null);

    const changed = await at(`/cameras/${camera.id}`, { method: 'PATCH', body: { maxReaders: 2 } });
    assert.equal(changed.status, 200);
    const read = await at(`/cameras/${camera.id}`);
    assert.deepEqual(read.json, changed.json);
    assert.equal((read.json as Camera).name, 'Door');
    assert.equal((read.json as Camera).maxReaders, 2);
    const list = await at('/cameras');
    assert.deepEqual(
      (list.json as Camera[]).find(({ id }) => id === camera.id),
      read.json,
    );

    const deleted = await at(`/cameras/${camera.id}`, { method: 'DELETE' });
    assert.deepEqual([deleted.status, deleted.text], [204, '']);
    const gone = await at(`/cameras/${camera.id}`);
    assert.equal(gone.status, 404);
    assert.equal(gone.headers['content-type'], 'application/problem+json');
    assert.equal((gone.json as Problem).code, 'camera-not-found');
    assert.equal((await at(`/cameras/${camera.id}`, { method: 'DELETE' })).status, 404);
    assert.equal((await at(`/cameras/${camera.id}`, { method: 'PATCH', body: {} })).status, 404);
    assert.equal(api.runtime.applied.has(camera.id as CameraId), false);
  });

  test('shows what its stream sees', async () => {
    const camera = await add({ name: 'Live', source: { kind: 'demo' }, start: 'always' });
    const { sink } = api.runtime.sources.get(camera.id)!.current;
    sink.tracks([testVideoTrack()]);
    sink.unit(testUnit(1_700_000_000, true));
    const { status } = (await at(`/cameras/${camera.id}`)).json as Camera;
    assert.equal(status.state, 'live');
    assert.equal(status.tracks[0]?.width, 1280);
    assert.equal(status.stats.unitsReceived, 1);
  });

  test('is stored before it is answered for', async () => {
    const camera = await add({ name: 'Kept', source: rtsp('rtsp://u:p@10.1.1.1/a') });
    const stored = (await listCameras(api.database.queries)).find(({ id }) => id === camera.id);
    assert.equal(stored?.name, 'Kept');
    assert.match(stored.sourceJson, /"at":"rtsp:\/\/10\.1\.1\.1","sealed":"s1\./);
    assert.doesNotMatch(stored.sourceJson, /u:p|:\/\/[^"]*\/a/);
  });

  test('survives many changes at once: the last one stays, none is torn', async () => {
    const camera = await add({ name: 'Busy', source: { kind: 'demo' } });
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        at(`/cameras/${camera.id}`, {
          method: 'PATCH',
          body: index % 2 ? { maxReaders: index } : { name: `Busy ${index}` },
        }),
      ),
    );
    const end = (await at(`/cameras/${camera.id}`)).json as Camera;
    assert.match(end.name, /^Busy \d+$/);
    assert.ok(end.maxReaders > 0);
  });
});

describe('a second source', () => {
  test('comes and goes, with a state and an address of its own', async () => {
    const camera = await add({ name: 'One', source: { kind: 'demo' }, start: 'always' });
    assert.deepEqual([camera.sub, camera.subStatus, camera.links.hlsSub], [null, null, null]);
    const path = `/cameras/${camera.id}`;
    const two = await at(path, { method: 'PATCH', body: { sub: { kind: 'demo' } } });
    const { sub, subStatus, links, status } = two.json as Camera;
    assert.deepEqual([sub, subStatus?.state, status.state], [{ kind: 'demo' }, 'connecting', 'connecting']);
    assert.equal(links.hlsSub, `/hls/${camera.id}.sub/index.m3u8`);
    const { sink } = api.runtime.sources.get(`${camera.id}.sub`)!.current;
    sink.tracks([testVideoTrack()]);
    sink.unit(testUnit(1_700_000_000, true));
    const live = (await at(path)).json as Camera;
    assert.deepEqual([live.subStatus?.state, live.status.state], ['live', 'connecting']);
    await at(path, { method: 'PATCH', body: { sub: null } });
    assert.equal(((await at(path)).json as Camera).subStatus, null);
    assert.equal(api.runtime.hub.get(`${camera.id}.sub`), undefined);
  });

  test('is played at its own address, and says when it is not there', async () => {
    const camera = await add({
      name: 'Two',
      source: { kind: 'demo' },
      sub: { kind: 'demo' },
      enabled: false,
    });
    const playlist = () => ask(api.port, camera.links.hlsSub!);
    assert.equal(((await playlist()).json as Problem).code, 'camera-disabled');
    await at(`/cameras/${camera.id}`, { method: 'PATCH', body: { sub: null, enabled: true } });
    assert.equal(((await playlist()).json as Problem).code, 'camera-not-found');
  });

  test('keeps its credentials to itself, and may borrow those of the first on the same host', async () => {
    const source = rtsp('rtsp://u:geheim@10.0.0.9/main');
    const camera = await add({ name: 'Sub', source, sub: rtsp('rtsp://v:hidden@10.0.0.9/sub') });
    assert.doesNotMatch((await at(`/cameras/${camera.id}`)).text, /geheim|hidden/);
    const path = `/cameras/${camera.id}`;
    const applied = () => {
      const { sub } = api.runtime.applied.get(camera.id as CameraId) ?? {};
      return sub?.kind === 'rtsp' ? sub.url : undefined;
    };
    await at(path, { method: 'PATCH', body: { sub: rtsp('rtsp://***@10.0.0.9/other') } });
    assert.equal(applied(), 'rtsp://v:hidden@10.0.0.9/other');
    await at(path, { method: 'PATCH', body: { sub: null } });
    await at(path, { method: 'PATCH', body: { sub: rtsp('rtsp://***@10.0.0.9/sub') } });
    assert.equal(applied(), 'rtsp://u:geheim@10.0.0.9/sub');
    const stolen = await at(path, { method: 'PATCH', body: { sub: rtsp('rtsp://***@evil.example/sub') } });
    assert.equal(stolen.status, 400);
    assert.equal((stolen.json as Problem).errors?.[0]?.path, 'sub.url');
    assert.equal(applied(), 'rtsp://u:geheim@10.0.0.9/sub');
  });

  test('is probed with its own credentials, not those of the first', async () => {
    const source = rtsp('rtsp://u:geheim@10.0.0.9/main');
    const { id } = await add({ name: 'Sub', source, sub: rtsp('rtsp://v:hidden@10.0.0.9/sub') });
    const body = { source: rtsp('rtsp://***@10.0.0.9/sub'), cameraId: id };
    assert.equal((await at('/cameras/probe', { method: 'POST', body })).status, 200);
    const probed = api.runtime.probed.at(-1);
    assert.equal(probed?.kind === 'rtsp' && probed.url, 'rtsp://v:hidden@10.0.0.9/sub');
  });
});

describe('the default camera', () => {
  test('is the oldest that is switched on', async () => {
    const own = await startTestApi();
    assert.equal(own.cameras.defaultCamera(), undefined);
    const made = [];
    for (const enabled of [false, true, true]) {
      const created = await own.cameras.create(
        cameraCreateSchema.parse({ name: 'x', enabled, source: { kind: 'demo' } }),
      );
      made.push(created.ok ? created.value.id : '');
    }
    assert.equal(own.cameras.defaultCamera()?.id, made[1]);
    await own.close();
  });
});

describe('credentials of a camera', () => {
  const secret = 'p4ss:w@rd';

  test('go to the camera and are never shown again', async () => {
    const camera = await add({ name: 'Secret', source: rtsp(`rtsp://admin:${secret}@10.0.0.9:554/main`) });
    assert.deepEqual(api.runtime.applied.get(camera.id as CameraId)?.source, {
      kind: 'rtsp',
      url: `rtsp://admin:${secret}@10.0.0.9:554/main`,
      transport: 'auto',
      verifyTls: true,
    });
    for (const path of ['/cameras', `/cameras/${camera.id}`]) {
      const { text } = await at(path);
      assert.doesNotMatch(text, /p4ss|w@rd|admin/);
      assert.match(text, /rtsp:\/\/\*\*\*@10\.0\.0\.9:554\/main/);
    }
  });

  test('stay when the address comes back as it was shown, with another path', async () => {
    const camera = await add({ name: 'Path', source: rtsp(`rtsp://admin:${secret}@10.0.0.9/main`) });
    const body = { source: rtsp('rtsp://***@10.0.0.9/sub') };
    assert.equal((await at(`/cameras/${camera.id}`, { method: 'PATCH', body })).status, 200);
    const applied = api.runtime.applied.get(camera.id as CameraId)?.source;
    assert.equal(applied?.kind === 'rtsp' && applied.url, `rtsp://admin:${secret}@10.0.0.9/sub`);
  });

  for (const url of [
    'rtsp://***@evil.example/main',
    'rtsp://***@10.0.0.9:8554/main',
    'rtsps://***@10.0.0.9/main',
    'rtsp://***@evil.example?@10.0.0.9/main',
    'rtsp://***@evil.example\\@10.0.0.9/main',
    'rtsp://***@evil.example@10.0.0.9/main',
    'rtsp://***@evil.example#@10.0.0.9/main',
  ]) {
    test(`are not sent to ${url}`, async () => {
      const camera = await add({ name: 'Thief', source: rtsp(`rtsp://admin:${secret}@10.0.0.9/main`) });
      const before = api.runtime.applied.get(camera.id as CameraId)?.source;
      const { status, json } = await at(`/cameras/${camera.id}`, {
        method: 'PATCH',
        body: { source: rtsp(url) },
      });
      assert.equal(status, 400);
      assert.equal((json as Problem).code, 'credentials-needed');
      assert.match((json as Problem).detail, /enter user name and password anew/);
      assert.deepEqual(api.runtime.applied.get(camera.id as CameraId)?.source, before);
    });
  }

  test('cannot be invented for a new camera or a probe', async () => {
    const source = rtsp('rtsp://***@10.0.0.9/main');
    assert.equal((await at('/cameras', { method: 'POST', body: { name: 'x', source } })).status, 400);
    assert.equal((await at('/cameras/probe', { method: 'POST', body: { source } })).status, 400);
  });

  test('of a stored camera serve a probe of the same camera', async () => {
    const camera = await add({ name: 'Probe', source: rtsp('rtsp://a:b@10.0.0.9/main') });
    const body = { source: rtsp('rtsp://***@10.0.0.9/other'), cameraId: camera.id };
    assert.equal((await at('/cameras/probe', { method: 'POST', body })).status, 200);
    const probed = api.runtime.probed.at(-1);
    assert.equal(probed?.kind === 'rtsp' && probed.url, 'rtsp://a:b@10.0.0.9/other');
  });
});

describe('a request that is wrong', () => {
  const wrong: readonly (readonly [string, string, Ask, number, string, RegExp])[] = [
    [
      'an unknown field',
      '/cameras',
      { method: 'POST', body: { name: 'x', source: { kind: 'demo' }, colour: 1 } },
      400,
      'invalid-request',
      /colour/,
    ],
    [
      'a missing source',
      '/cameras',
      { method: 'POST', body: { name: 'x' } },
      400,
      'invalid-request',
      /source/,
    ],
    [
      'a shell command as a source',
      '/cameras',
      { method: 'POST', body: { name: 'x', source: rtsp('exec:rm -rf') } },
      400,
      'invalid-request',
      /must begin with rtsp:\/\/ or rtsps:\/\//,
    ],
    [
      'text instead of JSON',
      '/cameras',
      { method: 'POST', body: 'name=x', headers: { 'content-type': 'text/plain' } },
      415,
      'not-json',
      /application\/json/,
    ],
    [
      'a form',
      '/cameras',
      { method: 'POST', body: 'name=x', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      'not-json',
      /application\/json/,
    ],
    ['broken JSON', '/cameras', { method: 'POST', body: '{"name":' }, 400, 'invalid-json', /not valid JSON/],
    ['an empty body', '/cameras', { method: 'POST', body: '' }, 400, 'invalid-json', /empty/],
    [
      'a body that is too large',
      '/cameras',
      { method: 'POST', body: { name: 'x'.repeat(70_000) } },
      413,
      'body-too-large',
      /64 KiB/,
    ],
    [
      'a poisoned prototype',
      '/cameras',
      { method: 'POST', body: '{"__proto__": {"x": 1}, "name": "x"}' },
      400,
      'invalid-json',
      /not valid JSON/,
    ],
    ['an id that is none', '/cameras/1%20or%201=1', {}, 400, 'invalid-request', /camera id looks like/],
    ['an unknown address', '/frobnicate', {}, 404, 'not-found', /nothing at this address/],
    ['an unknown method', '/cameras', { method: 'DELETE' }, 404, 'not-found', /nothing at this address/],
    ['a broken encoding', '/cameras/%zz', {}, 400, 'bad-address', /encoded/],
  ];
  for (const [what, path, how, status, code, detail] of wrong) {
    test(`with ${what} is told what is wrong`, async () => {
      const answer = await at(path, how);
      assert.equal(answer.status, status, answer.text);
      assert.equal(answer.headers['content-type'], 'application/problem+json');
      const problem = answer.json as Problem;
      assert.equal(problem.status, status);
      assert.equal(problem.code, code);
      assert.match(problem.detail, detail);
    });
  }

  test('in several fields is told all of them', async () => {
    const body = { name: '', source: { kind: 'demo' }, maxReaders: -1, start: 'never' };
    const { json } = await at('/cameras', { method: 'POST', body });
    assert.deepEqual((json as Problem).errors?.map(({ path }) => path).toSorted(), [
      'maxReaders',
      'name',
      'start',
    ]);
  });
});

describe('our own bug', () => {
  test('is answered without its details and logged with the id that the answer names', async () => {
    const logged: unknown[] = [];
    const own = await startTestApi({ log: { ...silentLog, error: (_, fields) => void logged.push(fields) } });
    own.runtime.probeResult = new Error('secret inner detail');
    const body = { source: { kind: 'demo' } };
    const { status, text, json } = await ask(own.port, '/api/v1/cameras/probe', { method: 'POST', body });
    await own.close();
    assert.equal(status, 500);
    assert.doesNotMatch(text, /secret/);
    const id = /request (\S+)\.$/.exec((json as Problem).detail)?.[1];
    assert.equal((logged as { request: string }[])[0]?.request, id);
  });
});
