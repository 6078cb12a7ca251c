import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Camera } from './contract/cameras.ts';
import type { Problem } from './contract/problem.ts';
import type { ImportReport, ProvisionReport } from './contract/provisioning.ts';
import type { Answer, TestApi } from './testing.ts';
import { ask, startTestApi } from './testing.ts';

let api: TestApi;
before(async () => {
  api = await startTestApi();
});
after(() => api.close());
beforeEach(async () => {
  for (const id of api.cameras.ids()) await api.cameras.remove(id);
});

const rtsp = (host: string) => ({ kind: 'rtsp', url: `rtsp://op:sesame@${host}/1` });
const wanted = (externalId: string, fields: object = {}) => ({
  externalId,
  name: `Camera ${externalId}`,
  source: rtsp('10.0.0.1'),
  ...fields,
});

function put(cameras: readonly unknown[], flags: object = {}): Promise<Answer> {
  return ask(api.port, '/api/v1/cameras', { method: 'PUT', body: { cameras, ...flags } });
}

async function report(cameras: readonly unknown[], flags: object = {}): Promise<ProvisionReport> {
  const { status, json, text } = await put(cameras, flags);
  assert.equal(status, 200, text);
  return json as ProvisionReport;
}

async function refused(cameras: readonly unknown[], flags: object = {}): Promise<Problem> {
  const { status, json, text } = await put(cameras, flags);
  assert.ok(status >= 400 && status < 500, text);
  return json as Problem;
}

const results = ({ cameras }: ProvisionReport) => cameras.map(({ result }) => result);
const named = (name: string) => api.cameras.list().find((camera) => camera.name === name);

describe('a list of cameras', () => {
  test('is made once: the same list again changes nothing and ends no stream', async () => {
    const list = [wanted('a', { location: 'Yard' }), wanted('b', { recording: { mode: 'continuous' } })];
    const first = await report(list);
    assert.deepEqual(results(first), ['created', 'created']);
    const streams = api.cameras.list().map(({ id }) => api.runtime.hub.get(id));
    const again = await report(list);
    assert.deepEqual(results(again), ['unchanged', 'unchanged']);
    assert.deepEqual(
      again.cameras.map(({ id }) => id),
      first.cameras.map(({ id }) => id),
    );
    assert.deepEqual(
      api.cameras.list().map(({ id }) => api.runtime.hub.get(id)),
      streams,
    );
    assert.equal(named('Camera a')?.location, 'Yard');
  });

  test('says what it changed of which, leaves alone what it does not mention, and touches no other', async () => {
    await report([wanted('a'), wanted('b')]);
    const a = named('Camera a')!;
    await api.cameras.change(a.id, { maxReaders: 7 });
    const other = named('Camera b')!;
    const stream = api.runtime.hub.get(other.id);
    const done = await report([wanted('b'), wanted('a', { name: 'Gate', latency: 'high' })]);
    assert.deepEqual(
      done.cameras.map(({ externalId, result, fields }) => [externalId, result, fields]),
      [
        ['b', 'unchanged', []],
        ['a', 'changed', ['name', 'latency']],
      ],
    );
    assert.equal(api.cameras.get(a.id)?.maxReaders, 7);
    assert.equal(api.runtime.hub.get(other.id), stream);
  });

  test('keeps stored credentials where *** stands for them', async () => {
    await report([wanted('a')]);
    const done = await report([wanted('a', { source: { kind: 'rtsp', url: 'rtsp://***@10.0.0.1/1' } })]);
    assert.deepEqual(results(done), ['unchanged']);
  });

  test('with mistakes is refused whole, and every mistake is named', async () => {
    await report([wanted('kept')]);
    const problem = await refused([
      wanted('good'),
      wanted('bad', { source: { kind: 'rtsp', url: 'http://x' }, maxReaders: -1 }),
      { name: 'no id', source: { kind: 'demo' } },
    ]);
    assert.equal(problem.code, 'invalid-request');
    assert.match(problem.detail, /^Nothing was changed\. cameras\.1\./);
    const paths = (problem.errors ?? []).map(({ path, message }) => `${path} ${message.split(':')[0]}`);
    assert.equal(paths.length, 3);
    assert.match(
      paths.join('\n'),
      /cameras\.1\.source\.url bad\ncameras\.1\.maxReaders bad\ncameras\.2\.externalId /,
    );
    assert.deepEqual(
      api.cameras.list().map(({ name }) => name),
      ['Camera kept'],
    );
  });

  test('that contradicts itself, or has credentials nobody knows, is refused whole', async () => {
    const hidden = { kind: 'rtsp', url: 'rtsp://***@10.9.9.9/' };
    const { errors } = await refused([wanted('a'), wanted('b', { source: hidden }), wanted('a')]);
    assert.deepEqual(
      errors?.map(({ path }) => path),
      ['cameras.1.source.url', 'cameras.2.externalId'],
    );
    assert.match(errors?.[1]?.message ?? '', /^a: stands twice/);
    assert.equal(api.cameras.list().length, 0);
  });

  test('can be tried first: a dry run tells the same and changes nothing', async () => {
    await report([wanted('a'), wanted('gone')]);
    const flags = { prune: true, dryRun: true };
    const tried = await report([wanted('a', { name: 'New name' }), wanted('b')], flags);
    assert.deepEqual(results(tried), ['changed', 'created', 'removed']);
    assert.equal(tried.cameras[1]?.id, null);
    assert.deepEqual(
      api.cameras.list().map(({ name }) => name),
      ['Camera a', 'Camera gone'],
    );
  });

  test('deletes what it lacks only when told twice, and never what people added', async () => {
    await report([wanted('a'), wanted('b')]);
    const own = await ask(api.port, '/api/v1/cameras', {
      method: 'POST',
      body: { name: 'Own', source: { kind: 'demo' } },
    });
    assert.equal(own.status, 201);
    assert.deepEqual(results(await report([wanted('a')])), ['unchanged']);
    const problem = await refused([wanted('a')], { prune: true });
    assert.equal(problem.code, 'confirm-needed');
    assert.match(problem.detail, /would delete 1 cameras: Camera b\./);
    assert.deepEqual(results(await report([wanted('a')], { prune: true, confirm: true })), [
      'unchanged',
      'removed',
    ]);
    assert.deepEqual(
      api.cameras.list().map(({ name }) => name),
      ['Camera a', 'Own'],
    );
  });

  test('of a thousand goes in one request, that of more than a server carries does not', async () => {
    const many = Array.from({ length: 1000 }, (_, index) =>
      wanted(`many-${index}`, { source: { kind: 'file', path: `${index}.mp4` }, enabled: false }),
    );
    assert.equal((await report(many)).created, 1000);
    assert.equal((await report(many)).unchanged, 1000);
    assert.deepEqual(
      api.cameras.list().map(({ externalId }) => externalId),
      many.map(({ externalId }) => externalId),
    );
    const more = Array.from({ length: 1001 }, (_, index) => wanted(`more-${index}`));
    assert.equal((await refused(more)).code, 'too-many-cameras');
    assert.equal((await report([], { prune: true, confirm: true })).removed, 1000);
  });
});

