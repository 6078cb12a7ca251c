/**
 * Footage that leaves the real server: exported while the camera is recorded and watched, downloaded in pieces, played by
 * FFmpeg and by a real Chromium, checked by the command that a court would use.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, open, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Camera } from '../../src/api/contract/cameras.ts';
import type { Export, ExportEstimate } from '../../src/api/contract/playback.ts';
import type { RecordingStatus } from '../../src/api/contract/recording.ts';
import { decodedFrames, decodingErrors } from '../../src/media/mp4/encoded.testing.ts';
import type { GstRtsp } from '../rigs/gstreamer-rtsp.ts';
import { startGstRtsp } from '../rigs/gstreamer-rtsp.ts';
import { openBrowser } from '../support/browser.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';
import { sightline } from './support/command.ts';
import { until } from './support/until.ts';

/** Of the file that the camera sends. */
const sentSeconds = 12;

let folder: string;
let server: RunningServer;
let rtsp: GstRtsp;
let camera: Camera;
let beganMs: number;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sightline-export-'));
  const film = join(folder, 'camera.mp4');
  const words =
    `-v error -f lavfi -i testsrc=size=320x240:rate=25 -f lavfi -i sine=sample_rate=48000 -t ${sentSeconds} ` +
    `-c:v libx264 -preset ultrafast -bf 2 -g 30 -pix_fmt yuv420p -c:a aac -y ${film}`;
  execFileSync('ffmpeg', words.split(' '));
  server = await startServer({ data: folder });
  rtsp = await startGstRtsp({ media: { mp4: film, video: 'h264', audio: 'aac' } });
  beganMs = Date.now();
  const source = { kind: 'rtsp', url: rtsp.url };
  camera = await server.addCamera({ name: '../Door "1"', source, recording: { mode: 'continuous' } });
  await until('six seconds are stored', async () => {
    const status = await server.api<RecordingStatus>('GET', `/api/v1/cameras/${camera.id}/recording`);
    return status.body.counters.framesStored >= 150;
  });
});

