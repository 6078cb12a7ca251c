/**
 * Cameras as people manage them: every change is stored first, then applied to the running
 * cameras, then told to the listeners. Changes happen one after another.
 */
import type { Kysely } from 'kysely';
import type { Clock } from '../base/clock.ts';
import type { CameraId } from '../base/ids.ts';
import { cameraId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { UnixMs } from '../base/units.ts';
import { unixMs } from '../base/units.ts';
import { deleteCamera, insertCamera, listCameras, sealSources, updateCamera } from '../database/cameras.ts';
import type { Schema } from '../database/schema.ts';
import { insertDeparted } from '../database/storage.ts';
import { cameraOfStream } from '../hub/stream-id.ts';
import type { ViewerEnd } from '../hub/viewers.ts';
import type { Random } from '../io/random.ts';
import type { SecretBox } from '../io/secret-box.ts';
import type {
  CameraChange,
  CameraCreate,
  CameraDeclaration,
  CameraViewer,
  FullCamera,
  ProbeRequest,
  ProbeResult,
  StreamStatus,
} from './contract/cameras.ts';
import type { ProvisionReport, ProvisionRequest } from './contract/provisioning.ts';
import { planDeclared } from './declared-cameras.ts';
import type { EventFeed } from './event-feed.ts';
import type { CameraField, Known } from './known-camera.ts';
import { changedFields, joined, openSources, readKnown } from './known-camera.ts';
import { cameraLinks } from './links.ts';
import type { RtspPorts } from './links.ts';
import type { Plan, PlanWays } from './provision-plan.ts';
import { givenFields, takenMessage } from './provision-plan.ts';
import type { ProvisionRefusal, Provisioning } from './provisioning.ts';
import { planProvisioning, reportOf } from './provisioning.ts';
import type { CameraRuntime } from './runtime.ts';
import { shownSource, withStoredCredentials } from './source-credentials.ts';
import { SourceSeal, isClear } from './source-seal.ts';

/** Far above what one machine carries; keeps lists, metrics and the start bounded. */
const maxCameras = 2000;

export interface CameraServiceParts {
  readonly queries: Kysely<Schema>;
  readonly runtime: CameraRuntime;
  readonly feed: EventFeed;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Addresses of cameras lie sealed in the database. */
  readonly secrets: SecretBox;
}

/** Why something was not done; `message` is for people. */
export interface CameraRefusal {
  readonly kind: 'not-found' | 'credentials' | 'too-many-cameras' | 'managed' | 'external-id-taken';
  readonly message: string;
  /** For `credentials`: which source. */
  readonly field?: 'source' | 'sub';
}

export class CameraService {
  readonly #parts: CameraServiceParts;
  readonly #cameras = new Map<CameraId, Known>();
  #rtspPorts: RtspPorts = {};
  readonly #seal: SourceSeal;
  /** What the configuration file says of a camera. */
  readonly #managed = new Map<CameraId, ReadonlySet<CameraField>>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: CameraServiceParts) {
    this.#parts = parts;
    this.#seal = new SourceSeal(parts.secrets, parts.log);
  }

  /** Reads the database, makes the cameras of the configuration file as they stand there, and runs all. Once. */
  async start(declared: readonly CameraDeclaration[]): Promise<void> {
    await this.#read();
    const { plan, released } = planDeclared(declared, this.#planWays());
    for (const { index, field, message } of plan.errors) {
      const camera = declared[index]?.name;
      this.#parts.log.error('A camera of the configuration file is left as it is', {
        camera,
        field,
        message,
      });
    }
    await this.#store(plan.cameras, []);
    for (const known of released) {
      const free = { ...known, stored: { ...known.stored, declaredAs: null } };
      await updateCamera(this.#parts.queries, free.stored);
      this.#cameras.set(free.stored.id, free);
    }
    for (const { after, declaration } of plan.cameras) {
      this.#cameras.set(after.stored.id, after);
      const fields = Object.keys(givenFields(declaration)) as CameraField[];
      this.#managed.set(after.stored.id, new Set(fields));
    }
    for (const known of this.#cameras.values()) this.#run(known);
  }

  async #read(): Promise<void> {
    const rows = await listCameras(this.#parts.queries);
    for (const stored of rows) {
      const known = readKnown(stored, this.#seal);
      if (known) this.#cameras.set(stored.id, known);
      else
        this.#parts.log.error('A stored camera has a source this version cannot read; it is left out', {
          camera: stored.id,
        });
    }
    const clear = Array.from(this.#cameras.values()).filter(
      ({ stored }) => isClear(stored.sourceJson) || (stored.subJson !== null && isClear(stored.subJson)),
    );
    const { queries, log } = this.#parts;
    const sealed = clear.map(({ stored, ...known }) => joined(stored, known, this.#seal));
    const erased = await sealSources(
      queries,
      sealed.map(({ stored }) => stored),
    );
    if (!erased.ok)
      log.warn('Older copies of camera addresses may still lie in the database file', { why: erased.error });
    for (const known of sealed) this.#cameras.set(known.stored.id, known);
  }

  /** Where the RTSP server listens, for links; adds to what is known. */
  setRtspPorts(ports: RtspPorts): void {
    this.#rtspPorts = { ...this.#rtspPorts, ...ports };
  }

  ids(): Iterable<CameraId> {
    return this.#cameras.keys();
  }

  /** Oldest first. */
  list(): FullCamera[] {
    return Array.from(this.#cameras.values(), (known) => this.#shown(known));
  }

  /** Undefined when there is none. */
  name(id: string): string | undefined {
    return this.#cameras.get(id as CameraId)?.stored.name;
  }

  get(id: string): FullCamera | undefined {
    const known = this.#cameras.get(id as CameraId);
    return known && this.#shown(known);
  }

  /** @param externalId as its provisioning system calls it */
  byExternalId(externalId: string): FullCamera | undefined {
    const known = Array.from(this.#cameras.values()).find(({ stored }) => stored.externalId === externalId);
    return known && this.#shown(known);
  }

  /** The oldest of these that is switched on: for addresses that name no camera. */
  defaultCamera(isMeant: (id: CameraId) => boolean = () => true): FullCamera | undefined {
    for (const known of this.#cameras.values()) {
      if (known.stored.enabled && isMeant(known.stored.id)) return this.#shown(known);
    }
    return undefined;
  }

  /** Whether a camera has a source that feeds the stream of this id; it may be switched off. */
  hasStream(id: string): boolean {
    const camera = cameraOfStream(id);
    const known = camera && this.#cameras.get(camera);
    return known !== undefined && (id === camera || known.sub !== null);
  }

  status(id: CameraId): StreamStatus | undefined {
    return this.#cameras.has(id) ? this.#parts.runtime.status(id) : undefined;
  }

  subStatus(id: CameraId): StreamStatus | null {
    return this.#cameras.get(id)?.sub ? this.#parts.runtime.subStatus(id) : null;
  }

  /** Undefined when there is no such camera. */
  viewers(id: string): CameraViewer[] | undefined {
    const known = this.#cameras.get(id as CameraId);
    return known && this.#parts.runtime.viewers(known.stored.id);
  }

  endViewer(id: string, viewer: string): ViewerEnd {
    const known = this.#cameras.get(id as CameraId);
    return known ? this.#parts.runtime.endViewer(known.stored.id, viewer) : 'unknown';
  }

  create(input: CameraCreate): Promise<Result<FullCamera, CameraRefusal>> {
    return this.#inTurn(async () => {
      if (this.#cameras.size >= maxCameras) return err(tooMany);
      const taken = this.#taken(input.externalId);
      if (taken) return err(taken);
      const sources = openSources(input, undefined);
      if (!sources.ok) return err({ kind: 'credentials', ...sources.error });
      const nowMs = this.#nextCreatedMs();
      const id = this.#newId();
      const { source: _, sub: __, recording, externalId = null, ...rest } = input;
      const fields = { ...rest, id, declaredAs: null, externalId, createdMs: nowMs, changedMs: nowMs };
      const known = joined(fields, { ...sources.value, recording }, this.#seal);
      await insertCamera(this.#parts.queries, known.stored);
      return ok(this.#apply(known, 'created'));
    });
  }

  /** Later than that of every other camera, whatever the clock does: the order on the screen outlives a restart. */
  #nextCreatedMs(): UnixMs {
    const newestMs = Array.from(this.#cameras.values()).at(-1)?.stored.createdMs ?? 0;
    return unixMs(Math.max(this.#parts.clock.nowMs(), newestMs + 1));
  }

  #newId(): CameraId {
    return cameraId(this.#parts.random(16));
  }

  change(id: string, change: CameraChange): Promise<Result<FullCamera, CameraRefusal>> {
    return this.#inTurn(async () => {
      const before = this.#cameras.get(id as CameraId);
      if (!before) return err(notFound);
      const taken = this.#taken(change.externalId, before);
      if (taken) return err(taken);
      const { source, sub, recording = before.recording, ...fields } = change;
      const sources = openSources({ source, sub }, before);
      if (!sources.ok) return err({ kind: 'credentials', ...sources.error });
      const changedMs = this.#parts.clock.nowMs();
      const row = { ...before.stored, ...givenFields(fields), changedMs };
      const known = joined(row, { ...sources.value, recording }, this.#seal, before);
      const locked = this.#lockedOf(before, known);
      if (locked.length > 0) return err(managed(before, locked));
      await updateCamera(this.#parts.queries, known.stored);
      return ok(this.#apply(known, 'changed'));
    });
  }

  #lockedOf(before: Known, after: Known): CameraField[] {
    const locked = this.#managed.get(before.stored.id);
    return locked ? changedFields(before, after).filter((field) => locked.has(field)) : [];
  }

  /** @param own camera that may have it */
  #taken(externalId: string | null | undefined, own?: Known): CameraRefusal | undefined {
    if (typeof externalId !== 'string') return undefined;
    const owner = Array.from(this.#cameras.values()).find(({ stored }) => stored.externalId === externalId);
    if (!owner || owner === own) return undefined;
    return { kind: 'external-id-taken', message: `The external id ${externalId} ${takenMessage(owner)}.` };
  }

  /** A known camera as it is now: run so, and told. */
  #apply(known: Known, what: 'created' | 'changed'): FullCamera {
    this.#cameras.set(known.stored.id, known);
    this.#run(known);
    const camera = this.#shown(known);
    this.#parts.feed.publish({ type: `camera.${what}`, camera });
    return camera;
  }

  /** Makes many cameras as they are wanted, or changes nothing. Those that are so already are not touched. */
  provision(request: ProvisionRequest): Promise<Result<ProvisionReport, ProvisionRefusal>> {
    return this.#inTurn(async () => {
      const planned = planProvisioning(request, this.#planWays(), maxCameras);
      if (!planned.ok) return planned;
      const { cameras, removed }: Provisioning = planned.value;
      const report = reportOf(request, planned.value);
      if (request.dryRun) return ok(report);
      const touched = cameras.filter(({ before, fields }) => !before || fields.length > 0);
      await this.#store(touched, removed);
      for (const { stored } of removed) this.#forget(stored.id);
      for (const { before, after } of touched) this.#apply(after, before ? 'changed' : 'created');
      return ok(report);
    });
  }

  #planWays(): Omit<PlanWays, 'find' | 'declaredAs'> {
    return {
      known: this.#cameras,
      locked: (id) => this.#managed.get(id) ?? new Set(),
      newId: () => this.#newId(),
      seal: this.#seal,
      nowMs: this.#parts.clock.nowMs(),
      firstCreatedMs: this.#nextCreatedMs(),
    };
  }

  /** All of it or nothing. */
  async #store(cameras: Plan['cameras'], removed: readonly Known[]): Promise<void> {
    await this.#parts.queries.transaction().execute(async (transaction) => {
      for (const known of removed) await this.#storeRemoval(transaction, known, 'keep');
      for (const { before, after } of cameras) {
        if (before) await updateCamera(transaction, after.stored);
        else await insertCamera(transaction, after.stored);
      }
    });
  }

  /** @param footage what becomes of what is recorded: kept by the rules that it had, or deleted, too */
  remove(id: string, footage: 'keep' | 'delete' = 'keep'): Promise<Result<void, CameraRefusal>> {
    return this.#inTurn(async () => {
      const known = this.#cameras.get(id as CameraId);
      if (!known) return err(notFound);
      if (this.#managed.has(known.stored.id)) return err(managed(known, []));
      await this.#parts.queries
        .transaction()
        .execute((transaction) => this.#storeRemoval(transaction, known, footage));
      this.#forget(known.stored.id);
      return ok(undefined);
    });
  }

  async #storeRemoval(
    transaction: Kysely<Schema>,
    { stored }: Known,
    footage: 'keep' | 'delete',
  ): Promise<void> {
    const { id, name, recordingJson } = stored;
    const departedMs = this.#parts.clock.nowMs();
    await deleteCamera(transaction, id);
    await insertDeparted(transaction, { id, name, recordingJson, footage, departedMs });
  }

  #forget(id: CameraId): void {
    this.#cameras.delete(id);
    this.#parts.runtime.remove(id);
    this.#parts.feed.publish({ type: 'camera.deleted', cameraId: id });
  }

  /** Tries a source without storing it. */
  async probe(request: ProbeRequest, signal: AbortSignal): Promise<Result<ProbeResult, CameraRefusal>> {
    const stored = this.#cameras.get(request.cameraId as CameraId);
    const open = withStoredCredentials(request.source, stored ? [stored.source, stored.sub] : []);
    if (!open.ok) return err({ kind: 'credentials', message: open.error, field: 'source' });
    return ok(await this.#parts.runtime.probe(open.value, signal));
  }

  /** Resolves when no change is under way. */
  async settled(): Promise<void> {
    await this.#last;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  #run({ stored, source, sub, recording }: Known): void {
    const { id, name, enabled, start, closeAfterMs, maxReaders, latency } = stored;
    const camera = { id, name, enabled, source, sub, start, closeAfterMs, maxReaders, latency };
    this.#parts.runtime.apply({ ...camera, recording });
  }

  #shown({ stored, source, sub, recording }: Known): FullCamera {
    const { sourceJson: _, subJson: __, recordingJson: ___, declaredAs: ____, ...camera } = stored;
    return {
      ...camera,
      managed: this.#managed.has(stored.id) ? 'file' : null,
      managedFields: [...(this.#managed.get(stored.id) ?? [])],
      recording,
      source: shownSource(source),
      sub: sub && shownSource(sub),
      status: this.#parts.runtime.status(stored.id),
      subStatus: sub && this.#parts.runtime.subStatus(stored.id),
      recordingState: this.#parts.runtime.recordingState(stored.id),
      links: cameraLinks(
        stored.id,
        { isPushed: source.kind === 'push', hasSub: sub !== null },
        this.#rtspPorts,
      ),
    };
  }
}

const notFound: CameraRefusal = { kind: 'not-found', message: 'There is no such camera.' };
const tooMany: CameraRefusal = {
  kind: 'too-many-cameras',
  message: `There are already ${maxCameras} cameras, which is the limit of one server. Delete one first.`,
};

/** @param fields that shall change; empty: it shall be deleted */
function managed({ stored }: Known, fields: readonly CameraField[]): CameraRefusal {
  const where = `the configuration file declares it as "${stored.declaredAs ?? stored.name}"`;
  const message =
    fields.length === 0
      ? `The camera cannot be deleted here: ${where}. Take it out of the file and start the server again; then it can be deleted.`
      : `${fields.join(', ')} cannot be changed here: ${where}. Change it in the file and start the server again.`;
  return { kind: 'managed', message };
}
