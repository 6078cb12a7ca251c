import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openArchive } from '../archive/archive.ts';
import { recordFilm, testCamera } from '../archive/archive.testing.ts';
import { systemDisk } from '../archive/disk.ts';
import { storageInEffect, storageOption } from '../archive/options.ts';
import { makeEnvelopes } from '../archive/seal/envelopes.ts';
import { openKeys } from '../archive/seal/keys.ts';
import { silentLog } from '../base/log.ts';
import { openDatabase } from '../database/database.ts';
import { lockFolder } from '../database/folder-lock.ts';
import { systemClock } from '../io/clock.ts';
import { systemRandom } from '../io/random.ts';
import { ffmpegMissing } from '../media/mp4/encoded.testing.ts';
import { parseCommand } from './arguments.ts';
import { parseSpan } from './span.ts';

const entry = fileURLToPath(new URL('../../bin/sightline.mjs', import.meta.url));
const startMs = Date.parse('2026-11-20T10:00:00Z');
const dayMs = 86_400_000;

let root = '';
/** A data folder with four sealed recordings of one camera: two on the 20th, two on the 21st. */
let original = '';
let recordings: readonly string[] = [];

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'sightline-tools-'));
  if (!ffmpegMissing) original = await installation();
});
after(() => rm(root, { recursive: true }));

async function installation(): Promise<string> {
  const data = join(root, 'original');
  await mkdir(data);
  const storage = storageInEffect(
    storageOption.parse({ seal: { enabled: true } }),
    data,
    (_at, path) => path,
  );
  const keys = await openKeys({
    storage,
    data,
    environmentText: undefined,
    random: systemRandom,
    disk: systemDisk,
  });
  const database = await openDatabase(join(data, 'sightline.sqlite'));
  assert.ok(keys.ok && database.ok);
  const archive = await openArchive({
    queries: database.value.queries,
    places: [{ path: join(data, 'recordings'), make: true }],
    disk: systemDisk,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    envelopes: makeEnvelopes(true, keys.value.ring, systemRandom),
  });
  const ids: string[] = [];
  for (const offsetMs of [0, 60_000, dayMs, dayMs + 60_000])
    ids.push((await recordFilm(archive, { startMs: startMs + offsetMs, seconds: 3 })).id);
  recordings = ids;
  await archive.close();
  await database.value.close();
  return data;
}

let copies = 0;

/** One that may be spoilt. */
function copied(): string {
  const data = join(root, `copy-${copies++}`);
  execFileSync('cp', ['-a', original, data]);
  return data;
}

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

function run(data: string, ...words: string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { cwd: root, timeout: 30_000 };
    execFile(process.execPath, [entry, ...words, '--data', data], options, (failure, out, error) =>
      resolve({ code: typeof failure?.code === 'number' ? failure.code : 0, out, error }),
    );
  });
}

async function sealedFiles(data: string): Promise<string[]> {
  const found = await readdir(join(data, 'recordings'), { recursive: true });
  return found
    .filter((name) => name.endsWith('.sealed'))
    .sort()
    .map((name) => join(data, 'recordings', name));
}

async function flip(file: string): Promise<void> {
  const bytes = await readFile(file);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(file, bytes);
}

function frames(file: string): number {
  const words = ['-v', 'error', '-count_frames', '-show_entries', 'stream=nb_read_frames', '-of', 'csv=p=0'];
  return Number(execFileSync('ffprobe', [...words, file]).toString());
}

describe('sightline verify', { skip: ffmpegMissing }, () => {
  test('finds nothing wrong with what nobody touched, also while the server runs', async () => {
    const data = copied();
    const lock = lockFolder(data);
    assert.ok(lock.ok);
    assert.deepEqual(await run(data, 'verify'), {
      code: 0,
      out: '4 recordings are sound, 0 damaged, 0 could not be checked.\n',
      error: '',
    });
    lock.value.release();
  });

  test('names the damaged file and piece, keeps to the time it was given, and fails', async () => {
    const data = copied();
    const [first = ''] = await sealedFiles(data);
    await flip(first);
    const [all, later] = [await run(data, 'verify'), await run(data, 'verify', '--from', '2026-11-21')];
    assert.equal(all.code, 1);
    assert.match(
      all.out,
      new RegExp(`^${recordings[0]} of ${testCamera}, 2026-11-20T10:00:00Z, ${first}: DAMAGED`),
    );
    assert.match(
      all.out,
      /piece 2 at byte \d+: the piece does not match its seal\n3 recordings are sound, 1 damaged/,
    );
    assert.deepEqual([later.code, later.out.split(',')[0]], [0, '2 recordings are sound']);
  });

  test('says that it can check nothing without the key', async () => {
    const data = copied();
    await rm(join(data, 'master.key'));
    const { code, out } = await run(data, 'verify');
    assert.equal(code, 1);
    assert.match(out, /not checked: .* wrapped for a master key that is not here/);
    assert.match(out, /0 recordings are sound, 0 damaged, 4 could not be checked\.\n$/);
  });
});

