import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { SettingsFault } from './fault.ts';
import type { SettingsFlags } from './load.ts';
import { loadSettings } from './load.ts';
import { referencePage, schemaFile } from './reference.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sightline-settings-'));
});
after(() => rm(folder, { recursive: true }));

interface Given {
  readonly file?: string;
  readonly environment?: Record<string, string>;
  readonly flags?: SettingsFlags;
}

async function load({ file, environment = {}, flags = {} }: Given) {
  if (file === undefined) return loadSettings({ flags, environment, workingFolder: folder });
  await writeFile(join(folder, 'test.yaml'), file);
  return loadSettings({ flags: { config: 'test.yaml', ...flags }, environment, workingFolder: folder });
}

async function settingsOf(given: Given) {
  const loaded = await load(given);
  assert.ok(loaded.ok, loaded.ok ? '' : JSON.stringify(loaded.error));
  return loaded.value.settings;
}

async function faultsOf(given: Given): Promise<readonly SettingsFault[]> {
  const loaded = await load(given);
  assert.ok(!loaded.ok, 'was accepted');
  return loaded.error;
}

describe('settings', () => {
  test('have a default each', async () => {
    const { host, port, data, media, cameras, network, hls, health, log } = await settingsOf({});
    assert.deepEqual(
      { host, port, data, media, cameras, network, hls, health, log },
      {
        host: '127.0.0.1',
        port: 8080,
        data: join(folder, 'data'),
        media: join(folder, 'data', 'media'),
        cameras: [],
        network: { allow: [] },
        hls: { partMs: 200, segmentMs: 2000 },
        health: { maxDrops: 100, maxErrors: 10, stalledWithReaders: true },
        log: { level: 'info', format: 'lines' },
      },
    );
  });

  test('come from the file, with comments and an empty file allowed', async () => {
    assert.equal((await settingsOf({ file: '# nothing yet\n' })).port, 8080);
    const settings = await settingsOf({
      file: 'port: 9000 # mine\nhls:\n  partMs: 500\ncameras:\n  - name: Demo\n    source: { kind: demo }\n',
    });
    assert.equal(settings.port, 9000);
    assert.equal(settings.hls.partMs, 500);
    assert.deepEqual(settings.cameras, [{ name: 'Demo', source: { kind: 'demo' } }]);
  });

  test('are overridden by the environment, and that by flags', async () => {
    const file = 'port: 1001\nhost: "::1"\nlog: { level: warn, format: json }\n';
    const environment = { SIGHTLINE__PORT: '1002', sightline__Log__LEVEL: 'debug', UNRELATED__PORT: 'x' };
    const settings = await settingsOf({ file, environment, flags: { port: '1003' } });
    assert.equal(settings.port, 1003);
    assert.equal(settings.host, '::1');
    assert.deepEqual(settings.log, { level: 'debug', format: 'json' });
    assert.equal((await settingsOf({ file, environment })).port, 1002);
  });

  test('in the environment are YAML, and texts stay texts', async () => {
    const settings = await settingsOf({
      environment: {
        SIGHTLINE__NETWORK__ALLOW: '[127.0.0.0/8, "::1"]',
        SIGHTLINE__DATA: '8080',
        SIGHTLINE__HLS__PART_MS: '250',
      },
    });
    assert.deepEqual(settings.network.allow, ['127.0.0.0/8', '::1']);
    assert.equal(settings.data, join(folder, '8080'));
    assert.equal(settings.hls.partMs, 250);
  });

  test('take relative paths in a file from its folder, others from the working folder', async () => {
    await mkdir(join(folder, 'etc'), { recursive: true });
    await writeFile(
      join(folder, 'etc', 'a.yaml'),
      'data: inner\nmedia: films\nstorage: { volumes: [{ path: disk }], seal: { keyFile: key } }\n',
    );
    const inFile = await settingsOf({ flags: { config: 'etc/a.yaml' } });
    assert.equal(inFile.data, join(folder, 'etc', 'inner'));
    assert.equal(inFile.media, join(folder, 'etc', 'films'));
    assert.deepEqual(inFile.storage.volumes, [{ path: join(folder, 'etc', 'disk') }]);
    assert.equal(inFile.storage.seal.keyFile, join(folder, 'etc', 'key'));
    const flagged = await settingsOf({ flags: { config: 'etc/a.yaml', data: 'outer' } });
    assert.equal(flagged.data, join(folder, 'outer'));
    const nothing = await settingsOf({});
    assert.deepEqual(nothing.storage.volumes, [{ path: join(folder, 'data', 'recordings') }]);
    assert.equal(nothing.storage.seal.keyFile, join(folder, 'data', 'master.key'));
  });
});

