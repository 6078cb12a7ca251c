/** Sessions by themselves: how long they last, how many there are, and footage that cannot be read. */
import assert from 'node:assert/strict';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { TestArchive } from '../archive/archive.testing.ts';
import { testArchive, testCamera } from '../archive/archive.testing.ts';
import { newMaster, testEnvelopes } from '../archive/seal/seal.testing.ts';
import { ManualClock } from '../base/clock.ts';
import { cameraId } from '../base/ids.ts';
import { unixMs } from '../base/units.ts';
import { ffmpegMissing } from '../media/mp4/encoded.testing.ts';
import { readFragments, readInit } from '../media/mp4/read.ts';
import { readTs } from '../media/mpegts/reader.testing.ts';
import { filmTracks, recordStory } from './films.testing.ts';
import { maxSessions, maxSessionsOfOne } from './session-limits.ts';
import type { Session } from './session.ts';
import { PlaybackSessions } from './sessions.ts';
import { storedTables } from './stored-tables.ts';

const dawnMs = Date.parse('2026-03-01T06:00:00Z');
const hourMs = 3_600_000;
const cameraOf = (number: number) => cameraId(new Uint8Array(16).fill(number));

describe('playback sessions', { skip: ffmpegMissing }, () => {
  let stored: TestArchive;

  before(async () => {
    stored = await testArchive();
    await recordStory(stored.archive, { tracks: filmTracks('h264'), startMs: dawnMs, seconds: 12 });
  });

  after(() => stored.end());

  function open(from = stored): { sessions: PlaybackSessions; clock: ManualClock } {
    const clock = new ManualClock(dawnMs + 24 * hourMs);
    let ids = 0;
    const sessions = new PlaybackSessions({
      archive: from.archive,
      tables: storedTables(from.database.queries),
      clock,
      newId: () => `play_${(ids += 1)}`,
    });
    return { sessions, clock };
  }

  test('last an hour, longer when extended, and leave nothing behind', async () => {
    const { sessions, clock } = open();
    const [first, second] = [await start(sessions), await start(sessions)];
    clock.advance(hourMs - 1);
    assert.ok(sessions.find(first.id));
    assert.equal(sessions.extend(second.id, 600)?.expiresMs, clock.nowMs() + 1 + 600_000);
    clock.advance(1);
    assert.equal(sessions.find(first.id), undefined);
    assert.ok(sessions.find(second.id));
    clock.advance(600_000);
    assert.equal(sessions.extend(second.id, 600), undefined);
    clock.advance(60_000);
    assert.equal(sessions.size, 0);
    assert.equal(clock.timers, 0);
  });

  test('extended without end, one lasts a day at most', async () => {
    const { sessions, clock } = open();
    const { id } = await start(sessions);
    for (let at = 0; at < 50; at += 1) sessions.extend(id, 3600);
    assert.equal(sessions.find(id)?.expiresMs, clock.nowMs() + 24 * hourMs);
    sessions.close();
  });

  test('are limited in number: those that nobody uses make room, others do not', async () => {
    const { sessions, clock } = open();
    const live = { cameraId: testCamera, format: 'hls', url: '/hls/x' } as const;
    const old = await start(sessions);
    clock.advance(150_000);
    for (let at = 1; at < maxSessions; at += 1) assert.ok(sessions.startLive(live, `usr_${at % 5}`).ok);
    assert.ok(sessions.startLive(live, 'usr_1').ok);
    assert.equal(sessions.find(old.id), undefined);
    assert.equal(sessions.size, maxSessions);
    const refused = sessions.startLive(live, 'usr_1');
    assert.ok(!refused.ok && refused.error.kind === 'full');
    sessions.close();
    assert.equal(clock.timers, 0);
  });

  test('of one owner are fewer: one user cannot take those of the others', async () => {
    const { sessions, clock } = open();
    const live = { cameraId: testCamera, format: 'hls', url: '/hls/x' } as const;
    for (let at = 0; at < maxSessionsOfOne; at += 1) assert.ok(sessions.startLive(live, 'usr_1').ok);
    const refused = sessions.startLive(live, 'usr_1');
    assert.ok(!refused.ok && refused.error.kind === 'full-of-one');
    assert.match(
      refused.error.message,
      /^Your account has too many playback sessions in use: each can have 200,/,
    );
    const others = sessions.startLive(live, 'usr_2');
    assert.ok(others.ok);
    clock.advance(20_000);
    assert.ok(sessions.startLive(live, 'usr_1').ok);
    assert.ok(sessions.find(others.value.content.id), 'it was the owner’s own that made room');
    sessions.close();
  });

  test('show nothing any more of what was deleted, not even what was made of it already', async () => {
    const camera = cameraOf(10);
    const story = { cameraId: camera, tracks: filmTracks('h264'), startMs: dawnMs, seconds: 12 };
    const { id } = await recordStory(stored.archive, story);
    const { sessions } = open();
    const [session, other] = [await start(sessions, camera), await start(sessions)];
    for (const one of [session, other]) assert.ok((await sessions.segment(one, 0, 'ts'))?.ok);
    await stored.archive.delete([id], 'request', '');
    sessions.forget(camera);
    const gone = await sessions.segment(session, 0, 'ts');
    assert.ok(gone && !gone.ok && gone.error.kind === 'gone');
    assert.ok((await sessions.segment(other, 0, 'ts'))?.ok);
    sessions.close();
  });

  /** Changes the bytes of a camera's only recording. */
  async function change(
    camera: string,
    edit: (file: Buffer) => void,
    within = stored.folder,
    ending = '.mp4',
  ): Promise<void> {
    const folder = join(within, 'v0', camera);
    const names = await readdir(folder, { recursive: true });
    const path = join(folder, names.find((name) => name.endsWith(ending)) ?? '');
    const file = await readFile(path);
    edit(file);
    await writeFile(path, file);
  }

  test('a damaged fragment is left out, and the rest of its segment played', async () => {
    const camera = cameraOf(11);
    await recordStory(stored.archive, {
      cameraId: camera,
      tracks: filmTracks('h264'),
      startMs: dawnMs,
      seconds: 12,
    });
    await change(camera, (file) => file.write('xxxx', moofs(file)[2] ?? 0));
    const { sessions } = open();
    const session = await start(sessions, camera);
    const ts = await sessions.segment(session, 0, 'ts');
    assert.ok(ts?.ok);
    assert.equal(readTs(ts.value.bytes).packets.length, 5 * 25);
    const mp4 = await sessions.segment(session, 0, 'fmp4');
    assert.ok(mp4?.ok);
    const tracks = readInit(session.codecs[0]?.init ?? new Uint8Array());
    assert.ok(tracks.ok);
    assert.equal(readFragments(mp4.value.bytes, tracks.value).fragments.length, 5);
    assert.notEqual(mp4.value.etag, ts.value.etag);
    assert.ok((await sessions.segment(session, 1, 'ts'))?.ok);
    sessions.close();
  });

  test('a picture whose NAL units are damaged costs its fragment', async () => {
    const camera = cameraOf(12);
    await recordStory(stored.archive, {
      cameraId: camera,
      tracks: filmTracks('h264'),
      startMs: dawnMs,
      seconds: 6,
    });
    await change(camera, (file) => {
      const mdat = file.indexOf('mdat', moofs(file)[1]);
      file.writeUInt32BE(0x7fffffff, mdat + 4);
    });
    const { sessions } = open();
    const session = await start(sessions, camera);
    const ts = await sessions.segment(session, 0, 'ts');
    assert.ok(ts?.ok);
    assert.equal(readTs(ts.value.bytes).packets.length, 5 * 25);
    sessions.close();
  });

  test('a segment of which nothing can be read is marked as a gap', async () => {
    const camera = cameraOf(13);
    await recordStory(stored.archive, {
      cameraId: camera,
      tracks: filmTracks('h264'),
      startMs: dawnMs,
      seconds: 12,
    });
    await change(camera, (file) => {
      for (const at of moofs(file).slice(0, 6)) file.fill(0, at, at + 40);
    });
    const { sessions } = open();
    const session = await start(sessions, camera);
    const made = await sessions.segment(session, 0, 'ts');
    assert.ok(made && !made.ok && made.error.kind === 'damaged');
    const later = await start(sessions, camera);
    assert.deepEqual([...later.missing], [0], 'later sessions know from the start');
    assert.match(made.error.message, /from 2026-03-01T06:00:00.000Z to 2026-03-01T06:00:06.000Z is damaged/);
    assert.match(
      await sessions.mediaPlaylist(session),
      /#EXT-X-GAP\n#EXTINF:6,\nsegment\/0\.ts\n#EXT-X-DISCONTINUITY/,
    );
    sessions.close();
  });

  test('sealed footage is played as plain footage is; with a changed byte, without the second it stands in', async () => {
    const sealed = await testArchive({ envelopes: testEnvelopes(newMaster()) });
    try {
      const tracks = filmTracks('h264');
      const camera = cameraOf(16);
      await recordStory(stored.archive, { cameraId: camera, tracks, startMs: dawnMs, seconds: 12 });
      await recordStory(sealed.archive, { cameraId: camera, tracks, startMs: dawnMs, seconds: 12 });
      const [plain, secret] = [open(), open(sealed)].map(({ sessions }) => sessions);
      assert.ok(plain && secret);
      const first = await plain.segment(await start(plain, camera), 0, 'ts');
      const same = await secret.segment(await start(secret, camera), 0, 'ts');
      assert.ok(first?.ok && same?.ok);
      assert.deepEqual(same.value.bytes, first.value.bytes);
      await change(
        camera,
        (file) => file.fill(0xff, (file.length >> 1) - 10, file.length >> 1),
        sealed.folder,
        '.sealed',
      );
      const again = await open(sealed).sessions.start({
        cameraId: camera,
        fromMs: unixMs(dawnMs),
        toMs: unixMs(dawnMs + 60_000),
        format: 'ts',
        owner: 'usr_1',
      });
      assert.ok(again.ok);
      const made = await open(sealed).sessions.segment(again.value.content, 0, 'ts');
      const next = await open(sealed).sessions.segment(again.value.content, 1, 'ts');
      assert.ok(made?.ok && next?.ok);
      const packets = [made, next].reduce((sum, { value }) => sum + readTs(value.bytes).packets.length, 0);
      assert.equal(packets, 11 * 25);
    } finally {
      await sealed.end();
    }
  });

  test('rare keyframes: segments are as long as they have to be, and begin with one', async () => {
    const camera = cameraOf(14);
    const story = {
      cameraId: camera,
      tracks: filmTracks('h264'),
      startMs: dawnMs,
      seconds: 45,
      keySeconds: 20,
    };
    await recordStory(stored.archive, story);
    const { sessions } = open();
    const session = await start(sessions, camera);
    assert.deepEqual(
      session.segments.map(({ durationMs }) => durationMs),
      [20_000, 20_000, 5000],
    );
    const playlist = await sessions.mediaPlaylist(session);
    assert.match(playlist, /#EXT-X-TARGETDURATION:20\n/);
    assert.match(playlist, /#EXT-X-INDEPENDENT-SEGMENTS/);
    sessions.close();
  });

  test('media time that differs from capture time: playlists tell the time of capture', async () => {
    const camera = cameraOf(15);
    const story = {
      cameraId: camera,
      tracks: filmTracks('h264'),
      startMs: dawnMs,
      seconds: 6,
      mediaOffsetMs: 3000,
    };
    await recordStory(stored.archive, story);
    const { sessions } = open();
    const session = await start(sessions, camera);
    assert.match(await sessions.mediaPlaylist(session), /PROGRAM-DATE-TIME:2026-03-01T06:00:00.000Z/);
    const ts = await sessions.segment(session, 0, 'ts');
    assert.ok(ts?.ok);
    assert.equal(readTs(ts.value.bytes).packets[0]?.pts, 10 * 90_000, 'times begin near the origin');
    sessions.close();
  });
});

async function start(
  sessions: PlaybackSessions,
  camera = testCamera,
  format: 'auto' | 'fmp4' = 'auto',
): Promise<Session> {
  const range = { cameraId: camera, fromMs: unixMs(dawnMs), toMs: unixMs(dawnMs + 60_000) };
  const started = await sessions.start({ ...range, format, owner: 'usr_1' });
  assert.ok(started.ok, started.ok ? '' : started.error.kind);
  return started.value.content;
}

/** Places of the type fields. */
function moofs(file: Buffer): number[] {
  const found: number[] = [];
  for (let at = file.indexOf('moof'); at >= 0; at = file.indexOf('moof', at + 4)) found.push(at);
  return found;
}
