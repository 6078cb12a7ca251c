import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { after, before, describe, it } from 'node:test';
import { lockFolder } from './folder-lock.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sightline-lock-'));
});
after(() => rm(folder, { recursive: true }));

const program = `
  import { lockFolder } from ${JSON.stringify(new URL('folder-lock.ts', import.meta.url).href)};
  globalThis.lock = lockFolder(process.argv[1]);
  console.log(lock.ok);
  setInterval(() => {}, 1000);
`;

/** Another process that holds the lock. */
async function startHolder(t: TestContext) {
  const words = ['--input-type=module', '--eval', program, folder];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const [text] = (await once(child.stdout, 'data')) as [Buffer];
  assert.equal(text.toString().trim(), 'true');
  return child;
}

describe('the lock of a data folder', () => {
  it('is had by one process at a time, and free again when that one is killed', async (t) => {
    const other = await startHolder(t);
    assert.deepEqual(lockFolder(folder), {
      ok: false,
      error: {
        kind: 'taken',
        message:
          `The data folder ${folder} is in use by another Sightline. ` +
          'Stop that one, or give this one a folder of its own: --data.',
      },
    });
    other.kill('SIGKILL');
    await once(other, 'exit');
    const taken = lockFolder(folder);
    assert.ok(taken.ok);
    taken.value.release();
  });

  it('can be taken again after it was released', () => {
    for (let time = 0; time < 3; time++) {
      const taken = lockFolder(folder);
      assert.ok(taken.ok);
      taken.value.release();
    }
  });

  it('that cannot be had at all says why and what to do', async () => {
    const file = join(folder, 'no-folder');
    await writeFile(file, '');
    const refused = lockFolder(file);
    assert.ok(!refused.ok);
    assert.equal(refused.error.kind, 'unlockable');
    assert.match(refused.error.message, /no-folder cannot be locked: .*choose another with --data/);
  });
});
