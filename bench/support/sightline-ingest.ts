/**
 * Ingest as the server does it: RTSP source and hub, and, when asked, the HLS muxer with one reader.
 *
 * Program: `connect` with a port, a number of cameras and a transport; `received` so far. With the argument `hls`
 * one viewer follows each camera by calls, without HTTP: every playlist, then every part.
 */
import { silentLog } from '../../src/base/log.ts';
import { Hub } from '../../src/hub/hub.ts';
import type { Stream } from '../../src/hub/stream.ts';
import { systemClock } from '../../src/io/clock.ts';
import { AddressPolicy } from '../../src/io/net/address-policy.ts';
import { systemRandom } from '../../src/io/random.ts';
import type { HlsResponse } from '../../src/outputs/hls/response.ts';
import { HlsOutput } from '../../src/outputs/hls/output.ts';
import { RtspSource } from '../../src/sources/rtsp/source.ts';
import { serveParent } from './program.ts';

export interface IngestRequest {
  readonly port: number;
  readonly cameras: number;
  readonly transport: 'tcp' | 'udp';
}

export interface Received {
  readonly bytes: number;
  /** Access units; the baseline does not know what those are. */
  readonly units: number;
}

const clock = systemClock;
const hub = new Hub({ clock, log: silentLog, random: Math.random });
const hls = new HlsOutput({ clock, randomToken: () => Buffer.from(systemRandom(8)).toString('hex') });
const withHls = process.argv.includes('hls');

function addCamera({ port, transport }: IngestRequest, index: number): void {
  const source = new RtspSource({
    url: `rtsp://127.0.0.1:${port}/${index}`,
    transport,
    verifyTls: true,
    policy: new AddressPolicy({ allow: ['127.0.0.0/8'] }),
    clock,
    log: silentLog,
    random: systemRandom,
  });
  const stream = hub.add(`camera-${index}`, source, { start: 'always', closeAfterMs: 1000, maxReaders: 0 });
  if (withHls) void follow(stream);
}

async function follow(stream: Stream): Promise<never> {
  for (;;) {
    const playlist = textOf(await ask(stream, 'live.m3u8'));
    const next = /PRELOAD-HINT:.*URI="([^"]+)"/.exec(playlist)?.[1] ?? '';
    // The part in the making, which is held until it is there, and then the playlist that lists it.
    await ask(stream, next);
  }
}

async function ask(stream: Stream, file: string): Promise<HlsResponse> {
  const viewer = { cookie: undefined, remoteAddress: '127.0.0.1', userAgent: 'bench' };
  return hls.handle({ stream, file, query: new URLSearchParams(), viewer, acceptsGzip: false });
}

function textOf(response: HlsResponse): string {
  if (response.kind !== 'content') throw new Error(`no playlist: ${JSON.stringify(response)}`);
  return Buffer.from(response.body[0] ?? []).toString();
}

function received(): Received {
  let bytes = 0;
  let units = 0;
  for (const stream of hub.streams()) {
    const { stats } = stream.status();
    bytes += stats.bytesReceived;
    units += stats.unitsReceived;
  }
  return { bytes, units };
}

serveParent({
  connect: (request: IngestRequest) => {
    for (let index = 0; index < request.cameras; index += 1) addCamera(request, index);
  },
  received,
});