/** [what, given, where, message] */
const wrong: readonly (readonly [string, Given, string, string | RegExp])[] = [
  [
    'a misspelt key',
    { file: 'hls: {}\nprot: 80\n' },
    'test.yaml:2:1',
    'prot: unknown setting; did you mean `port`?',
  ],
  [
    'swapped letters',
    { file: 'log:\n  levle: info\n' },
    'test.yaml:2:3',
    'log.levle: unknown setting; did you mean `level`?',
  ],
  [
    'a foreign key',
    { file: 'database: x\n' },
    'test.yaml:1:1',
    /^database: unknown setting; known here: host, port, accounts, oidc, data, media, storage, cameras, .*\bhls\b.*, log/,
  ],
  [
    'a number out of range',
    { file: 'port: 65536\n' },
    'test.yaml:1:7',
    'port: must be a whole number from 0 to 65535, not 65536',
  ],
  [
    'a fraction',
    { file: 'hls: { partMs: 200.5 }\n' },
    'test.yaml:1:16',
    'hls.partMs: must be a whole number from 100 to 1000, not 200.5',
  ],
  [
    'a misspelt choice',
    { file: 'log: { level: wran }\n' },
    'test.yaml:1:15',
    'log.level: must be one of debug, info, warn, error, not "wran"; did you mean `warn`?',
  ],
  [
    'a list for a text',
    { file: 'data: [a]\n' },
    'test.yaml:1:7',
    'data: must be a text that is not empty, not ["a"]',
  ],
  [
    'a network that is none',
    { file: 'network:\n  allow:\n    - 10.0.0.0/33\n' },
    'test.yaml:3:7',
    'network.allow[0]: must be an address or a network, for example 192.168.1.20 or 10.0.0.0/8; found "10.0.0.0/33"',
  ],
  [
    'a camera without a source',
    { file: 'cameras:\n  - name: A\n' },
    'test.yaml:2:5',
    'cameras[0].source: is missing; it must be one of the kinds rtsp, file, demo, push',
  ],
  [
    'a source without a kind',
    { file: 'cameras:\n  - name: A\n    source: { url: "rtsp://c" }\n' },
    'test.yaml:3:13',
    'cameras[0].source.kind: is missing; it must be one of rtsp, file, demo, push',
  ],
  [
    'a source of unknown kind',
    { file: 'cameras:\n  - { name: A, source: { kind: rtps } }\n' },
    'test.yaml:2:32',
    'cameras[0].source.kind: must be one of rtsp, file, demo, push, not "rtps"; did you mean `rtsp`?',
  ],
  [
    'a wrong address',
    { file: 'cameras:\n  - { name: A, source: { kind: rtsp, url: "http://u:geheim@c/" } }\n' },
    'test.yaml:2:43',
    'cameras[0].source.url: must begin with rtsp:// or rtsps://; found "http://***@c/"',
  ],
  [
    'a list as the file',
    { file: '- 1\n' },
    'test.yaml:1:1',
    'the file must be a list of settings like `port: 8080`, not [1]',
  ],
  ['broken YAML', { file: 'port: 80\nlog: [\n' }, 'test.yaml:3:1', /^not valid YAML: /],
  [
    'a key given twice',
    { file: 'port: 80\nport: 81\n' },
    'test.yaml:2:1',
    'not valid YAML: Map keys must be unique',
  ],
  [
    'a misspelt variable',
    { environment: { SIGHTLINE__HLS__PRAT_MS: '1' } },
    'SIGHTLINE__HLS__PRAT_MS',
    'hls.prat_ms: unknown setting; did you mean `partMs`?',
  ],
  [
    'a wrong variable',
    { environment: { SIGHTLINE__PORT: 'abc' } },
    'SIGHTLINE__PORT',
    'port: must be a whole number from 0 to 65535, not "abc"',
  ],
  [
    'a wrong flag',
    { flags: { port: '80a' } },
    '--port',
    'port: must be a whole number from 0 to 65535, not "80a"',
  ],
  [
    'an open address without accounts',
    { file: 'host: "::"\naccounts: false\n' },
    'test.yaml:2:11',
    /^accounts: can be false only while `host` is 127\.0\.0\.1, ::1 or localhost/,
  ],
  [
    'a proxy that is no address',
    { file: 'proxy:\n  trusted: [nginx]\n' },
    'test.yaml:2:13',
    /must be an address or a network/,
  ],
  ['a base path without a slash', { file: 'basePath: cams\n' }, 'test.yaml:1:11', /must be like \/cams/],
  [
    'a certificate without its key',
    { file: 'https:\n  certificate: a.pem\n' },
    'test.yaml:2:3',
    /`certificate` and `key` go together/,
  ],
  [
    'an order of certificates without a word on terms',
    { file: 'https:\n  acme:\n    domains: [cams.example.org]\n' },
    'test.yaml:3:5',
    /agreeToTerms/,
  ],
];

