/**
 * A real RTSP camera for tests: GStreamer's server in a child process on a free loopback port.
 * The child ends when this process does: it watches its standard input.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface GstRtspOptions {
  readonly media: GstMedia;
  readonly transport?: 'any' | 'tcp' | 'udp';
  readonly auth?: { readonly kind: 'basic' | 'digest'; readonly user: string; readonly password: string };
  /** PEM file with certificate and key; the address is then `rtsps:`. */
  readonly tlsPem?: string;
  /** A fixed port, to come back where another server was; default: any free one. */
  readonly port?: number;
}

export interface GstMedia {
  readonly video?: 'h264' | 'h264-b-frames' | 'h265' | 'mjpeg';
  readonly audio?: 'aac' | 'opus' | 'pcmu' | 'pcma';
  /** A file instead of test pictures: MP4 with H.264 and, when `audio` is `aac`, AAC; read at its own pace. */
  readonly mp4?: string;
  /** `ball` is small in bytes, `snow` large. */
  readonly pattern?: 'ball' | 'snow';
  readonly widthPixels?: number;
  readonly heightPixels?: number;
  readonly framesPerSecond?: number;
  readonly gopFrames?: number;
  readonly bitrateKbps?: number;
}

export interface GstRtsp {
  /** Without credentials. */
  readonly url: string;
  readonly port: number;
  /** With the credentials of `auth`. */
  readonly urlWithLogin: string;
  /** At once and without a farewell, like a camera that loses power. */
  kill(): Promise<void>;
  /** The same camera again on the same port, perhaps with other media. */
  restart(media?: GstMedia): Promise<GstRtsp>;
}

const startupMs = 15_000;
const script = fileURLToPath(new URL('gstreamer-rtsp.py', import.meta.url));
/** The distribution's own Python has the bindings; another one earlier in the PATH may not. */
const python = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';

export async function startGstRtsp(options: GstRtspOptions): Promise<GstRtsp> {
  const child = spawn(python, [script, JSON.stringify(scriptOptions(options))], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const port = await readyPort(child);
  const scheme = options.tlsPem ? 'rtsps' : 'rtsp';
  const login = options.auth
    ? `${encodeURIComponent(options.auth.user)}:${encodeURIComponent(options.auth.password)}@`
    : '';
  const kill = () => ended(child);
  return {
    url: `${scheme}://127.0.0.1:${port}/cam`,
    urlWithLogin: `${scheme}://${login}127.0.0.1:${port}/cam`,
    port,
    kill,
    restart: async (media = options.media) => {
      await kill();
      return startGstRtsp({ ...options, media, port });
    },
  };
}

function scriptOptions(options: GstRtspOptions) {
  return {
    launch: launchLine(options.media),
    port: options.port ?? 0,
    transport: options.transport ?? 'any',
    auth: options.auth ?? null,
    tls: options.tlsPem ?? null,
    shared: options.media.mp4 === undefined,
  };
}

function readyPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let complaint = '';
    child.stderr?.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-4000)));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`GStreamer did not start in time: ${complaint}`));
    }, startupMs);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`GStreamer ended with ${code}: ${complaint}`));
    });
    if (!child.stdout) throw new Error('no output to read');
    createInterface(child.stdout).on('line', (line) => {
      const [word, port] = line.split(' ');
      if (word !== 'ready') return;
      clearTimeout(timer);
      resolve(Number(port));
    });
  });
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

function launchLine(media: GstMedia): string {
  const branches: string[] = [];
  if (media.mp4) {
    branches.push(`filesrc location="${media.mp4}" ! qtdemux name=demux`);
    branches.push('demux.video_0 ! queue ! h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1');
    if (media.audio) branches.push('demux.audio_0 ! queue ! aacparse ! rtpmp4gpay name=pay1 pt=97');
    return `( ${branches.join(' ')} )`;
  }
  if (media.video) branches.push(videoBranch(media.video, media));
  if (media.audio) branches.push(audioBranch(media.audio, branches.length));
  return `( ${branches.join(' ')} )`;
}

function videoBranch(kind: NonNullable<GstMedia['video']>, media: GstMedia): string {
  const fps = media.framesPerSecond ?? 25;
  const gop = media.gopFrames ?? fps;
  const kbps = media.bitrateKbps ?? 500;
  const picture =
    `videotestsrc is-live=true pattern=${media.pattern ?? 'ball'} ! video/x-raw,format=I420,width=${media.widthPixels ?? 320},` +
    `height=${media.heightPixels ?? 240},framerate=${fps}/1`;
  const coder = {
    h264: `x264enc speed-preset=ultrafast tune=zerolatency threads=1 key-int-max=${gop} bitrate=${kbps} ! video/x-h264,profile=main ! rtph264pay name=pay0 pt=96`,
    'h264-b-frames': `x264enc speed-preset=ultrafast threads=1 bframes=2 b-adapt=false rc-lookahead=0 sync-lookahead=0 key-int-max=${gop} bitrate=${kbps} ! video/x-h264,profile=main ! rtph264pay name=pay0 pt=96`,
    h265: `x265enc speed-preset=ultrafast tune=zerolatency key-int-max=${gop} bitrate=${kbps} ! rtph265pay name=pay0 pt=96`,
    mjpeg: 'jpegenc quality=60 ! rtpjpegpay name=pay0 pt=26',
  };
  return `${picture} ! ${coder[kind]}`;
}

function audioBranch(kind: NonNullable<GstMedia['audio']>, index: number): string {
  const coder = {
    aac: `${sound(44_100, 2)} ! audioconvert ! voaacenc bitrate=64000 ! rtpmp4gpay name=pay${index} pt=97`,
    opus: `${sound(48_000, 2)} ! audioconvert ! opusenc bitrate=48000 ! rtpopuspay name=pay${index} pt=98`,
    pcmu: `${sound(8000, 1)} ! audioconvert ! mulawenc ! rtppcmupay name=pay${index} pt=0`,
    pcma: `${sound(8000, 1)} ! audioconvert ! alawenc ! rtppcmapay name=pay${index} pt=8`,
  };
  return coder[kind];
}

function sound(rateHz: number, channels: number): string {
  return `audiotestsrc is-live=true wave=ticks ! audio/x-raw,rate=${rateHz},channels=${channels}`;
}
