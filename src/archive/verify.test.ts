import assert from 'node:assert/strict';
import { copyFile, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { RecordingRow } from '../database/recordings.ts';
import { ffmpegMissing } from '../media/mp4/encoded.testing.ts';
import type { TestArchive } from './archive.testing.ts';
import { filmFragment, recordFilm, testArchive, testCamera } from './archive.testing.ts';
import { systemDisk } from './disk.ts';
import type { Envelopes } from './envelope.ts';
import { newMaster, testEnvelopes } from './seal/seal.testing.ts';
import type { Verdict } from './verify.ts';
import { verifyRecording } from './verify.ts';

const startMs = 1_763_000_000_000;
const master = newMaster();

interface Rig extends TestArchive {
  readonly envelopes: Envelopes;
  row(id: string): Promise<RecordingRow>;
  verify(id: string, envelopes?: Envelopes): Promise<Verdict>;
  /** Its file. */
  file(id: string): Promise<string>;
}

async function makeRig(sealing: boolean): Promise<Rig> {
  const envelopes = testEnvelopes(master, sealing);
  const rig = await testArchive({ envelopes });
  const row = (id: string) =>
    rig.database.queries.selectFrom('recordings').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  const volumePath = (id: string) => rig.archive.volumes().find((volume) => volume.id === id)?.path;
  return {
    ...rig,
    envelopes,
    row,
    file: async (id) => join(rig.folder, 'v0', (await row(id)).path),
    verify: async (id, used = envelopes) =>
      verifyRecording({ disk: systemDisk, envelopes: used, volumePath }, await row(id)),
  };
}

/** Recordings begin a minute apart, each as long as the test wants. */
let minute = 0;

async function recorded(rig: Rig, seconds = 4): Promise<string> {
  minute += 1;
  return (await recordFilm(rig.archive, { startMs: startMs + minute * 60_000, seconds })).id;
}

async function damageOf(rig: Rig, id: string): Promise<string> {
  const verdict = await rig.verify(id);
  assert.equal(verdict.kind, 'damaged');
  return verdict.kind === 'damaged' ? verdict.damage : '';
}

async function flip(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(path, bytes);
}

/** Where each fragment's piece begins in the stored file, and where the last one ends. */
async function placesOf(rig: Rig, id: string): Promise<number[]> {
  const opened = await rig.archive.open(id);
  assert.ok(opened.ok);
  const places = opened.value.fragments().map(({ offsetBytes }) => offsetBytes);
  opened.value.close();
  return places;
}

for (const sealing of [false, true]) {
  describe(sealing ? 'a sealed recording' : 'a plain recording', { skip: ffmpegMissing }, () => {
    let rig: Rig;
    before(async () => {
      rig = await makeRig(sealing);
    });
    after(() => rig.end());

    test('is sound when nobody touched it', async () => {
      const id = await recorded(rig);
      assert.deepEqual(await rig.verify(id), { kind: 'sound', fragments: 4 });
      assert.equal((await rig.row(id)).key_id === null, !sealing);
    });

    test('with a flipped bit is damaged, and the piece and its place are named', async () => {
      const id = await recorded(rig);
      const [, second = 0, third = 0] = await placesOf(rig, id);
      await flip(await rig.file(id), Math.floor((second + third) / 2));
      const reason = sealing
        ? 'the piece does not match its seal'
        : 'the bytes are not those that were written';
      assert.equal(await damageOf(rig, id), `piece 2 at byte ${second}: ${reason}`);
    });

    test('with two pieces swapped is damaged at both', async () => {
      const id = await recorded(rig);
      const path = await rig.file(id);
      const [first = 0, second = 0, third = 0] = await placesOf(rig, id);
      const bytes = await readFile(path);
      const swapped = [bytes.subarray(0, first), bytes.subarray(second, third)];
      await writeFile(
        path,
        Buffer.concat([...swapped, bytes.subarray(first, second), bytes.subarray(third)]),
      );
      const damage = await damageOf(rig, id);
      assert.match(damage, /piece 1 at byte \d+: .*piece 2 at byte \d+: /);
    });

    test('that was cut off is damaged where it ends', async () => {
      const id = await recorded(rig);
      const path = await rig.file(id);
      const places = await placesOf(rig, id);
      const third = places[2] ?? 0;
      await truncate(path, third + 100);
      assert.match(
        await damageOf(rig, id),
        new RegExp(`piece 3 at byte ${third}: a piece is cut off, or its length is wrong`),
      );
      await truncate(path, third);
      assert.equal(await damageOf(rig, id), `piece 3 at byte ${third}: the file stops here without an end`);
    });

    test('in whose place another one was put is refused, also when that one is whole', async () => {
      const [id, other] = [await recorded(rig), await recorded(rig)];
      await copyFile(await rig.file(other), await rig.file(id));
      assert.equal(await damageOf(rig, id), `the file is another recording (${other} of ${testCamera})`);
    });

    test('that was rolled back to an older whole state is refused', async () => {
      const id = await recorded(rig, 2);
      // What the index would hold if the recording had gone on after the file was copied.
      await rig.database.queries
        .updateTable('recordings')
        .set({ frames: 100, chain: 'ab'.repeat(32) })
        .where('id', '=', id)
        .execute();
      assert.equal(
        await damageOf(rig, id),
        'the file is whole, but not the one that was committed: it has 50 pictures of 100, so an older state was put in its place',
      );
    });

    test('that is gone, empty or of another kind is damaged', async () => {
      const id = await recorded(rig);
      const path = await rig.file(id);
      await truncate(path, 0);
      assert.match(await damageOf(rig, id), /piece 0 at byte 0/);
      await writeFile(path, Buffer.alloc(100_000, 7));
      assert.match(await damageOf(rig, id), /piece 0 at byte 0/);
      await rm(path);
      assert.equal(await damageOf(rig, id), 'the file is not there');
    });

    test('with something behind its end is damaged', async () => {
      const id = await recorded(rig);
      const path = await rig.file(id);
      await writeFile(path, Buffer.from('more'), { flag: 'a' });
      assert.match(await damageOf(rig, id), /piece \d+ at byte \d+/);
    });
  });
}

describe('a sealed volume', { skip: ffmpegMissing }, () => {
  let rig: Rig;
  before(async () => {
    rig = await makeRig(true);
  });
  after(() => rig.end());

  test('shows nothing of what is in it to whoever has it without the key', async () => {
    const id = await recorded(rig, 5);
    const film = { startMs: startMs + minute * 60_000, seconds: 5 };
    const opened = await rig.archive.open(id);
    assert.ok(opened.ok);
    const { init, tracks } = opened.value;
    opened.value.close();
    const words = ['ftyp', 'moov', 'moof', 'mdat', 'avc1', 'avcC', 'x264', 'continuous'];
    const secrets: Uint8Array[] = words.map((word) => Buffer.from(word));
    const [track] = tracks;
    assert.ok(track?.codec.kind === 'h264');
    secrets.push(track.codec.sps, ...track.codec.pps, init.subarray(0, 32));
    for (let second = 0; second < 5; second += 1) {
      const { bytes } = filmFragment(film, second);
      for (let at = 0; at + 12 <= bytes.length; at += 997) secrets.push(bytes.subarray(at, at + 12));
    }
    const stored = await everything(join(rig.folder, 'v0'));
    assert.ok(stored.length > 10_000);
    for (const secret of secrets)
      assert.equal(stored.indexOf(secret), -1, `found ${Buffer.from(secret).toString('latin1')}`);
  });

  test('opens for nobody without the key, and says what is missing', async () => {
    const id = await recorded(rig);
    for (const envelopes of [testEnvelopes(undefined), testEnvelopes(newMaster())]) {
      const verdict = await rig.verify(id, envelopes);
      assert.equal(verdict.kind, 'unchecked');
      assert.match(
        verdict.kind === 'unchecked' ? verdict.reason : '',
        /wrapped for a master key that is not here/,
      );
      const thief = await testArchive({ envelopes, folder: rig.folder });
      const opened = await thief.archive.open(id);
      assert.ok(!opened.ok && opened.error.kind === 'no-key');
      await thief.end();
    }
  });

  test('is read by playback only as it was written: a changed piece is refused with its place', async () => {
    const id = await recorded(rig);
    const places = await placesOf(rig, id);
    await flip(await rig.file(id), (places[1] ?? 0) + 200);
    const opened = await rig.archive.open(id);
    assert.ok(opened.ok);
    const [sound, refused] = [await opened.value.read(0, 0), await opened.value.read(1, 1)];
    opened.value.close();
    assert.ok(sound.ok);
    assert.ok(!refused.ok && refused.error.kind === 'damaged');
    assert.match(refused.error.message, /\.sealed is damaged at piece 2\.$/);
  });

  test('is not fooled by a plain file, nor by one of another day, in the place of a sealed one', async () => {
    const plain = await makeRig(false);
    const [id, open] = [await recorded(rig), await recorded(plain)];
    await copyFile(await plain.file(open), await rig.file(id));
    assert.match(await damageOf(rig, id), /does not begin like a sealed one/);
    const opened = await rig.archive.open(id);
    assert.ok(!opened.ok && opened.error.kind === 'damaged');
    await plain.end();
    const [today, tomorrow] = [await recorded(rig), await recorded(rig)];
    const later = await recordFilm(rig.archive, { startMs: startMs + 86_400_000, seconds: 2 });
    await rename(await rig.file(later.id), await rig.file(today));
    assert.notEqual((await rig.verify(today)).kind, 'sound');
    assert.equal((await rig.verify(tomorrow)).kind, 'sound');
  });
});

/** All files below a folder, one after another, with their names. */
async function everything(folder: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    parts.push(Buffer.from(`${entry.name}\n`));
    if (entry.isFile()) parts.push(await readFile(join(entry.parentPath, entry.name)));
  }
  return Buffer.concat(parts);
}
