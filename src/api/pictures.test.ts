import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Principal } from '../accounts/access.ts';
import { localOperator } from '../accounts/access.ts';
import { err, ok } from '../base/result.ts';
import { unixMs } from '../base/units.ts';
import type {
  MovingPictureOptions,
  Picture,
  PictureFault,
  PictureOptions,
  PictureSink,
} from '../hub/pictures.ts';
import { testUnit, testVideoTrack } from '../hub/testing.ts';
import type { Camera } from './contract/cameras.ts';
import type { DefaultCameraStatus } from './contract/default-camera.ts';
import type { Problem } from './contract/problem.ts';
import type { PictureParts } from './pictures.ts';
import type { Answer, Ask, TestApi } from './testing.ts';
import { ask, startTestApi } from './testing.ts';

/** What the routes asked for, and what they get. */
const asked: (PictureOptions | MovingPictureOptions)[] = [];
const watchers = new Set<PictureSink>();
let still: Picture | PictureFault;
let last: Picture | PictureFault;

const away: PictureFault = { kind: 'no-picture', message: 'No picture came within 5 s.' };
const resultOf = (made: Picture | PictureFault) => ('bytes' in made ? ok(made) : err(made));
const pictures: PictureParts['pictures'] = {
  still: async (_, options) => {
    asked.push(options);
    return resultOf(still);
  },
  lastStill: async () => resultOf(last),
  watch: (_, options, sink) => {
    asked.push(options);
    watchers.add(sink);
    return ok({ close: () => void watchers.delete(sink) });
  },
};

let api: TestApi;
let camera: Camera;
/** Who asks. */
let who: Principal = localOperator;

before(async () => {
  api = await startTestApi({ pictures, authenticate: () => who });
});
after(() => api.close());
beforeEach(async () => {
  for (const { id } of api.cameras.list()) await api.cameras.remove(id);
  camera = await add('First');
  asked.length = 0;
  still = picture(1_700_000_000_250, 'a picture');
  last = away;
});

async function add(name: string, more: Record<string, unknown> = {}): Promise<Camera> {
  const body = { name, source: { kind: 'demo' }, start: 'always', ...more };
  const { json } = await ask(api.port, '/api/v1/cameras', { method: 'POST', body });
  return json as Camera;
}

const snapshot = (query = '', more: Ask = {}): Promise<Answer> =>
  ask(api.port, `/api/v1/cameras/${camera.id}/snapshot.jpg${query}`, more);

