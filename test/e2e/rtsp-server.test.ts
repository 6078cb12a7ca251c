/**
 * Cameras watched over RTSP by programs that are not ours.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { connect } from 'node:tls';
import type { Camera } from '../../src/api/contract/cameras.ts';
import { makeCertificate } from '../rigs/certificate.ts';
import type { TestCertificate } from '../rigs/certificate.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';
import type { Finished } from './support/foreign.ts';
import { ffprobe, makeFilm, run } from './support/foreign.ts';
import { until } from './support/until.ts';

interface CameraViewer {
  readonly output: string;
  readonly transport: string;
  readonly bytesSent: number;
  readonly network: { readonly lossRatio: number | null; readonly jitterMs: number | null };
}

const openCv = `
import cv2, sys
capture = cv2.VideoCapture(sys.argv[1], cv2.CAP_FFMPEG)
seen = 0
while seen < 20:
    ok, picture = capture.read()
    if not ok: break
    seen += 1
print(seen, picture.shape if seen else None)
`;

const liveVlc = globSync('/usr/lib/**/vlc/plugins/**/liblive555_plugin.so').length > 0;
const noVlc = existsSync('/usr/bin/cvlc') ? false : 'VLC is not installed';
const noVlcRtsp = liveVlc ? false : 'this VLC is built without live555, so it cannot play RTSP';
const lowers = ['tcp', 'udp'] as const;
type Lower = (typeof lowers)[number];

function watch(url: string, lower: Lower, seconds: number): Promise<Finished> {
  const input = [
    '-v',
    'error',
    '-nostdin',
    '-rtsp_transport',
    lower,
    '-i',
    url,
    '-t',
    String(seconds),
    '-map',
    '0',
  ];
  return run('ffmpeg', [...input, '-enc_time_base:v', '1:90000', '-f', 'null', '-progress', 'pipe:1', '-']);
}

function pictures({ output }: Finished): number {
  return Number([...output.matchAll(/^frame=(\d+)/gm)].at(-1)?.[1] ?? 0);
}

/** Ends by itself once 30 pictures were decoded. */
function gstreamer(url: string, lower: Lower, login: readonly string[] = []): Promise<Finished> {
  const source = ['rtspsrc', `location=${url}`, `protocols=${lower}`, ...login, 'name=s'];
  const chain =
    's. ! application/x-rtp,media=video ! rtph264depay ! avdec_h264 ! identity eos-after=30 ! fakesink';
  return run('gst-launch-1.0', ['-q', ...source, ...chain.split(' ')]);
}

async function codecs(url: string): Promise<readonly string[]> {
  return (await ffprobe(url)).streams.map(({ codec_name: codec }) => codec);
}

function login(url: string | null, words: string): string {
  return (url ?? '').replace('//', `//${words}@`);
}

/** Nothing tells which port RTSPS got when the system chose it. */
async function freePort(): Promise<number> {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  taken.close();
  await once(taken, 'close');
  return port;
}

/** It refuses to run as root. */
function vlc(url: string, seconds: number, file: string): Promise<Finished> {
  const words = [
    'cvlc',
    '-q',
    `--run-time=${seconds}`,
    `--sout=#file{mux=ts,dst=${file}}`,
    url,
    'vlc://quit',
  ];
  const isRoot = process.getuid?.() === 0;
  const [program = '', ...rest] = isRoot ? ['setpriv', '--reuid=65534', '--clear-groups', ...words] : words;
  return run(program, rest);
}

