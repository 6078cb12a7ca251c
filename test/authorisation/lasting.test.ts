/**
 * What outlives its request ends with the right to it: a live picture, an event stream, Motion JPEG, WebRTC, a download.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request as httpRequest } from 'node:http';
import { after, before, describe, test } from 'node:test';
import type { InjectOptions } from 'fastify';
import type { Right } from '../../src/accounts/access.ts';
import type { CameraId } from '../../src/base/ids.ts';
import { testUnit, testVideoTrack } from '../../src/hub/testing.ts';
import { ffmpegMissing } from '../../src/media/mp4/encoded.testing.ts';
import { LiveClient, refusedWith } from '../support/live-client.ts';
import type { Credentials, Rig } from './rig.ts';
import { startRig } from './rig.ts';

let rig: Rig;
let url: string;

/** Connected, with pictures. */
async function switchOn(id: CameraId): Promise<void> {
  assert.ok((await rig.cameras.change(id, { enabled: true, start: 'always' })).ok);
  const { sink } = rig.runtime.sources.get(id)!.current;
  sink.tracks([testVideoTrack()]);
  for (let frame = 0; frame < 5; frame++) sink.unit(testUnit(Date.now() / 1000 + frame / 25, frame === 0));
}

async function grant(userId: string, cameras: Readonly<Record<string, readonly Right[]>>): Promise<void> {
  assert.ok((await rig.accounts.change(userId, { grants: { every: [], cameras } })).ok);
}

/** An answer as it comes; the text so far. */
async function stream(path: string, headers: Credentials) {
  const request = httpRequest({ port: rig.port, path, headers, agent: false }).end();
  request.on('error', () => undefined);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let text = '';
  const ended = new Promise<void>((resolve) => response.once('close', resolve));
  response
    .on('error', () => undefined)
    .setEncoding('utf8')
    .on('data', (piece: string) => (text += piece));
  const until = async (wanted: RegExp): Promise<void> => {
    while (!wanted.test(text)) await once(response, 'data');
  };
  return { status: response.statusCode, until, ended, leave: () => request.destroy() };
}

function subscribe(client: LiveClient, channel: number, camera: string): void {
  client.say({ type: 'subscribe', channel, camera });
}

/** On channels 0 and 1. */
async function watchBoth(who: Credentials): Promise<LiveClient> {
  const { host: _, origin: __, ...own } = who;
  const client = await LiveClient.open(url, { ...own, origin: url });
  for (const [channel, camera] of [rig.one, rig.other].entries()) subscribe(client, channel, camera);
  return client;
}

describe('what lasts', { skip: ffmpegMissing }, () => {
  before(async () => {
    rig = await startRig();
    url = `http://localhost:${rig.port}`;
    await switchOn(rig.one);
    await switchOn(rig.other);
  });
  after(() => rig.close());

  test('a channel ends with words, and the others on its socket go on', async () => {
    const user = await rig.user('viewer', { [rig.one]: ['live'], [rig.other]: ['live'] });
    const client = await watchBoth(await rig.signIn(user));
    await client.until('both are shown', () => client.mediaOf(0).length > 0 && client.mediaOf(1).length > 0);
    await grant(user, { [rig.one]: ['live'] });
    await client.until('one is told why it ends', () => client.said('problem', 1).length > 0);
    assert.match(client.said('problem', 1)[0]?.detail ?? '', /may not watch this camera any more/);
    assert.deepEqual(client.said('problem', 0), []);
    client.say({ type: 'unsubscribe', channel: 1 });
    subscribe(client, 2, rig.other);
    await client.until('it is unknown now', () => client.said('problem', 2).length > 0);
    assert.equal(client.said('problem', 2)[0]?.code, 'not-found');
    client.socket.terminate();
  });

  test('a socket ends with the session it was opened with, after it was said why', async () => {
    const user = await rig.user('viewer', { [rig.one]: ['live'], [rig.other]: ['live'] });
    const client = await watchBoth(await rig.signIn(user));
    await client.until('it is shown', () => client.mediaOf(0).length > 0);
    await rig.accounts.endSessions(user);
    await client.until('it is closed', () => client.closed !== undefined);
    assert.equal(client.closed?.code, 1008);
    assert.match(client.said('problem', 0)[0]?.detail ?? '', /Sign in again/);
  });

  test('a camera one may not see, and none, are answered alike on the socket', async () => {
    const client = await LiveClient.open(url, {
      ...(await rig.token(await rig.user('viewer', { [rig.one]: ['live'] }), rig.one, 'live')),
      host: `localhost:${rig.port}`,
    });
    for (const [channel, camera] of [rig.other, rig.none].entries()) subscribe(client, channel, camera);
    await client.until('both are refused', () => client.said('problem').length === 2);
    const [forbidden, unknown] = client.said('problem');
    assert.deepEqual({ ...forbidden, channel: 0 }, { ...unknown, channel: 0 });
    client.socket.terminate();
    assert.equal(await refusedWith(url, {}), 401);
  });

  test('events begin anew when one may see more or less, and end with the session', async () => {
    const user = await rig.user('viewer', { [rig.one]: ['live'] });
    const events = await stream('/api/v1/events', await rig.signIn(user));
    await events.until(/"type":"reset"/);
    await grant(user, { [rig.one]: ['live'], [rig.other]: ['live'] });
    await events.until(/"type":"reset"[^]*"type":"reset"/);
    await rig.accounts.endSessions(user);
    await events.ended;
  });

  test('a WebRTC session ends with the right to the camera', async () => {
    const user = await rig.user('viewer', { [rig.one]: ['live'] });
    const who = await rig.signIn(user);
    const headers = { ...who, 'content-type': 'application/sdp' };
    const offer = { method: 'POST', url: `/whep/${rig.one}`, headers, payload: 'v=0\r\n' } as InjectOptions;
    const { headers: told } = await rig.app.inject(offer);
    await grant(user, { [rig.one]: ['playback'] });
    await grant(user, { [rig.one]: ['live'] });
    const ended = { method: 'DELETE', url: String(told.location), headers: who } as InjectOptions;
    assert.equal((await rig.app.inject(ended)).statusCode, 404);
  });

  test('leaves no lease behind', async () => {
    const before = rig.app.leases.size;
    const user = await rig.user('viewer', { [rig.one]: ['live'] });
    const events = await stream('/api/v1/events', await rig.signIn(user));
    await events.until(/"type":"reset"/);
    assert.equal(rig.app.leases.size, before + 1);
    events.leave();
    while (rig.app.leases.size > before) await new Promise((wake) => setTimeout(wake, 5));
  });
});
