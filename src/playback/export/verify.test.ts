import assert from 'node:assert/strict';
import { cp, mkdtemp, open, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { TestArchive } from '../../archive/archive.testing.ts';
import { testArchive, testCamera } from '../../archive/archive.testing.ts';
import { unixMs } from '../../base/units.ts';
import { ffmpegMissing } from '../../media/mp4/encoded.testing.ts';
import { filmTracks, recordStory } from '../films.testing.ts';
import type { Exports } from './exports.ts';
import { settled, testExports } from './exports.testing.ts';
import type { ManifestContent } from './manifest.ts';
import { readManifest, signedManifest } from './manifest.ts';
import { signingKey } from './signing-key.ts';
import { verifyExport } from './verify.ts';

const startMs = 1_763_000_000_000;

async function flip(path: string, offset: number): Promise<void> {
  const file = await open(path, 'r+');
  const byte = new Uint8Array(1);
  await file.read(byte, 0, 1, offset);
  await file.write(Uint8Array.of((byte[0] ?? 0) ^ 1), 0, 1, offset);
  await file.close();
}

describe('an export that is checked', { skip: ffmpegMissing }, () => {
  let rig: TestArchive;
  let exports: Exports;
  let original: string;
  let film: string;
  let list: string;
  let folder: string;
  let key: string;

  before(async () => {
    rig = await testArchive();
    folder = await mkdtemp(join(tmpdir(), 'verify-export-'));
    const tracks = filmTracks('h264', '160x96', 'aac');
    await recordStory(rig.archive, { tracks, startMs, seconds: 4 });
    await recordStory(rig.archive, { tracks, startMs: startMs + 60_000, seconds: 3 });
    exports = await testExports(rig);
    const range = { startMs: unixMs(startMs), endMs: unixMs(startMs + 63_000) };
    const created = await exports.create({ cameraIds: [testCamera], ...range, cut: 'keyframe' }, 'usr_1');
    assert.ok(created.ok);
    const job = await settled(exports, created.value.id);
    assert.equal(job.fault, null);
    [film = '', list = ''] = job.files.map(({ name }) => name);
    original = join(rig.folder, 'exports', job.id);
    const shown = await exports.publicKey();
    assert.ok(shown.ok);
    key = shown.value;
  });
  after(async () => {
    await exports.close();
    await rig.end();
    await rm(folder, { recursive: true });
  });

  let copies = 0;
  async function copy(): Promise<string> {
    copies += 1;
    const path = join(folder, `${copies}`);
    await cp(original, path, { recursive: true });
    return path;
  }

  async function findings(path: string, expected = key): Promise<readonly string[]> {
    return (await verifyExport(path, expected)).findings;
  }

  async function lines(): Promise<{ startMs: number; offset: number; bytes: number; fragment: number }[]> {
    const text = await readFile(join(original, list), 'utf8');
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  }

  test('is found whole, by its folder and by its manifest', async () => {
    assert.deepEqual(await findings(original), []);
    const verdict = await verifyExport(join(original, 'manifest.json'), key);
    assert.deepEqual(verdict.findings, []);
    assert.deepEqual(verdict.notes, []);
    const [camera] = verdict.manifest?.cameras ?? [];
    assert.equal(camera?.name, 'Front door / süd');
    assert.equal(film, 'Front-door-sud_2025-11-13T02-13-20Z.mp4');
    assert.deepEqual(
      camera?.gaps.map(({ startMs: from, endMs, cause }) => [from - startMs, endMs - startMs, cause]),
      [[4000, 60_000, 'not-recorded']],
    );
  });

  test('names every recording with the chain that the index has', async () => {
    const { manifest } = await verifyExport(original, key);
    const rows = await rig.database.queries.selectFrom('recordings').select(['id', 'chain']).execute();
    const chains = new Map(rows.map(({ id, chain }) => [id, chain]));
    const listed = manifest?.cameras[0]?.recordings ?? [];
    assert.equal(listed.length, 2);
    for (const { id, archiveChain } of listed) assert.equal(archiveChain, chains.get(id));
  });

  test('says so when the signer was not checked', async () => {
    const verdict = await verifyExport(original, undefined);
    assert.deepEqual(verdict.findings, []);
    assert.match(verdict.notes.join(), /signer was not checked/);
  });

  test('with a flipped bit in the media names the second and the bytes', async () => {
    const path = await copy();
    const hit = (await lines())[5];
    assert.ok(hit);
    await flip(join(path, film), hit.offset + Math.floor(hit.bytes / 2));
    const found = await findings(path);
    assert.equal(found.length, 1);
    assert.match(found[0] ?? '', new RegExp(`fragment ${hit.fragment} of rec_`));
    assert.ok(found[0]?.includes(new Date(hit.startMs).toISOString()));
  });

  test('with another index of the film says that no picture was changed', async () => {
    const path = await copy();
    await flip(join(path, film), 100);
    assert.match((await findings(path)).join(), /none of its pictures and sounds: its index was/);
  });

  test('that was cut off says from when on', async () => {
    const path = await copy();
    const hit = (await lines())[4];
    assert.ok(hit);
    await truncate(join(path, film), hit.offset + 10);
    const found = await findings(path);
    assert.equal(found.length, 1);
    assert.match(found[0] ?? '', /cut off/);
    assert.ok(found[0]?.includes(new Date(hit.startMs).toISOString()));
  });

  test('with bytes added, a film missing or a film exchanged is refused', async () => {
    const longer = await copy();
    await writeFile(join(longer, film), 'more', { flag: 'a' });
    assert.match((await findings(longer)).join(), /4 bytes were added/);
    const without = await copy();
    await rm(join(without, film));
    assert.match((await findings(without)).join(), /is missing/);
    const exchanged = await copy();
    await rename(join(exchanged, list), join(exchanged, film));
    const found = (await findings(exchanged)).join();
    assert.match(found, /cut off/);
    assert.match(found, /cannot be checked/);
  });

  test('with a film that nobody signed beside it has a note', async () => {
    const path = await copy();
    await writeFile(join(path, 'other.mp4'), 'x');
    const verdict = await verifyExport(path, key);
    assert.match(verdict.notes.join(), /other\.mp4 is not part/);
  });

  test('with another list of fragments names the recording', async () => {
    const path = await copy();
    const text = await readFile(join(path, list), 'utf8');
    await writeFile(
      join(path, list),
      text.replace(/"media":"./, '"media":"0').replace(/"media":"0/, '"media":"1'),
    );
    const found = (await findings(path)).join('\n');
    assert.match(found, /the list of fragments, was changed/);
    assert.match(found, /the lines of rec_\w+ are not those/);
  });

  test('with any word of the manifest changed is refused', async () => {
    const text = await readFile(join(original, 'manifest.json'), 'utf8');
    const path = await copy();
    const changes = [
      ['"version": "1.2.3"', '"version": "1.2.4"'],
      ['Front door', 'Back door'],
      [`${startMs}`, `${startMs + 1}`],
      ['not-recorded', 'camera-offline'],
      ['"moreGaps": 0', '"moreGaps": 0, "added": 1'],
    ] as const;
    for (const [from, to] of changes) {
      assert.ok(text.includes(from), from);
      await writeFile(join(path, 'manifest.json'), text.replace(from, to));
      assert.match((await findings(path)).join(), /changed after it was signed/, from);
    }
    await writeFile(join(path, 'manifest.json'), JSON.stringify(JSON.parse(text)));
    assert.deepEqual(await findings(path), [], 'how it is set out does not matter');
  });

  test('signed anew with another key is refused when the key is known', async () => {
    const path = await copy();
    const forger = await signingKey(join(path, 'forger.key'));
    assert.ok(forger.ok);
    const text = await readFile(join(path, 'manifest.json'), 'utf8');
    const { signature: _s, publicKey: _k, ...content } = JSON.parse(text) as Record<string, unknown>;
    const forged = { ...content, exportId: 'exp_forged' } as unknown as ManifestContent;
    await writeFile(join(path, 'manifest.json'), signedManifest(forged, forger.value));
    assert.match((await findings(path)).join(), /signed by another key/);
    assert.match((await verifyExport(path, undefined)).notes.join(), /signer was not checked/);
  });

  test('that is no export at all is refused with words', async () => {
    for (const path of [join(folder, 'nothing'), folder, join(original, film)]) {
      assert.equal((await findings(path)).length, 1);
    }
  });

  test('keeps its key in a file that others cannot read', async () => {
    const path = join(rig.folder, 'export-signing.key');
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    const again = await exports.publicKey();
    assert.deepEqual(again, { ok: true, value: key });
  });
});

test('whatever a manifest says, reading it ends with a verdict', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      assert.equal(readManifest(text), undefined);
    }),
    { numRuns: 200 },
  );
});
