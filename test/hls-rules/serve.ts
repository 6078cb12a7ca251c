/**
 * The HLS output behind a plain HTTP server on loopback, for tests with real clients and real time.
 * `/hls/live/{file}`; anything in `pages` is served as HTML or script.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import { silentLog } from '../../src/base/log.ts';
import { Hub } from '../../src/hub/hub.ts';
import type { Stream, StreamPolicy } from '../../src/hub/stream.ts';
import { HandSource } from '../../src/hub/testing.ts';
import { systemClock } from '../../src/io/clock.ts';
import type { HlsContent, HlsResponse } from '../../src/outputs/hls/response.ts';
import { HlsOutput } from '../../src/outputs/hls/output.ts';
import type { AccessUnit, Track } from '../../src/media/track.ts';

const policy: StreamPolicy = { start: 'always', closeAfterMs: 1000, maxReaders: 0 };

export interface ServeOptions {
  readonly pages?: Readonly<Record<string, { readonly type: string; readonly body: string | Uint8Array }>>;
  /** Changes answers on their way out, to plant faults. */
  readonly tamper?: (file: string, content: HlsContent) => HlsContent;
}

export class HlsServer {
  readonly source = new HandSource();
  readonly stream: Stream;
  readonly output: HlsOutput;
  readonly #hub: Hub;
  readonly #options: ServeOptions;
  #pacing: NodeJS.Timeout | undefined;
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  constructor(options: ServeOptions = {}) {
    this.#options = options;
    this.#hub = new Hub({ clock: systemClock, log: silentLog, random: () => 0 });
    this.stream = this.#hub.add('live', this.source, policy);
    this.output = new HlsOutput({ clock: systemClock, randomToken: () => randomBytes(6).toString('hex') });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => void this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  tracks(tracks: readonly Track[]): void {
    this.source.current.sink.tracks(tracks);
  }

  /** Hands out units at their capture times, until the next call. */
  pace(units: readonly AccessUnit[]): void {
    let next = 0;
    clearInterval(this.#pacing);
    this.#pacing = setInterval(() => {
      for (let unit = units[next]; unit && unit.wallMs <= Date.now(); unit = units[next]) {
        this.source.current.sink.unit(unit);
        next += 1;
      }
    }, 5);
  }

  async close(): Promise<void> {
    clearInterval(this.#pacing);
    this.output.close();
    this.#hub.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://loopback');
    const page = this.#options.pages?.[url.pathname];
    if (page) return void response.writeHead(200, { 'content-type': page.type }).end(page.body);
    const file = url.pathname.replace('/hls/live/', '');
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const made = await this.output.handle({
      stream: this.stream,
      file,
      query: url.searchParams,
      viewer: {
        cookie: undefined,
        remoteAddress: request.socket.remoteAddress ?? '',
        userAgent: request.headers['user-agent'] ?? '',
      },
      acceptsGzip: /gzip/.test(String(request.headers['accept-encoding'])) && !this.#options.tamper,
      signal: gone.signal,
    });
    send(response, this.#options.tamper && made.kind === 'content' ? this.#options.tamper(file, made) : made);
  }
}

function send(response: ServerResponse, made: HlsResponse): void {
  if (made.kind === 'gone') return void response.destroy();
  response.writeHead(made.status, made.headers);
  if (made.kind === 'problem') return void response.end(JSON.stringify(made));
  for (const piece of made.body) response.write(piece);
  response.end();
}
