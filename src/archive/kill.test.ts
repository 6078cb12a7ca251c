/** A recording server that is killed at any moment: what it called stored is there at the next start. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { testArchive } from './archive.testing.ts';
import { systemDisk } from './disk.ts';
import { plainEnvelope } from './envelope.ts';
import { decodedFrames, decodingErrors, ffmpegMissing } from '../media/mp4/encoded.testing.ts';
import { scanFile } from './scan.ts';

const kills = Number(process.env['SIGHTLINE_KILLS'] ?? 3);
const program = join(import.meta.dirname, 'fixtures', 'recorder.ts');

/** Ids of recordings, once for each fragment that was called stored before the program was killed. */
async function recordAndKill(
  folder: string,
  fromMs: number,
  afterStored: number,
): Promise<readonly string[]> {
  const child = spawn(process.execPath, [program, folder, String(fromMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (said.split('\n').length > afterStored) child.kill('SIGKILL');
  });
  await ended;
  return said.split('\n').slice(0, -1);
}

test('a recording server may be killed at any moment', { skip: ffmpegMissing }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sightline-kill-'));
  try {
    await (await testArchive({ folder })).end();
    const stored = new Map<string, number>();
    for (let kill = 0; kill < kills; kill += 1) {
      const fromMs = 1_763_000_000_000 + kill * 3_600_000;
      const afterStored = 1 + Math.floor(Math.random() * 60);
      for (const id of await recordAndKill(folder, fromMs, afterStored))
        stored.set(id, (stored.get(id) ?? 0) + 1);
      await checkAll(folder, stored);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

/** Every recording is whole, no file is unknown, nothing that was stored is missing, and one of the files decodes. */
async function checkAll(folder: string, stored: ReadonlyMap<string, number>): Promise<void> {
  const rig = await testArchive({ folder });
  const { queries } = rig.database;
  const rows = await queries.selectFrom('recordings').selectAll().execute();
  assert.deepEqual(await queries.selectFrom('recording_openings').select('id').execute(), []);
  const fragments = new Map<string, number>();
  for (const row of rows) {
    const scanned = await scanFile(systemDisk, join(folder, 'v0', row.path), plainEnvelope);
    assert.deepEqual(scanned.faults, []);
    assert.equal(scanned.end?.chain, row.chain);
    assert.equal(scanned.fragments.length * 25, row.frames);
    fragments.set(row.id, scanned.fragments.length);
  }
  for (const [id, count] of stored) assert.ok((fragments.get(id) ?? 0) >= count, `${id} lost something`);
  const crashed = rows.findLast((row) => row.end_reason === 'crash') ?? rows.at(-1);
  if (crashed) {
    const bytes = readFileSync(join(folder, 'v0', crashed.path));
    assert.equal(decodingErrors(bytes), '');
    assert.equal(decodedFrames(bytes, 'v').length, crashed.frames);
  }
  await rig.end();
}
