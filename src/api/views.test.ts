import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { FastifyRequest } from 'fastify';
import { somebody } from '../accounts/access.testing.ts';
import type { Principal } from '../accounts/access.ts';
import { localOperator } from '../accounts/access.ts';
import type { Camera } from './contract/cameras.ts';
import type { Problem } from './contract/problem.ts';
import type { SavedView } from './contract/views.ts';
import { savedViewSchema } from './contract/views.ts';
import type { TestApi } from './testing.ts';
import { ask, startTestApi } from './testing.ts';

let api: TestApi;
let door: string;
let yard: string;
/** By the header `x-who`; the server itself when there is none. */
const people = new Map<string, Principal>();

before(async () => {
  const authenticate = ({ headers }: FastifyRequest) => people.get(String(headers['x-who'])) ?? localOperator;
  api = await startTestApi({ authenticate });
  [door, yard] = [await addCamera('Door'), await addCamera('Yard')];
  people.set('admin', somebody('admin'));
  people.set('both', somebody('viewer', { every: ['live'] }, 'usr_both'));
  people.set('door', somebody('viewer', { cameras: { [door]: ['live'] } }, 'usr_door'));
  people.set('link', { ...somebody('viewer', { every: ['live'] }, 'usr_both'), kind: 'share' });
});
beforeEach(async () => {
  await api.database.queries.deleteFrom('views').execute();
});
after(() => api.close());

async function addCamera(name: string): Promise<string> {
  const body = { name, source: { kind: 'demo' } };
  const { json } = await ask(api.port, '/api/v1/cameras', { method: 'POST', body });
  return (json as Camera).id;
}

const as = (who: string, method: string, path: string, body?: unknown) =>
  ask(api.port, `/api/v1${path}`, { method, headers: { 'x-who': who }, body });
const tile = (cameraId: string, x = 0, y = 0) => ({ cameraId, x, y, w: 6, h: 6 });

async function make(who: string, body: object): Promise<SavedView> {
  const { status, json, text } = await as(who, 'POST', '/views', body);
  assert.equal(status, 201, text);
  return savedViewSchema.parse(json);
}

/** What somebody heard of views since it was asked last. */
function listen(who: string): () => unknown[] {
  const heard: unknown[] = [];
  const write = (bytes: Uint8Array) => {
    const event = JSON.parse(/^data: (.+)$/m.exec(Buffer.from(bytes).toString())?.[1] ?? '{}') as {
      type?: string;
    };
    if (event.type?.startsWith('view.')) heard.push(event);
    return true;
  };
  const principal = people.get(who);
  assert.ok(principal);
  assert.ok(api.feed.listen({ who: principal, write, end: () => undefined }, undefined).ok);
  return () => heard.splice(0);
}

const listed = async (who: string) => (await as(who, 'GET', '/views')).json as SavedView[];
const codeOf = ({ status, json }: { status: number; json: unknown }) => [status, (json as Problem).code];

