/** Four cameras record while one is watched live and two others are played back: no frame of a recording is lost. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, it } from 'node:test';
import type { Camera } from '../../src/api/contract/cameras.ts';
import type { PlaybackSession } from '../../src/api/contract/playback.ts';
import type { RecordingStatus } from '../../src/api/contract/recording.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';
import { makeFilm, play, run } from './support/foreign.ts';
import { until } from './support/until.ts';

const recordedSeconds = 12;

let data: string;
let server: RunningServer;

before(async () => {
  data = await mkdtemp(join(tmpdir(), 'sightline-together-'));
  await mkdir(join(data, 'media'));
  await makeFilm(join(data, 'media', 'film.mp4'), 30);
  server = await startServer({ data });
});

after(async () => {
  await server?.stop();
  await rm(data, { recursive: true, force: true });
});

function addCamera(name: string): Promise<Camera> {
  const source = { kind: 'file', path: 'film.mp4' };
  return server.addCamera({ name, source, recording: { mode: 'continuous' } });
}

async function recording({ id }: Camera): Promise<RecordingStatus> {
  return (await server.api<RecordingStatus>('GET', `/api/v1/cameras/${id}/recording`)).body;
}

/** Plays what was recorded in the last seconds, as fast as it comes, again and again until told to stop. */
async function replay({ id }: Camera, goesOn: () => boolean): Promise<number> {
  let pictures = 0;
  while (goesOn()) {
    const toMs = Date.now() - 2000;
    const wanted = { camera_id: id, start_time: toMs - 3000, end_time: toMs, format: 'auto' };
    const { status, body } = await server.api<PlaybackSession>('POST', '/api/v1/playback/start', wanted);
    assert.equal(status, 200, JSON.stringify(body));
    const played = await play(server.url + body.url, 10);
    assert.equal(played.complaints, '');
    pictures += played.pictures;
  }
  return pictures;
}

/** Pictures in the files of a camera, as ffprobe counts them. */
async function picturesInFiles({ id }: Camera): Promise<number> {
  const database = new DatabaseSync(join(data, 'sightline.sqlite'), { readOnly: true });
  const rows = database.prepare('select path from recordings where camera_id = ?').all(id) as {
    path: string;
  }[];
  database.close();
  let pictures = 0;
  for (const { path } of rows) {
    const words = ['-v', 'error', '-select_streams', 'v', '-count_packets'];
    const shown = [
      '-show_entries',
      'stream=nb_read_packets',
      '-of',
      'csv=p=0',
      join(data, 'recordings', path),
    ];
    pictures += Number.parseInt((await run('ffprobe', [...words, ...shown])).output, 10);
  }
  return pictures;
}

it('every frame that came is in a file', { timeout: 120_000 }, async (t) => {
  const cameras = await Promise.all(['Door', 'Yard', 'Gate', 'Hall'].map(addCamera));
  const [door, yard, gate] = cameras as [Camera, Camera, Camera];
  await until('the first seconds are recorded', async () => {
    const all = await Promise.all(cameras.map(recording));
    return all.every(({ counters }) => counters.framesStored > 200);
  });
  const endMs = performance.now() + recordedSeconds * 1000;
  const goesOn = (): boolean => performance.now() < endMs;
  const [replayed, again, live] = await Promise.all([
    replay(yard, goesOn),
    replay(gate, goesOn),
    play(server.url + door.links.hls, recordedSeconds),
    sleep(recordedSeconds * 1000),
  ]);
  assert.ok(replayed > 50 && again > 50 && live.pictures > 100, `${replayed}, ${again}, ${live.pictures}`);
  for (const { id } of cameras) {
    await server.api('PATCH', `/api/v1/cameras/${id}`, { recording: { mode: 'off' } });
  }
  for (const camera of cameras) {
    const { counters } = await until('the file is closed', async () => {
      const status = await recording(camera);
      const { framesReceived, framesStored, framesDropped, framesLost } = status.counters;
      const isSettled = framesStored + framesDropped + framesLost >= framesReceived;
      return isSettled && status.counters.pendingBytes === 0 ? status : undefined;
    });
    assert.equal(counters.framesStored, counters.framesReceived, camera.name);
    await until('its row is there', async () => (await picturesInFiles(camera)) === counters.framesStored);
    assert.ok(counters.framesStored > recordedSeconds * 20, `${counters.framesStored} frames`);
  }
  t.diagnostic(`${replayed + again} pictures replayed, ${live.pictures} watched live`);
});
