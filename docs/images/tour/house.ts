/**
 * A house with cameras and people, made up: a real server whose cameras show the drawings, has recorded them for a
 * while, and knows a few people, programs and links.
 */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Camera } from '../../../src/api/contract/cameras.ts';
import type { SavedView } from '../../../src/api/contract/views.ts';
import type { Person } from '../../../test/support/people.ts';
import { password } from '../../../test/support/people.ts';

export interface House {
  readonly cameras: Readonly<Record<string, Camera>>;
  readonly view: SavedView;
  /** Of a share link, with its secret. */
  readonly shared: string;
  /** Footage of every camera begins before it and goes on for at least half a minute. */
  readonly momentMs: number;
}

const recordedMs = 50_000;
const interruptedMs = 12_000;
const recording = { mode: 'continuous', retention: { maxAgeDays: 30 } };

/** @param films of the scenes, by name, in the media folder of the server */
export async function furnish(owner: Person, films: ReadonlyMap<string, string>): Promise<House> {
  const cameras = await addCameras(owner, films);
  await addPeople(owner, cameras);
  const view = await addViews(owner, cameras);
  await pause(recordedMs);
  const momentMs = await live(owner, cameras);
  await trouble(owner, cameras);
  const shared = await share(owner, cameras, momentMs);
  return { cameras, view, shared, momentMs };
}

const idOf = (cameras: House['cameras'], name: string): string => cameras[name]?.id ?? '';

async function addCameras(owner: Person, films: ReadonlyMap<string, string>): Promise<House['cameras']> {
  const cameras: Record<string, Camera> = {};
  for (const demo of await owner.must<Camera[]>(200, 'GET', '/api/v1/cameras')) {
    const change = { name: 'Harbour', location: 'Above the pier', start: 'always', recording };
    cameras['Harbour'] = await owner.must<Camera>(200, 'PATCH', `/api/v1/cameras/${demo.id}`, change);
  }
  for (const [name, path] of films) {
    const body = { name, source: { kind: 'file', path }, start: 'always', recording };
    cameras[name] = await owner.must<Camera>(201, 'POST', '/api/v1/cameras', body);
  }
  const url = `rtsp://viewer:a-password@127.0.0.1:${await deafPort()}/stream1`;
  const barn = {
    name: 'Barn',
    location: 'Behind the orchard',
    source: { kind: 'rtsp', url },
    start: 'always',
  };
  cameras['Barn'] = await owner.must<Camera>(201, 'POST', '/api/v1/cameras', barn);
  return cameras;
}

/** Where nobody listens. */
async function deafPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

async function addPeople(owner: Person, cameras: House['cameras']): Promise<void> {
  const people = [
    { name: 'Marta', role: 'operator', grants: { every: ['live', 'playback', 'export', 'settings'] } },
    {
      name: 'Night watch',
      role: 'viewer',
      grants: {
        cameras: {
          [idOf(cameras, 'Gate')]: ['live', 'playback'],
          [idOf(cameras, 'Yard')]: ['live', 'playback'],
          [idOf(cameras, 'Shop floor')]: ['live'],
        },
      },
    },
    { name: 'Neighbour', role: 'viewer', grants: { cameras: { [idOf(cameras, 'Gate')]: ['live'] } } },
  ];
  for (const person of people) await owner.must(201, 'POST', '/api/v1/users', { ...person, password });
  const inAYear = Date.now() + 365 * 86_400_000;
  const keys = [
    { name: 'Home Assistant', scopes: ['media:read'], expiresMs: inAYear },
    { name: 'Door contact', scopes: ['media:read', 'media:write'], expiresMs: inAYear },
    { name: 'Prometheus', scopes: ['metrics:read'] },
  ];
  for (const key of keys) await owner.must(201, 'POST', '/api/v1/keys', key);
  const devices = [
    { name: 'office-recorder', grants: { every: ['live'] } },
    { name: 'hall-screen', grants: { cameras: { [idOf(cameras, 'Gate')]: ['live'] } } },
  ];
  for (const device of devices) await owner.must(201, 'POST', '/api/v1/devices', device);
}

