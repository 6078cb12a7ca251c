import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { somebody } from '../accounts/access.testing.ts';
import type { Principal } from '../accounts/access.ts';
import type { FullCamera } from './contract/cameras.ts';
import type { Problem } from './contract/problem.ts';
import type { Setting, SettingsAnswer } from './contract/settings.ts';
import type { ServerEvent } from './contract/events.ts';
import type { Answer, TestApi } from './testing.ts';
import { ask, startTestApi } from './testing.ts';

let api: TestApi;
/** Whoever asks next. */
let who: Principal;
let door: FullCamera;
let yard: FullCamera;

beforeEach(async () => {
  who = somebody('admin', {});
  api = await startTestApi({
    authenticate: () => who,
    given: (path) => (path.join('.') === 'rtsp.port' ? 'sightline.yaml:4:3' : undefined),
  });
  const source = { kind: 'demo' };
  const made = await Promise.all(
    ['Door', 'Yard'].map((name) =>
      ask(api.port, '/api/v1/cameras', { method: 'POST', body: { name, source } }),
    ),
  );
  [door, yard] = made.map(({ json }) => json) as [FullCamera, FullCamera];
});
afterEach(() => api.close());

async function read(camera?: string): Promise<SettingsAnswer> {
  const { status, json } = await ask(api.port, `/api/v1/settings${camera ? `?camera=${camera}` : ''}`);
  assert.equal(status, 200);
  return json as SettingsAnswer;
}

async function setting(key: string, camera?: string): Promise<Setting> {
  const found = (await read(camera)).settings.find((one) => one.key === key);
  assert.ok(found, `${key} is there`);
  return found;
}

function change(values: object, more: { camera?: string; match?: string } = {}): Promise<Answer> {
  const { camera, match } = more;
  const headers = match === undefined ? {} : { 'if-match': match };
  const body = { values, ...(camera !== undefined && { camera }) };
  return ask(api.port, '/api/v1/settings', { method: 'PATCH', headers, body });
}

function problemOf({ json }: Answer): Problem {
  return json as Problem;
}

/** What a listener like `listens` is told from now on. */
function eventsFor(listens: Principal): ServerEvent[] {
  const told: ServerEvent[] = [];
  const write = (bytes: Uint8Array): boolean => {
    const data = /^data: (.*)$/m.exec(Buffer.from(bytes).toString())?.[1];
    if (data) told.push(JSON.parse(data) as ServerEvent);
    return true;
  };
  assert.ok(api.feed.listen({ who: listens, write, end: () => undefined }, undefined).ok);
  return told;
}

describe('settings over the API', () => {
  it('come with schema, value, default, where it comes from, and what a change does', async () => {
    assert.deepEqual(await setting('streamFramerate'), {
      key: 'streamFramerate',
      group: 'Picture',
      title: 'Frame rate',
      description: 'Pictures a second; 0: as the camera sends them.',
      unit: 'fps',
      schema: {
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        type: 'integer',
        minimum: 0,
        maximum: 120,
      },
      scope: 'both',
      value: 0,
      default: 0,
      none: null,
      serverValue: 0,
      source: 'default',
      managedBy: null,
      changed: null,
      isUnreadable: false,
      writable: true,
      effect: 'not-active-yet',
      effectNote: 'What is not active yet is kept, and acts as soon as this server encodes streams anew.',
    });
  });

  it('are changed, and say who did it', async () => {
    const changed = await change({ streamFramerate: 15, healthMaxDrops: 9 });
    assert.equal(changed.status, 200);
    const { value, source, changed: last } = await setting('streamFramerate');
    assert.deepEqual([value, source, last?.by], [15, 'stored', who.name]);
    assert.equal((await change({ streamFramerate: null })).status, 200);
    assert.equal((await setting('streamFramerate')).source, 'default');
  });

  it('refuse what is wrong with key, value and what is allowed, all at one time', async () => {
    const answer = await change({ streamFramerate: 500, encoderPreset: 'placebo', logLevel: 'debug' });
    assert.equal(answer.status, 400);
    const { code, detail, errors } = problemOf(answer);
    assert.equal(code, 'invalid-settings');
    assert.deepEqual(errors, [
      { path: 'streamFramerate', message: 'must be a whole number from 0 to 120, not 500' },
      {
        path: 'encoderPreset',
        message: 'must be one of ultrafast, superfast, veryfast, faster, fast, medium, slow, not "placebo"',
      },
    ]);
    assert.match(detail, /^Nothing was changed/);
    assert.equal((await setting('logLevel')).value, 'info');
  });

  it('of the configuration file are locked and say where they stand', async () => {
    const { managedBy, source, writable } = await setting('rtspPort');
    assert.deepEqual([managedBy, source, writable], ['sightline.yaml:4:3', 'startup', false]);
    const answer = await change({ rtspPort: 9000 });
    assert.deepEqual([answer.status, problemOf(answer).code], [409, 'setting-managed']);
  });

  it('that somebody else changed meanwhile are not overwritten', async () => {
    const { revision } = await read();
    await change({ logLevel: 'warn' });
    const answer = await change({ logLevel: 'debug' }, { match: `"${revision}"` });
    assert.deepEqual([answer.status, problemOf(answer).code], [412, 'setting-changed']);
    assert.equal((await change({ rtspUdp: false }, { match: `"${revision}"` })).status, 200, 'another key');
    assert.equal((await change({ logLevel: 'debug' }, { match: 'yesterday' })).status, 400);
  });
});

