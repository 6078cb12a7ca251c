/**
 * For tests: the whole API on a free port, with a real database and real streams whose sources are driven by hand.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance, RouteOptions } from 'fastify';
import type { Clock } from '../base/clock.ts';
import type { CameraId } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import type { Log } from '../base/log.ts';
import { err } from '../base/result.ts';
import { openDatabase } from '../database/database.ts';
import type { Database } from '../database/database.ts';
import { Hub } from '../hub/hub.ts';
import { cameraOfStream, subStreamId } from '../hub/stream-id.ts';
import { HandSource } from '../hub/testing.ts';
import type { ViewerEnd } from '../hub/viewers.ts';
import { systemClock } from '../io/clock.ts';
import { systemRandom } from '../io/random.ts';
import type { SecretBox } from '../io/secret-box.ts';
import { makeSecretBox, secretBytes } from '../io/secret-box.ts';
import { HlsOutput } from '../outputs/hls/output.ts';
import type { HlsRequest } from '../outputs/hls/output.ts';
import type { HlsResponse } from '../outputs/hls/response.ts';
import type { PlaybackSessions } from '../playback/sessions.ts';
import { LiveSettings } from '../settings/live/live-settings.ts';
import type { Given } from '../settings/load.ts';
import { settingsSchema } from '../settings/schema.ts';
import { localOperator } from '../accounts/access.ts';
import { CameraService } from './camera-service.ts';
import { endViewerOf, viewersOf } from './camera-viewers.ts';
import type { CameraViewer, ProbeResult, SourceInput, StreamStatus } from './contract/cameras.ts';
import type { RecordingState } from './contract/recording.ts';
import { EventFeed } from './event-feed.ts';
import { Metrics } from './metrics.ts';
import type { PictureParts } from './pictures.ts';
import type { Authenticate } from './policy.ts';
import type { CameraRuntime, RuntimeCamera } from './runtime.ts';
import { disabledStatus } from './runtime.ts';
import { MemoryArchive } from '../recording/memory-archive.testing.ts';
import { Recordings } from '../recording/recordings.ts';
import { recordingStatus } from './recording-status.ts';
import type { ApiParts } from './server.ts';
import { createApi } from './server.ts';
import { tellSettings } from './settings-events.ts';
import type { LiveOutput } from '../outputs/live/output.ts';
import type { TestStorage } from './storage.testing.ts';
import { testStorage } from './storage.testing.ts';
import { StatusEvents } from './status-events.ts';

/** Cameras on a real hub; every source is a `HandSource`. */
export class HandRuntime implements CameraRuntime {
  readonly hub: Hub;
  /** As applied last, credentials included. */
  readonly applied = new Map<CameraId, RuntimeCamera>();
  /** By stream. */
  readonly sources = new Map<string, HandSource>();
  /** What the next probes find. */
  probeResult: ProbeResult | Error = { ok: false, fault: 'refused', message: 'Nothing listens there.' };
  readonly probed: SourceInput[] = [];
  readonly archive = new MemoryArchive();
  readonly recordings: Recordings;

  /** @param feed is told of recordings and gaps */
  constructor(clock: Clock, feed?: EventFeed) {
    this.hub = new Hub({ clock, log: silentLog, random: () => 0.5 });
    this.recordings = new Recordings({
      clock,
      log: silentLog,
      archive: this.archive,
      random: systemRandom,
      stream: (camera) => this.hub.get(camera),
      write: async () => undefined,
      onStatus: (cameraId, report) =>
        feed?.publish({ type: 'recording.changed', cameraId, recording: recordingStatus(report) }),
      onGap: (what, { cameraId, ...gap }) => feed?.publish({ type: `gap.${what}`, cameraId, gap }),
    });
  }

  apply(camera: RuntimeCamera): void {
    this.applied.set(camera.id, camera);
    for (const id of [camera.id, subStreamId(camera.id)]) {
      this.hub.remove(id, 'changed');
      if (!camera.enabled || (id !== camera.id && !camera.sub)) continue;
      const source = new HandSource();
      this.sources.set(id, source);
      this.hub.add(id, source, { ...camera, latency: camera.latency ?? 'low' });
    }
    this.recordings.apply(camera);
  }

