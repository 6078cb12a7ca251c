/**
 * Exports of this server: asked for, made one at a time, kept for some time, deleted.
 *
 * In:  orders. Out: jobs with their state, and their files. Promises: every job is a row, so that a restart takes it up
 * again from its beginning; files of a job that is gone go, too; making them waits for nobody and holds nobody up.
 */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Timer } from '../../base/clock.ts';
import type { CameraId } from '../../base/ids.ts';
import type { Log } from '../../base/log.ts';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import { deleteExport, insertExport, listExports, updateExport } from '../../database/exports.ts';
import { expiryEveryMs, maxExports, progressEveryMs } from './limits.ts';
import { listGaps } from './gaps.ts';
import type { ExportJob } from './job.ts';
import { jobOf, newJob, rowOf } from './job.ts';
import type { ExportFault, ExportOrder } from './order.ts';
import type { ExportFile, RunParts } from './run.ts';
import { expectedBytes, planExport, runExport, spaceFault } from './run.ts';
import { publicKeyOf, signingKey } from './signing-key.ts';

export interface ExportParts extends RunParts {
  readonly log: Log;
  /** Of all exports; made when missing. */
  readonly folder: string;
  /** How long an export is kept once it is done. */
  readonly keepMs: number;
  readonly newId: () => string;
  /** Undefined: there is no such camera any more. */
  readonly cameraName: (id: CameraId) => string | undefined;
}

export interface Estimate {
  readonly bytes: number;
  /** Of all cameras together. */
  readonly recordedMs: number;
  readonly gaps: number;
}

interface Running {
  readonly id: string;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

export class Exports {
  readonly #parts: ExportParts;
  /** By id, oldest first. */
  readonly #jobs = new Map<string, ExportJob>();
  #running: Running | undefined;
  #expiry: Timer | undefined;
  #expiring: Promise<void> | undefined;
  #closed = false;

  constructor(parts: ExportParts) {
    this.#parts = parts;
  }