after(async () => {
  await rtsp?.kill();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

const order = (cut: 'keyframe' | 'exact' = 'keyframe'): Record<string, unknown> => ({
  cameraIds: [camera.id],
  startMs: beganMs,
  endMs: Date.now(),
  cut,
});

const done = (id: string): Promise<Export> =>
  until('the export is done', async () => {
    const { body } = await server.api<Export>('GET', `/api/v1/exports/${id}`);
    assert.notEqual(body.state, 'failed', body.fault ?? '');
    return body.state === 'done' && body;
  });

async function exported(cut?: 'keyframe' | 'exact'): Promise<Export> {
  const { status, body } = await server.api<Export>('POST', '/api/v1/exports', order(cut));
  assert.equal(status, 201, JSON.stringify(body));
  return done(body.id);
}

const refused = async (change: Record<string, unknown>): Promise<[number, string]> => {
  const { status, body } = await server.api<{ code: string; detail: string }>('POST', '/api/v1/exports', {
    ...order(),
    ...change,
  });
  assert.ok(body.detail.length > 20);
  return [status, body.code];
};

const filmOf = ({ files }: Export): Export['files'][number] => {
  const film = files.find(({ name }) => name.endsWith('.mp4'));
  assert.ok(film);
  return film;
};

const fetched = async (url: string): Promise<Buffer> =>
  Buffer.from(await (await fetch(server.url + url)).arrayBuffer());

async function downloaded(one: Export, name: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(path);
  for (const file of one.files) await writeFile(join(path, file.name), await fetched(file.url));
  return path;
}

describe('an export', () => {
  it('of a camera that is being recorded is a film that decodes, of the size that was told', async () => {
    const estimate = await server.api<ExportEstimate>('POST', '/api/v1/exports/estimate', order());
    assert.equal(estimate.status, 200);
    assert.ok(estimate.body.recordedMs >= 5000);
    const one = await exported();
    const film = filmOf(one);
    assert.match(film.name, /^Door-1_\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.mp4$/);
    const bytes = await fetched(film.url);
    assert.equal(bytes.length, film.bytes);
    assert.ok(film.bytes > estimate.body.bytes * 0.9);
    assert.equal(decodingErrors(bytes), '');
    assert.ok(decodedFrames(bytes, 'v').length >= 150);
    assert.ok(decodedFrames(bytes, 'a').length >= 200);
  });

  it('is downloaded in pieces, goes on where it stopped, and is not sent again when it is there', async () => {
    const film = filmOf(await exported());
    const whole = await fetch(server.url + film.url);
    const bytes = Buffer.from(await whole.arrayBuffer());
    const etag = whole.headers.get('etag') ?? '';
    assert.match(whole.headers.get('content-disposition') ?? '', /^attachment; filename="Door-1_/);
    const at = Math.floor(bytes.length / 3);
    const headers = { range: `bytes=${at}-`, 'if-range': etag };
    const rest = await fetch(server.url + film.url, { headers });
    assert.equal(rest.status, 206);
    assert.equal(rest.headers.get('content-range'), `bytes ${at}-${bytes.length - 1}/${bytes.length}`);
    assert.deepEqual(Buffer.from(await rest.arrayBuffer()), bytes.subarray(at));
    const beyond = await fetch(server.url + film.url, { headers: { range: `bytes=${bytes.length}-` } });
    assert.equal(beyond.status, 416);
    const again = await fetch(server.url + film.url, { headers: { 'if-none-match': etag } });
    assert.equal(again.status, 304);
    const head = await fetch(server.url + film.url, { method: 'HEAD' });
    assert.equal(head.headers.get('content-length'), `${bytes.length}`);
  });

  it('opens and plays in Chromium, cut exactly', async () => {
    const film = filmOf(await exported('exact'));
    const browser = await openBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(`${server.url}/healthz`);
      const told = await page.evaluate(async (url) => {
        const video = document.createElement('video');
        video.muted = true;
        video.src = url;
        document.body.append(video);
        await video.play();
        const played = new Promise<string>((resolve) => {
          video.addEventListener('error', () => resolve(video.error?.message ?? 'error'));
          video.addEventListener('timeupdate', () => video.currentTime > 1 && resolve('plays'));
        });
        const { videoWidth, videoHeight, duration } = video;
        return { played: await played, videoWidth, videoHeight, duration };
      }, film.url);
      assert.equal(told.played, 'plays');
      assert.deepEqual([told.videoWidth, told.videoHeight], [320, 240]);
      assert.ok(told.duration >= 5, `${told.duration} s`);
    } finally {
      await browser.close();
    }
  });

  it('is found whole by the command, and not when one bit is another', async () => {
    const one = await exported();
    const path = await downloaded(one, 'taken-away');
    const { publicKey } = (await server.api<{ publicKey: string }>('GET', '/api/v1/exports/key')).body;
    const sound = sightline('verify-export', path, '--key', publicKey);
    assert.equal(await sound.exit, 0, sound.complaints());
    assert.match(sound.output(), /Nothing was changed/);
    const film = join(path, filmOf(one).name);
    const file = await open(film, 'r+');
    const at = Math.floor((await file.stat()).size * 0.6);
    const { buffer } = await file.read(new Uint8Array(1), 0, 1, at);
    await file.write(Uint8Array.of((buffer[0] ?? 0) ^ 4), 0, 1, at);
    await file.close();
    const changed = sightline('verify-export', join(path, 'manifest.json'), '--key', publicKey);
    assert.equal(await changed.exit, 1);
    assert.match(changed.complaints(), /fragment \d+ of rec_\w+, bytes \d+ to \d+\) was changed/);
    const other = sightline('verify-export', path, '--key', `ed25519:${'A'.repeat(43)}=`);
    assert.equal(await other.exit, 1);
    assert.match(other.complaints(), /another key/);
  });

  it('is there after a restart, and gone when it was deleted', async () => {
    const one = await exported();
    await server.kill();
    server = await startServer({ data: folder });
    const { body: all } = await server.api<Export[]>('GET', '/api/v1/exports');
    assert.equal(all[0]?.id, one.id);
    assert.equal(decodingErrors(await fetched(filmOf(one).url)), '');
    assert.equal((await server.api('DELETE', `/api/v1/exports/${one.id}`)).status, 204);
    assert.equal((await fetch(server.url + filmOf(one).url)).status, 404);
    assert.ok(!(await readdir(join(folder, 'exports'))).includes(one.id));
  });

  it('of nothing, of nobody and of too much is refused with words', async () => {
    assert.deepEqual(await refused({ startMs: 0, endMs: 1000 }), [404, 'no-footage']);
    assert.deepEqual(await refused({ endMs: beganMs - 1 }), [400, 'bad-range']);
    assert.deepEqual(await refused({ startMs: 0 }), [400, 'export-too-large']);
    assert.deepEqual(await refused({ cameraIds: ['cam_0000000000000000', '../x'] }), [
      404,
      'camera-not-found',
    ]);
    assert.deepEqual(await refused({ cameraIds: [] }), [400, 'invalid-request']);
  });

  it('gives away no other file', async () => {
    const one = await exported();
    const secret = await readFile(join(folder, 'export-signing.key'), 'utf8');
    for (const name of [
      '..%2f..%2fexport-signing.key',
      '%2e%2e',
      '..%5c..%5cexport-signing.key',
      'nothing.mp4',
    ]) {
      const answer = await fetch(`${server.url}/api/v1/exports/${one.id}/files/${name}`);
      assert.ok(answer.status >= 400, name);
      assert.ok(!(await answer.text()).includes(secret));
    }
  });
});