describe('settings for new cameras', () => {
  it('fill what is not said, and nothing else', async () => {
    await change({ newCameraStart: 'always', newCameraMaxReaders: 3 });
    const body = { name: 'Gate', source: { kind: 'demo' }, maxReaders: 1 };
    const { json } = await ask(api.port, '/api/v1/cameras', { method: 'POST', body });
    const { start, maxReaders, closeAfterMs } = json as FullCamera;
    assert.deepEqual([start, maxReaders, closeAfterMs], ['always', 1, 10_000]);
    assert.equal(api.cameras.get(door.id)?.start, 'on-demand');
    assert.equal((await ask(api.port, '/api/v1/cameras', { method: 'POST', body: [] })).status, 400);
  });
});

describe('settings of a camera', () => {
  it('stand above those of the server', async () => {
    await change({ streamBitrate: 2000 });
    assert.equal((await change({ streamBitrate: 500 }, { camera: door.id })).status, 200);
    const ofDoor = await setting('streamBitrate', door.id);
    assert.deepEqual([ofDoor.value, ofDoor.serverValue, ofDoor.source], [500, 2000, 'stored']);
    const ofYard = await setting('streamBitrate', yard.id);
    assert.deepEqual([ofYard.value, ofYard.source], [2000, 'server']);
  });

  it('are those only that a camera may have for itself', async () => {
    const { settings } = await read(door.id);
    assert.ok(settings.length > 3 && settings.every(({ scope }) => scope === 'both'));
    assert.equal((await change({ logLevel: 'warn' }, { camera: door.id })).status, 403);
  });

  it('of a camera that is not there are not found', async () => {
    const nowhere = 'cam_zzzzzzzzzzzzzzzz';
    assert.equal((await ask(api.port, `/api/v1/settings?camera=${nowhere}`)).status, 404);
    assert.equal((await change({ pipEnabled: true }, { camera: nowhere })).status, 404);
  });
});

const keysOf = async (): Promise<string[]> => (await read()).settings.map(({ key }) => key);

describe('who may', () => {
  it('a viewer reads what players need, nothing of the system, and changes nothing', async () => {
    who = somebody('viewer', { every: ['live', 'settings'] });
    const keys = await keysOf();
    assert.ok(keys.includes('rtspPort') && keys.includes('streamLatencyMode'));
    assert.deepEqual(
      keys.filter((key) => /^(log|network|storage|health|embed|clips)/.test(key)),
      [],
    );
    assert.ok((await read()).settings.every(({ writable }) => !writable));
    assert.equal((await change({ streamBitrate: 1 })).status, 403);
  });

  it('an operator changes pictures of the cameras that are theirs to set, and no more', async () => {
    who = somebody('operator', { every: ['live'], cameras: { [door.id]: ['settings'] } });
    assert.equal((await change({ streamBitrate: 1000 }, { camera: door.id })).status, 200);
    assert.equal((await change({ streamBitrate: 1000 }, { camera: yard.id })).status, 403);
    const answer = await change({ streamBitrate: 1000 });
    assert.equal(answer.status, 403, 'it would be for the yard, too');
    assert.deepEqual(problemOf(answer).errors, [
      { path: 'streamBitrate', message: 'your account may not change this setting' },
    ]);
    assert.equal((await change({ rtspEnabled: false })).status, 403);
    assert.ok((await keysOf()).includes('logLevel'), 'and reads what is about the server');
  });

  it('a camera that one may not see has no settings', async () => {
    who = somebody('operator', { cameras: { [door.id]: ['live', 'settings'] } });
    assert.equal((await ask(api.port, `/api/v1/settings?camera=${yard.id}`)).status, 404);
    assert.equal((await change({ pipEnabled: true }, { camera: yard.id })).status, 404);
  });
});

function told(events: readonly ServerEvent[]) {
  return events.flatMap((event) =>
    event.type === 'settings.changed' ? [[event.cameraId, event.values] as const] : [],
  );
}

describe('a change as an event', () => {
  it('is told to who may read the key, and nobody else', async () => {
    const admin = eventsFor(who);
    const viewer = eventsFor(somebody('viewer', { cameras: { [yard.id]: ['live'] } }));
    await change({ logLevel: 'warn', rtspUdp: false });
    await change({ pipEnabled: true }, { camera: door.id });
    assert.deepEqual(told(viewer), [[null, { rtspUdp: false }]]);
    assert.deepEqual(told(admin), [
      [null, { rtspUdp: false }],
      [null, { logLevel: 'warn' }],
      [door.id, { pipEnabled: true }],
    ]);
  });
});
