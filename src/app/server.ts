/**
 * Composition: every part of the running server, in the order it starts; it stops in the opposite order.
 *
 * In:  checked settings. Out: a server that listens, or a `StartFault` that says what a person can do.
 */
import { access, mkdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import type { AuditLog } from '../accounts/audit.ts';
import type { FastifyInstance } from 'fastify';
import { CameraService } from '../api/camera-service.ts';
import { cameraCreateSchema } from '../api/contract/cameras.ts';
import { EventFeed } from '../api/event-feed.ts';
import { Metrics } from '../api/metrics.ts';
import { createApi } from '../api/server.ts';
import { StatusEvents } from '../api/status-events.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { version } from '../base/version.ts';
import type { Database } from '../database/database.ts';
import { openDatabase } from '../database/database.ts';
import { lockFolder } from '../database/folder-lock.ts';
import { Hub } from '../hub/hub.ts';
import { defaultLatency, latencyFigures } from '../hub/latency.ts';
import { cameraOfStream } from '../hub/stream-id.ts';
import { systemClock } from '../io/clock.ts';
import { openLog } from '../io/log.ts';
import { AddressPolicy } from '../io/net/address-policy.ts';
import type { Random } from '../io/random.ts';
import { systemRandom } from '../io/random.ts';
import type { SecretBox } from '../io/secret-box.ts';
import { HlsOutput } from '../outputs/hls/output.ts';
import { MediaWorker } from '../processing/media-worker.ts';
import type { LiveSettings } from '../settings/live/live-settings.ts';
import type { Given } from '../settings/load.ts';
import type { Settings } from '../settings/schema.ts';
import { StartFault } from '../settings/start-fault.ts';
import { openSecretBox, startAccounts, startAudit } from './accounts.ts';
import { makeLiveOutput } from './live.ts';
import { startClips } from './clips.ts';
import { HubCameras } from './camera-runtime.ts';
import { startExports } from './exports.ts';
import { startFinder } from './find/start.ts';
import { startSystemHealth } from './health/system-health.ts';
import { historyOf } from './history.ts';
import { startMachines } from './machines.ts';
import type { Network, SecureAddresses } from './network.ts';
import { makeNetwork } from './network.ts';
import { makePictures } from './pictures.ts';
import { makePlayback } from './playback.ts';
import { Prober } from './probe.ts';
import { Publishing } from './publishing.ts';
import type { Recording } from './recording.ts';
import { startRecording } from './recording.ts';
import { startRtsp } from './rtsp.ts';
import { startScrub } from './scrub.ts';
import { applySettings, openSettings, settingsApi } from './settings.ts';
import { sourceMaker } from './sources.ts';
import { storageOf } from './storage.ts';
import { followFolders, storageTester } from './storage-folders.ts';
import { startWebRtc } from './webrtc.ts';

export interface RunningServer {
  /** Where the dashboard is, for people. */
  readonly url: string;
  /** Makes the first administrator; undefined when there is one, or nobody signs in. Changes at every start. */
  readonly setupUrl: string | undefined;
  /** Where other machines find it over https; undefined while that is off, or no other can reach this one. */
  readonly secure: SecureAddresses | undefined;
  close(): Promise<void>;
}

const dashboardFolder = resolve(import.meta.dirname, '../../web/dist');

/** What a new installation without accounts begins with, so that there is something to see. */
const demoCamera = cameraCreateSchema.parse({ name: 'Demo camera', source: { kind: 'demo' } });

/** @param given where the settings were given, for those that may be changed otherwise */
export async function startServer(settings: Settings, given: Given): Promise<RunningServer> {
  const started = new Started();
  try {
    return await start(settings, given, started);
  } catch (error) {
    await started.stop();
    throw error;
  }
}

async function start(settings: Settings, given: Given, started: Started): Promise<RunningServer> {
  const core = await startCore(settings, given, started);
  const { cameras, clock, feed, hls, hub, log, database, worker } = core;
  const startedMs = clock.nowMs();
  const people = await startAccounts(core, settings);
  started.add(() => people?.close());
  const machines = await startMachines(core, settings, people);
  started.add(() => machines.close());
  const network = makeNetwork(core, settings);
  started.add(() => network.https.close());
  const rtsp = await startRtsp({ ...core, ...machines, https: network.https }, settings);
  started.add(() => rtsp.close());
  const webrtc = startWebRtc(core, settings);
  started.add(() => webrtc.close());
  const footage = await startFootage(core, settings, started);
  const { pictures, playback, scrub } = footage;
  const live = makeLiveOutput({ clock, hub, cameras, pictures: pictures.pictures });
  const health = startSystemHealth(core, {
    workers: { media: worker, webrtc: () => webrtc.workers() },
    https: network.https,
    storage: settings.storage,
    startedMs,
  });
  started.add(() => health.close());
  const api = await createApi({
    cameras,
    finder: startFinder(core, started),
    feed,
    log,
    hls: { output: hls, stream: (id) => hub.get(id), exists: (id) => cameras.hasStream(id) },
    metrics: new Metrics(cameras, hub, core.recordings),
    system: () => ({ version, startedMs, nowMs: clock.nowMs(), mediaWorker: workerState(worker) }),
    readiness: async () => ({ started: true, database: await database.answers() }),
    live,
    recordings: core.recordings,
    history: historyOf(core),
    views: { ...core, queries: database.queries },
    storage: storageOf({ ...core, packs: scrub.packs, playback }, settings.storage),
    testStorage: storageTester({ ...core, data: settings.data }, settings.storage),
    ...footage,
    ...webrtc.parts,
    ...people?.parts,
    ...machines.parts,
    audit: core.audit,
    settings: settingsApi(core),
    ...network.parts,
    health,
    embedOrigins: () => settings.embedOrigins,
    dashboardFolder,
  });
  started.add(() => api.close());
  started.add(() => live.close());
  const url = await listen(api, settings, core.ports, network);
  started.add(() => network.https.stop());
  const token = people?.setupToken();
  const setupUrl = token === undefined ? undefined : `${url}/setup?token=${token}`;
  return { url, setupUrl, secure: network.addresses(), close: () => started.stop() };
}

/** What is shown and made of recordings and clips. */
async function startFootage(core: Core, settings: Settings, started: Started) {
  const clips = await startClips(core, settings);
  started.add(() => clips.close());
  const pictures = makePictures({ ...core, settings: settings.pictures });
  const scrub = startScrub({ ...core, pictures: pictures.pictures });
  started.add(() => scrub.close());
  const playback = makePlayback(core);
  started.add(() => playback.close());
  const exports = await startExports(core, settings);
  started.add(() => exports.exports.close());
  return { clips: clips.api, pictures, scrub, playback, exports };
}

/** First the plain port, then the encrypted one. @returns where the dashboard is */
async function listen(
  api: FastifyInstance,
  { host, port }: Settings,
  ports: number[],
  network: Network,
): Promise<string> {
  await api.listen({ host, port });
  const listening = (api.server.address() as AddressInfo).port;
  ports.push(listening);
  await network.start(api, listening);
  return `http://${host.includes(':') ? `[${host}]` : host}:${listening}`;
}

/** Everything that outputs and the API stand on. */
interface Core {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly database: Database;
  /** Seals what stands in the database and is secret. */
  readonly secrets: SecretBox;
  /** Who did what. */
  readonly audit: AuditLog;
  readonly worker: MediaWorker;
  readonly hub: Hub;
  readonly hls: HlsOutput;
  readonly feed: EventFeed;
  readonly cameras: CameraService;
  /** As they are now: `Settings` follows them. */
  readonly live: LiveSettings;
  readonly publishing: Publishing;
  /** Which addresses may be a camera. */
  readonly policy: AddressPolicy;
  /** That this server listens on: no camera is there. */
  readonly ports: number[];
  readonly archive: Recording['archive'];
  readonly envelopes: Recording['envelopes'];
  readonly recordings: Recording['recordings'];
  readonly retention: Recording['retention'];
}

/** What everything else needs: what is set, and what is stored. */
async function openBase(settings: Settings, given: Given, started: Started) {
  const clock = systemClock;
  const random = systemRandom;
  const log = openLog(settings.log, process.stderr);
  const { database, isNew } = await openData(settings.data, started);
  const live = await openSettings({ clock, log, database }, settings, given);
  const secrets = await openSecretBox(settings.data, { log, random });
  const audit = startAudit({ clock, log, random, database });
  started.add(() => audit.close());
  return { clock, random, log, database, isNew, live, secrets, audit };
}

async function startCore(settings: Settings, given: Given, started: Started): Promise<Core> {
  const { isNew, ...base } = await openBase(settings, given, started);
  const { clock, random, log, database, live, secrets } = base;
  const worker = new MediaWorker({ clock, log });
  started.add(() => worker.close());

  const hub = new Hub({ clock, log, random: Math.random, health: settings.health });
  started.add(() => hub.close());

  const hls = new HlsOutput({ clock, randomToken: () => token(random(10)), options: settings.hls });
  started.add(() => hls.close());

  const ports = settings.port === 0 ? [] : [settings.port];
  const policy = new AddressPolicy({
    allow: settings.network.allow,
    ownPorts: () => ports,
  });
  const prober = new Prober({ hub, clock, newId: () => `probe_${token(random(10))}` });
  const latency = (streamId: string) => hub.get(streamId)?.latency ?? defaultLatency;
  const publishing = new Publishing(clock, (streamId) => latencyFigures[latency(streamId)].reorderMs);
  const push = (streamId: string) => publishing.source(streamId);
  const ways = { push, latency, policy, worker, mediaFolder: settings.media };
  const makeSource = sourceMaker({ clock, log, random, ...ways });
  const feed = new EventFeed(clock, settings.basePath);
  const recording = await startRecording({ clock, log, random, database, hub, feed }, settings);
  started.add(() => recording.close());
  const { archive, envelopes, recordings, retention } = recording;
  const runtime = new HubCameras({
    hub,
    clock,
    makeSource,
    prober,
    recordings,
    latency: () => live.get('streamLatencyMode'),
    onRemove: (id) => void live.forget(id),
  });
  const { queries } = database;
  const cameras = new CameraService({ queries, runtime, feed, clock, random, log, secrets });
  const core = {
    ...base,
    worker,
    hub,
    hls,
    feed,
    cameras,
    publishing,
    policy,
    ports,
    archive,
    envelopes,
    recordings,
    retention,
  };
  applySettings({ live, feed, cameras, runtime, policy });
  followFolders(live, { archive, clock, random, data: settings.data });
  publishing.serve(cameras);
  followStreams(core, started);
  await startCameras(core, settings, isNew);
  return core;
}

/** Whoever listens to events, and what records, hears of every change of a stream. */
function followStreams({ feed, clock, cameras, hub, recordings }: Core, started: Started): void {
  const statusEvents = new StatusEvents(feed, clock, cameras);
  started.add(() => statusEvents.close());
  hub.onState((id) => {
    const camera = cameraOfStream(id);
    if (!camera) return;
    statusEvents.changed(camera);
    if (camera === id) recordings.streamChanged(camera);
  });
}

async function startCameras({ cameras, worker }: Core, settings: Settings, isNew: boolean): Promise<void> {
  await cameras.start(settings.cameras);
  // With accounts it is offered with the first steps.
  if (isNew && !settings.accounts && cameras.list().length === 0) await cameras.create(demoCamera);
  // Its first picture then comes as soon as a passed-through camera's.
  if (cameras.list().some((camera) => camera.source.kind === 'demo')) worker.warm();
}

/** What has been started, to be stopped from the newest to the oldest. */
class Started {
  readonly #stops: (() => Promise<void> | void)[] = [];

  add(stop: () => Promise<void> | void): void {
    this.#stops.push(stop);
  }

  async stop(): Promise<void> {
    for (let stop = this.#stops.pop(); stop; stop = this.#stops.pop()) await stop();
  }
}

async function openData(folder: string, started: Started): Promise<{ database: Database; isNew: boolean }> {
  const file = join(folder, 'sightline.sqlite');
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StartFault(`The data folder ${folder} cannot be made: ${why}. Choose another with --data.`);
  }
  const lock = lockFolder(folder);
  if (!lock.ok) throw new StartFault(lock.error.message);
  started.add(() => lock.value.release());
  const isNew = await access(file).then(
    () => false,
    () => true,
  );
  const opened = await openDatabase(file);
  if (!opened.ok) throw new StartFault(opened.error.message);
  started.add(() => opened.value.close());
  return { database: opened.value, isNew };
}

function workerState(worker: MediaWorker): 'ready' | 'starting' | 'unavailable' {
  const { state } = worker.status();
  // It starts when it is first needed: that is as good as ready.
  return state === 'idle' ? 'ready' : state;
}

function token(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => (byte % 36).toString(36)).join('');
}