  remove(id: CameraId): void {
    this.applied.delete(id);
    this.recordings.remove(id);
    this.hub.remove(id, 'deleted');
    this.hub.remove(subStreamId(id), 'deleted');
  }

  status(id: CameraId): StreamStatus {
    const status = this.hub.get(id)?.status();
    return status ?? disabledStatus(0);
  }

  subStatus(id: CameraId): StreamStatus | null {
    if (!this.applied.get(id)?.sub) return null;
    return this.hub.get(subStreamId(id))?.status() ?? disabledStatus(0);
  }

  recordingState(id: CameraId): RecordingState {
    return this.recordings.report(id)?.state ?? 'off';
  }

  viewers(id: CameraId): CameraViewer[] {
    return viewersOf(this.hub, id);
  }

  endViewer(id: CameraId, viewer: string): ViewerEnd {
    return endViewerOf(this.hub, id, viewer);
  }

  async probe(source: SourceInput): Promise<ProbeResult> {
    this.probed.push(source);
    if (this.probeResult instanceof Error) throw this.probeResult;
    return this.probeResult;
  }
}

export interface TestApi {
  readonly app: FastifyInstance;
  readonly port: number;
  readonly runtime: HandRuntime;
  readonly feed: EventFeed;
  readonly cameras: CameraService;
  readonly database: Database;
  readonly storage: TestStorage;
  readonly settings: LiveSettings;
  /** What live playback answered, oldest first. */
  readonly hlsAnswers: readonly Promise<HlsResponse>[];
  readonly routes: readonly RouteOptions[];
  close(): Promise<void>;
}

export interface TestApiOptions {
  readonly log?: Log;
  readonly live?: Pick<LiveOutput, 'open'>;
  readonly pictures?: PictureParts['pictures'];
  readonly playback?: PlaybackSessions;
  readonly exports?: ApiParts['exports'];
  readonly embedOrigins?: readonly string[];
  readonly network?: ApiParts['network'];
  readonly proxy?: ApiParts['proxy'];
  readonly rateLimit?: number;
  /** Where start-up settings were given; nowhere when absent. */
  readonly given?: Given;
  readonly authenticate?: Authenticate;
  readonly machines?: ApiParts['machines'];
  /** Real accounts instead; `people.testing.ts` makes them. */
  readonly people?: (queries: Database['queries']) => Promise<PeopleParts>;
  readonly dashboardFolder?: string;
  /** Whatever else there is, made of what is there already. */
  readonly more?: (made: MadeFirst) => Promise<Partial<ApiParts>>;
}

/** What the rest of a server stands on. */
export type MadeFirst = Pick<TestApi, 'runtime' | 'cameras' | 'database' | 'feed'> & {
  readonly clock: Clock;
  readonly secrets: SecretBox;
};

export type PeopleParts = Partial<Pick<ApiParts, 'accounts' | 'authenticate' | 'audit'>>;

const unavailable = err({ kind: 'unavailable', message: 'Nothing makes pictures here.' } as const);
const noPictures: PictureParts['pictures'] = {
  watch: () => unavailable,
  still: async () => unavailable,
  lastStill: async () => unavailable,
};