describe('a snapshot', () => {
  it('is the picture with its capture time', async () => {
    const { status, headers, text } = await snapshot('?width=640&quality=30');
    assert.deepEqual([status, text], [200, 'a picture']);
    assert.equal(headers['content-type'], 'image/jpeg');
    assert.equal(headers['x-capture-time'], '2023-11-14T22:13:20.250Z');
    assert.equal(headers['last-modified'], 'Tue, 14 Nov 2023 22:13:20 GMT');
    assert.equal(headers['cache-control'], 'private, no-cache');
    assert.equal(headers['x-stale'], undefined);
    assert.deepEqual(asked, [{ widthPixels: 640, quality: 30 }]);
  });

  it('has the width of the stream and quality 75 when nothing is wished', async () => {
    await snapshot();
    assert.deepEqual(asked, [{ widthPixels: undefined, quality: 75 }]);
  });

  it('is not sent again while its keyframe is the same', async () => {
    const { headers } = await snapshot();
    const etag = String(headers['etag']);
    const same = await snapshot('', { headers: { 'if-none-match': `"other", W/${etag}` } });
    assert.deepEqual([same.status, same.text, same.headers['etag']], [304, '', etag]);
    const since = { 'if-modified-since': String(headers['last-modified']) };
    assert.equal((await snapshot('', { headers: since })).status, 304);

    still = picture(1_700_000_002_250, 'the next');
    const next = await snapshot('', { headers: { 'if-none-match': etag } });
    assert.deepEqual([next.status, next.text], [200, 'the next']);
    assert.equal((await snapshot('', { headers: since })).status, 200);
    assert.notEqual((await snapshot('?quality=10')).headers['etag'], next.headers['etag']);
  });

  it('of a camera that is away is a problem with the reason and since when', async () => {
    still = away;
    api.runtime.sources.get(camera.id)!.current.fail('refused');
    const { status, json, headers } = await snapshot();
    const { code, detail, state, sinceMs, nextTryMs } = json as Problem;
    assert.deepEqual(
      [status, code, detail, state],
      [503, 'camera-offline', 'It failed: refused.', 'offline'],
    );
    assert.ok(typeof sinceMs === 'number' && typeof nextTryMs === 'number');
    assert.equal(headers['content-type'], 'application/problem+json');

    assert.equal((await snapshot('?stale=allow')).status, 503, 'there was never one');
    last = picture(1_600_000_000_000, 'long ago');
    const stale = await snapshot('?stale=allow');
    assert.deepEqual([stale.status, stale.text, stale.headers['x-stale']], [200, 'long ago', 'true']);
    assert.equal(stale.headers['x-capture-time'], '2020-09-13T12:26:40.000Z');
    assert.equal((await snapshot()).status, 503);
  });

  it('of a camera that is off, or not there, is none', async () => {
    await api.cameras.change(camera.id, { enabled: false });
    const off = await snapshot();
    assert.deepEqual([off.status, (off.json as Problem).code], [503, 'camera-disabled']);
    const none = await ask(api.port, '/api/v1/cameras/cam_0000000000000000/snapshot.jpg');
    assert.deepEqual([none.status, (none.json as Problem).code], [404, 'camera-not-found']);
  });

  for (const [kind, status, code] of [
    ['busy', 503, 'too-many-pictures'],
    ['unavailable', 501, 'pictures-unavailable'],
    ['failed', 503, 'picture-failed'],
  ] as const) {
    it(`that cannot be made (${kind}) says why`, async () => {
      still = { kind, message: 'For this reason.' };
      const answer = await snapshot('?stale=allow');
      const problem = answer.json as Problem;
      assert.deepEqual([answer.status, problem.code, problem.detail], [status, code, 'For this reason.']);
    });
  }

  for (const [query, field] of [
    ['?width=15', 'width'],
    ['?width=4000', 'width'],
    ['?width=wide', 'width'],
    ['?width=', 'width'],
    ['?quality=0', 'quality'],
    ['?quality=101', 'quality'],
    ['?quality=7.5', 'quality'],
    ['?source=third', 'source'],
    ['?stale=yes', 'stale'],
    ['?width=64&width=65', 'width'],
  ] as const) {
    it(`asked for with ${query} is refused by the name of the parameter`, async () => {
      const { status, json } = await snapshot(query);
      assert.equal(status, 400);
      assert.deepEqual(
        (json as Problem).errors?.map(({ path }) => path),
        [field],
      );
    });
  }
});