describe('a saved view', () => {
  test('is there for whoever made it, as it was made', async () => {
    const made = await make('both', { name: ' Doors ', tiles: [tile(door), tile(yard, 6)] });
    assert.deepEqual(await listed('both'), [made]);
    const tiles = [tile(door), tile(yard, 6)].map((one) => ({ ...one, source: 'auto', fit: 'contain' }));
    assert.deepEqual([made.name, made.own, made.mayChange, made.tiles], ['Doors', true, true, tiles]);
  });

  test('is seen by nobody else until it is shared, then without the cameras they may not see', async () => {
    const { id } = await make('both', { name: 'Doors', tiles: [tile(door), tile(yard, 6)] });
    assert.deepEqual(await listed('door'), []);
    assert.deepEqual(codeOf(await as('door', 'GET', `/views/${id}`)), [404, 'view-not-found']);

    assert.equal((await as('both', 'PATCH', `/views/${id}`, { shared: true })).status, 200);
    const [seen] = await listed('door');
    assert.deepEqual([seen?.id, seen?.own, seen?.mayChange], [id, false, false]);
    assert.deepEqual(
      seen?.tiles.map((one) => one.cameraId),
      [door],
    );
    assert.equal((await listed('both'))[0]?.tiles.length, 2);
  });

  test('is changed and deleted by its owner or an administrator only', async () => {
    const { id } = await make('both', { name: 'Doors', shared: true, tiles: [tile(door)] });
    assert.deepEqual(codeOf(await as('door', 'PATCH', `/views/${id}`, { name: 'Mine' })), [
      403,
      'not-allowed',
    ]);
    assert.deepEqual(codeOf(await as('door', 'DELETE', `/views/${id}`)), [403, 'not-allowed']);
    const change = { name: 'Yard', tiles: [tile(yard)] };
    const changed = (await as('admin', 'PATCH', `/views/${id}`, change)).json as SavedView;
    assert.deepEqual([changed.name, changed.tiles[0]?.cameraId, changed.own], ['Yard', yard, false]);
    assert.equal((await as('both', 'DELETE', `/views/${id}`)).status, 204);
    assert.deepEqual(codeOf(await as('both', 'DELETE', `/views/${id}`)), [404, 'view-not-found']);
  });

  test('names no camera that its maker may not see, nor tells whether there is one', async () => {
    const answers = await Promise.all(
      [yard, 'cam_0000000000000000'].map((id) =>
        as('door', 'POST', '/views', { name: 'x', tiles: [tile(id)] }),
      ),
    );
    assert.deepEqual(answers.map(codeOf), [
      [404, 'camera-not-found'],
      [404, 'camera-not-found'],
    ]);
    assert.equal(answers[0]?.text, answers[1]?.text);
  });

  test('loses a camera that is deleted', async () => {
    const shed = await addCamera('Shed');
    const { id } = await make('admin', { name: 'Shed', tiles: [tile(shed), tile(door, 6)] });
    await ask(api.port, `/api/v1/cameras/${shed}`, { method: 'DELETE' });
    const { tiles } = (await as('admin', 'GET', `/views/${id}`)).json as SavedView;
    assert.deepEqual(
      tiles.map((one) => one.cameraId),
      [door],
    );
  });

  test('is not made in the name of whoever shared a link', async () => {
    const answer = await as('link', 'POST', '/views', { name: 'x', tiles: [tile(door)] });
    assert.deepEqual(codeOf(answer), [403, 'not-allowed']);
  });

  test('has between one and sixteen tiles that lie inside and apart', async () => {
    const row = (count: number) =>
      Array.from({ length: count }, (_, at) => ({
        cameraId: door,
        x: (at % 6) * 2,
        y: 2 * Math.floor(at / 6),
        w: 2,
        h: 2,
      }));
    const refused = [
      [],
      row(17),
      [tile(door), tile(yard, 5)],
      [{ ...tile(door), x: 8 }],
      [{ ...tile(door), w: 1 }],
    ];
    for (const tiles of refused) {
      const answer = await as('both', 'POST', '/views', { name: 'x', tiles });
      assert.deepEqual(codeOf(answer), [400, 'invalid-request'], JSON.stringify(tiles));
    }
    await make('both', { name: 'x', tiles: row(16) });
  });

  test('is told of to everybody who sees or saw it, and to nobody else', async () => {
    const told = { both: listen('both'), door: listen('door'), admin: listen('admin') };
    const { id } = await make('both', { name: 'Doors', tiles: [tile(door)] });
    await as('both', 'PATCH', `/views/${id}`, { name: 'All doors' });
    assert.deepEqual([told.both().length, told.door().length, told.admin().length], [2, 0, 0]);
    for (const shared of [true, false]) {
      await as('both', 'PATCH', `/views/${id}`, { shared });
      assert.deepEqual(told.door(), [{ type: 'view.changed', viewId: id, ownerId: null }]);
    }
    told.both();
    await as('both', 'DELETE', `/views/${id}`);
    assert.deepEqual(told.both(), [{ type: 'view.deleted', viewId: id, ownerId: 'usr_both' }]);
    assert.deepEqual(told.door(), []);
  });

  test('stands in the list by its name, however it is written', async () => {
    for (const name of ['Floor 10', 'yard', 'floor 2', 'Álea', 'Zoo'])
      await make('both', { name, tiles: [tile(door)] });
    const names = (await listed('both')).map(({ name }) => name);
    assert.deepEqual(names, ['Álea', 'floor 2', 'Floor 10', 'yard', 'Zoo']);
  });

  test('is one of a hundred at most', async () => {
    for (let at = 0; at < 100; at++) await make('door', { name: `${at}`, tiles: [tile(door)] });
    const answer = await as('door', 'POST', '/views', { name: 'x', tiles: [tile(door)] });
    assert.deepEqual(codeOf(answer), [409, 'too-many-views']);
    await make('both', { name: 'others are not kept from it', tiles: [tile(door)] });
  });
});
