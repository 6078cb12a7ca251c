import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { version } from '../base/version.ts';
import { parseCommand } from './arguments.ts';

const entry = fileURLToPath(new URL('../../bin/sightline.mjs', import.meta.url));
let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sightline-cli-'));
});
after(() => rm(folder, { recursive: true }));

/** Longer than a start takes on a machine that does ten other things. */
const patienceMs = 90_000;

function run(...words: string[]): Promise<{ code: number; out: string; error: string }> {
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [entry, ...words],
      { cwd: folder, timeout: patienceMs },
      (failure, out, error) => {
        // A server that is asked to stop does so in order, with 0: that would read as if all were well.
        if (failure?.killed)
          reject(new Error(`\`${words.join(' ')}\` did not end by itself:\n${out}${error}`));
        else resolve({ code: typeof failure?.code === 'number' ? failure.code : 0, out, error });
      },
    );
  });
}

describe('the command line', () => {
  test('serves when no command is given, with the flags', () => {
    assert.deepEqual(parseCommand(['--port', '9000', '--data=/srv/x']), {
      ok: true,
      value: { kind: 'serve', flags: { port: '9000', data: '/srv/x' } },
    });
    assert.deepEqual(parseCommand(['check', '--config', 'a.yaml']), {
      ok: true,
      value: { kind: 'check', flags: { config: 'a.yaml' } },
    });
  });

  const wrong: readonly (readonly [string, string])[] = [
    ['chekc', 'There is no command "chekc"; did you mean check? See sightline --help.'],
    ['frobnicate', 'There is no command "frobnicate". See sightline --help.'],
    ['--prot 80', 'There is no flag --prot; did you mean --port? See sightline --help.'],
    ['-x', 'There is no flag -x. See sightline --help.'],
    ['--port', '--port needs a value: --port <value>.'],
    ['--help=yes', '--help takes no value.'],
    ['serve now', '"now" after serve means nothing. See sightline --help.'],
  ];
  for (const [words, message] of wrong) {
    test(`explains \`${words}\``, () => {
      assert.deepEqual(parseCommand(words.split(' ')), { ok: false, error: message });
    });
  }

  test('knows the version of package.json', async () => {
    const file = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
    assert.equal((JSON.parse(file) as { version: string }).version, version);
    assert.deepEqual(await run('--version'), { code: 0, out: `${version}\n`, error: '' });
  });
});

describe('sightline check', () => {
  test('shows the line of an error with a caret, without passwords, and fails', async () => {
    await writeFile(
      join(folder, 'bad.yaml'),
      'cameras:\n  - name: Door\n    source: { kind: rtsp, url: "rtsp://us:geheim@c/", tls: yes }\n',
    );
    const { code, out, error } = await run('check', '--config', 'bad.yaml');
    assert.equal(code, 1);
    assert.equal(out, '');
    const line = '    source: { kind: rtsp, url: "rtsp://***@c/", tls: yes }';
    assert.equal(
      error,
      'bad.yaml:3:55: cameras[0].source.tls: unknown setting; known here: kind, url, transport, verifyTls\n' +
        `  3 | ${line}\n` +
        `    | ${' '.repeat(line.indexOf('tls'))}^\n` +
        '1 error in the configuration. What each setting means: docs/reference/configuration.md\n',
    );
  });

  test('prints what is in effect when all is well', async () => {
    await writeFile(
      join(folder, 'sightline.yaml'),
      'cameras: [{ name: A, source: { kind: rtsp, url: "rtsp://u:geheim@c/" } }]\n',
    );
    const { code, out } = await run('check', '--port', '81');
    assert.equal(code, 0);
    assert.match(out, /sightline\.yaml is valid\. In effect:\n\nhost: 127\.0\.0\.1\nport: 81\n/);
    assert.match(out, /url: rtsp:\/\/\*\*\*@c\//);
    assert.doesNotMatch(out, /geheim/);
  });
});

interface Served {
  readonly url: string;
  /** What it has printed so far. */
  printed(): string;
  /** Nobody reads what it writes any more. */
  deafen(): void;
  stop(): Promise<number | null>;
}

/** Started as a person would, on any free port. */
function serve(data: string, accounts = false): Promise<Served> {
  const words = [entry, '--port', '0', '--data', join(folder, data)];
  // Servers of several tests run at one time.
  const env = {
    ...process.env,
    SIGHTLINE__ACCOUNTS: String(accounts),
    SIGHTLINE__RTSP__PORT: '0',
    SIGHTLINE__WEBRTC__PORT: '0',
  };
  const child = spawn(process.execPath, words, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stderr.resume();
  const deafen = (): void => {
    child.stdout.destroy();
    child.stderr.destroy();
  };
  process.once('exit', () => child.kill('SIGKILL'));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const stop = (): Promise<number | null> => {
    child.kill('SIGTERM');
    return ended;
  };
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (piece: Buffer) => {
      text += String(piece);
      const url = /open (http:\S+)/.exec(text)?.[1];
      if (url !== undefined) resolve({ url, printed: () => text, deafen, stop });
    });
    void ended.then((code) => reject(new Error(`it ended with ${code}`)));
  });
}

