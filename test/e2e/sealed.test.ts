/**
 * The real server with sealing on: whoever has its volume and not its key has nothing, and its key goes nowhere.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Timeline } from '../../src/api/contract/recording.ts';
import { startServer } from '../support/server.ts';
import { sightline } from './support/command.ts';
import { makeFilm, run } from './support/foreign.ts';
import { until } from './support/until.ts';

const masterKey = randomBytes(32).toString('base64');
const config = 'storage:\n  seal:\n    enabled: true\n';

let data: string;
let cameraId: string;

before(async () => {
  data = await mkdtemp(join(tmpdir(), 'sightline-sealed-'));
  await mkdir(join(data, 'media'));
  await makeFilm(join(data, 'media', 'film.mp4'), 10);
  process.env['SIGHTLINE_MASTER_KEY'] = masterKey;
});
after(async () => {
  delete process.env['SIGHTLINE_MASTER_KEY'];
  await rm(data, { recursive: true, force: true });
});

/** All files below a folder, with their names, one after another. */
async function everything(folder: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    parts.push(Buffer.from(`${entry.name}\n`));
    if (entry.isFile()) parts.push(await readFile(join(entry.parentPath, entry.name)));
  }
  return Buffer.concat(parts);
}

/** Environments of the processes that this one started, and theirs. */
async function environmentsBelow(pid: number): Promise<string[]> {
  const words = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const found: string[] = [];
  for (const child of words
    .split(' ')
    .filter((word) => word !== '')
    .map(Number)) {
    found.push(await readFile(`/proc/${child}/environ`, 'utf8').catch(() => ''));
    found.push(...(await environmentsBelow(child)));
  }
  return found;
}

/** Not 0: it makes nothing of the file. */
const probed = async (file: string): Promise<number | null> =>
  (await run('ffprobe', ['-v', 'error', file])).status;

describe('a server that seals', () => {
  it('leaves nothing readable on its volume, and its key with no other process', async (t) => {
    const server = await startServer({ data, config });
    t.after(() => server.stop());
    const source = { kind: 'file', path: 'film.mp4' };
    const recording = { mode: 'continuous' };
    const camera = await server.addCamera({ name: 'Geheimtor', source, recording });
    cameraId = camera.id;
    await until('some seconds are recorded', async () => {
      const range = `from=${Date.now() - 60_000}&to=${Date.now()}&resolution=1000`;
      const path = `/api/v1/cameras/${camera.id}/timeline?${range}`;
      const { recorded } = (await server.api<Timeline>('GET', path)).body;
      return recorded.some(({ startMs, endMs }) => endMs - startMs >= 6000);
    });
    const picture = await fetch(`${server.url}/api/v1/cameras/${camera.id}/snapshot.jpg`);
    assert.equal(picture.status, 200);
    const environments = await environmentsBelow(server.pid);
    if (process.platform === 'linux') assert.ok(environments.length > 0, 'a worker makes the pictures');
    assert.ok(
      environments.every((text) => !text.includes('SIGHTLINE_MASTER_KEY') && !text.includes(masterKey)),
    );
    await server.stop();

    const stored = await everything(join(data, 'recordings'));
    assert.ok(stored.length > 50_000, `${stored.length} bytes`);
    const words = [
      'Geheimtor',
      'ftyp',
      'moov',
      'moof',
      'mdat',
      'avcC',
      'x264',
      'JFIF',
      'film.mp4',
      masterKey,
    ];
    for (const word of words) assert.equal(stored.indexOf(word), -1, word);
    // The key itself, and how JPEG files begin.
    for (const bytes of [
      Buffer.from(masterKey, 'base64'),
      Buffer.of(255, 216, 255, 224),
      Buffer.of(255, 216, 255, 219),
    ])
      assert.equal(stored.indexOf(bytes), -1);
    const files = (await readdir(join(data, 'recordings'), { recursive: true })).filter((name) =>
      name.endsWith('.sealed'),
    );
    assert.ok(files.length > 0);
    assert.notEqual(await probed(join(data, 'recordings', files[0] ?? '')), 0);
    assert.ok(!server.output().includes(masterKey));
  });

  it('finds its recordings whole, and writes them as files that FFmpeg plays', async () => {
    const verified = sightline('verify', '--data', data);
    assert.equal(await verified.exit, 0, verified.output() + verified.complaints());
    assert.match(verified.output(), /[1-9]\d* recordings are sound, 0 damaged, 0 could not be checked/);
    const into = join(data, 'plain');
    const unsealed = sightline('unseal', '--camera', cameraId, '--into', into, '--data', data);
    assert.equal(await unsealed.exit, 0, unsealed.complaints());
    for (const name of await readdir(into)) {
      const played = await run('ffmpeg', ['-v', 'error', '-i', join(into, name), '-f', 'null', '-']);
      assert.deepEqual([played.status, played.complaints], [0, ''], name);
    }
  });

  it('does not start without its key, and says what to do', async () => {
    delete process.env['SIGHTLINE_MASTER_KEY'];
    const configFile = join(data, 'sightline.yaml');
    const refused = sightline('serve', '--config', configFile, '--data', data, '--port', '0');
    assert.equal(await refused.exit, 1);
    assert.match(refused.complaints(), /no master key file .* holds sealed recordings\. Put the key back/);
  });
});
