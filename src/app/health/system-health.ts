/**
 * How the server does, looked at every five seconds.
 *
 * In:  the running parts. Out: numbers of now, of the last hour and day, findings; an event at each look while somebody
 * listens. Promises: a look asks the database one small question and the system a few counters, and takes no longer than
 * that; what it took is told with it.
 */
import { performance } from 'node:perf_hooks';
import type { CameraService } from '../../api/camera-service.ts';
import type { SystemHealthApi } from '../../api/routes/system-health.ts';
import type { Finding, SystemStatus } from '../../api/contract/system-health.ts';
import type { EventFeed } from '../../api/event-feed.ts';
import type { RunningArchive } from '../../archive/archive.ts';
import { freeFloorBytes } from '../../archive/options.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { version } from '../../base/version.ts';
import type { Database } from '../../database/database.ts';
import { storageUse } from '../../database/storage.ts';
import type { Hub } from '../../hub/hub.ts';
import { MachineMeter } from '../../io/machine.ts';
import { ClockWatch } from '../../recording/clock-watch.ts';
import type { Recordings } from '../../recording/recordings.ts';
import type { RetentionKeeper } from '../../recording/retention.ts';
import type { Https } from '../https.ts';
import { AwayWatch } from './away-watch.ts';
import { DiskTrends } from './disk-trends.ts';
import type { DiskTrend, WatchedCamera } from './findings.ts';
import { findingsOf } from './findings.ts';
import { HealthRings, sampleEveryMs } from './ring.ts';
import { sampleOf, streamNumbers } from './streams.ts';
import type { WorkerSources } from './workers.ts';
import { WorkerWatch } from './workers.ts';

interface HealthCore {
  readonly clock: Clock;
  readonly log: Log;
  readonly database: Database;
  readonly hub: Pick<Hub, 'viewerSums'>;
  readonly feed: EventFeed;
  readonly cameras: Pick<CameraService, 'ids' | 'status' | 'subStatus' | 'name'>;
  readonly archive: Pick<RunningArchive, 'volumes'>;
  readonly recordings: Pick<Recordings, 'reports'>;
  readonly retention: Pick<RetentionKeeper, 'shortages'>;
}

export interface HealthParts {
  readonly workers: WorkerSources;
  readonly https: Pick<Https, 'state' | 'certificate'>;
  readonly storage: Parameters<typeof freeFloorBytes>[0];
  readonly startedMs: number;
}

/** Of the last minute. */
const minuteLooks = 12;
/** Steps of the clock are told of so long. */
const stepsToldMs = 3_600_000;
const maxSteps = 20;
/** The bytes of recordings change slowly, and cost a question. */
const useEveryLooks = 12;

export function startSystemHealth(core: HealthCore, parts: HealthParts): SystemHealth {
  const health = new SystemHealth(core, parts);
  health.start();
  return health;
}

const named = (all: readonly Finding[]) =>
  all.map(({ id, title, level }) => `${id} ${title} ${level}`).join();

