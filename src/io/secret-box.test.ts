/**
 * Secrets in the database: only this server reads them, and only where they belong.
 */
import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as fc from 'fast-check';
import { systemRandom } from './random.ts';
import { makeSecretBox } from './secret-box.ts';
import { serverSecret } from './secret-file.ts';

const box = makeSecretBox(new Uint8Array(32).fill(7), systemRandom);

describe('a sealed text', () => {
  test('opens where it was sealed, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (plain, boundTo) => {
        const opened = box.open(box.seal(plain, boundTo), boundTo);
        assert.deepEqual(opened, { ok: true, value: plain });
      }),
      { numRuns: 50 },
    );
  });

  test('says nothing, and is another each time', () => {
    const sealed = box.seal('geheim', 'row 1');
    assert.doesNotMatch(sealed, /geheim/);
    assert.notEqual(sealed, box.seal('geheim', 'row 1'));
  });

  test('does not open in another row', () => {
    const opened = box.open(box.seal('geheim', 'row 1'), 'row 2');
    assert.equal(!opened.ok && opened.error.kind, 'damaged');
  });

  test('does not open with another key, and says which it needs', () => {
    const other = makeSecretBox(new Uint8Array(32).fill(8), systemRandom);
    const opened = box.open(other.seal('geheim', 'row 1'), 'row 1');
    assert.equal(!opened.ok && opened.error.kind, 'other-key');
    assert.match(opened.ok ? '' : opened.error.message, /secret\.key/);
  });

  test('with one character changed does not open', () => {
    const sealed = box.seal('geheim', 'row 1');
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: sealed.length - 2 }),
        fc.constantFrom('A', 'B', '0', '.', 'ä'),
        (at, put) => {
          const changed = sealed.slice(0, at) + put + sealed.slice(at + 1);
          fc.pre(changed !== sealed);
          assert.equal(box.open(changed, 'row 1').ok, false);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('may be any text: no throw', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        assert.equal(box.open(text, 'row 1').ok, false);
        assert.equal(box.open(`s1.0123456789abcdef.${text}`, 'row 1').ok, false);
      }),
      { numRuns: 100 },
    );
  });
});

describe('the secret of the server', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sightline-secret-'));
  });
  after(() => rm(folder, { recursive: true }));

  async function read(file: string, environmentText?: string) {
    return serverSecret(join(folder, file), environmentText, systemRandom);
  }

  test('is made at the first start, for its owner only, and is the same at the second', async () => {
    const first = await read('secret.key');
    const second = await read('secret.key');
    assert.ok(first.ok && second.ok);
    assert.deepEqual([first.value.made, second.value.made], [true, false]);
    assert.deepEqual(Buffer.from(second.value.secret), Buffer.from(first.value.secret));
    assert.equal((await stat(join(folder, 'secret.key'))).mode & 0o777, 0o600);
  });

  test('comes from the environment first, as hex or base64, and then no file is made', async () => {
    const hex = await read('none.key', '07'.repeat(32));
    const base64 = await read('none.key', Buffer.alloc(32, 7).toString('base64'));
    assert.ok(hex.ok && base64.ok);
    assert.deepEqual(Buffer.from(hex.value.secret), Buffer.alloc(32, 7));
    assert.deepEqual(Buffer.from(base64.value.secret), Buffer.alloc(32, 7));
    await assert.rejects(readFile(join(folder, 'none.key')));
  });

  test('that others may read is refused, with the command that mends it', async () => {
    await read('open.key');
    await chmod(join(folder, 'open.key'), 0o644);
    const found = await read('open.key');
    assert.match(found.ok ? '' : found.error, /mode 0644.*chmod 600/);
  });

  test('that is damaged is refused and never replaced nor shown', async () => {
    await writeFile(join(folder, 'torn.key'), '# note\ngeheim', { mode: 0o600 });
    const found = await read('torn.key');
    assert.match(found.ok ? '' : found.error, /holds no secret/);
    assert.doesNotMatch(found.ok ? '' : found.error, /geheim/);
    assert.equal(await readFile(join(folder, 'torn.key'), 'utf8'), '# note\ngeheim');
  });
});
