/**
 * Recording of real cameras in the real server: no frame is lost between camera and file, and what is missing stands in
 * the ledger with its cause.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Camera } from '../../src/api/contract/cameras.ts';
import type { RecordingStatus, Timeline } from '../../src/api/contract/recording.ts';
import type { GstMedia, GstRtsp } from '../rigs/gstreamer-rtsp.ts';
import { startGstRtsp } from '../rigs/gstreamer-rtsp.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';
import type { Feed } from './support/feed.ts';
import { listen } from './support/feed.ts';
import { decodedFrames, indexedRecordings, recordedFiles } from './support/recorded.ts';
import { until } from './support/until.ts';

/** Of the file that a camera sends: 8 s with B-frames and sound. */
const sentFrames = 200;

let folder: string;
let server: RunningServer;
let feed: Feed;
/** Cameras that run. */
const running: GstRtsp[] = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sightline-recording-'));
  server = await startServer({ data: folder });
  feed = await listen(server.url);
});

after(async () => {
  feed?.leave();
  await Promise.all(running.map((rtsp) => rtsp.kill()));
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

function madeFile(): string {
  const file = join(folder, 'camera.mp4');
  const words =
    `-v error -f lavfi -i testsrc=size=320x240:rate=25 -f lavfi -i sine=sample_rate=44100 -frames:v ${sentFrames} ` +
    `-t ${sentFrames / 25} -c:v libx264 -preset ultrafast -bf 2 -g 30 -pix_fmt yuv420p -c:a aac -y ${file}`;
  execFileSync('ffmpeg', words.split(' '));
  return file;
}

const startCamera = async (media: GstMedia): Promise<GstRtsp> => {
  const rtsp = await startGstRtsp({ media });
  running.push(rtsp);
  return rtsp;
};

const recorded = async (media: GstMedia): Promise<{ rtsp: GstRtsp; camera: Camera }> => {
  const rtsp = await startCamera(media);
  const source = { kind: 'rtsp', url: rtsp.url };
  const camera = await server.addCamera({ name: 'Door', source, recording: { mode: 'continuous' } });
  return { rtsp, camera };
};

const recordingOf = async (camera: Camera): Promise<RecordingStatus> =>
  (await server.api<RecordingStatus>('GET', `/api/v1/cameras/${camera.id}/recording`)).body;

const gapsOf = async (camera: Camera): Promise<Timeline['gaps']> => {
  const range = `from=${Date.now() - 600_000}&to=${Date.now() + 10_000}&resolution=0`;
  return (await server.api<Timeline>('GET', `/api/v1/cameras/${camera.id}/timeline?${range}`)).body.gaps;
};

const recordsWell = (camera: Camera, frames: number): Promise<RecordingStatus> =>
  until('frames are stored', async () => {
    const status = await recordingOf(camera);
    return status.counters.framesStored >= frames && status;
  });

describe('a camera that is recorded', () => {
  it('finds every frame it sent in the files, once', async () => {
    const { rtsp, camera } = await recorded({ mp4: madeFile(), video: 'h264', audio: 'aac' });
    const runs = await until('the camera has sent all it has', () => {
      const rows = indexedRecordings(folder, camera.id);
      return rows.some(({ end_reason: reason }) => reason === 'interrupted') && rows;
    });
    await server.api('PATCH', `/api/v1/cameras/${camera.id}`, { enabled: false });
    await rtsp.kill();
    const [first] = runs;
    const files = runs.filter(({ run_id: run }) => run === first?.run_id);
    let frames = 0;
    for (const { path, frames: indexed } of files) {
      const decoded = await decodedFrames(join(folder, 'recordings', path));
      assert.equal(decoded, indexed, 'the index knows what is in the file');
      frames += decoded;
    }
    assert.equal(frames, sentFrames);
  });

  it('is a gap within five seconds when it loses power, until it is back', async () => {
    const { rtsp, camera } = await recorded({ video: 'h264', gopFrames: 25 });
    await recordsWell(camera, 50);
    const killedMs = Date.now();
    await rtsp.kill();
    const opened = await until('the gap is told', () => told('gap.opened', camera), 5000);
    assert.equal(opened.cause, 'camera-offline');
    assert.ok(
      Math.abs(opened.startMs - killedMs) < 3000,
      `${opened.startMs - killedMs} ms after it was killed`,
    );
    const failing = await recordingOf(camera);
    assert.deepEqual([failing.state, (failing.reason ?? '').length > 10], ['failing', true]);
    await until('the timeline has it', async () => (await gapsOf(camera)).some(({ open }) => open), 5000);
    const back = await rtsp.restart();
    running.push(back);
    const closed = await until('footage goes on', () => told('gap.closed', camera, opened.id), 60_000);
    assert.equal((await recordingOf(camera)).state, 'recording');
    const rows = await until('its file is begun', () => {
      const found = indexedRecordings(folder, camera.id);
      return found.length > 0 && found;
    });
    assert.ok(
      Math.abs((rows.at(-1)?.end_ms ?? 0) - opened.startMs) < 300,
      'the gap begins where the file ends',
    );
    assert.ok((closed.endMs ?? 0) > opened.startMs);
    await server.api('DELETE', `/api/v1/cameras/${camera.id}`);
    await back.kill();
  });

  it('goes on after the server was killed; what is missing is the time without a server', async () => {
    const { rtsp, camera } = await recorded({ video: 'h264', audio: 'aac', gopFrames: 50 });
    await recordsWell(camera, 120);
    await sleep(3500); // a mark is written every 3 s
    feed.leave();
    const killedMs = Date.now();
    await server.kill();
    await sleep(1000);
    server = await startServer({ data: folder });
    feed = await listen(server.url);
    await recordsWell(camera, 25);
    const gap = await until('the gap is closed', async () => {
      const [last] = (await gapsOf(camera)).filter(({ cause }) => cause === 'server-stopped');
      return last?.open === false && last;
    });
    const crashed = indexedRecordings(folder, camera.id).findLast((row) => row.end_reason === 'crash');
    assert.ok(crashed);
    assert.equal(gap.startMs, crashed.end_ms, 'from the last frame that is kept');
    const lostMs = killedMs - gap.startMs;
    assert.ok(lostMs < 2500, `${lostMs} ms before the kill are missing`);
    assert.equal(await decodedFrames(join(folder, 'recordings', crashed.path)), crashed.frames);
    const [newest] = (await recordedFiles(folder, camera.id)).slice(-1);
    assert.ok(newest !== undefined && !newest.endsWith(crashed.path), 'another file is written');
    await server.api('DELETE', `/api/v1/cameras/${camera.id}`);
    await rtsp.kill();
  });

  it('keeps what was before a trigger', async () => {
    const rtsp = await startCamera({ video: 'h264', gopFrames: 25 });
    const source = { kind: 'rtsp', url: rtsp.url };
    const recording = { mode: 'event', preSeconds: 3, postSeconds: 2 };
    const camera = await server.addCamera({ name: 'Bell', source, recording });
    await server.waitFor(camera.id, 'live', ({ status }) => status.state === 'live');
    await sleep(5000);
    const atMs = Date.now();
    await server.api('POST', `/api/v1/cameras/${camera.id}/trigger`, { label: 'bell', kind: 'bell' });
    const rows = await until('the event is recorded', () => {
      const found = indexedRecordings(folder, camera.id);
      return found.some(({ end_reason: reason }) => reason === 'stopped') && found;
    });
    // The minute may have turned in between.
    const [first] = rows;
    const last = rows.at(-1);
    assert.ok(first && last && rows.every((row) => row.run_id === first.run_id));
    const [beforeMs, afterMs] = [atMs - first.start_ms, last.end_ms - atMs];
    assert.ok(beforeMs >= 2500 && beforeMs < 5500, `${beforeMs} ms before`);
    assert.ok(afterMs >= 1500 && afterMs < 5000, `${afterMs} ms after`);
    for (const { path, frames } of rows)
      assert.equal(await decodedFrames(join(folder, 'recordings', path)), frames);
    await server.api('DELETE', `/api/v1/cameras/${camera.id}`);
    await rtsp.kill();
  });
});

function told(what: 'gap.opened' | 'gap.closed', camera: Camera, id?: string) {
  for (const event of feed.events) {
    if (event.type !== what || event.cameraId !== camera.id) continue;
    // What is told while a camera is connected to for the first time is another gap.
    if (
      id === undefined ? event.gap.cause === 'camera-offline' && !isOver(event.gap.id) : event.gap.id === id
    )
      return event.gap;
  }
  return undefined;
}

function isOver(id: string): boolean {
  return feed.events.some((event) => event.type === 'gap.closed' && event.gap.id === id);
}