async function addViews(owner: Person, cameras: House['cameras']): Promise<SavedView> {
  const side = ['Yard', 'Garage', 'Shop floor'].map((name, at) => ({
    cameraId: idOf(cameras, name),
    x: 8,
    y: at * 4,
    w: 4,
    h: 4,
    fit: 'cover',
  }));
  const tiles = [
    { cameraId: idOf(cameras, 'Gate'), x: 0, y: 0, w: 8, h: 8, fit: 'cover' },
    { cameraId: idOf(cameras, 'Harbour'), x: 0, y: 8, w: 4, h: 4, fit: 'cover' },
    { cameraId: idOf(cameras, 'Barn'), x: 4, y: 8, w: 4, h: 4, fit: 'cover' },
    ...side,
  ];
  const around = { name: 'All around', shared: true, tiles };
  const view = await owner.must<SavedView>(201, 'POST', '/api/v1/views', around);
  const outside = ['Gate', 'Yard', 'Harbour', 'Barn'].map((name, at) => ({
    cameraId: idOf(cameras, name),
    x: (at % 2) * 6,
    y: Math.floor(at / 2) * 6,
    w: 6,
    h: 6,
  }));
  await owner.must(201, 'POST', '/api/v1/views', { name: 'Outside', tiles: outside });
  return view;
}

/** Waits for every camera that can be, and tells a moment that all of them have footage of. */
async function live(owner: Person, cameras: House['cameras']): Promise<number> {
  for (const { id, name } of Object.values(cameras)) {
    if (name !== 'Barn') await isLive(owner, id);
  }
  return Date.now() - recordedMs / 2;
}

async function isLive(owner: Person, id: string): Promise<void> {
  for (let turn = 0; turn < 120; turn += 1) {
    const { status } = await owner.must<Camera>(200, 'GET', `/api/v1/cameras/${id}`);
    if (status.state === 'live') return;
    await pause(500);
  }
  throw new Error(`The camera ${id} never was live`);
}

/** An interruption, things that happened, an export and a hold: what timelines and lists are for. */
async function trouble(owner: Person, cameras: House['cameras']): Promise<void> {
  const gate = `/api/v1/cameras/${idOf(cameras, 'Gate')}`;
  const yard = `/api/v1/cameras/${idOf(cameras, 'Yard')}`;
  await owner.must(200, 'PATCH', gate, { enabled: false });
  await owner.must(200, 'POST', `${yard}/trigger`, { kind: 'motion', label: 'The cat', durationSeconds: 4 });
  await pause(interruptedMs);
  await owner.must(200, 'PATCH', gate, { enabled: true });
  await pause(5000);
  await owner.must(200, 'POST', `${gate}/trigger`, {
    kind: 'door',
    label: 'Gate opened',
    durationSeconds: 3,
  });
  const endMs = Date.now() - 25_000;
  const range = { startMs: endMs - 20_000, endMs };
  await owner.must(201, 'POST', '/api/v1/exports', { cameraIds: [idOf(cameras, 'Yard')], ...range });
  const hold = {
    cameraId: idOf(cameras, 'Gate'),
    ...range,
    untilMs: null,
    reason: 'Scratch on the delivery van',
  };
  await owner.must(201, 'POST', '/api/v1/holds', hold);
}

async function share(owner: Person, cameras: House['cameras'], momentMs: number): Promise<string> {
  const lastsMs = 7 * 86_400_000;
  const links = [
    { cameraId: idOf(cameras, 'Shop floor'), live: true, note: 'For the customer', lastsMs },
    { cameraId: idOf(cameras, 'Yard'), fromMs: momentMs, toMs: momentMs + 20_000, note: 'The cat', lastsMs },
  ];
  let url = '';
  for (const link of links.toReversed()) {
    ({ url } = await owner.must<{ url: string }>(201, 'POST', '/api/v1/shares', link));
  }
  return url;
}
