/** A server with many cameras: the demo camera, small films, one that is dead, and one that another server sends. */
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Camera } from '../../../src/api/contract/cameras.ts';
import type { SavedView, ViewTile } from '../../../src/api/contract/views.ts';
import type { RunningServer } from '../../support/server.ts';
import { startServer } from '../../support/server.ts';
import { run } from './foreign.ts';

/** A small film in the media folder of a server: two cores decode sixteen of them. */
export async function makeFilm(
  server: RunningServer,
): Promise<{ readonly kind: 'file'; readonly path: string }> {
  const folder = join(server.data, 'media');
  await mkdir(folder, { recursive: true });
  const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=10', '-t', '8'];
  const coding = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '0', '-g', '20', '-pix_fmt', 'yuv420p'];
  await run('ffmpeg', ['-v', 'error', ...picture, ...coding, '-y', join(folder, 'film.mp4')]);
  return { kind: 'file', path: 'film.mp4' };
}

/** A server of its own that sends a film over RTSP, to as many as ask; it can be stopped in mid-stream. */
export interface Sender {
  readonly server: RunningServer;
  /** For cameras of another server. */
  readonly source: { readonly kind: 'rtsp'; readonly url: string };
}

export async function startSender(): Promise<Sender> {
  const server = await startServer();
  const camera = await server.addCamera({ name: 'Film', source: await makeFilm(server), start: 'always' });
  return { server, source: rtspOf(camera) };
}

/** As another server on this machine reaches it. */
export function rtspOf({ links }: Camera): Sender['source'] {
  const url = links.rtsp?.replace('localhost', '127.0.0.1');
  if (url === undefined) throw new Error('The server sends no RTSP');
  return { kind: 'rtsp', url };
}

/** Where nobody listens. */
export async function deadAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return `rtsp://127.0.0.1:${port}/nothing`;
}

/** Four in a row. */
export function tilesOf(cameras: readonly Camera[], columns = 4): Partial<ViewTile>[] {
  const [w, h] = [12 / columns, 12 / columns];
  return cameras.map(({ id }, at) => ({
    cameraId: id,
    x: (at % columns) * w,
    y: Math.floor(at / columns) * h,
    w,
    h,
  }));
}

export async function addView(server: RunningServer, view: Record<string, unknown>): Promise<SavedView> {
  const { status, body } = await server.api<SavedView>('POST', '/api/v1/views', view);
  if (status !== 201) throw new Error(`Saving a view answered ${status}: ${JSON.stringify(body)}`);
  return body;
}
