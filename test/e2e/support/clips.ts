/**
 * A remote client as a program would be one: it registers, uploads clips whole or in pieces, and reads playlists.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import type { Clip } from '../../../src/api/contract/clips.ts';
import type { RunningServer } from '../../support/server.ts';
import { run } from './foreign.ts';

interface Listed {
  readonly uri: string;
  readonly startMs: number;
  readonly seconds: number;
  readonly discontinuity: boolean;
}

export interface ReadPlaylist {
  readonly status: number;
  readonly text: string;
  readonly sequence: number;
  readonly targetSeconds: number;
  readonly segments: readonly Listed[];
}

export class RemoteClient {
  readonly id: string;
  readonly secret: string;
  server: RunningServer;

  private constructor(server: RunningServer, id: string, secret: string) {
    this.server = server;
    this.id = id;
    this.secret = secret;
  }

  static async register(server: RunningServer, name = 'Gate'): Promise<RemoteClient> {
    const { status, body } = await server.api<{ id: string; secret: string }>('POST', '/api/v1/clients', {
      name,
    });
    if (status !== 201) throw new Error(`Registering answered ${status}`);
    return new RemoteClient(server, body.id, body.secret);
  }

  get authorization(): string {
    return `Bearer ${this.secret}`;
  }

  async upload(
    bytes: Uint8Array,
    startMs: number,
    { authorization = this.authorization, type = 'video/mp4' } = {},
  ): Promise<{ status: number; body: Clip & { code: string; detail: string } }> {
    const response = await fetch(`${this.server.url}/api/v1/clients/${this.id}/clips?startTime=${startMs}`, {
      method: 'POST',
      headers: { authorization, 'content-type': type },
      body: new Uint8Array(bytes),
    });
    return {
      status: response.status,
      body: (await response.json()) as Clip & { code: string; detail: string },
    };
  }

  async clips(): Promise<readonly Clip[]> {
    return (await this.server.api<Clip[]>('GET', `/api/v1/clients/${this.id}/clips`)).body;
  }

  /** One request of tus 1.0.0. */
  async tus(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body?: Uint8Array,
  ): Promise<Response> {
    const all = { authorization: this.authorization, 'tus-resumable': '1.0.0', ...headers };
    return fetch(this.server.url + path, {
      method,
      headers: all,
      ...(body && { body: new Uint8Array(body) }),
    });
  }

  /** Begins an upload; resolves to where it goes on. */
  async begin(lengthBytes: number, startMs: number): Promise<string> {
    const metadata = `startTime ${Buffer.from(String(startMs)).toString('base64')}`;
    const headers = { 'upload-length': String(lengthBytes), 'upload-metadata': metadata };
    const created = await this.tus('POST', `/api/v1/clients/${this.id}/uploads`, headers);
    if (created.status !== 201)
      throw new Error(`Beginning answered ${created.status}: ${await created.text()}`);
    return created.headers.get('location') ?? '';
  }

  /** Announces everything, sends a part, and breaks the connection off. */
  async breakOff(path: string, bytes: Uint8Array, sentBytes: number): Promise<void> {
    const { hostname, port } = new URL(this.server.url);
    const headers = {
      authorization: this.authorization,
      'tus-resumable': '1.0.0',
      'upload-offset': '0',
      'content-type': 'application/offset+octet-stream',
      'content-length': String(bytes.length),
    };
    await new Promise<void>((resolve) => {
      const request = httpRequest({ host: hostname, port, path, method: 'PATCH', headers });
      request.on('error', () => resolve());
      request.on('close', () => resolve());
      request.write(bytes.subarray(0, sentBytes), () => setTimeout(() => request.destroy(), 100));
    });
  }

  async offset(path: string): Promise<number> {
    const head = await this.tus('HEAD', path, {});
    return Number(head.headers.get('upload-offset') ?? Number.NaN);
  }

  async playlist(query = ''): Promise<ReadPlaylist> {
    const response = await fetch(`${this.server.url}/stream/${this.id}/playlist.m3u8${query}`);
    return readPlaylist(response.status, await response.text());
  }

  segment(uri: string): Promise<Response> {
    return fetch(`${this.server.url}/stream/${this.id}/${uri}`);
  }
}

function readPlaylist(status: number, text: string): ReadPlaylist {
  const segments: Listed[] = [];
  let startMs = Number.NaN;
  let seconds = Number.NaN;
  let discontinuity = false;
  for (const line of text.split('\n')) {
    if (line.startsWith('#EXT-X-PROGRAM-DATE-TIME:')) startMs = Date.parse(line.slice(25));
    else if (line.startsWith('#EXTINF:')) seconds = Number.parseFloat(line.slice(8));
    else if (line === '#EXT-X-DISCONTINUITY') discontinuity = true;
    else if (line !== '' && !line.startsWith('#')) {
      segments.push({ uri: line, startMs, seconds, discontinuity });
      discontinuity = false;
    }
  }
  const number = (tag: string) => Number(new RegExp(`^#${tag}:(\\d+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
  const sequence = number('EXT-X-MEDIA-SEQUENCE');
  return { status, text, sequence, targetSeconds: number('EXT-X-TARGETDURATION'), segments };
}

/** A clip with sound whose picture differs by `hue`, so that no two are the same file. */
export async function makeClip(file: string, seconds: number, hue = 0): Promise<Buffer> {
  const picture = ['-f', 'lavfi', '-i', `testsrc2=size=320x240:rate=15,hue=h=${hue}`];
  const sound = ['-f', 'lavfi', '-i', `sine=frequency=${440 + hue}:sample_rate=48000`];
  const video = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2', '-g', '30', '-pix_fmt', 'yuv420p'];
  const words = [
    '-v',
    'error',
    '-y',
    ...picture,
    ...sound,
    '-t',
    String(seconds),
    ...video,
    '-c:a',
    'aac',
    file,
  ];
  const { status, complaints } = await run('ffmpeg', words);
  if (status !== 0) throw new Error(`ffmpeg could not make ${file}: ${complaints}`);
  return readFile(file);
}

/** The same film in a larger file: a `free` box of any bytes at its end. */
export function padded(mp4: Uint8Array, bytes: number): Buffer {
  const box = Buffer.alloc(bytes, 0x5a);
  box.writeUInt32BE(bytes, 0);
  box.write('free', 4);
  return Buffer.concat([mp4, box]);
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Paths of all files below a folder. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
