/**
 * Reverse proxies as people run them: Debian's, with the configuration files of this repository, on loopback.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { systemRandom } from '../../src/io/random.ts';
import { makeAuthority, makeServerCertificate } from '../../src/io/tls/make-certificate.ts';

const deploy = resolve(import.meta.dirname, '../../deploy');
const dayMs = 86_400_000;

export interface Front {
  /** `https://localhost:…` */
  readonly url: string;
  /** PEM of who has signed its certificate. */
  readonly ca: string;
  output(): string;
  stop(): Promise<void>;
}

/** @param serverUrl plain port of the server behind it */
export async function startHaproxy(serverUrl: string): Promise<Front> {
  const { folder, ca, pair } = await certified();
  const port = await freePort();
  const env = {
    SIGHTLINE_BIND: `127.0.0.1:${port}`,
    SIGHTLINE_CERTIFICATE: join(folder, 'front.pem'),
    SIGHTLINE_SERVER: new URL(serverUrl).host,
    SIGHTLINE_MEDIA_KEY: join(folder, 'media.pem'),
  };
  await writeFile(env.SIGHTLINE_CERTIFICATE, pair.certificate + pair.key);
  await writeFile(env.SIGHTLINE_MEDIA_KEY, await mediaKey(serverUrl));
  const child = spawn('/usr/sbin/haproxy', ['-db', '-f', join(deploy, 'haproxy/haproxy.cfg')], { env });
  return started(child, port, folder, ca);
}

/**
 * @param basePath '' or like `/cams`
 * @param strip the path is taken away before requests are passed on
 */
export async function startNginx(serverUrl: string, basePath = '', strip = false): Promise<Front> {
  const { folder, ca, pair } = await certified();
  const port = await freePort();
  await writeFile(join(folder, 'sightline.crt'), pair.certificate);
  await writeFile(join(folder, 'sightline.key'), pair.key);
  await mkdir(join(folder, 'temp'));
  let site = await readFile(join(deploy, 'nginx/sightline.conf'), 'utf8');
  site = site
    .replace('127.0.0.1:8080', new URL(serverUrl).host)
    .replace('listen 443 ssl', `listen 127.0.0.1:${port} ssl`)
    .replaceAll('/etc/nginx/sightline.', `${folder}/sightline.`)
    .replaceAll(/location \/(hls\/)? ?\{/g, (_, rest = '') => `location ${basePath}/${rest} {`)
    .replaceAll(/^( +proxy_pass http:\/\/sightline);/gm, `$1${strip ? '/' : ''};`);
  if (strip) site = site.replace(/(\/hls\/ \{\n +proxy_pass http:\/\/sightline)\/;/, '$1/hls/;');
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/temp/${kind};`,
  );
  const whole = `daemon off;\nerror_log stderr;\npid ${folder}/pid;\nevents {}\nhttp {\naccess_log off;\n${temp.join('\n')}\n${site}\n}\n`;
  await writeFile(join(folder, 'nginx.conf'), whole);
  const child = spawn('/usr/sbin/nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')]);
  return started(child, port, folder, ca);
}

async function started(child: ChildProcess, port: number, folder: string, ca: string): Promise<Front> {
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => output.push(String(text)));
  // Dies with the test, also when that ends in an error.
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async (): Promise<void> => {
    process.off('exit', kill);
    const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    child.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true });
  };
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error(`The proxy did not start:\n${output.join('')}`);
    await new Promise((wake) => setTimeout(wake, 20));
  }
  return { url: `https://localhost:${port}`, ca, output: () => output.join(''), stop };
}

async function mediaKey(serverUrl: string): Promise<string> {
  const child = spawn(process.execPath, [join(deploy, 'haproxy/media-key.mjs'), serverUrl]);
  let text = '';
  child.stdout.on('data', (piece) => (text += String(piece)));
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 0) throw new Error('the media key could not be read');
  return text;
}

async function certified() {
  const folder = await mkdtemp(join(tmpdir(), 'sightline-front-'));
  const life = { fromMs: Date.now() - dayMs, untilMs: Date.now() + dayMs };
  const authority = { ...makeAuthority('Front', life, systemRandom), name: 'Front' };
  const pair = makeServerCertificate(authority, ['localhost', '127.0.0.1'], life, systemRandom);
  return { folder, ca: authority.certificate, pair };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket: Socket = connect(port, '127.0.0.1');
    const end = (met: boolean) => () => {
      socket.destroy();
      resolve(met);
    };
    socket.on('connect', end(true)).on('error', end(false));
  });
}