describe('sightline reindex', { skip: ffmpegMissing }, () => {
  test('brings a lost index back', async () => {
    const data = copied();
    for (const name of await readdir(data))
      if (name.startsWith('sightline.sqlite')) await rm(join(data, name));
    const made = await run(data, 'reindex');
    assert.equal(made.code, 0);
    assert.match(made.out, /0 recordings were right, 4 were added, 0 are gone, 0 will be finished/);
    assert.match((await run(data, 'verify')).out, /^4 recordings are sound/);
  });

  test('refuses while the server runs', async () => {
    const data = copied();
    const lock = lockFolder(data);
    assert.ok(lock.ok);
    const { code, error } = await run(data, 'reindex');
    lock.value.release();
    assert.equal(code, 1);
    assert.match(error, /is in use by another Sightline\. Stop that one/);
  });
});

describe('sightline unseal', { skip: ffmpegMissing }, () => {
  test('writes files that plain tools play: one by its id, or all of a time', async () => {
    const data = copied();
    const into = join(root, 'plain');
    const one = await run(data, 'unseal', recordings[0] ?? '', '--into', into);
    assert.deepEqual([one.code, one.error], [0, '']);
    assert.equal(frames(one.out.trim()), 75);
    const many = await run(data, 'unseal', '--camera', testCamera, '--from', '2026-11-21', '--into', into);
    assert.equal(many.code, 0);
    assert.equal(many.out.trim().split('\n').length, 2);
    assert.equal((await readdir(into)).length, 3);
  });

  test('opens a bare disk with the recovery key, without index and master key', async () => {
    const data = copied();
    const made = await run(data, 'keys', 'recovery');
    const [line = ''] = made.out.split('\n').filter((text) => text.startsWith('sightline-recovery-1:'));
    assert.ok(line !== '');
    const keyFile = join(root, 'recovery.txt');
    await writeFile(keyFile, `${line}\n`);
    const disk = join(root, 'disk');
    await rename(join(data, 'recordings'), disk);
    await mkdir(join(root, 'empty'));
    const file =
      (await readdir(disk, { recursive: true })).filter((name) => name.endsWith('.sealed')).sort()[0] ?? '';
    const into = join(root, 'rescued');
    const words = ['unseal', join(disk, file), '--into', into];
    const without = await run(join(root, 'empty'), ...words);
    assert.equal(without.code, 1);
    assert.match(without.error, /is sealed, and its key .* not here/);
    const rescued = await run(join(root, 'empty'), ...words, '--recovery-key-file', keyFile);
    assert.deepEqual([rescued.code, rescued.error], [0, '']);
    assert.equal(frames(rescued.out.trim()), 75);
  });

  test('says in one line that the files cannot be written there', async () => {
    const data = copied();
    await writeFile(join(root, 'a-file'), '');
    const words = ['unseal', recordings[0] ?? '', '--into', join(root, 'a-file', 'folder')];
    const { code, error } = await run(data, ...words);
    assert.equal(code, 1);
    assert.match(error, /^It stopped: ENOTDIR.*Mend that and run it again; nothing is lost\.\n$/);
  });

  test('says what it left out of a damaged file', async () => {
    const data = copied();
    const [first = ''] = await sealedFiles(data);
    await flip(first);
    const done = await run(data, 'unseal', recordings[0] ?? '', '--into', join(root, 'partly'));
    assert.equal(done.code, 1);
    assert.match(done.error, /left out piece 2 at byte \d+/);
    assert.equal(frames(done.out.trim()), 50);
  });
});

