/**
 * The RTSP source against a real server (GStreamer): what arrives is whole, in time and decodable.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { silentLog } from '../src/base/log.ts';
import { systemClock } from '../src/io/clock.ts';
import { AddressPolicy } from '../src/io/net/address-policy.ts';
import { systemRandom } from '../src/io/random.ts';
import type { AccessUnit, CodecConfig } from '../src/media/track.ts';
import { RtspSource, type RtspSourceOptions } from '../src/sources/rtsp/source.ts';
import { makeCertificate } from './rigs/certificate.ts';
import { complaints, decodedFrames, toMp4 } from './rigs/decode.ts';
import { startGstRtsp, type GstMedia, type GstRtsp, type GstRtspOptions } from './rigs/gstreamer-rtsp.ts';
import { startLossyRelay } from './rigs/lossy-relay.ts';
import { watch, type Watched } from './rigs/watch.ts';

const policy = new AddressPolicy({ allow: ['127.0.0.0/8'] });
const pictures = 50;

function sourceFor(url: string, changes: Partial<RtspSourceOptions> = {}): RtspSource {
  const usual = {
    transport: 'auto',
    verifyTls: true,
    clock: systemClock,
    log: silentLog,
    random: systemRandom,
  } as const;
  return new RtspSource({ url, policy, ...usual, ...changes });
}

async function camera(t: TestContext, options: GstRtspOptions): Promise<GstRtsp> {
  const started = await startGstRtsp(options);
  t.after(() => started.kill());
  return started;
}

function watched(t: TestContext, source: RtspSource): Watched {
  const result = watch(source);
  t.after(() => result.connection.close());
  return result;
}

function unitsOf(from: Watched, kind: CodecConfig['kind']): AccessUnit[] {
  const track = from.announced.at(-1)?.find(({ codec }) => codec.kind === kind);
  return from.units.filter((unit) => unit.track === track?.id);
}

function enough(kind: CodecConfig['kind'], count = pictures) {
  return (from: Watched) => unitsOf(from, kind).length >= count;
}

/** Pictures come at the camera's own rhythm: 25 in a second, give or take what aligning with sound moves them. */
function assertSteady(units: readonly AccessUnit[], clockHz: number): void {
  const usual = clockHz / 25;
  const times = units.map((unit) => unit.pts).sort((a, b) => a - b);
  for (const [index, time] of times.slice(1).entries()) {
    const step = time - (times[index] ?? 0);
    const frames = Math.round(step / usual);
    assert.ok(
      frames >= 1 && Math.abs(step - frames * usual) <= 0.05 * frames * usual,
      `a step of ${step} ticks`,
    );
  }
  for (const [index, unit] of units.slice(1).entries()) assert.ok(unit.dts > units[index]!.dts);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const cases: readonly (readonly [GstMedia, 'tcp' | 'udp', ('basic' | 'digest')?])[] = [
  [{ video: 'h264', audio: 'aac' }, 'tcp', 'digest'],
  [{ video: 'h264', audio: 'aac' }, 'udp'],
  [{ video: 'h264-b-frames', audio: 'opus' }, 'tcp', 'basic'],
  [{ video: 'h265', audio: 'pcmu' }, 'tcp'],
  [{ video: 'h265' }, 'udp', 'digest'],
  [{ video: 'mjpeg', audio: 'pcma' }, 'tcp', 'digest'],
  [{ video: 'mjpeg' }, 'udp'],
];

describe('a GStreamer camera', { concurrency: 3 }, () => {
  for (const [media, transport, login] of cases) {
    const name = `${media.video} ${media.audio ?? 'alone'} over ${transport}${login ? ` with ${login}` : ''}`;
    test(`${name} arrives whole and in time`, async (t) => {
      const auth = login && { auth: { kind: login, user: 'admin', password: 'p@ss/wörd' } };
      const gst = await camera(t, { media, ...auth });
      const from = watched(
        t,
        sourceFor(gst.urlWithLogin, { transport, limitChanges: { otherTracksMs: 5000 } }),
      );
      const kind = media.video === 'h264-b-frames' ? 'h264' : (media.video ?? 'h264');
      await from.until(enough(kind));
      from.connection.close();
      const tracks = from.announced.at(-1) ?? [];
      assert.equal(from.announced.length, 1, 'all tracks are announced at once');
      assert.equal(tracks.length, media.audio ? 2 : 1);
      assert.equal(from.connection.transport, transport === 'tcp' ? 'RTSP over TCP' : 'RTSP over UDP');
      const video = unitsOf(from, kind);
      assert.ok(video[0]?.key);
      assertSteady(video, 90_000);
      assert.ok(video.every((unit) => unit.dts <= unit.pts));
      assert.deepEqual(from.connection.counters().damaged, 0);
      if (media.audio) assert.ok(median(from.apartSeconds) < 0.1, `${median(from.apartSeconds)} s apart`);
      if (kind === 'mjpeg') {
        assert.equal(complaints(Buffer.concat(video.flatMap((unit) => unit.nals)), 'mjpeg'), '');
      } else {
        const mp4 = toMp4(tracks, from.units);
        assert.equal(complaints(mp4, 'mp4'), '');
        assert.equal(decodedFrames(mp4)[kind === 'h265' ? 'hevc' : kind], video.length - 1);
      }
    });
  }

  test('a file made by ffmpeg, with sound, plays at its own pace', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'sightline-file-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const mp4 = join(folder, 'clip.mp4');
    const inputs = [
      '-f',
      'lavfi',
      '-i',
      'testsrc2=size=320x240:rate=25',
      '-f',
      'lavfi',
      '-i',
      'sine=sample_rate=48000',
    ];
    const coders = [
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      '-bf',
      '2',
      '-g',
      '25',
      '-pix_fmt',
      'yuv420p',
      '-c:a',
      'aac',
    ];
    const made = spawnSync('ffmpeg', ['-v', 'error', ...inputs, '-t', '6', ...coders, mp4], {
      timeout: 30_000,
    });
    assert.equal(made.status, 0, made.stderr.toString());
    const gst = await camera(t, { media: { mp4, audio: 'aac' } });
    const from = watched(t, sourceFor(gst.url));
    await from.until(enough('h264'));
    from.connection.close();
    const video = unitsOf(from, 'h264');
    assertSteady(video, 90_000);
    assert.ok(
      video.some((unit) => unit.pts > unit.dts),
      'B-frames have their own decoding times',
    );
    assert.equal(complaints(toMp4(from.announced.at(-1) ?? [], from.units), 'mp4'), '');
    const spanMs = ((video.at(-1)?.pts ?? 0) - (video[0]?.pts ?? 0)) / 90;
    assert.ok(Math.abs(spanMs - (pictures - 1) * 40) <= 80, `${pictures} pictures span ${spanMs} ms`);
  });

  test('is watched over UDP when it refuses TCP', async (t) => {
    const gst = await camera(t, { media: { video: 'h264' }, transport: 'udp' });
    const from = watched(t, sourceFor(gst.url));
    await from.until(enough('h264', 5));
    assert.equal(from.connection.transport, 'RTSP over UDP');
  });

  test('that refuses the chosen transport is a fault that says what to do', async (t) => {
    const gst = await camera(t, { media: { video: 'h264' }, transport: 'tcp' });
    const fault = await watched(t, sourceFor(gst.url, { transport: 'udp' })).ended();
    assert.equal(fault.kind, 'unsupported');
    assert.match(fault.message, /refuses to send over UDP\. Set its transport to automatic/);
  });

  test('refuses a wrong password, and says so when none was given', async (t) => {
    const auth = { kind: 'digest', user: 'admin', password: 'right' } as const;
    const gst = await camera(t, { media: { video: 'h264' }, auth });
    const wrong = await watched(t, sourceFor(gst.url.replace('//', '//admin:geheim@'))).ended();
    assert.equal(wrong.kind, 'wrong-password');
    assert.match(wrong.message, /refused the password for user admin/);
    assert.doesNotMatch(wrong.message, /geheim/);
    const none = await watched(t, sourceFor(gst.url)).ended();
    assert.equal(none.kind, 'wrong-password');
    assert.match(none.message, /wants a login/);
  });

  test('with a path it does not have is not found', async (t) => {
    const gst = await camera(t, { media: { video: 'h264' } });
    const fault = await watched(t, sourceFor(gst.url.replace('/cam', '/elsewhere'))).ended();
    assert.equal(fault.kind, 'not-found');
  });

  test('with a self-signed certificate plays only when the certificate is not checked', async (t) => {
    const certificate = makeCertificate();
    t.after(() => certificate.remove());
    const gst = await camera(t, { media: { video: 'h264', audio: 'pcmu' }, tlsPem: certificate.pemFile });
    const checked = await watched(t, sourceFor(gst.url)).ended();
    assert.equal(checked.kind, 'tls');
    assert.match(checked.message, /signed itself/);
    const from = watched(t, sourceFor(gst.url, { verifyTls: false, transport: 'udp' }));
    await from.until(enough('h264', 10));
    assert.match(from.connection.transport, /TLS/);
  });

  test('that loses power ends the connection; the next one goes on later in time', async (t) => {
    const gst = await camera(t, { media: { video: 'h264' } });
    const source = sourceFor(gst.url);
    const first = watched(t, source);
    await first.until(enough('h264', 10));
    const back = await gst.restart();
    t.after(() => back.kill());
    assert.equal((await first.ended()).kind, 'ended');
    const second = watched(t, source);
    await second.until(enough('h264', 5));
    assert.ok(second.units[0]!.dts > first.units.at(-1)!.dts);
  });
});

