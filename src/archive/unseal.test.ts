import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { decodedFrames, decodingErrors, ffmpegMissing } from '../media/mp4/encoded.testing.ts';
import type { TestArchive } from './archive.testing.ts';
import { recordFilm, testArchive } from './archive.testing.ts';
import { systemDisk } from './disk.ts';
import { newMaster, testEnvelopes } from './seal/seal.testing.ts';
import { unsealRecording } from './unseal.ts';

const startMs = 1_763_000_000_000;
const master = newMaster();

describe('an unsealed recording', { skip: ffmpegMissing }, () => {
  const envelopes = testEnvelopes(master);
  let rig: TestArchive;
  let minute = 0;
  before(async () => {
    rig = await testArchive({ envelopes });
  });
  after(() => rig.end());

  async function recorded(): Promise<{ volumePath: string; path: string; file: string; target: string }> {
    minute += 1;
    const { id } = await recordFilm(rig.archive, { startMs: startMs + minute * 60_000, seconds: 4 });
    const { path } = await rig.database.queries
      .selectFrom('recordings')
      .select('path')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    const volumePath = join(rig.folder, 'v0');
    return { volumePath, path, file: join(volumePath, path), target: join(rig.folder, `${minute}.mp4`) };
  }

  test('is a file that plain tools play and seek in, for its owner only', async () => {
    const stored = await recorded();
    const done = await unsealRecording({ disk: systemDisk, envelopes }, stored, stored.target);
    assert.ok(done.ok);
    assert.deepEqual([done.value.fragments, done.value.leftOut], [4, []]);
    const bytes = await readFile(stored.target);
    assert.equal(bytes.length, done.value.bytes);
    assert.equal(decodingErrors(bytes), '');
    assert.equal(decodedFrames(bytes, 'v').length, 100);
    assert.equal((await stat(stored.target)).mode & 0o777, 0o600);
    const third = startMs / 1000 + minute * 60 + 2;
    const packet = ['-read_intervals', `${third}%+#1`, '-show_entries', 'packet=pts_time', '-of', 'csv=p=0'];
    const found = execFileSync('ffprobe', ['-v', 'error', ...packet, stored.target]);
    assert.equal(Number(found.toString()), third);
  });

  test('is byte for byte what a plain archive would have stored', async () => {
    const stored = await recorded();
    await unsealRecording({ disk: systemDisk, envelopes }, stored, stored.target);
    const plain = await unsealRecording(
      { disk: systemDisk, envelopes: testEnvelopes(undefined) },
      { volumePath: '/', path: stored.target },
      `${stored.target}.again.mp4`,
    );
    assert.ok(plain.ok && plain.value.leftOut.length === 0);
    assert.deepEqual(await readFile(`${stored.target}.again.mp4`), await readFile(stored.target));
  });

  test('never replaces a file, and leaves nothing behind', async () => {
    const stored = await recorded();
    await writeFile(stored.target, 'mine');
    const done = await unsealRecording({ disk: systemDisk, envelopes }, stored, stored.target);
    assert.deepEqual(done, { ok: false, error: `${stored.target} exists already.` });
    assert.equal(await readFile(stored.target, 'utf8'), 'mine');
    assert.ok((await readdir(rig.folder)).every((name) => !name.endsWith('.part')));
  });

  test('cannot be had without the key: a reason, and no file', async () => {
    const stored = await recorded();
    for (const others of [testEnvelopes(undefined), testEnvelopes(newMaster())]) {
      const done = await unsealRecording({ disk: systemDisk, envelopes: others }, stored, stored.target);
      assert.ok(!done.ok);
      assert.match(done.error, /is sealed, and its key .* is wrapped for a master key that is not here/);
      await assert.rejects(stat(stored.target));
    }
  });

  test('leaves out what is damaged and plays the rest', async () => {
    const stored = await recorded();
    const bytes = await readFile(stored.file);
    const middle = Math.floor(bytes.length * 0.4);
    bytes[middle] = (bytes[middle] ?? 0) ^ 64;
    await writeFile(stored.file, bytes);
    const done = await unsealRecording({ disk: systemDisk, envelopes }, stored, stored.target);
    assert.ok(done.ok);
    assert.equal(done.value.leftOut.length, 1);
    assert.match(done.value.leftOut[0] ?? '', /^piece 2 at byte \d+: the piece does not match its seal$/);
    assert.equal(decodedFrames(await readFile(stored.target), 'v').length, 75);
  });

  test('ends where the stored file was cut off', async () => {
    const stored = await recorded();
    await truncate(stored.file, Math.floor((await stat(stored.file)).size / 2));
    const done = await unsealRecording({ disk: systemDisk, envelopes }, stored, stored.target);
    assert.ok(done.ok && done.value.leftOut.length === 1);
    const frames = decodedFrames(await readFile(stored.target), 'v').length;
    assert.ok(frames === 25 || frames === 50, `${frames}`);
  });
});