describe('sightline keys', { skip: ffmpegMissing }, () => {
  test('rotate: everything opens as before, and no key is printed', async () => {
    const data = copied();
    const [before, done] = [
      await readFile(join(data, 'master.key'), 'utf8'),
      await run(data, 'keys', 'rotate'),
    ];
    assert.equal(done.code, 0);
    assert.match(done.out, /^2 data keys are wrapped for the master key [0-9a-f]{16} \(2 of them now\)\./);
    const after = await readFile(join(data, 'master.key'), 'utf8');
    assert.notEqual(after, before);
    for (const text of [before, after])
      for (const key of text.match(/[A-Za-z0-9_-]{43}/g) ?? [])
        assert.ok(!(done.out + done.error).includes(key));
    assert.match((await run(data, 'verify')).out, /^4 recordings are sound/);
    assert.match((await run(data, 'keys')).out, /2 data keys, 2 up to date, 0 do not open/);
  });

  test('shred: that day is noise for ever, other days are not; asks first', async () => {
    const data = copied();
    const files = await sealedFiles(data);
    const words = ['keys', 'shred', '--camera', testCamera, '--day', '2026-11-20'];
    const asked = await run(data, ...words);
    assert.equal(asked.code, 2);
    assert.match(asked.error, /unreadable for ever\. If you mean it, add --yes/);
    const done = await run(data, ...words, '--yes');
    assert.equal(done.code, 0);
    assert.match(done.out, /1 keys are deleted; 2 recordings are noise now/);
    assert.match((await run(data, 'verify')).out, /^2 recordings are sound/);
    const read = await run(data, 'unseal', files[0] ?? '', '--into', join(root, 'shredded'));
    assert.equal(read.code, 1);
    assert.match(read.error, /has no key any more: it was shredded/);
  });

  test('the master key from the environment is no word of what is in effect', async () => {
    const key = randomBytes(32).toString('base64');
    const done = await new Promise<string>((resolve) => {
      const env = { ...process.env, SIGHTLINE_MASTER_KEY: key };
      execFile(
        process.execPath,
        [entry, 'check', '--data', original],
        { env, cwd: root },
        (_failure, out, error) => resolve(out + error),
      );
    });
    assert.match(done, /is valid\. In effect/);
    assert.ok(!done.includes(key));
  });
});

describe('the words of the tools', () => {
  const wrong: readonly (readonly [string, string])[] = [
    ['verify all', '"all" after verify means nothing. See sightline --help.'],
    ['verify --into x', '--into means nothing to verify. See sightline --help.'],
    ['keys rotate now', '"now" after keys means nothing. See sightline --help.'],
    ['serve --camera x', '--camera means nothing to serve. See sightline --help.'],
    ['unseal --into', '--into needs a value: --into <value>.'],
    ['keys shred --yes=1', '--yes takes no value.'],
    ['reindx', 'There is no command "reindx"; did you mean reindex? See sightline --help.'],
  ];
  for (const [words, message] of wrong) {
    test(`\`${words}\` is explained`, () => {
      assert.deepEqual(parseCommand(words.split(' ')), { ok: false, error: message });
    });
  }

  const noSpans: readonly (readonly [string, RegExp])[] = [
    ['--from yesterday', /--from yesterday: this is no time\. Write 2026-11-21/],
    ['--from 2026-02-31T25:00', /this is no time/],
    ['--from 2026-11-21 --to 2026-11-20', /--to is not after --from/],
    ['--camera door', /door is no camera id/],
  ];
  for (const [words, message] of noSpans) {
    test(`\`${words}\` is explained`, () => {
      const span = spanOf(words);
      assert.ok(!span.ok);
      assert.match(span.error, message);
    });
  }

  test('times are UTC unless they say otherwise', () => {
    const span = spanOf('--from 2026-11-21T08:00 --to 2026-11-21T10:00+01:00');
    const fromMs = Date.parse('2026-11-21T08:00:00Z');
    assert.deepEqual(span, { ok: true, value: { cameraId: undefined, fromMs, toMs: fromMs + 3_600_000 } });
  });
});

function spanOf(words: string) {
  const command = parseCommand(['verify', ...words.split(' ')]);
  assert.ok(command.ok && command.value.kind === 'verify');
  return parseSpan(command.value);
}
