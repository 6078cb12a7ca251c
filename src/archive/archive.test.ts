import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { unixMs } from '../base/units.ts';
import { decodedFrames, decodingErrors, ffmpegMissing } from '../media/mp4/encoded.testing.ts';
import { readFileSync } from 'node:fs';
import type { TestArchive } from './archive.testing.ts';
import { filmFragment, filmHead, recordFilm, testArchive, testCamera } from './archive.testing.ts';
import { plainEnvelope } from './envelope.ts';
import { systemDisk } from './disk.ts';
import { scanFile } from './scan.ts';

const startMs = 1_763_000_000_000;

describe('a recording', { skip: ffmpegMissing }, () => {
  let rig: TestArchive;
  before(async () => {
    rig = await testArchive();
  });
  after(() => rig.end());

  test('is a file that plain tools play, with a row that says what is in it', async () => {
    const film = { startMs, seconds: 5 };
    const info = await recordFilm(rig.archive, film);
    assert.equal(info.frames, 125);
    assert.equal(info.endMs, startMs + 5000);
    const row = await rig.database.queries
      .selectFrom('recordings')
      .selectAll()
      .where('id', '=', info.id)
      .executeTakeFirstOrThrow();
    const path = join(rig.folder, 'v0', row.path);
    const bytes = readFileSync(path);
    assert.equal(bytes.length, info.bytes);
    assert.equal(decodingErrors(bytes), '');
    assert.equal(decodedFrames(bytes, 'v').length, 125);
    const interval = `${startMs / 1000 + 3}%+#1`;
    const packets = ['-read_intervals', interval, '-show_entries', 'packet=pts_time', '-of', 'csv=p=0'];
    const from3 = execFileSync('ffprobe', ['-v', 'error', ...packets, path], { encoding: 'utf8' });
    assert.equal(Number(from3), startMs / 1000 + 3);
    const scanned = await scanFile(systemDisk, path, plainEnvelope);
    assert.deepEqual(scanned.faults, []);
    assert.equal(scanned.end?.chain, row.chain);
  });

  test('is read back fragment by fragment', async () => {
    const film = { startMs: startMs + 60_000, seconds: 4 };
    const info = await recordFilm(rig.archive, film);
    const opened = await rig.archive.open(info.id);
    assert.ok(opened.ok);
    assert.equal(opened.value.fragments().length, 4);
    const read = await opened.value.read(1, 3);
    assert.ok(read.ok);
    assert.deepEqual(
      read.value.map((bytes) => Buffer.from(bytes)),
      [1, 2, 3].map((second) => Buffer.from(filmFragment(film, second).bytes)),
    );
    opened.value.close();
  });

  test('is listed and readable while it is written', async () => {
    const film = { startMs: startMs + 120_000, seconds: 4 };
    const stored = Promise.withResolvers<void>();
    const writer = rig.archive.write({
      head: filmHead(film),
      onStored: () => stored.resolve(),
      onFailed: (fault) => stored.reject(new Error(fault.message)),
    });
    writer.append(filmFragment(film, 0));
    await stored.promise;
    const [listed] = await rig.archive.list(testCamera, unixMs(film.startMs), unixMs(film.startMs + 500), 10);
    assert.equal(listed?.id, writer.id);
    assert.equal(listed?.endReason, undefined);
    const opened = await rig.archive.open(writer.id);
    assert.ok(opened.ok);
    const read = await opened.value.read(0, 0);
    assert.ok(read.ok);
    assert.deepEqual(Buffer.from(read.value[0] ?? []), Buffer.from(filmFragment(film, 0).bytes));
    opened.value.close();
    const closed = await writer.close('stopped');
    assert.ok(closed.ok);
    assert.equal(closed.value.endReason, 'stopped');
  });
});