export class SystemHealth implements SystemHealthApi {
  readonly #core: HealthCore;
  readonly #parts: HealthParts;
  readonly #meter = new MachineMeter();
  readonly #rings = new HealthRings();
  readonly #workers: WorkerWatch;
  readonly #away = new AwayWatch();
  readonly #trends = new DiskTrends();
  readonly #clockWatch: ClockWatch;
  #steps: { readonly byMs: number; readonly atMs: number }[] = [];
  #minute: { readonly machineShare: number; readonly eventLoopP99Ms: number }[] = [];
  #used = new Map<string, number>();
  #looks = 0;
  #sentBytes: { readonly bytes: number; readonly atMs: number } | undefined;
  #status: SystemStatus | undefined;
  #findings: readonly Finding[] = [];
  #timer: Timer | undefined;
  #looking: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(core: HealthCore, parts: HealthParts) {
    this.#core = core;
    this.#parts = parts;
    this.#workers = new WorkerWatch(parts.workers);
    this.#clockWatch = new ClockWatch(core.clock);
  }

  start(): void {
    if (this.#closed) return;
    this.#looking = this.#look().catch((error: unknown) => {
      this.#core.log.error('The health of the server was not looked at', { error });
    });
    void this.#looking.then(() => {
      if (!this.#closed) this.#timer = this.#core.clock.after(sampleEveryMs, () => this.start());
    });
  }

  async report() {
    // Just started: there is something to tell in a moment.
    if (!this.#status) await this.#looking;
    const status = this.#status;
    if (!status) return undefined;
    const backlog = Array.from(this.#core.recordings.reports(), ([cameraId, { pendingBytes }]) => {
      return { cameraId, pendingBytes };
    });
    return {
      version,
      nodeVersion: process.version,
      startedMs: this.#parts.startedMs,
      status,
      findings: this.#findings,
      backlog: backlog.filter(({ pendingBytes }) => pendingBytes > 0),
    };
  }

  history() {
    return this.#rings.history();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    this.#meter.close();
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { clock, feed } = this.#core;
    const answerMs = await this.#askDatabase();
    if (this.#closed) return;
    const beganMs = performance.now();
    const nowMs = clock.nowMs();
    const machine = this.#meter.look();
    const streams = streamNumbers(this.#core, this.#outBps());
    const trends = this.#lookAtDisks();
    const now = {
      atMs: nowMs,
      ...machine,
      cpu: { ...machine.cpu, coreShares: [...machine.cpu.coreShares] },
      disks: this.#disks(),
      workers: this.#workers.look(clock.monotonicMs(), answerMs),
      streams,
      lookMs: 0,
    };
    this.#rings.add(sampleOf(now));
    const changed = this.#judge(now, trends);
    const findingsRevision = (this.#status?.findingsRevision ?? 0) + (changed ? 1 : 0);
    this.#status = { ...now, lookMs: performance.now() - beganMs, findingsRevision };
    if (feed.listeners > 0) feed.publish({ type: 'system.status', status: this.#status });
  }

  /** @returns whether there are other findings than before */
  #judge(status: Omit<SystemStatus, 'findingsRevision'>, trends: readonly DiskTrend[]): boolean {
    const nowMs = status.atMs;
    const steppedMs = this.#clockWatch.look();
    if (steppedMs !== 0) this.#steps.push({ byMs: steppedMs, atMs: nowMs });
    this.#steps = this.#steps.filter(({ atMs }) => nowMs - atMs < stepsToldMs).slice(-maxSteps);
    const { machineShare } = status.cpu;
    this.#minute = [...this.#minute, { machineShare, eventLoopP99Ms: status.eventLoop.p99Ms }].slice(
      -minuteLooks,
    );
    const { retention } = this.#core;
    const findings = findingsOf({
      nowMs,
      status,
      minute: {
        machineShare: this.#meanOfMinute((one) => one.machineShare),
        eventLoopP99Ms: this.#meanOfMinute((one) => one.eventLoopP99Ms),
      },
      cameras: this.#away.look(this.#cameras()),
      trends,
      shortages: retention.shortages().map(({ message }) => message),
      clockSteps: this.#steps,
      https: this.#https(),
    });
    const changed = named(findings) !== named(this.#findings);
    this.#findings = findings;
    return changed;
  }

  #cameras(): WatchedCamera[] {
    const { cameras, recordings } = this.#core;
    const reports = new Map(recordings.reports());
    const watched: WatchedCamera[] = [];
    for (const id of cameras.ids()) {
      const status = cameras.status(id);
      const report = reports.get(id);
      if (!status) continue;
      const { state, reason, sinceMs } = status;
      watched.push({
        id,
        name: cameras.name(id) ?? id,
        state,
        reason,
        sinceMs,
        recording: report?.state ?? 'off',
        recordingReason: report?.reason ?? null,
        recordingSinceMs: report?.sinceMs ?? 0,
      });
    }
    return watched;
  }

  /** A mean of a minute that has begun only now would tell of the start. */
  #meanOfMinute(of: (one: { machineShare: number; eventLoopP99Ms: number }) => number): number {
    if (this.#minute.length < minuteLooks) return 0;
    return this.#minute.reduce((sum, one) => sum + of(one), 0) / minuteLooks;
  }

  #https() {
    const { https } = this.#parts;
    const state = https.state();
    return {
      problem: state.kind === 'failed' ? state.why : null,
      certificate: state.kind === 'on' ? (https.certificate() ?? null) : null,
    };
  }

  #lookAtDisks(): DiskTrend[] {
    const { archive, clock } = this.#core;
    const usable = archive.volumes().filter(({ state }) => state === 'ready' || state === 'full');
    const spaces = usable.map(({ path, space: { freeBytes, totalBytes } }) => {
      return { path, freeBytes, floorBytes: freeFloorBytes(this.#parts.storage, totalBytes) };
    });
    return this.#trends.look(spaces, clock.monotonicMs());
  }

  #disks(): SystemStatus['disks'] {
    return this.#core.archive.volumes().map(({ id, path, state, reason, space }) => ({
      id,
      path,
      state,
      fault: reason === '' ? null : reason,
      totalBytes: space.totalBytes,
      freeBytes: space.freeBytes,
      usedBytes: this.#used.get(id) ?? 0,
    }));
  }

  /** Bytes to viewers since the look before. */
  #outBps(): number {
    const { hub, clock } = this.#core;
    const bytes = Object.values(hub.viewerSums()).reduce((sum, { bytesSent }) => sum + bytesSent, 0);
    const before = this.#sentBytes;
    const atMs = clock.monotonicMs();
    this.#sentBytes = { bytes, atMs };
    return before && atMs > before.atMs
      ? Math.max(0, bytes - before.bytes) * (8000 / (atMs - before.atMs))
      : 0;
  }

  /** @returns how long it took; null when it did not answer */
  async #askDatabase(): Promise<number | null> {
    const { database } = this.#core;
    const beganMs = performance.now();
    if (!(await database.answers())) return null;
    const answerMs = performance.now() - beganMs;
    if (this.#looks++ % useEveryLooks === 0) {
      const used = new Map<string, number>();
      for (const { volumeId, bytes } of await storageUse(database.queries)) {
        used.set(volumeId, (used.get(volumeId) ?? 0) + bytes);
      }
      this.#used = used;
    }
    return answerMs;
  }
}