describe('sightline serve', () => {
  test('goes on when nobody reads its log any more, and stops in order', async () => {
    const server = await serve('unheard');
    server.deafen();
    const body = JSON.stringify({ name: 'Door', source: { kind: 'file', path: 'none.mp4' } });
    const headers = { 'content-type': 'application/json' };
    await fetch(`${server.url}/api/v1/cameras`, { method: 'POST', headers, body });
    assert.equal((await fetch(`${server.url}/ready`)).status, 200);
    assert.equal(await server.stop(), 0);
  });

  test('prints a link that makes the first administrator, until there is one', async () => {
    const first = await serve('people', true);
    const token = /\/setup\?token=([\w-]+)\n/.exec(first.printed())?.[1];
    const body = JSON.stringify({ token, name: 'Ada', password: 'correct horse battery' });
    const headers = { 'content-type': 'application/json' };
    assert.equal((await fetch(`${first.url}/api/v1/cameras`)).status, 503);
    const made = await fetch(`${first.url}/api/v1/setup`, { method: 'POST', headers, body });
    assert.equal(made.status, 200);
    await first.stop();
    const second = await serve('people', true);
    assert.doesNotMatch(second.printed(), /setup/);
    assert.equal((await fetch(`${second.url}/api/v1/cameras`)).status, 401);
    await second.stop();
  });

  test('prints its address, serves there, keeps cameras, and stops on SIGTERM', async () => {
    const first = await serve('kept');
    assert.equal((await fetch(`${first.url}/ready`)).status, 200);
    const body = JSON.stringify({ name: 'Kept', source: { kind: 'demo' } });
    const headers = { 'content-type': 'application/json' };
    await fetch(`${first.url}/api/v1/cameras`, { method: 'POST', headers, body });
    const events = await fetch(`${first.url}/api/v1/events`);
    assert.equal(await first.stop(), 0);
    await assert.rejects(events.text());
    const second = await serve('kept');
    const cameras = (await (await fetch(`${second.url}/api/v1/cameras`)).json()) as { name: string }[];
    assert.ok(cameras.some(({ name }) => name === 'Kept'));
    assert.equal(await second.stop(), 0);
  });

  test('says in one line that the port is taken, and what to do', async () => {
    const other = await serve('other');
    const { port } = new URL(other.url);
    const { code, out, error } = await run('--port', port, '--data', join(folder, 'mine'));
    assert.equal(await other.stop(), 0);
    assert.equal(code, 1);
    assert.equal(out, '');
    const [line = ''] = error.split('\n').filter((text) => text.startsWith('Port'));
    assert.match(
      line,
      new RegExp(
        `^Port ${port} on 127\\.0\\.0\\.1 is in use .*choose another port: --port ${Number(port) + 1}`,
      ),
    );
    assert.doesNotMatch(error, /\n\s+at /);
  });

  test('refuses a data folder that another server uses, and leaves that one alone', async () => {
    const other = await serve('shared');
    const { code, out, error } = await run('--port', '0', '--data', join(folder, 'shared'));
    assert.equal((await fetch(`${other.url}/ready`)).status, 200);
    assert.equal(await other.stop(), 0);
    assert.equal(code, 1);
    assert.equal(out, '');
    assert.match(
      error,
      /^The data folder .*shared is in use by another Sightline\. Stop that one, .*--data\.\n$/,
    );
  });

  test('names a damaged database and what to do', async () => {
    await mkdir(join(folder, 'damaged'));
    await writeFile(join(folder, 'damaged', 'sightline.sqlite'), 'no database at all '.repeat(500));
    const { code, error } = await run('--port', '0', '--data', join(folder, 'damaged'));
    assert.equal(code, 1);
    assert.match(error, /The database .*damaged.sightline\.sqlite is damaged .*Restore it from a backup/);
  });
});
