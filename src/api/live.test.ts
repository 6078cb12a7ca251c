import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { localOperator } from '../accounts/access.ts';
import { somebody } from '../accounts/access.testing.ts';
import * as fc from 'fast-check';
import { WebSocket } from 'ws';
import { LiveClient, liveUrl, refusedWith } from '../../test/support/live-client.ts';
import { makeLiveOutput } from '../app/live.ts';
import { testUnit, testVideoTrack } from '../hub/testing.ts';
import { systemClock } from '../io/clock.ts';
import type { LiveOutput } from '../outputs/live/output.ts';
import type { Camera } from './contract/cameras.ts';
import { clientMessageSchema, livePath, liveProtocol } from './contract/live.ts';
import type { Problem } from './contract/problem.ts';
import type { TestApi } from './testing.ts';
import { ask, startTestApi } from './testing.ts';

let api: TestApi;
let live: LiveOutput;
let url: string;
/** Not to be watched by this user. */
let secret: string;
let camera: string;

async function add(): Promise<string> {
  const body = { name: 'c', source: { kind: 'demo' }, start: 'always' };
  const { id } = (await ask(api.port, '/api/v1/cameras', { method: 'POST', body })).json as Camera;
  const { sink } = api.runtime.sources.get(id)!.current;
  sink.tracks([testVideoTrack()]);
  for (let frame = 0; frame < 5; frame++) sink.unit(testUnit(Date.now() / 1000 + frame / 25, frame === 0));
  return id;
}

before(async () => {
  api = await startTestApi({
    live: { open: (socket) => live.open(socket) },
    embedOrigins: ['https://home.example'],
    // An administrator until the cameras are there.
    authenticate: () => (secret ? somebody('viewer', { cameras: { [camera]: ['live'] } }) : localOperator),
  });
  const { hub } = api.runtime;
  live = makeLiveOutput({ clock: systemClock, hub, cameras: api.cameras, pictures: undefined });
  url = `http://127.0.0.1:${api.port}`;
  camera = await add();
  secret = await add();
});
after(async () => {
  live.close();
  await api.close();
});

function isNonsense(said: string | Uint8Array): boolean {
  try {
    return typeof said !== 'string' || !clientMessageSchema.safeParse(JSON.parse(said)).success;
  } catch {
    return true;
  }
}

/** All that comes until the server closes the connection; the client leaves its own end open. */
async function rawUpgrade(path: string, ...headers: string[]): Promise<string> {
  const socket = connect({ port: api.port, host: '127.0.0.1', allowHalfOpen: true });
  const key = Buffer.alloc(16).toString('base64');
  const handshake = ['sec-websocket-version: 13', `sec-websocket-key: ${key}`];
  const lines = [`GET ${path} HTTP/1.1`, `host: 127.0.0.1:${api.port}`, ...handshake, ...headers, '', ''];
  socket.write(lines.join('\r\n'));
  let text = '';
  for await (const piece of socket) text += String(piece);
  socket.destroy();
  return text;
}

