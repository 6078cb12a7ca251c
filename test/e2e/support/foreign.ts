/**
 * Clients that are not ours: FFmpeg's programs, run beside the test.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ForeignStream {
  readonly codec_type: string;
  readonly codec_name: string;
  readonly width?: number;
  readonly height?: number;
  readonly sample_rate?: string;
  readonly channels?: number;
}

export interface Finished {
  readonly status: number | null;
  readonly output: string;
  readonly complaints: string;
}

/** A client that hangs is killed and has status null. */
const hangsAfterMs = 30_000;

/** The tracks ffprobe finds at an address, and what it complained about. */
export async function ffprobe(
  address: string,
): Promise<{ readonly streams: readonly ForeignStream[]; readonly complaints: string }> {
  const { output, complaints } = await run('ffprobe', [
    '-v',
    'error',
    '-show_streams',
    '-of',
    'json',
    address,
  ]);
  const { streams = [] } = JSON.parse(output || '{}') as { streams?: ForeignStream[] };
  return { streams, complaints };
}

/** Plays some seconds as fast as they come; resolves to the decoded pictures and the complaints. */
export async function play(
  address: string,
  seconds: number,
): Promise<{ pictures: number; complaints: string }> {
  const words = ['-v', 'error', '-i', address, '-t', String(seconds), '-map', '0', '-f', 'null'];
  const { status, output, complaints } = await run('ffmpeg', [...words, '-progress', 'pipe:1', '-']);
  const pictures = Number([...output.matchAll(/^frame=(\d+)/gm)].at(-1)?.[1] ?? 0);
  return { pictures, complaints: status === 0 ? complaints : `status ${status}: ${complaints}` };
}

/** A short film with sound: H.264 with B-frames and AAC. */
export async function makeFilm(file: string, seconds: number): Promise<void> {
  const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25'];
  const sound = ['-f', 'lavfi', '-i', 'sine=sample_rate=48000'];
  const video = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2', '-g', '25', '-pix_fmt', 'yuv420p'];
  const words = ['-v', 'error', ...picture, ...sound, '-t', String(seconds), ...video, '-c:a', 'aac', file];
  const { status, complaints } = await run('ffmpeg', words);
  if (status !== 0) throw new Error(`ffmpeg could not make ${file}: ${complaints}`);
}

/** Decodes a file made of an init segment and fragments. Times are compared in the stream's own ticks. */
export async function decodeMp4(
  pieces: readonly { readonly payload: Uint8Array }[],
): Promise<{ pictures: number; complaints: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'sightline-decode-'));
  const file = join(folder, 'live.mp4');
  await writeFile(file, Buffer.concat(pieces.map(({ payload }) => payload)));
  const sink = ['-map', '0', '-enc_time_base:v', '1:90000', '-f', 'null', '-progress', 'pipe:1', '-'];
  const { output, complaints } = await run('ffmpeg', ['-v', 'error', '-i', file, ...sink]);
  await rm(folder, { recursive: true });
  return { pictures: Number([...output.matchAll(/^frame=(\d+)/gm)].at(-1)?.[1] ?? 0), complaints };
}

export function run(program: string, words: readonly string[]): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: hangsAfterMs,
      killSignal: 'SIGKILL',
    });
    let output = '';
    let complaints = '';
    child.stdout.on('data', (text) => (output += String(text)));
    child.stderr.on('data', (text) => (complaints += String(text)));
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, output, complaints }));
  });
}
