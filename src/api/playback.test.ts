/** Playback sessions over HTTP, on a real archive: what a program asks, and what it gets. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import * as fc from 'fast-check';
import { testArchive, testCamera } from '../archive/archive.testing.ts';
import type { TestArchive } from '../archive/archive.testing.ts';
import { cameraId } from '../base/ids.ts';
import { systemClock } from '../io/clock.ts';
import { parseMediaPlaylist } from '../media/hls/parse.ts';
import { ffmpegMissing } from '../media/mp4/encoded.testing.ts';
import { readTs } from '../media/mpegts/reader.testing.ts';
import { filmTracks, beginStory, recordStory, storyFragment } from '../playback/films.testing.ts';
import { PlaybackSessions } from '../playback/sessions.ts';
import { storedTables } from '../playback/stored-tables.ts';
import type { PlaybackSession } from './contract/playback.ts';
import type { Problem } from './contract/problem.ts';
import type { TestApi } from './testing.ts';
import { ask, startTestApi } from './testing.ts';

const skip = ffmpegMissing;
/** A morning, long ago. */
const dawnMs = Date.parse('2026-03-01T06:00:00Z');
const minuteMs = 60_000;
const emptyCamera = cameraId(new Uint8Array(16).fill(3));

let stored: TestArchive;
let sessions: PlaybackSessions;
let api: TestApi;

before(async () => {
  stored = await testArchive();
  const { archive, database } = stored;
  let ids = 0;
  sessions = new PlaybackSessions({
    archive,
    tables: storedTables(database.queries),
    clock: systemClock,
    newId: () => `play_${(ids += 1)}`,
  });
  api = await startTestApi({ playback: sessions });
  const small = filmTracks('h264', '160x96', 'aac');
  const large = filmTracks('h264', '320x192', 'aac');
  // Two recordings of a run, a gap of ten seconds, and then another picture size.
  await recordStory(archive, { tracks: small, startMs: dawnMs, seconds: 20 });
  await recordStory(archive, { tracks: small, startMs: dawnMs + 20_000, seconds: 20, continues: true });
  await recordStory(archive, { tracks: small, startMs: dawnMs + 50_000, seconds: 10 });
  await recordStory(archive, { tracks: large, startMs: dawnMs + 60_000, seconds: 12, continues: true });
});

after(async () => {
  await api.close();
  sessions.close();
  await stored.end();
});

async function start(
  body: Record<string, unknown>,
): Promise<{ status: number; session: PlaybackSession; problem: Problem }> {
  const answer = await ask(api.port, '/api/v1/playback/start', {
    method: 'POST',
    body: { camera_id: testCamera, ...body },
  });
  return { status: answer.status, session: answer.json as PlaybackSession, problem: answer.json as Problem };
}

const morning = { start_time: dawnMs, end_time: dawnMs + 2 * minuteMs };
const folder = (session: PlaybackSession): string => session.url.replace('playlist.m3u8', '');
const urlOf = (path: string): string => `http://127.0.0.1:${api.port}${path}`;

async function bytesOf(
  path: string,
  headers: Record<string, string> = {},
): Promise<{ response: Response; bytes: Buffer }> {
  const response = await fetch(urlOf(path), { headers });
  return { response, bytes: Buffer.from(await response.arrayBuffer()) };
}