describe('an external id', () => {
  test('is one camera’s: whoever takes it twice is told whose it is', async () => {
    await report([wanted('door-1')]);
    const body = { name: 'Second', source: { kind: 'demo' }, externalId: 'door-1' };
    const second = await ask(api.port, '/api/v1/cameras', { method: 'POST', body });
    assert.equal(second.status, 409);
    assert.equal((second.json as Problem).code, 'external-id-taken');
    assert.match((second.json as Problem).detail, /belongs to the camera "Camera door-1" \(cam_/);
  });

  test('can be given to a camera that is there, which is then found by it', async () => {
    const made = await ask(api.port, '/api/v1/cameras', {
      method: 'POST',
      body: { name: 'Old', source: rtsp('10.0.0.1') },
    });
    const { id } = made.json as Camera;
    const changed = await ask(api.port, `/api/v1/cameras/${id}`, {
      method: 'PATCH',
      body: { externalId: 'adopted' },
    });
    assert.equal((changed.json as Camera).externalId, 'adopted');
    const done = await report([wanted('adopted')]);
    assert.deepEqual([done.cameras[0]?.id, done.cameras[0]?.fields], [id, ['name']]);
  });
});

describe('front ends of other servers', () => {
  test('add, read, list and delete cameras in their own words, without credentials', async () => {
    const body = { name: 'Gate', stream_url: 'rtsp://op:sesame@10.0.0.2/live', location: 'North' };
    const added = await ask(api.port, '/api/cameras/', { method: 'POST', body });
    assert.equal(added.status, 201, added.text);
    const { id, ...camera } = added.json as Record<string, unknown> & { id: string };
    assert.equal(camera['stream_url'], 'rtsp://***@10.0.0.2/live');
    assert.deepEqual([camera['name'], camera['location'], camera['status']], ['Gate', 'North', 'idle']);
    assert.equal(camera['hls_url'], `http://localhost:${api.port}/hls/${id}/index.m3u8`);
    assert.ok(Date.parse(String(camera['created_at'])) > 0);
    for (const path of ['/api/cameras/', '/api/cameras']) {
      const list = (await ask(api.port, path)).json as readonly { id: string }[];
      assert.deepEqual(
        list.map((one) => one.id),
        [id],
      );
    }
    assert.equal((await ask(api.port, `/api/cameras/${id}`)).status, 200);
    assert.equal((await ask(api.port, `/api/cameras/${id}`, { method: 'DELETE' })).status, 204);
    assert.equal((await ask(api.port, `/api/cameras/${id}`)).status, 404);
  });

  test('provision a camera by their own id, as often as they like', async () => {
    const provision = (body: object) => ask(api.port, '/cameras/provision', { method: 'POST', body });
    const body = { camera_id: 17, rtsp_url: 'rtsp://op:sesame@10.0.0.3/1', name: 'Yard' };
    const first = await provision(body);
    assert.equal(first.status, 201, first.text);
    const { stream_path: path } = first.json as { stream_path: string };
    assert.match(path, /^cam_/);
    assert.deepEqual(first.json, {
      success: true,
      stream_path: path,
      hls_url: `http://localhost:${api.port}/hls/${path}/index.m3u8`,
    });
    const stream = api.runtime.hub.get(path);
    await api.cameras.change(path, { source: { ...rtsp('10.0.0.3'), transport: 'tcp' } as never });
    const again = await provision({ ...body, camera_id: '17' });
    assert.equal(again.status, 200);
    assert.deepEqual(again.json, first.json);
    assert.notEqual(stream, undefined);
    const { source } = api.cameras.get(path)!;
    assert.equal(source.kind === 'rtsp' && source.transport, 'tcp');
    assert.equal(api.cameras.list().length, 1);
  });

  test('are told in clear words what is wrong', async () => {
    const wrong = await ask(api.port, '/cameras/provision', {
      method: 'POST',
      body: { camera_id: 'x', rtsp_url: 'file:///etc/passwd' },
    });
    assert.equal(wrong.status, 400);
    assert.match((wrong.json as Problem).detail, /rtsp_url: must begin with rtsp:\/\//);
  });
});

const take = (body: object) => ask(api.port, '/api/v1/cameras/import', { method: 'POST', body });

describe('the file of another server', () => {
  const text =
    'streams: { gate: "rtsp://op:sesame@10.0.0.7/1", gate_sub: "rtsp://op:sesame@10.0.0.7/2", x: "exec:x" }';

  test('is shown first, then taken over; a second time it doubles nothing', async () => {
    const shown = await take({ text, dryRun: true });
    assert.equal(shown.status, 200, shown.text);
    const { format, cameras, notes } = shown.json as ImportReport;
    assert.equal(format, 'go2rtc');
    const [gate] = cameras;
    assert.deepEqual([gate?.result, gate?.address, gate?.hasSub], ['created', 'rtsp://***@10.0.0.7/1', true]);
    assert.deepEqual(
      notes.map(({ where }) => where),
      ['streams.x'],
    );
    assert.doesNotMatch(shown.text, /sesame/);
    assert.equal(api.cameras.list().length, 0);
    assert.equal(((await take({ text })).json as ImportReport).created, 1);
    assert.equal(((await take({ text })).json as ImportReport).unchanged, 1);
    const [applied] = api.runtime.applied.values();
    assert.equal(applied?.source.kind === 'rtsp' && applied.source.url, 'rtsp://op:sesame@10.0.0.7/1');
  });

  test('gives only the cameras that are wanted', async () => {
    const two = 'streams: { a: "rtsp://10.0.0.8/1", b: "rtsp://10.0.0.9/1" }';
    const report = (await take({ text: two, only: ['go2rtc:b'] })).json as ImportReport;
    assert.deepEqual(
      report.cameras.map(({ name }) => name),
      ['B'],
    );
  });

  test('that is none is refused in words', async () => {
    const answer = await take({ text: 'port: 80' });
    assert.equal(answer.status, 400);
    assert.equal((answer.json as Problem).code, 'not-importable');
  });
});
