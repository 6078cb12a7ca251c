/**
 * Clips of remote clients: uploaded whole or in pieces, watched as a live stream by players that are not ours.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import type { ClipStatus } from '../../src/api/contract/clips.ts';
import { openBrowser, openPage } from '../support/browser.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';
import { filesBelow, makeClip, padded, RemoteClient, sha256 } from './support/clips.ts';
import { ffprobe, play, run } from './support/foreign.ts';
import { childrenOf, isAlive } from './support/processes.ts';
import { until } from './support/until.ts';

const small = 'stream: { width: 320, height: 180, frame_rate: 10, video_bitrate: 200k }\n';
const firstMs = Date.UTC(2026, 9, 20, 10, 0, 0);

let folder: string;
let mp4: Buffer;
let server: RunningServer;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sightline-clips-'));
  mp4 = await makeClip(join(folder, 'a.mp4'), 4);
  server = await startServer({ config: `clips: { maxUploadBytes: 30000000 }\n${small}` });
});
after(async () => {
  await server?.stop();
  await rm(folder, { recursive: true });
});

const clip = (seconds: number, hue: number, kind = 'mp4') =>
  makeClip(join(folder, `${hue}.${kind}`), seconds, hue);
const status = async (of: RunningServer) => (await of.api<ClipStatus>('GET', '/api/v1/clips/status')).body;
const clipFiles = async (of: RunningServer) =>
  (await filesBelow(join(of.data, 'recordings'))).filter((path) => path.endsWith('.clip'));

describe('uploading', () => {
  it('takes MP4, MPEG-TS and Matroska, each once, and tells what it found', async () => {
    const client = await RemoteClient.register(server);
    for (const kind of ['mp4', 'ts', 'mkv']) {
      const bytes = await clip(3, 10, kind);
      const taken = await client.upload(bytes, firstMs);
      assert.equal(taken.status, 201, taken.body.detail);
      assert.equal(taken.body.container, kind);
      assert.equal(taken.body.contentHash, sha256(bytes));
      assert.equal(taken.body.startMs, firstMs);
      assert.ok(Math.abs(taken.body.endMs - firstMs - 3000) < 150, `${taken.body.endMs - firstMs} ms`);
      const again = await client.upload(bytes, firstMs + 60_000);
      assert.deepEqual([again.status, again.body.id], [200, taken.body.id]);
    }
    assert.equal((await client.clips()).length, 3);
  });

  it('keeps one file, whoever of many uploads of the same bytes at one time is first', async () => {
    const client = await RemoteClient.register(server);
    const filesBefore = (await clipFiles(server)).length;
    const all = await Promise.all(Array.from({ length: 6 }, () => client.upload(mp4, firstMs)));
    assert.deepEqual(all.map((taken) => String(taken.status)).toSorted(), [
      '200',
      '200',
      '200',
      '200',
      '200',
      '201',
    ]);
    assert.equal(new Set(all.map((taken) => taken.body.id)).size, 1);
    assert.equal((await clipFiles(server)).length, filesBefore + 1);
  });

  it('refuses a wrong secret, an old one and an unknown client in the same words', async () => {
    const client = await RemoteClient.register(server);
    const other = await RemoteClient.register(server);
    const answers = [
      await client.upload(mp4, firstMs, { authorization: 'Bearer nonsense' }),
      await client.upload(mp4, firstMs, { authorization: other.authorization }),
      await client.upload(mp4, firstMs, { authorization: `Basic ${btoa(`${other.id}:${client.secret}`)}` }),
    ];
    await server.api('POST', `/api/v1/clients/${client.id}/secret`);
    answers.push(await client.upload(mp4, firstMs));
    await server.api('DELETE', `/api/v1/clients/${other.id}`);
    answers.push(await other.upload(mp4, firstMs));
    for (const answer of answers) {
      assert.equal(answer.status, 401);
      assert.deepEqual(answer.body, answers[0]?.body);
    }
    const basic = await RemoteClient.register(server);
    const taken = await basic.upload(mp4, firstMs, {
      authorization: `Basic ${btoa(`${basic.id}:${basic.secret}`)}`,
    });
    assert.equal(taken.status, 201);
  });

  it('refuses with words what is no clip, is cut off, too large or lies about its time; nothing of it stays', async () => {
    const client = await RemoteClient.register(server);
    const filesBefore = await clipFiles(server);
    const cut = await client.upload(mp4.subarray(0, mp4.length / 2), firstMs);
    assert.deepEqual([cut.status, cut.body.code], [422, 'clip-broken']);
    assert.match(cut.body.detail, /damaged|cut off/);
    const text = await client.upload(Buffer.from('<html>'.repeat(500)), firstMs);
    assert.deepEqual([text.status, text.body.code], [422, 'not-a-clip']);
    const large = await client.upload(padded(mp4, 31_000_000), firstMs);
    assert.deepEqual([large.status, large.body.code], [413, 'too-large']);
    const late = await fetch(
      `${server.url}/api/v1/clients/${client.id}/clips?startTime=2026-10-20T10:00:00Z&endTime=2026-10-20T11:00:00Z`,
      { method: 'POST', headers: { authorization: client.authorization }, body: new Uint8Array(mp4) },
    );
    assert.equal(late.status, 422);
    assert.equal((await client.upload(mp4, Number.NaN)).status, 400);
    assert.deepEqual(await client.clips(), []);
    assert.deepEqual(await clipFiles(server), filesBefore);
  });

  it('survives damaged files: the server stays, and its workers come back', async () => {
    const client = await RemoteClient.register(server);
    const files = await Promise.all(['mp4', 'ts', 'mkv'].map((kind) => clip(2, 20, kind)));
    const random = lcg(11);
    for (let round = 0; round < 24; round += 1) {
      const whole = files[round % 3] ?? mp4;
      const damaged = Buffer.from(
        whole.subarray(0, round % 2 === 0 ? whole.length : Math.floor(whole.length * random())),
      );
      for (let flips = 0; flips < 40; flips += 1)
        damaged[Math.floor(random() * damaged.length)] = random() * 256;
      for (let flips = 0; flips < 4; flips += 1) damaged[8 + Math.floor(random() * 1500)] = 0xff;
      const { status: code, body } = await client.upload(damaged, firstMs + round * 2000);
      assert.ok([201, 422].includes(code), `${code}: ${body.detail}`);
      if (code === 201) assert.ok([200, 404].includes((await client.segment(`segments/${body.id}`)).status));
    }
    assert.ok(isAlive(server.pid));
    const good = await client.upload(mp4, firstMs + 100_000);
    assert.equal(good.status, 201, good.body.detail);
    assert.equal((await client.segment(`segments/${good.body.id}`)).status, 200);
    assert.ok(childrenOf(server.pid, 'clips/worker').length <= 2);
  });
});

describe('an upload in pieces', () => {
  it('goes on where it was after the connection broke and the server died', async (t) => {
    const own = await startServer({ config: small });
    const client = await RemoteClient.register(own);
    const bytes = padded(mp4, 21_000_000);
    const path = await client.begin(bytes.length, firstMs);
    await client.breakOff(path, bytes, 10_000_000);
    const offset = await until('all bytes that came are stored', async () => {
      const [before] = [await client.offset(path), await pause(300)];
      return before > 0 && (await client.offset(path)) === before ? before : undefined;
    });
    assert.ok(offset > 0 && offset <= 10_000_000, `${offset}`);
    const wrong = await client.tus('PATCH', path, pieceHeaders(offset + 1), bytes.subarray(0, 10));
    assert.equal(wrong.status, 409);
    await own.kill();

    client.server = await startServer({ data: own.data, config: small });
    t.after(async () => {
      await client.server.stop();
      await rm(own.data, { recursive: true });
    });
    assert.equal(await client.offset(path), offset);
    for (let at = offset; at < bytes.length; at += 5_000_000) {
      const piece = bytes.subarray(at, at + 5_000_000);
      const done = await client.tus('PATCH', path, pieceHeaders(at), piece);
      assert.equal(done.status, 204, await done.text());
      assert.equal(Number(done.headers.get('upload-offset')), at + piece.length);
    }
    const [taken] = await client.clips();
    assert.equal(taken?.contentHash, sha256(bytes));
    const head = await client.tus('HEAD', path, {});
    assert.equal(head.headers.get('content-location'), `/api/v1/clients/${client.id}/clips/${taken.id}`);
    assert.equal((await clipFiles(client.server)).length, 1, 'the pieces are gone');
    assert.equal((await client.upload(bytes, firstMs)).body.id, taken.id);
  });

  it('speaks the protocol: versions, lengths, deletion', async () => {
    const client = await RemoteClient.register(server);
    const path = await client.begin(mp4.length, firstMs);
    assert.equal((await client.tus('HEAD', path, { 'tus-resumable': '0.2.2' })).status, 412);
    assert.equal(
      (await client.tus('PATCH', path, { ...pieceHeaders(0), authorization: 'Bearer x' }, mp4)).status,
      401,
    );
    const tooLong = await client.tus('PATCH', path, pieceHeaders(0), padded(mp4, 1000));
    assert.equal(tooLong.status, 413);
    assert.equal((await client.tus('DELETE', path, {})).status, 204);
    assert.equal((await client.tus('HEAD', path, {})).status, 404);
    const options = await client.tus('OPTIONS', `/api/v1/clients/${client.id}/uploads`, {});
    assert.equal(options.headers.get('tus-version'), '1.0.0');
    assert.match(options.headers.get('tus-extension') ?? '', /creation/);
  });
});

describe('watching', () => {
  let client: RemoteClient;
  before(async () => {
    client = await RemoteClient.register(server, 'Yard <1>');
    for (let number = 0; number < 5; number += 1) {
      const kind = ['mp4', 'ts', 'mkv'][number % 3];
      const { status: code, body } = await client.upload(
        await clip(10, 40 + number, kind),
        firstMs + number * 10_000,
      );
      assert.equal(code, 201, body.detail);
    }
  });

  it('shows clips in one size, rate and codec, their sound kept, without a complaint of ffmpeg', async () => {
    const playlist = await client.playlist();
    assert.equal(playlist.status, 200);
    const url = `${server.url}/stream/${client.id}/playlist.m3u8`;
    const { streams, complaints } = await ffprobe(url);
    assert.deepEqual(
      [streams.map((stream) => stream.codec_name).toSorted(), complaints],
      [['aac', 'h264'], ''],
    );
    const video = streams.find((stream) => stream.codec_type === 'video');
    assert.deepEqual([video?.width, video?.height], [320, 180]);
    const played = await play(url, 10);
    assert.equal(played.complaints, '');
    assert.ok(played.pictures >= 90, `${played.pictures} pictures`);
  });

  it('keeps its promise of the longest segment, and of pictures that meet without a hole', async () => {
    const long = await RemoteClient.register(server);
    const { body } = await long.upload(await clip(26, 90), firstMs);
    const playlist = await until('the clip is listed whole', async () => {
      const now = await long.playlist();
      return now.segments.length === 4 ? now : undefined;
    });
    assert.ok(playlist.segments.every(({ seconds }) => Math.round(seconds) <= playlist.targetSeconds));
    assert.equal(playlist.segments.filter(({ discontinuity }) => discontinuity).length, 0);
    const whole = Buffer.from(await (await long.segment(`segments/${body.id}`)).arrayBuffer());
    const frames = await picturesOf(whole);
    assert.equal(frames.length, 260);
    const steps = frames.slice(1).map((time, at) => Math.round((time - (frames[at] ?? 0)) * 1000));
    assert.ok(
      steps.every((step) => step === 100),
      String(steps.filter((step) => step !== 100)),
    );
  });

  it('replays a moment of the past in real time', async () => {
    const startMs = Date.now();
    const refMs = firstMs + 12_000;
    const query = `?startTime=${startMs}&refTime=${new Date(refMs).toISOString()}`;
    const first = await client.playlist(query);
    assert.equal(first.status, 200, first.text);
    const begin = first.segments[0];
    assert.ok(begin && begin.startMs <= refMs && begin.startMs + begin.seconds * 1000 > refMs, first.text);
    const leadMs = 3 * first.targetSeconds * 1000;
    let latest = first;
    await until(
      'the playlist has gone on',
      async () => {
        latest = await client.playlist(query);
        const lastMs = latest.segments.at(-1)?.startMs ?? 0;
        assert.ok(lastMs <= refMs + (Date.now() - startMs) + leadMs, 'not ahead of its time');
        return lastMs >= refMs + leadMs + 2000 ? true : undefined;
      },
      30_000,
    );
    assert.ok(latest.sequence >= first.sequence);
    const elsewhere = await client.playlist(`?startTime=${startMs}&refTime=${firstMs + 3_600_000}`);
    assert.equal(elsewhere.status, 404);
    assert.match(elsewhere.text, /nearest before ends at 2026-10-20T10:00:50/);
    const beginning = await client.playlist(`?refTime=${refMs}`);
    assert.match(beginning.text, /#EXT-X-STREAM-INF.*\nplaylist\.m3u8\?startTime=\d+&refTime=\d+/);
    assert.equal((await client.playlist('?refTime=yesterday')).status, 400);
  });

  it('leaves out a clip that was deleted, and forgets what was made of it', async () => {
    const own = await RemoteClient.register(server);
    const { body } = await own.upload(mp4, firstMs);
    assert.equal((await own.segment(`segments/${body.id}.ts`)).status, 200);
    const bytesBefore = (await status(server)).cache.bytes;
    assert.equal((await server.api('DELETE', `/api/v1/clients/${own.id}/clips/${body.id}`)).status, 204);
    assert.ok((await status(server)).cache.bytes < bytesBefore);
    assert.equal((await own.segment(`segments/${body.id}.ts`)).status, 404);
    assert.equal((await own.playlist()).status, 404);
  });
});

describe('in a browser', () => {
  let browser: Browser;
  before(async () => (browser = await openBrowser()));
  after(() => browser?.close());

  it('chooses a client, plays a moment of the past, and goes on to clips that arrive', async () => {
    const client = await RemoteClient.register(server, 'Barn');
    await client.upload(await clip(10, 60), firstMs);
    await client.upload(await clip(10, 61), firstMs + 10_000);
    const { page, errors } = await openPage(browser, `${server.url}/stream`, { width: 390, height: 780 });
    await page.getByRole('link', { name: /Barn/ }).click();
    const time = () => page.locator('video').evaluate((video: HTMLVideoElement) => video.currentTime);
    const shown = async () => Date.parse((await page.locator('#captured').getAttribute('datetime')) ?? '');
    await until(
      'it plays',
      async () => ((await time()) > 1 && (await shown()) >= firstMs ? true : undefined),
      30_000,
    );
    await client.upload(await clip(10, 62), firstMs + 20_000);
    await until(
      'the new clip is shown',
      async () => ((await shown()) >= firstMs + 21_000 ? true : undefined),
      60_000,
    );
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.equal(overflow, 0, 'fits a phone');

    await page.goto(`${server.url}/stream/${client.id}?refTime=${firstMs + 11_000}`);
    await until(
      'the past plays',
      async () => {
        const shownMs = await shown();
        return shownMs >= firstMs + 12_000 && shownMs < firstMs + 30_000 ? true : undefined;
      },
      30_000,
    );
    await page.goto(`${server.url}/stream/${client.id}?refTime=${firstMs - 3_600_000}`);
    await page.getByRole('link', { name: 'Go there' }).waitFor();
    assert.deepEqual(errors, []);
  });
});

describe('a sealed server with a small cache and a codec it does not have', () => {
  it('shows clips all the same, warns, keeps little, and leaves nothing readable on the disk', async (t) => {
    const config =
      'storage: { seal: { enabled: true } }\n' +
      'stream: { width: 320, height: 180, frame_rate: 10, video_codec: libnothing, look_ahead: 2, ' +
      'cache: { max_size_bytes: 1000000 } }\n';
    const own = await startServer({ config });
    t.after(() => own.stop());
    const client = await RemoteClient.register(own);
    const files = await Promise.all([70, 71, 72, 73].map((hue) => clip(5, hue)));
    const ids: string[] = [];
    for (const [number, bytes] of files.entries()) {
      const { status: code, body } = await client.upload(bytes, firstMs + number * 5000);
      assert.equal(code, 201, body.detail);
      ids.push(body.id);
    }
    for (const id of [...ids, ...ids]) {
      const segment = await client.segment(`segments/${id}.ts`);
      assert.equal(segment.status, 200);
      assert.equal(Buffer.from(await segment.arrayBuffer())[0], 0x47);
    }
    const { cache, usedCodec, warning } = await status(own);
    assert.ok(cache.bytes <= 1_000_000 && cache.bytes > 0, JSON.stringify(cache));
    assert.ok(cache.evicted >= 4, JSON.stringify(cache));
    assert.equal(usedCodec, 'libx264');
    assert.match(warning ?? '', /libnothing/);
    assert.match(own.output(), /libnothing/);

    const stored = await clipFiles(own);
    assert.equal(stored.length, 4);
    const inside = (files[0] ?? mp4).subarray(2000, 2032);
    for (const path of await filesBelow(own.data)) {
      const bytes = await readFile(path);
      assert.equal(bytes.indexOf('ftyp'), -1, path);
      assert.equal(bytes.indexOf(inside), -1, path);
    }
  });
});

function pieceHeaders(offset: number): Record<string, string> {
  return { 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' };
}

/** Presentation times of the pictures of an MPEG-TS file, in seconds. */
async function picturesOf(bytes: Buffer): Promise<readonly number[]> {
  const file = join(folder, 'whole.ts');
  await writeFile(file, bytes);
  const words = [
    '-v',
    'error',
    '-select_streams',
    'v',
    '-show_entries',
    'frame=pts_time',
    '-of',
    'csv=p=0',
    file,
  ];
  const { output } = await run('ffprobe', words);
  return output
    .split('\n')
    .map(Number.parseFloat)
    .filter((time) => !Number.isNaN(time));
}

/** The same numbers in every run. */
function lcg(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