describe('the live WebSocket', () => {
  test('gives who subscribes the tracks, the init segment and the kept pictures', async () => {
    const client = await LiveClient.open(url);
    client.say({ type: 'subscribe', channel: 3, camera });
    await client.until('five pictures', () => client.mediaOf(3).length === 6);
    assert.deepEqual(
      client.mediaOf(3).map(({ kind, key }) => [kind, key]),
      [['init', false], ['fragment', true], ...Array.from({ length: 4 }, () => ['fragment', false])],
    );
    client.leave();
  });

  test('does not tell a camera that may not be watched from one that does not exist', async () => {
    const client = await LiveClient.open(url);
    client.say({ type: 'subscribe', channel: 0, camera: secret });
    client.say({ type: 'subscribe', channel: 0, camera: 'cam_0000000000000000' });
    await client.until('two answers', () => client.told.length === 2);
    assert.deepEqual(client.told[0], client.told[1]);
    assert.equal(client.said('problem')[0]?.code, 'not-found');
    client.leave();
  });

  test('is refused to pages of other sites, and open to those that the owner named', async () => {
    assert.equal(await refusedWith(url, { origin: 'https://evil.example' }), 403);
    assert.equal(await refusedWith(url, { origin: 'null' }), 403);
    assert.equal(await refusedWith(url, { origin: url }), undefined);
    assert.equal(await refusedWith(url, { origin: 'https://home.example' }), undefined);
  });

  test('leaves no socket of a refused viewer open, and nothing else can be upgraded', async () => {
    const evil = 'origin: https://evil.example';
    const refused = await rawUpgrade(livePath, evil, 'connection: upgrade', 'upgrade: websocket');
    assert.match(refused, /^HTTP\/1\.1 403 /);
    const ignored = await rawUpgrade('/health', 'connection: upgrade, close', 'upgrade: h2c');
    assert.match(ignored, /^HTTP\/1\.1 200 /);
  });

  test('says what it is to who does not speak WebSocket', async () => {
    const answer = await ask(api.port, livePath);
    assert.deepEqual([answer.status, (answer.json as Problem).code], [426, 'upgrade-required']);
  });

  test('speaks one subprotocol only', async () => {
    const socket = new WebSocket(liveUrl(url));
    const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
    assert.equal(code, 1002);
    assert.match(reason.toString(), new RegExp(liveProtocol));
  });

  test('takes no message that is larger than a subscription can be', async () => {
    const client = await LiveClient.open(url);
    client.socket.send(' '.repeat(5000));
    await client.until('an end', () => client.closed !== undefined);
    assert.equal(client.closed?.code, 1009);
    // The server may hear of it a moment later.
    while (live.sockets > 0) await setTimeout(5);
  });

  // Without an end of its own the connection would be waited for until a limit of the library, ten seconds.
  test('does not hold up the end of the server for a page that is paused', { timeout: 8000 }, async () => {
    let output: LiveOutput | undefined;
    const own = await startTestApi({ live: { open: (socket) => output?.open(socket) } });
    const { hub } = own.runtime;
    output = makeLiveOutput({ clock: systemClock, hub, cameras: own.cameras, pictures: undefined });
    const client = await LiveClient.open(`http://127.0.0.1:${own.port}`);
    client.stopReading();
    output.close();
    await own.close();
    client.leave();
  });

  test('is served on, whatever a viewer says: each sentence without sense has an answer', async () => {
    const nonsense = fc.oneof(
      fc.string({ maxLength: 200 }),
      fc.json({ maxDepth: 3 }),
      fc.uint8Array({ maxLength: 100 }),
      fc
        .record(
          {
            type: fc.constantFrom('subscribe', 'unsubscribe', 'x'),
            channel: fc.oneof(fc.integer(), fc.double(), fc.string()),
            camera: fc.oneof(fc.string({ maxLength: 80 }), fc.integer()),
            source: fc.constantFrom('auto', 'main', 'third'),
            format: fc.constantFrom('mp4', 'jpeg', 'gif'),
            width: fc.integer(),
            fps: fc.integer(),
            __proto__: fc.constant({}),
          },
          { requiredKeys: [] },
        )
        .map((value) => JSON.stringify(value)),
    );
    const sentences = fc.array(nonsense.filter(isNonsense), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(sentences, async (said) => {
        const client = await LiveClient.open(url);
        for (const sentence of said) client.socket.send(sentence);
        client.say({ type: 'subscribe', channel: 0, camera: 'nobody' });
        await client.until('the last answer', () => client.said('problem', 0).length === 1);
        assert.equal(client.told.length, said.length + 1);
        assert.ok(client.said('problem').every(({ code, detail }) => code !== '' && detail.length < 3000));
        client.leave();
      }),
      { numRuns: 25 },
    );
  });
});