describe('cameras over RTSP', { concurrency: 3 }, () => {
  let server: RunningServer;
  let film: Camera;
  let long: Camera;
  let hevc: Camera;
  let securePort: number;

  before(async () => {
    securePort = await freePort();
    server = await startServer({ config: `rtsp:\n  tls: { port: ${securePort} }\n` });
    const media = join(server.data, 'media');
    await mkdir(media, { recursive: true });
    await makeFilm(join(media, 'film.mp4'), 20);
    const input = ['-v', 'error', '-i', join(media, 'film.mp4'), '-c:a', 'copy', '-c:v'];
    await Promise.all([
      run('ffmpeg', [
        ...input,
        'libx264',
        '-preset',
        'ultrafast',
        '-g',
        '250',
        '-bf',
        '0',
        join(media, 'long.mp4'),
      ]),
      run('ffmpeg', [
        ...input,
        'libx265',
        '-preset',
        'ultrafast',
        '-x265-params',
        'keyint=25:log-level=0',
        join(media, 'hevc.mp4'),
      ]),
    ]);
    const add = (name: string) =>
      server.addCamera({ name, source: { kind: 'file', path: `${name}.mp4` }, start: 'always' });
    film = await add('film');
    long = await add('long');
    hevc = await add('hevc');
    for (const { id } of [film, long, hevc]) {
      await server.waitFor(id, 'live', ({ status }) => status.state === 'live');
    }
  });
  after(() => server?.stop());

  for (const lower of lowers) {
    it(`FFmpeg plays B-frames and sound over ${lower}, without a complaint`, async () => {
      const seen = await watch(film.links.rtsp ?? '', lower, 3);
      assert.equal(seen.complaints, '');
      assert.ok(pictures(seen) > 50, `${pictures(seen)} pictures`);
    });

    it(`FFmpeg plays H.265 over ${lower}`, async () => {
      const seen = await watch(hevc.links.rtsp ?? '', lower, 2);
      assert.equal(seen.complaints, '');
      assert.ok(pictures(seen) > 30, `${pictures(seen)} pictures`);
    });

    it(`GStreamer plays over ${lower}`, async () => {
      const { status, complaints } = await gstreamer(film.links.rtsp ?? '', lower);
      assert.equal(status, 0, complaints);
    });

    it(`OpenCV plays over ${lower}`, async (t) => {
      const option = `OPENCV_FFMPEG_CAPTURE_OPTIONS=rtsp_transport;${lower}`;
      const found = await run('env', [option, '/usr/bin/python3', '-c', openCv, film.links.rtsp ?? '']);
      if (/No module named/.test(found.complaints)) return t.skip('OpenCV is not installed');
      assert.match(found.output, /^20 \(180, 320, 3\)/, found.complaints);
    });
  }

  it('has both tracks in its description, and stream1 is the default camera', async () => {
    assert.deepEqual(await codecs(film.links.rtsp ?? ''), ['h264', 'aac']);
    assert.ok((await codecs((film.links.rtsp ?? '').replace(/\/[^/]*$/, '/stream1'))).includes('h264'));
  });

  it('shows a picture at once where the next keyframe is ten seconds away', async () => {
    const words = ['-v', 'error', '-rtsp_transport', 'tcp', '-select_streams', 'v', '-show_entries'];
    const entries = ['packet=pts,flags', '-of', 'csv=p=0', '-read_intervals', '%+#12', long.links.rtsp ?? ''];
    await until('some pictures since the keyframe', async () => {
      const { output } = await run('ffprobe', [...words, ...entries]);
      const rows = output
        .trim()
        .split('\n')
        .map((row) => row.split(','));
      assert.match(rows[0]?.[1] ?? '', /^K/, 'the first picture is a keyframe');
      // Kept pictures follow each other by 90 ticks, those of the present by 3600.
      return Number(rows[5]?.[0]) - Number(rows[4]?.[0]) < 200;
    });
  });

  it('lists who watches, over UDP with the figures of the way', async () => {
    const playing = watch(film.links.rtsp ?? '', 'udp', 12);
    const viewer = await until('a report of the viewer', async () => {
      const { body } = await server.api<CameraViewer[]>('GET', `/api/v1/cameras/${film.id}/viewers`);
      return body.find((each) => each.transport === 'RTP over UDP' && each.network.lossRatio !== null);
    });
    assert.equal(viewer.output, 'rtsp');
    assert.equal(viewer.network.lossRatio, 0);
    assert.ok(viewer.bytesSent > 0);
    await playing;
  });

  it('refuses with 453 whoever is one too many, and with 404 what does not exist', async () => {
    const source = { kind: 'file', path: 'film.mp4' };
    const camera = await server.addCamera({ name: 'One viewer', source, start: 'always', maxReaders: 1 });
    const first = watch(camera.links.rtsp ?? '', 'tcp', 6);
    await until('the first viewer', async () => {
      const { body } = await server.api<CameraViewer[]>('GET', `/api/v1/cameras/${camera.id}/viewers`);
      return body.length === 1;
    });
    const second = await watch(camera.links.rtsp ?? '', 'tcp', 1);
    assert.match(second.complaints, /453/);
    assert.ok(pictures(await first) > 50);
    const nowhere = await watch(`${film.links.rtsp}x`, 'tcp', 1);
    assert.match(nowhere.complaints, /404/);
  });

  it('plays out again what FFmpeg sends, over RTSP and HLS', async (t) => {
    const camera = await server.addCamera({ name: 'Sent', source: { kind: 'push' }, start: 'always' });
    const picture = ['-v', 'error', '-nostdin', '-re', '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25'];
    const coder = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-pix_fmt', 'yuv420p', '-t', '60'];
    const sender = spawn('ffmpeg', [...picture, ...coder, '-f', 'rtsp', camera.links.rtsp ?? ''], {
      stdio: 'ignore',
    });
    t.after(() => sender.kill('SIGKILL'));
    await server.waitFor(camera.id, 'live', ({ status }) => status.state === 'live');
    const seen = await watch(camera.links.rtsp ?? '', 'udp', 2);
    assert.equal(seen.complaints, '');
    assert.ok(pictures(seen) > 30, `${pictures(seen)} pictures`);
    assert.ok((await codecs(new URL(camera.links.hls, server.url).href)).includes('h264'));
  });

  it('plays over RTSPS, with the certificate of https when it has none of its own', async () => {
    const seen = await watch(
      (film.links.rtsp ?? '').replace(/^rtsp:\/\/[^/]*/, `rtsps://127.0.0.1:${securePort}`),
      'tcp',
      1,
    );
    assert.ok(pictures(seen) > 10, seen.complaints);
    const ca = await readFile(join(server.data, 'tls', 'authority.crt'), 'utf8');
    const client = connect({ port: securePort, host: '127.0.0.1', ca });
    await once(client, 'secureConnect');
    assert.ok(client.authorized);
    client.destroy();
  });

  it('ends its viewers when it is switched off', async () => {
    const camera = await server.addCamera({ name: 'Off', source: { kind: 'file', path: 'film.mp4' } });
    const playing = watch(camera.links.rtsp ?? '', 'tcp', 100);
    await server.waitFor(camera.id, 'live', ({ status }) => status.state === 'live');
    await server.api('PATCH', `/api/v1/cameras/${camera.id}`, { enabled: false });
    assert.notEqual((await playing).status, null, 'FFmpeg ended by itself');
    assert.match((await watch(camera.links.rtsp ?? '', 'tcp', 1)).complaints, /503/);
  });

  for (const [name, address, skip] of [
    ['RTSP', (camera: Camera) => camera.links.rtsp ?? '', noVlc || noVlcRtsp],
    ['HLS', (camera: Camera) => new URL(camera.links.hls, server.url).href, noVlc],
  ] as const) {
    it(`VLC plays over ${name}`, { skip }, async (t) => {
      const folder = await mkdtemp(join(tmpdir(), 'sightline-vlc-'));
      t.after(() => rm(folder, { recursive: true, force: true }));
      await chmod(folder, 0o777);
      const file = join(folder, 'seen.ts');
      const { complaints } = await vlc(address(film), 6, file);
      const { streams } = await ffprobe(file);
      assert.ok(
        streams.some(({ codec_name: codec }) => codec === 'h264'),
        complaints,
      );
    });
  }
});

