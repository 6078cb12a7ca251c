import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { systemRandom } from '../../io/random.ts';
import { systemDisk } from '../disk.ts';
import { storageInEffect, storageOption } from '../options.ts';
import type { KeySettings, Keys } from './keys.ts';
import { openKeys } from './keys.ts';
import { masterKeySource, readMasterKeys } from './master-key-source.ts';

let root = '';
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'sightline-master-'));
});
after(() => rm(root, { recursive: true }));

let installations = 0;

async function installation(seal: object = {}, environmentText?: string): Promise<KeySettings> {
  const data = join(root, `data-${installations++}`);
  await mkdir(join(data, 'recordings'), { recursive: true });
  const input = storageOption.parse({ seal: { enabled: true, ...seal } });
  const storage = storageInEffect(input, data, (_setting, path) => path);
  return { storage, data, environmentText, random: systemRandom, disk: systemDisk };
}

async function opened(settings: KeySettings): Promise<Keys> {
  const keys = await openKeys(settings);
  assert.ok(keys.ok, keys.ok ? '' : keys.error);
  return keys.value;
}

async function refusal(settings: KeySettings): Promise<string> {
  const keys = await openKeys(settings);
  assert.ok(!keys.ok, 'was opened');
  return keys.error;
}

const place = ({ data }: KeySettings) => ({
  volumePath: join(data, 'recordings'),
  owner: 'cam_a',
  day: '2026-11-21',
});

describe('the master key', () => {
  test('is made at the first start with sealing, for its owner only, and is the same at the next', async () => {
    const settings = await installation();
    const first = await opened(settings);
    assert.match(first.note ?? '', /A master key was made: .*master\.key\. Keep a copy elsewhere/);
    assert.equal((await stat(join(settings.data, 'master.key'))).mode & 0o777, 0o600);
    const second = await opened(settings);
    assert.equal(second.note, undefined);
    assert.deepEqual(second.masters, first.masters);
  });

  test('is not made while nothing is sealed', async () => {
    const settings = await installation({ enabled: false });
    assert.deepEqual((await opened(settings)).masters, []);
    await assert.rejects(stat(join(settings.data, 'master.key')));
  });

  test('is not made anew when it is missing and recordings are sealed', async () => {
    const settings = await installation();
    const { ring } = await opened(settings);
    assert.ok((await ring.forWriting(place(settings))).ok);
    await rm(join(settings.data, 'master.key'));
    assert.match(await refusal(settings), /no master key file .* holds sealed recordings\. Put the key back/);
  });

  test('in a file that others may read is refused with the command that helps', async () => {
    const settings = await installation();
    await opened(settings);
    const file = join(settings.data, 'master.key');
    for (const mode of [0o644, 0o640, 0o602]) {
      await chmod(file, mode);
      const message = await refusal(settings);
      assert.match(message, new RegExp(`mode 0${mode.toString(8)}: .* Run: chmod 600 '${file}'`));
    }
    await chmod(file, 0o400);
    await opened(settings);
  });

  test('on a volume is refused: the thief of that disk would have both', async () => {
    const settings = await installation();
    const keyFile = join(settings.data, 'recordings', 'master.key');
    const seal = { ...settings.storage.seal, keyFile };
    assert.match(
      await refusal({ ...settings, storage: { ...settings.storage, seal } }),
      /lies on the volume .*recordings: whoever takes that disk/,
    );
  });

  test('comes from the environment before everything else, in base64 or hex, the newest first', async () => {
    const [older, newer] = [randomBytes(32), randomBytes(32)];
    const text = `${newer.toString('hex')},${older.toString('base64')}\n`;
    const { masters } = await opened(await installation({ keyCommand: ['false'] }, text));
    assert.deepEqual(
      masters.map(({ secret }) => Buffer.from(secret)),
      [newer, older],
    );
  });

  test('comes from a command, without a shell', async () => {
    const key = randomBytes(32).toString('base64');
    const words = ['printf', '%s\n# $(kept out) ; exit 1\n', key];
    const { masters } = await opened(await installation({ keyCommand: words }));
    assert.equal(Buffer.from(masters[0]?.secret ?? []).toString('base64'), key);
  });

  const failing: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['fails', ['sh', '-c', 'echo secretsecret; exit 3'], /\(sh\) ended with 3\. Run it by hand/],
    ['is not there', ['no-such-program'], /\(no-such-program\) cannot be started \(ENOENT\)/],
    ['prints on and on', ['yes', 'secretsecret'], /\(yes\) printed too much/],
    ['prints no key', ['echo', 'secretsecret'], /\(echo\) printed holds something else than keys/],
    ['prints nothing', ['true'], /\(true\) printed holds no key/],
  ];
  for (const [what, keyCommand, message] of failing) {
    test(`of a command that ${what} is refused in words, without its output`, async () => {
      const said = await refusal(await installation({ keyCommand }));
      assert.match(said, message);
      assert.doesNotMatch(said, /secretsecret/);
    });
  }

  test('file that holds anything else is refused without repeating it', async () => {
    const settings = await installation();
    const file = join(settings.data, 'master.key');
    for (const text of ['', 'geheim geheim', 'x'.repeat(10_000)]) {
      await writeFile(file, text, { mode: 0o600 });
      const message = await refusal(settings);
      assert.match(message, /master key file .*(holds|too large)/);
      assert.doesNotMatch(message, /geheim|xxx/);
    }
  });

  test('stands in no word of what is kept on the volume', async () => {
    const settings = await installation();
    const { ring, masters } = await opened(settings);
    assert.ok((await ring.forWriting(place(settings))).ok);
    const kept = await readFile(join(settings.data, 'recordings/keys/cam_a/2026-11-21.json'), 'utf8');
    for (const encoding of ['base64', 'base64url', 'hex'] as const)
      assert.ok(!kept.includes(Buffer.from(masters[0]?.secret ?? []).toString(encoding)));
  });

  test('source is chosen: environment, command, file', async () => {
    const seal = { keyFile: '/k', keyCommand: ['c'] };
    assert.equal(masterKeySource(seal, 'x').kind, 'environment');
    assert.equal(masterKeySource(seal, '').kind, 'command');
    assert.equal(masterKeySource({ keyFile: '/k' }, undefined).kind, 'file');
    const absent = await readMasterKeys({ kind: 'file', path: join(root, 'nowhere') });
    assert.ok(!absent.ok && absent.error.kind === 'absent');
  });
});