describe('a session', { skip }, () => {
  test('says what it is, and how long it lasts', async () => {
    const { status, session } = await start({ ...morning, start_time: '2026-03-01T07:00:02+01:00' });
    assert.equal(status, 200);
    assert.equal(session.start_time, '2026-03-01T06:00:02.000Z');
    assert.equal(session.format, 'ts');
    assert.equal(session.growing, false);
    assert.equal(session.url, `/api/v1/playback/sessions/${session.session_id}/playlist.m3u8`);
    assert.deepEqual(
      session.segment_ids,
      session.segment_ids.map((_, index) => index),
    );
    const lastsMs = Date.parse(session.expires_at) - Date.now();
    assert.ok(lastsMs > 59 * minuteMs && lastsMs <= 60 * minuteMs);
    const again = await ask(api.port, `/api/v1/playback/sessions/${session.session_id}`);
    assert.deepEqual({ ...(again.json as object), expires_at: 0 }, { ...session, expires_at: 0 });
  });

  test('is extended, and ended', async () => {
    const { session } = await start(morning);
    const path = `/api/v1/playback/sessions/${session.session_id}`;
    const extended = await ask(api.port, `${path}/extend`, {
      method: 'POST',
      body: { duration_seconds: 600 },
    });
    const later = Date.parse((extended.json as PlaybackSession).expires_at) - Date.parse(session.expires_at);
    assert.ok(Math.abs(later - 600_000) < 100);
    assert.equal((await ask(api.port, path, { method: 'DELETE' })).status, 204);
    for (const gone of [path, session.url, `${folder(session)}segment/0.ts`]) {
      const answer = await ask(api.port, gone);
      assert.equal(answer.status, 404);
      assert.equal((answer.json as Problem).code, 'session-not-found');
    }
    assert.equal((await ask(api.port, path, { method: 'DELETE' })).status, 404);
  });

  test('is refused in words when its range is wrong', async () => {
    const backwards = await start({ start_time: dawnMs, end_time: dawnMs });
    assert.equal(backwards.status, 400);
    assert.match(backwards.problem.detail, /end_time must be later than start_time/);
    const endless = await start({ start_time: dawnMs, end_time: dawnMs + 25 * 3_600_000 });
    assert.equal(endless.status, 400);
    assert.match(endless.problem.detail, /24 hours/);
    for (const bad of ['yesterday', '2026-03-01T06:00:00', -5]) {
      assert.equal((await start({ ...morning, start_time: bad })).status, 400);
    }
    assert.equal((await start({ ...morning, camera_id: 'cam_x' })).status, 404);
  });

  test('of a time without footage names the nearest there is', async () => {
    const { status, problem } = await start({ start_time: dawnMs + 42_000, end_time: dawnMs + 48_000 });
    assert.equal(status, 404);
    assert.match(problem.detail, /ends at 2026-03-01T06:00:40.000Z.*begins at 2026-03-01T06:00:50.000Z/);
    const fields = problem as Problem & { beforeMs: number; afterMs: number };
    assert.deepEqual([fields.beforeMs, fields.afterMs], [dawnMs + 40_000, dawnMs + 50_000]);
    const never = await start({ ...morning, camera_id: emptyCamera });
    assert.equal(never.problem.code, 'camera-not-found');
  });
});