export async function startTestApi(options: TestApiOptions = {}): Promise<TestApi> {
  const folder = await mkdtemp(join(tmpdir(), 'sightline-api-'));
  const database = await mustOpen(join(folder, 'test.sqlite'));
  const clock = systemClock;
  const log = options.log ?? silentLog;
  const { queries } = database;
  const { feed, runtime, secrets, cameras, statusEvents } = await testCameras(queries, clock, log);
  const hls = new HlsOutput({ clock, randomToken: () => randomBytes(8).toString('hex') });
  const { hlsAnswers, handle } = remembering(hls);
  const storage = testStorage(database, clock, cameras);
  const given = options.given ?? (() => undefined);
  const startup = settingsSchema.parse({});
  const settings = await LiveSettings.open({ queries, clock, log, startup, given });
  tellSettings(settings, feed);
  const app = await createApi({
    cameras,
    feed,
    log,
    hls: {
      output: { handle },
      stream: (id) => runtime.hub.get(id),
      exists: (id) => cameras.hasStream(id),
    },
    live: options.live ?? { open: () => undefined },
    pictures: pictureParts(options, runtime.hub, cameras),
    recordings: runtime.recordings,
    settings: { live: settings, cameras },
    storage,
    history: { queries, clock, written: async () => undefined },
    views: { queries, clock, random: systemRandom },
    metrics: new Metrics(cameras, runtime.hub, runtime.recordings),
    system: () => ({ version: '0', startedMs: 1, nowMs: clock.nowMs(), mediaWorker: 'ready' }),
    readiness: async () => ({ started: true, database: await database.answers() }),
    dashboardFolder: options.dashboardFolder ?? join(folder, 'no-dashboard'),
    ...chosenParts(options),
    ...(await options.people?.(queries)),
    ...(await options.more?.({ runtime, cameras, database, feed, clock, secrets })),
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const close = async (): Promise<void> => {
    statusEvents.close();
    hls.close();
    await app.close();
    runtime.hub.close();
    await database.close();
    await rm(folder, { recursive: true });
  };
  const { port } = app.server.address() as AddressInfo;
  const made = { app, port, runtime, feed, cameras, database, storage, settings, hlsAnswers };
  return { ...made, routes: app.declaredRoutes, close };
}

async function testCameras(queries: Database['queries'], clock: Clock, log: Log) {
  const feed = new EventFeed(clock);
  const runtime = new HandRuntime(clock, feed);
  const random = systemRandom;
  const secrets = makeSecretBox(random(secretBytes), random);
  const cameras = new CameraService({ queries, runtime, feed, clock, random, log, secrets });
  await cameras.start([]);
  const statusEvents = new StatusEvents(feed, clock, cameras);
  runtime.hub.onState((id) => {
    const camera = cameraOfStream(id);
    if (camera) statusEvents.changed(camera);
  });
  return { feed, runtime, secrets, cameras, statusEvents };
}

async function mustOpen(file: string): Promise<Database> {
  const opened = await openDatabase(file);
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value;
}

function chosenParts(options: TestApiOptions) {
  const { playback, exports, authenticate, machines, embedOrigins, network, proxy, rateLimit } = options;
  return {
    ...(machines && { machines }),
    ...(network && { network }),
    ...(proxy && { proxy }),
    ...(rateLimit !== undefined && { rateLimit }),
    ...(playback && { playback }),
    ...(exports && { exports }),
    authenticate: authenticate ?? (() => localOperator),
    ...(embedOrigins && { embedOrigins: () => embedOrigins }),
  };
}

/** Every answer is kept for the test. */
function remembering(hls: HlsOutput) {
  const hlsAnswers: Promise<HlsResponse>[] = [];
  const handle = (request: HlsRequest): Promise<HlsResponse> => {
    const answer = hls.handle(request);
    hlsAnswers.push(answer);
    return answer;
  };
  return { hlsAnswers, handle };
}

function pictureParts(
  { pictures = noPictures }: TestApiOptions,
  hub: Hub,
  cameras: CameraService,
): PictureParts {
  return { clock: systemClock, pictures, stream: (id) => hub.get(id), exists: (id) => cameras.hasStream(id) };
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The body as JSON; undefined when it is none. */
  readonly json: unknown;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, unless it is a string: that is sent as it is. */
  readonly body?: unknown;
}

/** One request over a real socket; unlike `fetch` it lets `Host` and `Origin` be anything. */
export function ask(
  port: number,
  path: string,
  { method = 'GET', headers = {}, body }: Ask = {},
): Promise<Answer> {
  const bytes = typeof body === 'string' ? body : JSON.stringify(body);
  const sent = { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers };
  return new Promise((resolve, reject) => {
    const request = httpRequest({ port, path, method, headers: sent, agent: false }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(pieces).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: parsed(text) });
      });
    });
    request.on('error', reject);
    request.end(bytes);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