describe('Motion JPEG', () => {
  it('sends each picture as it comes, for as long as the client stays', async () => {
    const client = await open(`/live/${camera.id}/stream?width=320&fps=4&quality=50`);
    send(picture(1_700_000_000_000, 'one'));
    await client.until(/one\r\n--sightline-picture\r\n$/);
    send(picture(1_700_000_000_500, 'two'));
    await client.until(/two\r\n--sightline-picture\r\n$/);
    assert.match(client.text, /^HTTP\/1\.1 200 OK\r\n/);
    assert.match(client.text, /content-type: multipart\/x-mixed-replace; boundary=sightline-picture\r\n/i);
    assert.match(client.text, /X-Timestamp: 1700000000\.500\r\n/);
    assert.doesNotMatch(client.text, /transfer-encoding/i);
    assert.deepEqual(asked, [{ widthPixels: 320, quality: 50, framesPerSecond: 4 }]);
    const viewers = api.cameras.viewers(camera.id)!;
    assert.deepEqual(
      viewers.map(({ output, client: who, endable }) => [output, who, endable]),
      [['mjpeg', 'test', true]],
    );
    client.close();
    while (watchers.size > 0) await sleep(5);
    assert.deepEqual(api.cameras.viewers(camera.id), []);
  });

  it('is ended by an operator', async () => {
    const client = await open('/live/stream');
    send(picture(0, 'one'));
    await client.until(/one/);
    const [viewer] = api.cameras.viewers(camera.id)!;
    const ended = await ask(api.port, `/api/v1/cameras/${camera.id}/viewers/${viewer!.id}`, {
      method: 'DELETE',
    });
    assert.equal(ended.status, 204);
    await client.closed;
  });

  it('ends when the time of who watches is over', async () => {
    who = { ...localOperator, expiresMs: Date.now() + 300 };
    const client = await open('/live/stream');
    who = localOperator;
    send(picture(0, 'one'));
    await client.until(/one/);
    await client.closed;
    while (watchers.size > 0) await sleep(5);
    assert.equal(api.app.leases.size, 0);
  });

  it('to a client that reads nothing skips pictures and holds no more than one', async () => {
    const client = await open('/live/stream');
    client.pause();
    const large = picture(0, 'x'.repeat(4_000_000));
    for (let at = 0; at < 100; at += 1) {
      send(large);
      await sleep(1);
    }
    const [viewer] = api.cameras.viewers(camera.id)!;
    assert.ok(viewer!.unitsDropped > 50, `${viewer!.unitsDropped} skipped`);
    assert.ok(viewer!.bytesSent < 20 * 4_000_000);
    client.close();
  });

  it('of a camera that is away is a problem, not an empty answer', async () => {
    const answer = ask(api.port, '/live/stream');
    while (watchers.size === 0) await sleep(5);
    api.runtime.sources.get(camera.id)!.current.fail('no-route');
    const { status, json } = await answer;
    assert.deepEqual([status, (json as Problem).code], [503, 'camera-offline']);
    assert.equal((json as Problem).detail, 'It failed: no-route.');
    assert.equal(watchers.size, 0);
  });

  it('above the limit of viewers is refused', async () => {
    await api.cameras.change(camera.id, { maxReaders: 1 });
    const client = await open('/live/stream');
    const { status, json } = await ask(api.port, '/live/stream');
    assert.deepEqual([status, (json as Problem).code], [503, 'too-many-readers']);
    client.close();
  });

  it('falls back to the main source where there is no second, and is ten a second unless wished otherwise', async () => {
    const client = await open('/live/stream?source=sub');
    assert.deepEqual(asked, [{ widthPixels: undefined, quality: 75, framesPerSecond: 10 }]);
    client.close();
  });

  for (const query of ['fps=0', 'fps=61', 'fps=x', 'quality=0', 'width=1']) {
    it(`asked for with ${query} is refused by the name of the parameter`, async () => {
      const { status, json } = await ask(api.port, `/live/stream?${query}`);
      assert.equal(status, 400);
      assert.equal((json as Problem).errors?.[0]?.path, query.split('=')[0]);
    });
  }

  it('is not looked for in cameras with odd names', async () => {
    assert.equal((await ask(api.port, '/live/..%2f/stream')).status, 400);
    assert.equal((await ask(api.port, '/live/cam_0000000000000000/stream')).status, 404);
  });

  it('answers HEAD without a stream', async () => {
    const { status, headers } = await ask(api.port, '/live/stream', { method: 'HEAD' });
    assert.deepEqual([status, headers['content-type']], [200, 'multipart/x-mixed-replace']);
    assert.equal(watchers.size, 0);
  });
});

const status = async (): Promise<DefaultCameraStatus> =>
  (await ask(api.port, '/live/status')).json as DefaultCameraStatus;
const post = (path: string, headers = {}): Promise<Answer> =>
  ask(api.port, path, { method: 'POST', headers });