describe('settings that are wrong', () => {
  for (const [what, given, where, message] of wrong) {
    test(`${what}: says where and what`, async () => {
      const [fault, ...others] = await faultsOf(given);
      assert.deepEqual(others, []);
      assert.equal(fault?.where, where);
      if (typeof message === 'string') assert.equal(fault?.message, message);
      else assert.match(fault?.message ?? '', message);
    });
  }

  test('are all told at once, in the order of the file', async () => {
    const faults = await faultsOf({
      file: 'a: 1\nport: x\nlog: { level: 1 }\nb: 2\n',
      environment: { SIGHTLINE__C: '' },
    });
    assert.deepEqual(
      faults.map((fault) => fault.where),
      ['SIGHTLINE__C', 'test.yaml:1:1', 'test.yaml:2:7', 'test.yaml:3:15', 'test.yaml:4:1'],
    );
  });

  test('in a named file that is missing: says which', async () => {
    const [fault] = await faultsOf({ flags: { config: 'nowhere.yaml' } });
    assert.equal(fault?.message, `there is no file ${join(folder, 'nowhere.yaml')}`);
  });

  test('cannot exhaust memory by aliases that multiply', async () => {
    let file = 'a0: &a0 [x, x, x, x, x, x, x, x, x]\n';
    for (let level = 1; level < 9; level++) {
      file += `a${level}: &a${level} [${Array.from({ length: 9 }, () => `*a${level - 1}`).join(', ')}]\n`;
    }
    const [fault] = await faultsOf({ file });
    assert.match(fault?.message ?? '', /not usable YAML: .*alias/i);
  });
});

describe('the reference', () => {
  const reference = new URL('../../docs/reference/', import.meta.url);
  const how = 'run: node src/settings/write-reference.ts';

  test('page and the JSON Schema are current', async () => {
    assert.equal(await readFile(new URL('configuration.md', reference), 'utf8'), referencePage(), how);
    assert.equal(await readFile(new URL('sightline.schema.json', reference), 'utf8'), schemaFile(), how);
  });

  test('shows an example that is valid', async () => {
    const example = /```yaml\n([^]*?)```/.exec(referencePage())?.[1] ?? '';
    assert.equal((await settingsOf({ file: example })).cameras.length, 2);
  });
});
