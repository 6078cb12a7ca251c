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
import type { StoredCamera } from '../database/cameras.ts';
import { deleteCamera, insertCamera, listCameras, updateCamera } from '../database/cameras.ts';
import type { Schema } from '../database/schema.ts';
import { insertDeparted } from '../database/storage.ts';
import { cameraOfStream } from '../hub/stream-id.ts';
import type { ViewerEnd } from '../hub/viewers.ts';
import type { Random } from '../io/random.ts';
import type {
  Camera,
  CameraChange,
  CameraCreate,
  CameraViewer,
  ProbeRequest,
  ProbeResult,
  SourceInput,
  StreamStatus,
} from './contract/cameras.ts';
import { sourceInputSchema } from './contract/cameras.ts';
import type { RecordingPolicyInput } from './contract/recording.ts';
import { recordingPolicySchema } from './contract/recording.ts';
import type { EventFeed } from './event-feed.ts';
import { cameraLinks } from './links.ts';
import type { RtspPorts } from './links.ts';
import type { CameraRuntime } from './runtime.ts';
import { shownSource, withStoredCredentials } from './source-credentials.ts';

/** Far above what one machine carries; keeps lists, metrics and the start bounded. */
const maxCameras = 2000;

export interface CameraServiceParts {
  readonly queries: Kysely<Schema>;
  readonly runtime: CameraRuntime;
  readonly feed: EventFeed;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Why something was not done; `message` is for people. */
export interface CameraRefusal {
  readonly kind: 'not-found' | 'credentials' | 'too-many-cameras';
  readonly message: string;
  /** For `credentials`: which source. */
  readonly field?: 'source' | 'sub';
}

interface Sources {
  readonly source: SourceInput;
  readonly sub: SourceInput | null;
}

interface Known extends Sources {
  readonly stored: StoredCamera;
  readonly recording: RecordingPolicyInput;
}

export class CameraService {
  readonly #parts: CameraServiceParts;
  readonly #cameras = new Map<CameraId, Known>();
  #rtspPorts: RtspPorts = {};
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: CameraServiceParts) {
    this.#parts = parts;
  }