describe('1 % loss, reordering and doubles on UDP', { concurrency: 2 }, () => {
  for (const [video, kind] of [
    ['h264', 'h264'],
    ['mjpeg', 'mjpeg'],
  ] as const) {
    test(`${video}: goes on, counts what is missing, delivers no broken picture`, async (t) => {
      // Every picture stands alone, so that one broken picture is one complaint of the decoder.
      const gst = await camera(t, { media: { video, pattern: 'snow', gopFrames: 1, bitrateKbps: 4000 } });
      const relay = await startLossyRelay({
        cameraPort: gst.port,
        seed: 7,
        loss: 0.01,
        reorder: 0.02,
        duplicate: 0.01,
      });
      t.after(() => relay.close());
      const url = gst.url.replace(String(gst.port), String(relay.port));
      const from = watched(t, sourceFor(url, { transport: 'udp' }));
      await from.until((now) => enough(kind)(now) && relay.counts.lost >= 5 && relay.counts.reordered >= 5);
      const lastLossAt = from.units.length;
      await from.until((now) => now.units.length > lastLossAt + 10);
      from.connection.close();
      const counters = from.connection.counters();
      assert.ok(counters.packetsLost >= 3, `${counters.packetsLost} of ${relay.counts.lost} noticed`);
      assert.ok(counters.packetsLost < relay.counts.lost + relay.counts.reordered, 'late is not lost');
      assert.ok(counters.damaged > 0);
      const media =
        kind === 'mjpeg'
          ? complaints(Buffer.concat(from.units.flatMap((unit) => unit.nals)), 'mjpeg')
          : complaints(toMp4(from.announced.at(-1) ?? [], from.units), 'mp4');
      assert.equal(media, '');
    });
  }
});