describe('an RTSP server with accounts and a certificate', { concurrency: 3 }, () => {
  let server: RunningServer;
  let certificate: TestCertificate;
  let securePort = 0;
  let camera: Camera;

  before(async () => {
    certificate = makeCertificate();
    securePort = await freePort();
    const tls = `  tls: { port: ${securePort}, certificate: ${certificate.pemFile}, key: ${certificate.pemFile} }\n`;
    const users = '  users: [{ name: ann, password: secret }]\n';
    server = await startServer({ config: `rtsp:\n${users}${tls}` });
    camera = await server.addCamera({ name: 'Guarded', source: { kind: 'demo' }, start: 'always' });
    await server.waitFor(camera.id, 'live', ({ status }) => status.state === 'live');
  });
  after(async () => {
    await server?.stop();
    certificate?.remove();
  });

  for (const lower of lowers) {
    it(`lets FFmpeg and GStreamer in over ${lower} with the password`, async () => {
      const seen = await watch(login(camera.links.rtsp, 'ann:secret'), lower, 2);
      assert.ok(pictures(seen) > 20, seen.complaints);
      const gst = await gstreamer(camera.links.rtsp ?? '', lower, ['user-id=ann', 'user-pw=secret']);
      assert.equal(gst.status, 0, gst.complaints);
    });
  }

  it('refuses a wrong password and none at all', async () => {
    for (const url of [login(camera.links.rtsp, 'ann:wrong'), camera.links.rtsp ?? '']) {
      assert.match((await watch(url, 'tcp', 1)).complaints, /401/);
    }
  });

  it('plays over RTSPS', async () => {
    const secure = (camera.links.rtsp ?? '').replace(
      /^rtsp:\/\/[^/]*/,
      `rtsps://ann:secret@127.0.0.1:${securePort}`,
    );
    const seen = await watch(secure, 'tcp', 2);
    assert.ok(pictures(seen) > 20, seen.complaints);
  });
});