  /** Reads the database, creates cameras of the configuration that are not there yet, and runs all. Once. */
  async start(declared: readonly CameraCreate[]): Promise<void> {
    for (const stored of await listCameras(this.#parts.queries)) {
      const source = readSource(stored.sourceJson);
      const sub = stored.subJson === null ? null : readSource(stored.subJson);
      const recording = readPolicy(stored.recordingJson);
      if (source && sub !== undefined) this.#cameras.set(stored.id, { stored, source, sub, recording });
      else
        this.#parts.log.error('A stored camera has a source this version cannot read; it is left out', {
          camera: stored.id,
        });
    }
    for (const known of this.#cameras.values()) this.#run(known);
    for (const input of declared) {
      if (!this.#isDeclared(input.name)) await this.create(input, input.name);
    }
  }

  /** Where the RTSP server listens, for links; adds to what is known. */
  setRtspPorts(ports: RtspPorts): void {
    this.#rtspPorts = { ...this.#rtspPorts, ...ports };
  }

  ids(): Iterable<CameraId> {
    return this.#cameras.keys();
  }

  /** Oldest first. */
  list(): Camera[] {
    return Array.from(this.#cameras.values(), (known) => this.#shown(known));
  }

  get(id: string): Camera | undefined {
    const known = this.#cameras.get(id as CameraId);
    return known && this.#shown(known);
  }

  /** The oldest that is switched on: for addresses that name no camera. */
  defaultCamera(): Camera | undefined {
    for (const known of this.#cameras.values()) if (known.stored.enabled) return this.#shown(known);
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

  /** @param declaredAs its name in the configuration file, if it comes from there. */
  create(input: CameraCreate, declaredAs: string | null = null): Promise<Result<Camera, CameraRefusal>> {
    return this.#inTurn(async () => {
      if (this.#cameras.size >= maxCameras) return err(tooMany);
      const sources = openSources(input, undefined);
      if (!sources.ok) return sources;
      const nowMs = this.#nextCreatedMs();
      const id = cameraId(this.#parts.random(16));
      const { source: _, sub: __, recording, ...rest } = input;
      const fields = { ...rest, id, declaredAs, externalId: null, createdMs: nowMs, changedMs: nowMs };
      const known = join(fields, { ...sources.value, recording });
      await insertCamera(this.#parts.queries, known.stored);
      this.#cameras.set(id, known);
      this.#run(known);
      const camera = this.#shown(known);
      this.#parts.feed.publish({ type: 'camera.created', camera });
      return ok(camera);
    });
  }

  /** Later than that of every other camera, whatever the clock does: the order on the screen outlives a restart. */
  #nextCreatedMs(): UnixMs {
    const newestMs = Array.from(this.#cameras.values()).at(-1)?.stored.createdMs ?? 0;
    return unixMs(Math.max(this.#parts.clock.nowMs(), newestMs + 1));
  }

  change(id: string, change: CameraChange): Promise<Result<Camera, CameraRefusal>> {
    return this.#inTurn(async () => {
      const before = this.#cameras.get(id as CameraId);
      if (!before) return err(notFound);
      const { source, sub, recording = before.recording, ...fields } = change;
      const sources = openSources({ source, sub }, before);
      if (!sources.ok) return sources;
      const { sourceJson: _, subJson: __, recordingJson: ___, ...stored } = before.stored;
      const changedMs = this.#parts.clock.nowMs();
      const known = join({ ...stored, ...given(fields), changedMs }, { ...sources.value, recording });
      await updateCamera(this.#parts.queries, known.stored);
      this.#cameras.set(known.stored.id, known);
      this.#run(known);
      const camera = this.#shown(known);
      this.#parts.feed.publish({ type: 'camera.changed', camera });
      return ok(camera);
    });
  }

  /** @param footage what becomes of what is recorded: kept by the rules that it had, or deleted, too */
  remove(id: string, footage: 'keep' | 'delete' = 'keep'): Promise<Result<void, CameraRefusal>> {
    return this.#inTurn(async () => {
      const known = this.#cameras.get(id as CameraId);
      if (!known) return err(notFound);
      const { name, recordingJson } = known.stored;
      const departedMs = this.#parts.clock.nowMs();
      await this.#parts.queries.transaction().execute(async (transaction) => {
        await deleteCamera(transaction, known.stored.id);
        await insertDeparted(transaction, { id: known.stored.id, name, recordingJson, footage, departedMs });
      });
      this.#cameras.delete(known.stored.id);
      this.#parts.runtime.remove(known.stored.id);
      this.#parts.feed.publish({ type: 'camera.deleted', cameraId: known.stored.id });
      return ok(undefined);
    });
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

  #isDeclared(name: string): boolean {
    for (const { stored } of this.#cameras.values()) {
      if (stored.declaredAs === name || stored.name === name) return true;
    }
    return false;
  }

  #run({ stored, source, sub, recording }: Known): void {
    const { id, name, enabled, start, closeAfterMs, maxReaders, latency } = stored;
    const camera = { id, name, enabled, source, sub, start, closeAfterMs, maxReaders, latency };
    this.#parts.runtime.apply({ ...camera, recording });
  }

  #shown({ stored, source, sub, recording }: Known): Camera {
    const { sourceJson: _, subJson: __, recordingJson: ___, declaredAs: ____, ...camera } = stored;
    return {
      ...camera,
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

/** Both sources with their credentials; what is not `wanted` stays as it is. */
function openSources(
  wanted: Pick<CameraChange, 'source' | 'sub'>,
  before: Sources | undefined,
): Result<Sources, CameraRefusal> {
  const stored = before ? [before.source, before.sub] : [];
  const source = wanted.source ? withStoredCredentials(wanted.source, stored) : ok(before?.source);
  if (!source.ok) return err({ kind: 'credentials', message: source.error, field: 'source' });
  const sub = wanted.sub ? withStoredCredentials(wanted.sub, stored.toReversed()) : ok(wanted.sub);
  if (!sub.ok) return err({ kind: 'credentials', message: sub.error, field: 'sub' });
  if (!source.value) throw new Error('a new camera has a source');
  return ok({ source: source.value, sub: sub.value === undefined ? (before?.sub ?? null) : sub.value });
}

function join(
  fields: Omit<StoredCamera, 'sourceJson' | 'subJson' | 'recordingJson'>,
  { source, sub, recording }: Omit<Known, 'stored'>,
): Known {
  const json = {
    sourceJson: JSON.stringify(source),
    subJson: sub && JSON.stringify(sub),
    recordingJson: JSON.stringify(recording),
  };
  return { stored: { ...fields, ...json }, source, sub, recording };
}

type Fields = Omit<CameraChange, 'source' | 'sub' | 'recording'>;

/** Without keys whose value is undefined, which would erase what is stored. */
function given(fields: Fields): { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function readSource(json: string): SourceInput | undefined {
  try {
    return sourceInputSchema.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}

/** What cannot be read was written by another version: then nothing is recorded, and the page says so. */
function readPolicy(json: string): RecordingPolicyInput {
  try {
    return recordingPolicySchema.parse(JSON.parse(json));
  } catch {
    return recordingPolicySchema.parse({});
  }
}