describe('the default camera', () => {
  it('tells how it is', async () => {
    const { sink } = api.runtime.sources.get(camera.id)!.current;
    sink.tracks([testVideoTrack()]);
    sink.unit(testUnit(1_700_000_000, true));
    const told = await status();
    const { camera: id, name, enabled, state, streaming, resolution, codec, clients, recording } = told;
    assert.deepEqual(
      { id, name, enabled, state, streaming, resolution, codec, clients, recording },
      {
        id: camera.id,
        name: 'First',
        enabled: true,
        state: 'live',
        streaming: true,
        resolution: { width: 1280, height: 720 },
        codec: 'h264',
        clients: 0,
        recording: false,
      },
    );
    assert.equal(told.lastPictureMs, 1_700_000_000_000);
    assert.deepEqual((await ask(api.port, '/camera/status')).json, await status());
  });

  it('is stopped and started, and stays the one that is meant', async () => {
    await add('Second');
    assert.equal(((await post('/live/stop')).json as DefaultCameraStatus).enabled, false);
    assert.deepEqual([(await status()).camera, (await status()).state], [camera.id, 'disabled']);
    assert.equal(((await ask(api.port, '/live/stream')).json as Problem).code, 'camera-disabled');
    assert.equal((await post('/live/stop')).status, 200, 'again');
    assert.equal(((await post('/live/start')).json as DefaultCameraStatus).enabled, true);
    assert.equal(api.cameras.get(camera.id)!.enabled, true);
  });

  it('is the oldest that is on', async () => {
    const second = await add('Second');
    await api.cameras.change(camera.id, { enabled: false });
    assert.equal((await status()).camera, second.id);
    await api.cameras.remove(second.id);
    assert.equal((await status()).camera, camera.id);
    await api.cameras.remove(camera.id);
    const none = await ask(api.port, '/camera/status');
    assert.deepEqual([none.status, (none.json as Problem).detail], [404, 'There is no camera yet.']);
    assert.equal((await ask(api.port, '/live/stream')).status, 404);
    assert.equal((await post('/live/start')).status, 404);
  });

  it('is not switched by a page of another site', async () => {
    const refused = await post('/live/stop', { origin: 'https://evil.example' });
    assert.deepEqual([refused.status, (await status()).enabled], [403, true]);
  });

  it('is recorded for a time, or until stopped', async () => {
    const told = async () => (await ask(api.port, '/live/record/status')).json;
    assert.deepEqual(await told(), { ...notRecorded, camera: camera.id, sinceMs: sinceOf(await told()) });
    const { sink } = api.runtime.sources.get(camera.id)!.current;
    sink.tracks([testVideoTrack()]);
    for (let at = 0; at < 3; at += 0.04) sink.unit(testUnit(1_700_000_000 + at, at === 0));
    const { json, status: code } = await post('/live/record/start?duration=60');
    assert.equal(code, 200);
    const { recording, remainingSeconds } = json as { recording: boolean; remainingSeconds: number };
    assert.deepEqual([recording, remainingSeconds], [true, 60]);
    assert.equal((await status()).recording, true);
    assert.equal(api.runtime.archive.last.head.trigger, 'manual');
    await post('/live/record/stop');
    assert.equal((await status()).recording, false);
    await post('/live/start?record_duration=30');
    assert.equal((await status()).recording, true);
    assert.equal((await post('/live/record/start?duration=0')).status, 400);
    assert.equal((await post('/live/start?record_duration=long')).status, 400);
  });
});

const notRecorded = { recording: false, state: 'off', reason: null, untilMs: null, remainingSeconds: null };

function sinceOf(recording: unknown): number {
  return (recording as { sinceMs: number }).sinceMs;
}

function picture(captureMs: number, text: string): Picture {
  return { bytes: Buffer.from(text), captureMs: unixMs(captureMs), widthPixels: 640, heightPixels: 360 };
}

function send(made: Picture): void {
  for (const sink of watchers) sink.picture(made);
}

/** A client that keeps its connection; resolves when the server watches for it. */
async function open(path: string) {
  const socket = connect(api.port, '127.0.0.1');
  const client = {
    text: '',
    closed: new Promise<void>((resolve) => socket.on('close', () => resolve())),
    pause: () => socket.pause(),
    close: () => socket.destroy(),
    until: async (wanted: RegExp) => {
      while (!wanted.test(client.text)) await sleep(5);
    },
  };
  socket.on('data', (chunk) => (client.text += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  const before = watchers.size;
  socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nuser-agent: test\r\n\r\n`);
  while (watchers.size === before) await sleep(2);
  return client;
}