  /** Takes up what a stop of the server interrupted. Rejects when the database does. */
  async start(): Promise<void> {
    const { queries, folder } = this.#parts;
    for (const row of await listExports(queries)) {
      const job = jobOf(row);
      if (job) this.#jobs.set(job.id, job);
      else await deleteExport(queries, row.id);
    }
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(folder)) {
      if (!this.#jobs.has(name)) await rm(join(folder, name), { recursive: true, force: true });
    }
    this.#expireLater(0);
    this.#next();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#expiry?.cancel();
    this.#running?.stop.abort();
    await Promise.all([this.#running?.ended, this.#expiring]);
  }

  /** The newest first. */
  list(): readonly ExportJob[] {
    return [...this.#jobs.values()].toReversed();
  }

  get(id: string): ExportJob | undefined {
    return this.#jobs.get(id);
  }

  /** From the index alone. */
  async estimate(order: ExportOrder): Promise<Result<Estimate, ExportFault>> {
    const plans = await planExport(this.#parts, order);
    if (!plans.ok)
      return plans.error.kind === 'no-footage' ? ok({ bytes: 0, recordedMs: 0, gaps: 0 }) : plans;
    let [recordedMs, gaps] = [0, 0];
    for (const plan of plans.value) {
      const listed = await listGaps(this.#parts.queries, plan, order, this.#parts.clock.nowMs());
      recordedMs += plan.recordedMs;
      gaps += listed.gaps.length + listed.more;
    }
    return ok({ bytes: expectedBytes(plans.value), recordedMs: Math.round(recordedMs), gaps });
  }

  /** @param owner whose it is to be */
  async create(order: ExportOrder, owner: string): Promise<Result<ExportJob, ExportFault>> {
    const { clock, folder, queries } = this.#parts;
    if (this.#jobs.size >= maxExports)
      return err({ kind: 'busy', message: `There are ${maxExports} exports already: delete some first.` });
    const plans = await planExport(this.#parts, order);
    if (!plans.ok) return plans;
    const bytes = expectedBytes(plans.value);
    const noRoom = await spaceFault(this.#parts, folder, bytes);
    if (noRoom) return err(noRoom);
    const names = order.cameraIds.map((id) => [id, this.#parts.cameraName(id) ?? ''] as const);
    const known = { owner, names: new Map(names), bytes, nowMs: clock.nowMs() };
    const job = newJob(this.#parts.newId(), order, known);
    await insertExport(queries, rowOf(job, clock.nowMs()));
    this.#jobs.set(job.id, job);
    this.#next();
    return ok(job);
  }

  /** Ends it when it runs; its files are gone then. False when there is none. */
  async delete(id: string): Promise<boolean> {
    if (!this.#jobs.delete(id)) return false;
    await deleteExport(this.#parts.queries, id);
    if (this.#running?.id === id) {
      this.#running.stop.abort();
      await this.#running.ended;
    }
    await rm(this.#folderOf(id), { recursive: true, force: true });
    return true;
  }

  /** Undefined when there is no such file, or not yet. */
  file(id: string, name: string): { readonly path: string; readonly file: ExportFile } | undefined {
    const file = this.#jobs.get(id)?.files.find((one) => one.name === name);
    return file && { path: join(this.#folderOf(id), file.name), file };
  }

  /** Of the key that signs; made when there is none yet. */
  async publicKey(): Promise<Result<string, ExportFault>> {
    const key = await signingKey(this.#parts.keyFile);
    return key.ok ? ok(publicKeyOf(key.value)) : key;
  }

  #folderOf(id: string): string {
    return join(this.#parts.folder, id);
  }

  /** Begins with the oldest that waits, unless one runs. */
  #next(): void {
    if (this.#running || this.#closed) return;
    const job = [...this.#jobs.values()].find(({ state }) => state === 'waiting');
    if (!job) return;
    const stop = new AbortController();
    const ended = this.#make(job, stop.signal).finally(() => {
      this.#running = undefined;
      this.#next();
    });
    this.#running = { id: job.id, stop, ended };
  }

  /** Never rejects. */
  async #make(job: ExportJob, signal: AbortSignal): Promise<void> {
    const { log } = this.#parts;
    await this.#set(job.id, { state: 'running', progress: 0 });
    const { id, order, names } = job;
    const onProgress = this.#progressOf(id);
    try {
      const made = await runExport(this.#parts, {
        id,
        order,
        names,
        folder: this.#folderOf(id),
        onProgress,
        signal,
      });
      if (made.ok) return await this.#done(id, made.value);
      await this.#fail(id, made.error.message);
    } catch (error) {
      if (signal.aborted) return; // deleted, or the server stops: then it stays `running` and begins anew
      const why = error instanceof Error ? error.message : String(error);
      log.error('An export failed', { export: id, reason: why });
      await this.#fail(id, `Its files could not be written: ${why}`);
    }
  }

  async #done(id: string, files: readonly ExportFile[]): Promise<void> {
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    await this.#set(id, { state: 'done', progress: 1, bytes, files });
  }

  async #fail(id: string, fault: string): Promise<void> {
    await rm(this.#folderOf(id), { recursive: true, force: true }).catch(() => undefined);
    await this.#set(id, { state: 'failed', fault });
  }

  /** Known at once, written down now and then. */
  #progressOf(id: string): (progress: number) => void {
    const { clock } = this.#parts;
    let writtenMs = clock.monotonicMs();
    return (progress) => {
      const job = this.#jobs.get(id);
      if (job) this.#jobs.set(id, { ...job, progress });
      if (!job || clock.monotonicMs() - writtenMs < progressEveryMs) return;
      writtenMs = clock.monotonicMs();
      void this.#set(id, { progress });
    };
  }

  /** Nothing when it was deleted meanwhile. */
  async #set(id: string, changes: Partial<ExportJob>): Promise<void> {
    const { clock, queries, log } = this.#parts;
    const job = this.#jobs.get(id);
    if (!job) return;
    const changed = { ...job, ...changes, changedMs: clock.nowMs() };
    this.#jobs.set(id, changed);
    try {
      await updateExport(queries, rowOf(changed, changed.changedMs));
    } catch (error) {
      log.warn('The state of an export could not be written down', { export: id, error });
    }
  }

  #expireLater(delayMs: number): void {
    this.#expiry = this.#parts.clock.after(delayMs, () => {
      this.#expiring = this.#expire();
    });
  }

  async #expire(): Promise<void> {
    const { clock, keepMs, log } = this.#parts;
    try {
      for (const { id, state, changedMs } of this.#jobs.values()) {
        const isOver = state === 'done' || state === 'failed';
        if (isOver && changedMs + keepMs <= clock.nowMs()) await this.delete(id);
      }
    } catch (error) {
      log.warn('An expired export could not be deleted', { error });
    }
    if (!this.#closed) this.#expireLater(expiryEveryMs);
  }
}