describe('its playlist', { skip }, () => {
  test('begins at the keyframe before, is cut near 6 s, and marks gaps and other pictures', async () => {
    const { session } = await start({ ...morning, start_time: dawnMs + 2500 });
    const text = (await ask(api.port, session.url)).text;
    const read = parseMediaPlaylist(text);
    assert.ok(read.ok);
    const { segments, startSeconds, targetDurationSeconds, ended } = read.value;
    assert.equal(ended, true);
    assert.equal(startSeconds, 0.5);
    assert.equal(segments.length, session.segment_ids.length);
    assert.deepEqual(
      segments.map(({ whole }) => whole?.durationSeconds),
      [6, 6, 6, 6, 6, 6, 2, 6, 4, 6, 6],
    );
    assert.deepEqual(
      segments.map(({ programDateTimeMs }) => (programDateTimeMs - dawnMs) / 1000),
      [2, 8, 14, 20, 26, 32, 38, 50, 56, 60, 66],
    );
    const cuts = segments.flatMap(({ discontinuity }, index) => (discontinuity ? [index] : []));
    assert.deepEqual(cuts, [7, 9]);
    assert.equal(targetDurationSeconds, 6);
    assert.match(text, /#EXT-X-PLAYLIST-TYPE:VOD/);
    assert.match(text, /#EXT-X-INDEPENDENT-SEGMENTS/);
  });

  test('of fMP4 names an init segment for each kind of picture', async () => {
    const { session } = await start({ ...morning, format: 'fmp4' });
    const read = parseMediaPlaylist((await ask(api.port, session.url)).text);
    assert.ok(read.ok);
    assert.deepEqual(
      [...new Set(read.value.segments.map(({ mapUri }) => mapUri))],
      ['init/0.mp4', 'init/1.mp4'],
    );
    for (const name of ['init/0.mp4', 'init/1.mp4']) {
      assert.equal((await ask(api.port, folder(session) + name)).status, 200);
    }
    assert.equal((await ask(api.port, `${folder(session)}init/2.mp4`)).status, 404);
  });

  test('H.265 is played as fMP4 unless asked otherwise', async () => {
    const camera = cameraId(new Uint8Array(16).fill(5));
    await recordStory(stored.archive, {
      cameraId: camera,
      tracks: filmTracks('h265'),
      startMs: dawnMs,
      seconds: 7,
    });
    assert.equal((await start({ ...morning, camera_id: camera })).session.format, 'fmp4');
    const { session } = await start({ ...morning, camera_id: camera, format: 'ts' });
    assert.equal(await complaints(session.url), '');
  });

  test('of many variants says codecs and size; keyframes alone are a playlist, too', async () => {
    const { session } = await start(morning);
    const { text } = await ask(api.port, `${folder(session)}index.m3u8`);
    assert.match(text, /CODECS="avc1\.[0-9a-f]{6},mp4a\.40\.2,avc1\.[0-9a-f]{6}",RESOLUTION=320x192/i);
    assert.match(text, /#EXT-X-I-FRAME-STREAM-INF:.*URI="keyframes\.m3u8"/);
    const keyframes = (await ask(api.port, `${folder(session)}keyframes.m3u8`)).text;
    assert.match(keyframes, /#EXT-X-I-FRAMES-ONLY/);
    assert.equal(keyframes.match(/#EXTINF:1,/g)?.length, 62);
    assert.equal(await framesOf(`${folder(session)}keyframes.m3u8`), 62);
  });
});

describe('its segments', { skip }, () => {
  test('have the right type, length and tag; parts and unchanged ones are answered as HTTP says', async () => {
    const { session } = await start(morning);
    const path = `${folder(session)}segment/1.ts`;
    const { response, bytes } = await bytesOf(path);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'video/mp2t');
    assert.equal(Number(response.headers.get('content-length')), bytes.length);
    assert.match(response.headers.get('cache-control') ?? '', /^private/);
    assert.equal(readTs(bytes).streams.size, 2);
    const etag = response.headers.get('etag') ?? '';
    assert.match(etag, /^"/);
    assert.equal((await bytesOf(path, { 'if-none-match': etag })).response.status, 304);
    const part = await bytesOf(path, { range: 'bytes=188-375' });
    assert.equal(part.response.status, 206);
    assert.equal(part.response.headers.get('content-range'), `bytes 188-375/${bytes.length}`);
    assert.ok(part.bytes.equals(bytes.subarray(188, 376)));
    const other = await bytesOf(path, { range: 'bytes=0-9', 'if-range': '"other"' });
    assert.equal(other.response.status, 200);
    assert.equal((await bytesOf(path, { range: `bytes=${bytes.length}-` })).response.status, 416);
    assert.equal(
      (await ask(api.port, path, { method: 'HEAD' })).headers['content-length'],
      String(bytes.length),
    );
  });

  test('that do not exist are 404', async () => {
    const { session } = await start(morning);
    for (const file of [
      'segment/99.ts',
      'segment/x.ts',
      'segment/1.mp4',
      'keyframe/0-9.m4s',
      'keyframe/a.m4s',
    ]) {
      assert.equal((await ask(api.port, folder(session) + file)).status, 404, file);
    }
  });

  test('whatever file is asked for: never a server error', async () => {
    const { session } = await start(morning);
    const name = fc.oneof(
      fc.string({ maxLength: 30 }),
      fc.tuple(fc.nat(), fc.constantFrom('.ts', '.m4s', '.mp4', '-0.m4s')).map(([at, end]) => `${at}${end}`),
    );
    const place = fc.constantFrom('', 'segment/', 'init/', 'keyframe/');
    await fc.assert(
      fc.asyncProperty(place, name, async (under, file) => {
        const { status } = await ask(api.port, folder(session) + under + encodeURIComponent(file));
        assert.ok([200, 404].includes(status), `${under}${file}: ${status}`);
      }),
      { numRuns: 100 },
    );
  });

  for (const format of ['ts', 'fmp4']) {
    test(`FFmpeg plays all of them as ${format}, over the gap and the change of size, without complaint`, async () => {
      const { session } = await start({ ...morning, format });
      assert.equal(await complaints(session.url), '');
      assert.equal(await complaints(`${folder(session)}index.m3u8`), '');
      assert.equal(await framesOf(session.url), 62 * 25);
    });
  }
});

describe('what is still being recorded', { skip }, () => {
  test('grows, without changing what was said, and ends with its range', { timeout: 30_000 }, async () => {
    const camera = cameraId(new Uint8Array(16).fill(6));
    const tracks = filmTracks('h264');
    const nowMs = Math.floor(Date.now() / 1000) * 1000;
    const story = { cameraId: camera, tracks, startMs: nowMs - 20_000, seconds: 0 };
    const writer = beginStory(stored.archive, story);
    for (let second = 0; second < 10; second += 1) writer.append(storyFragment(story, second));
    const stop = nowMs + 5000;
    const playlist = async (): Promise<string> => (await ask(api.port, session.url)).text;
    await untilTrue(
      async () =>
        (await start({ camera_id: camera, start_time: nowMs - 20_000, end_time: stop })).status === 200,
    );
    const { session } = await start({ camera_id: camera, start_time: nowMs - 20_000, end_time: stop });
    assert.equal(session.growing, true);
    const first = await playlist();
    assert.match(first, /#EXT-X-PLAYLIST-TYPE:EVENT/);
    assert.doesNotMatch(first, /ENDLIST/);
    for (let second = 10; second < 30; second += 1) writer.append(storyFragment(story, second));
    await untilTrue(async () => /ENDLIST/.test(await playlist()));
    const last = await playlist();
    assert.ok(last.startsWith(first.trimEnd()), 'nothing that was said is taken back');
    const read = parseMediaPlaylist(last);
    assert.ok(read.ok);
    const seconds = read.value.segments.reduce((sum, { whole }) => sum + (whole?.durationSeconds ?? 0), 0);
    assert.equal(seconds, 25);
    await writer.close('stopped');
  });
});

describe('footage that goes wrong', { skip }, () => {
  test('damaged: an empty segment, which players step over', async () => {
    const camera = cameraId(new Uint8Array(16).fill(9));
    const tracks = filmTracks('h264', '160x96', 'aac');
    for (const at of [0, 1, 2]) {
      const story = { cameraId: camera, tracks, startMs: dawnMs + at * 6000, seconds: 6, continues: at > 0 };
      await recordStory(stored.archive, story);
    }
    const folderOf = join(stored.folder, 'v0', camera);
    const files = (await readdir(folderOf, { recursive: true }))
      .filter((name) => name.endsWith('.mp4'))
      .sort();
    const path = join(folderOf, files[1] ?? '');
    const file = await readFile(path);
    await writeFile(path, file.fill(0, file.indexOf('moof')));
    for (const [format, ending] of [
      ['ts', 'ts'],
      ['fmp4', 'm4s'],
    ] as const) {
      const { session } = await start({ ...morning, camera_id: camera, format });
      const { response, bytes } = await bytesOf(`${folder(session)}segment/1.${ending}`);
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('x-damaged'), 'true');
      assert.equal(response.headers.get('cache-control'), 'no-store');
      if (format === 'ts') assert.equal(readTs(bytes).packets.length, 0);
      assert.match((await ask(api.port, session.url)).text, /#EXT-X-GAP\n#EXTINF:6,\nsegment\/1/);
      assert.equal(await framesOf(session.url), 12 * 25);
    }
  });

  test('deleted meanwhile: 410, in words, and left out from then on', async () => {
    const camera = cameraId(new Uint8Array(16).fill(8));
    const tracks = filmTracks('h264');
    const first = await recordStory(stored.archive, {
      cameraId: camera,
      tracks,
      startMs: dawnMs,
      seconds: 6,
    });
    await recordStory(stored.archive, {
      cameraId: camera,
      tracks,
      startMs: dawnMs + 6000,
      seconds: 6,
      continues: true,
    });
    const { session } = await start({ ...morning, camera_id: camera });
    await stored.archive.delete([first.id], 'request', '');
    const answer = await ask(api.port, `${folder(session)}segment/0.ts`);
    assert.equal(answer.status, 410);
    assert.equal((answer.json as Problem).code, 'footage-deleted');
    assert.match(
      (await ask(api.port, session.url)).text,
      /#EXT-X-GAP\n#EXTINF:6,\nsegment\/0\.ts\n#EXT-X-DISCONTINUITY/,
    );
    assert.equal((await ask(api.port, `${folder(session)}segment/1.ts`)).status, 200);
  });
});

test('live: an address for each way, and a session that is remembered', async () => {
  const source = { kind: 'rtsp', url: 'rtsp://192.0.2.1/' };
  const camera = await ask(api.port, '/api/v1/cameras', { method: 'POST', body: { name: 'Door', source } });
  const { id } = camera.json as { id: string };
  const live = (format: string) =>
    ask(api.port, '/api/v1/playback/live', { method: 'POST', body: { camera_id: id, format } });
  const hls = (await live('hls')).json as { url: string; session_id: string };
  assert.equal(hls.url, `/hls/${id}/index.m3u8`);
  assert.equal(((await live('webrtc')).json as { url: string }).url, `/whep/${id}`);
  assert.equal((await live('rtsp')).status, 503, 'this server has no RTSP');
  const again = await ask(api.port, `/api/v1/playback/sessions/${hls.session_id}`);
  assert.equal((again.json as { url: string }).url, hls.url);
  assert.equal(
    (await ask(api.port, `/api/v1/playback/sessions/${hls.session_id}/playlist.m3u8`)).status,
    404,
  );
  const unknown = { method: 'POST', body: { camera_id: emptyCamera, format: 'hls' } };
  assert.equal((await ask(api.port, '/api/v1/playback/live', unknown)).status, 404);
});

const run = promisify(execFile);

/** What FFmpeg complains about while it decodes a playlist to its end. */
async function complaints(path: string): Promise<string> {
  const args = ['-v', 'warning', '-i', urlOf(path), '-map', '0', '-f', 'null', '-'];
  const { stderr } = await run('ffmpeg', args, { timeout: 30_000 });
  // FFmpeg takes the first init segment for all; keyframes carry their parameter sets for its sake.
  return stderr.replace(/.*Found duplicated MOOV Atom\. Skipped it\n/, '');
}

async function framesOf(path: string): Promise<number> {
  const args = [
    '-v',
    'error',
    '-count_frames',
    '-select_streams',
    'v',
    '-show_entries',
    'stream=nb_read_frames',
  ];
  const all = [...args, '-of', 'csv=p=0', urlOf(path)];
  const { stdout, stderr } = await run('ffprobe', all, { timeout: 30_000 });
  assert.equal(stderr, '');
  return Number.parseInt(stdout, 10);
}

async function untilTrue(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((wake) => setTimeout(wake, 200));
}
