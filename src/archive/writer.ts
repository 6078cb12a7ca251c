/**
 * One recording from its first fragment to its row, in the order of docs/design/archive.md. Fragments come in at any
 * time and wait in a bounded queue; the disk is asked in steps, when it is this recording's turn at its volume.
 * Trouble ends the recording at what is durable, and is told once.
 */
import { join } from 'node:path';
import type { Clock, Timer } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { MonotonicMs, UnixMs } from '../base/units.ts';
import { unixMs } from '../base/units.ts';
import type { OpeningRow } from '../database/recordings.ts';
import type { Random } from '../io/random.ts';
import type { Committer } from './committer.ts';
import type { Disk } from './disk.ts';
import { errorCode, errorText } from './disk.ts';
import type { Envelope, Envelopes } from './envelope.ts';
import { codecId, commitOf, infoOf, openingHead } from './finished.ts';
import type { Folders } from './folders.ts';
import { tracksJson } from './head-json.ts';
import type { Lane, LaneUser } from './lane.ts';
import type { Prepared } from './recording-file.ts';
import { RecordingFile, endOf } from './recording-file.ts';
import { headPiece, indexedTrack } from './recording-format.ts';
import type { Totals } from './recording-format.ts';
import type {
  ArchiveFault,
  EndReason,
  Fragment,
  FragmentEntry,
  RecordingId,
  RecordingInfo,
  RecordingWriter,
  WriterOptions,
} from './types.ts';
import type { Volumes } from './volumes.ts';

/** What every recording is written with. */
export interface WriterParts {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly volumes: Volumes;
  readonly folders: Folders;
  readonly envelopes: Envelopes;
  readonly committer: Committer;
  readonly lane: (volumeId: string) => Lane;
  readonly newRunId: () => string;
  /** Asked when a volume is full; resolves when something was deleted, or nothing can be. */
  readonly onNeedSpace: (volumeId: string, bytes: number) => Promise<void>;
  /** The recording is a row, or will never be one. */
  readonly onOver: (writer: Writer) => void;
  /** It ended at `durableBytes`, and its file has to be finished by somebody else. */
  readonly onAbandoned: (writer: Writer, opening: OpeningRow, durableBytes: number) => void;
}

export interface WriterIdentity {
  readonly id: RecordingId;
  readonly runId: string;
  readonly init: Uint8Array;
}

/** More than this waits for no disk: the design note's 64 MiB for each camera. */
const maxPendingBytes = 64 * 1024 * 1024;

/** One step writes no more, so that other recordings get their turn. */
const maxBatchBytes = 8 * 1024 * 1024;
const maxBatchFragments = 64;

/** Written fragments are synced at once when the last sync is so long ago, else after the same time: within 1 s. */
const syncEveryMs = 500;

/** How long a full disk is waited for, and how often it is asked. */
const fullPatienceMs = 5000;
const fullAgainMs = 250;

interface Place {
  readonly volumeId: string;
  readonly volumePath: string;
  /** Relative to the volume. */
  readonly path: string;
}

type State =
  /** Nothing is done yet; the volume is to be checked. */
  | { readonly kind: 'begin'; readonly place: Place }
  /** The opening is being committed. */
  | { readonly kind: 'announcing'; readonly place: Place }
  | { readonly kind: 'create'; readonly place: Place; readonly opening: OpeningRow }
  | { readonly kind: 'writing'; readonly place: Place; readonly opening: OpeningRow; readonly open: OpenFile }
  | { readonly kind: 'over'; readonly open: OpenFile | undefined; readonly place: Place | undefined };

interface OpenFile {
  readonly file: RecordingFile;
  readonly envelope: Envelope;
}

interface Closing {
  readonly reason: EndReason;
  readonly resolve: (result: Result<RecordingInfo, ArchiveFault>) => void;
}

export class Writer implements RecordingWriter, LaneUser {
  readonly id: RecordingId;
  readonly options: WriterOptions;
  readonly init: Uint8Array;
  readonly runId: string;
  readonly #parts: WriterParts;
  readonly #codecId: string;
  #state: State = { kind: 'over', open: undefined, place: undefined };
  #queue: Fragment[] = [];
  /** Taken from the queue, not written: written again after a full disk. */
  #batch: readonly Taken[] = [];
  /** Written, not synced. */
  #unsynced: Fragment[] = [];
  #pendingBytes = 0;
  #syncTimer: Timer | undefined;
  #syncDue = false;
  #lastSync: MonotonicMs;
  #fullSince: MonotonicMs | undefined;
  #closing: Closing | undefined;
  #failure: ArchiveFault | undefined;

  constructor(parts: WriterParts, options: WriterOptions, identity: WriterIdentity) {
    this.#parts = parts;
    this.options = options;
    this.id = identity.id;
    this.runId = identity.runId;
    this.init = identity.init;
    this.#codecId = codecId(tracksJson(options.head.tracks));
    this.#lastSync = parts.clock.monotonicMs();
  }

  /** To be called once, soon: trouble may be told before it returns. */
  start(): void {
    const chosen = this.#parts.volumes.choose();
    if (!chosen) this.#fail({ kind: 'no-volume', message: noVolume(this.#parts.volumes) });
    else this.#beginAt(chosen.id, chosen.path);
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  append(fragment: Fragment): void {
    if (this.#failure || this.#closing) return;
    this.#pendingBytes += fragment.bytes.length;
    this.#queue.push(fragment);
    if (this.#pendingBytes > maxPendingBytes) {
      const message = `The disk is too slow: ${this.#pendingBytes} bytes wait to be written.`;
      this.#fail({ kind: 'disk-slow', message });
    } else if (this.#state.kind === 'writing') this.#askForTurn(this.#state.place);
  }

  close(reason: EndReason): Promise<Result<RecordingInfo, ArchiveFault>> {
    const failure = this.#failure;
    if (failure) return Promise.resolve(err(failure));
    return new Promise((resolve) => {
      if (this.#closing) {
        resolve(err({ kind: 'gone', message: 'The recording is being closed already.' }));
        return;
      }
      this.#closing = { reason, resolve };
      if (this.#state.kind === 'writing') this.#askForTurn(this.#state.place);
    });
  }

  /** As listed while it is written: what is durable. */
  info(): RecordingInfo {
    const { head } = this.options;
    const place = this.#state.place;
    const table = this.durable();
    let frames = 0;
    for (const entry of table) frames += entry.frames;
    const open = openFileOf(this.#state);
    return {
      id: this.id,
      cameraId: head.cameraId,
      volumeId: place?.volumeId ?? '',
      runId: this.runId,
      startMs: head.startMs,
      endMs: endOf(head.startMs, table),
      mediaOffsetMs: head.mediaOffsetMs,
      codecId: this.#codecId,
      bytes: open?.file.durableBytes ?? 0,
      frames,
      lostPackets: open?.file.lostPackets ?? 0,
      trigger: head.trigger,
      endReason: undefined,
      sealed: (open?.envelope.keyId ?? null) !== null,
      damage: undefined,
    };
  }

  durable(): readonly FragmentEntry[] {
    const file = openFileOf(this.#state)?.file;
    return file ? file.table.slice(0, file.durableFragments) : [];
  }

  /** Where its file is, and how to read it; undefined while there is none. */
  source(): { readonly place: Place; readonly envelope: Envelope } | undefined {
    const open = openFileOf(this.#state);
    const place = this.#state.place;
    return open && place && { place, envelope: open.envelope };
  }

  /** One turn at the volume. */
  async step(): Promise<void> {
    const state = this.#state;
    try {
      if (state.kind === 'begin') await this.#check(state.place);
      else if (state.kind === 'create') await this.#create(state.place, state.opening);
      else if (state.kind === 'writing') await this.#write(state);
    } catch (error) {
      await this.#trouble(error);
    }
  }

  #beginAt(volumeId: string, volumePath: string): void {
    const path = recordingPath(this.id, this.options, this.#parts.envelopes.sealing);
    const place = { volumeId, volumePath, path };
    this.#state = { kind: 'begin', place };
    this.#askForTurn(place);
  }

  #askForTurn(place: Place): void {
    this.#parts.lane(place.volumeId).ask(this);
  }

  async #check(place: Place): Promise<void> {
    const { volumes, clock } = this.#parts;
    if (!(await volumes.isRight(place.volumeId))) throw new Error('the volume is not there any more');
    if (this.#state.kind !== 'begin') return; // failed meanwhile
    this.#state = { kind: 'announcing', place };
    const opening: OpeningRow = {
      id: this.id,
      camera_id: this.options.head.cameraId,
      volume_id: place.volumeId,
      path: place.path,
      head: openingHead(this.options.head, this.runId),
      opened_ms: clock.nowMs(),
    };
    void this.#announce(place, opening); // not in the volume's time
  }

  async #announce(place: Place, opening: OpeningRow): Promise<void> {
    const committed = await this.#parts.committer.commit({ kind: 'open', opening });
    if (!committed.ok) {
      this.#fail({ kind: 'disk-failed', message: `The database does not take rows: ${committed.error}` });
      this.#parts.onOver(this);
    } else if (this.#failure) {
      this.#parts.onAbandoned(this, opening, 0);
    } else {
      this.#state = { kind: 'create', place, opening };
      this.#askForTurn(place);
    }
  }

  async #create(place: Place, opening: OpeningRow): Promise<void> {
    const { disk, folders, envelopes, random } = this.#parts;
    const { head } = this.options;
    const file = { volumePath: place.volumePath, owner: head.cameraId, day: utcDay(head.startMs) };
    const envelope = await envelopes.create(file, random(16));
    if (!envelope.ok) return this.#fail(envelope.error);
    await folders.make(place.volumePath, place.path);
    const path = join(place.volumePath, place.path);
    try {
      const made = await RecordingFile.create({
        disk,
        path,
        envelope: envelope.value,
        headPiece: headPiece(this.id, head, this.init),
        startMs: head.startMs,
        trackId: indexedTrack(head.tracks),
      });
      if (this.#failure) return await made.close();
      this.#fullSince = undefined;
      const open = { file: made, envelope: envelope.value };
      this.#state = { kind: 'writing', place, opening, open };
      this.#askForTurn(place);
    } catch (error) {
      await disk.unlink(path).catch(() => undefined);
      throw error;
    }
  }

  async #write({ place, open: { file } }: Extract<State, { kind: 'writing' }>): Promise<void> {
    if (this.#batch.length === 0) this.#batch = this.#take(file);
    if (this.#batch.length > 0) {
      await file.write(this.#batch.map(({ prepared }) => prepared));
      if (this.#failure) return;
      this.#written();
    }
    await this.#syncWhenDue(file);
    if (this.#failure) return;
    if (this.#queue.length > 0) this.#askForTurn(place);
    else if (this.#closing) await this.#finish(this.#closing);
  }

  #take(file: RecordingFile): readonly Taken[] {
    const batch: Taken[] = [];
    let bytes = 0;
    for (const given of this.#queue) {
      if (batch.length >= maxBatchFragments || (bytes > 0 && bytes + given.bytes.length > maxBatchBytes))
        break;
      bytes += given.bytes.length;
      batch.push({ given, prepared: file.prepare(rounded(given)) });
    }
    this.#queue.splice(0, batch.length);
    return batch;
  }

  #written(): void {
    this.#fullSince = undefined;
    for (const { given } of this.#batch) {
      this.#pendingBytes -= given.bytes.length;
      this.#unsynced.push(given);
    }
    this.#batch = [];
  }

  async #syncWhenDue(file: RecordingFile): Promise<void> {
    if (!file.unsynced || this.#closing) return; // the end is synced with everything
    const { clock } = this.#parts;
    const sinceMs = clock.monotonicMs() - this.#lastSync;
    if (!this.#syncDue && sinceMs < syncEveryMs) {
      this.#syncTimer ??= clock.after(syncEveryMs, () => this.#syncSoon());
      return;
    }
    this.#syncTimer?.cancel();
    this.#syncTimer = undefined;
    this.#syncDue = false;
    await file.datasync();
    this.#lastSync = clock.monotonicMs();
    if (!this.#failure) this.#stored();
  }

  #syncSoon(): void {
    this.#syncTimer = undefined;
    this.#syncDue = true;
    if (this.#state.kind === 'writing') this.#askForTurn(this.#state.place);
  }

  #stored(): void {
    const stored = this.#unsynced;
    this.#unsynced = [];
    for (const fragment of stored) this.options.onStored(fragment);
  }

  async #finish(closing: Closing): Promise<void> {
    if (this.#state.kind !== 'writing') return;
    const { place, opening, open } = this.#state;
    if (open.file.table.length === 0) return this.#discard(opening, open, closing);
    const totals = await open.file.writeEnd(closing.reason);
    await open.file.sync();
    await this.#parts.folders.sync(place.volumePath, place.path);
    if (this.#failure) return;
    this.#syncTimer?.cancel();
    this.#stored();
    this.#state = { kind: 'over', open, place };
    await open.file.close();
    void this.#commit({ place, opening, open, totals, closing }); // not in the volume's time
  }

  async #commit(done: {
    place: Place;
    opening: OpeningRow;
    open: OpenFile;
    totals: Totals;
    closing: Closing;
  }): Promise<void> {
    const { place, open, totals, closing } = done;
    const change = commitOf(
      {
        id: this.id,
        volumeId: place.volumeId,
        path: place.path,
        keyId: open.envelope.keyId,
        runId: this.runId,
        head: this.options.head,
        init: this.init,
        table: open.file.table,
        totals,
        bytes: open.file.bytes,
      },
      this.#parts.newRunId(),
    );
    const committed = await this.#parts.committer.commit(change);
    if (committed.ok) {
      this.#parts.onOver(this);
      closing.resolve(ok(infoOf({ ...change.row, run_id: committed.value })));
      return;
    }
    const message = `The database does not take rows: ${committed.error}. The recording is finished later.`;
    closing.resolve(err({ kind: 'disk-failed', message }));
    this.#parts.onAbandoned(this, done.opening, open.file.bytes);
  }

  /** Closed before anything was written. */
  async #discard(opening: OpeningRow, open: OpenFile, closing: Closing): Promise<void> {
    this.#state = { kind: 'over', open: undefined, place: undefined };
    await open.file.close();
    await this.#parts.committer.commit({ kind: 'discard', opening, nowMs: this.#parts.clock.nowMs() });
    this.#parts.onOver(this);
    closing.resolve(err({ kind: 'gone', message: 'Nothing was recorded.' }));
  }

  async #trouble(error: unknown): Promise<void> {
    const place = this.#state.place;
    if (this.#failure || !place) return;
    const full = isFull(error);
    if (full && (await this.#waitForSpace(place))) return;
    if (this.#failure) return;
    const { volumes, log } = this.#parts;
    const reason = errorText(error);
    log.error('A recording failed at its disk', { recording: this.id, path: place.volumePath, reason });
    if (full) volumes.markFull(place.volumeId);
    else volumes.markFailed(place.volumeId, `Writing failed: ${reason}`);
    if (await this.#goElsewhere(place)) return;
    const message = `${place.volumePath}: ${reason}`;
    this.#fail({ kind: full ? 'disk-full' : 'disk-failed', message });
  }

  /** True when the step is tried again. */
  async #waitForSpace(place: Place): Promise<boolean> {
    const { clock, onNeedSpace } = this.#parts;
    this.#fullSince ??= clock.monotonicMs();
    if (clock.monotonicMs() - this.#fullSince > fullPatienceMs) return false;
    void onNeedSpace(place.volumeId, this.#pendingBytes).catch(() => undefined);
    clock.after(fullAgainMs, () => this.#askForTurn(place));
    return true;
  }

  /** Nothing is written yet: another volume may take the recording as if it had been chosen first. */
  async #goElsewhere(place: Place): Promise<boolean> {
    const state = this.#state;
    if (state.kind !== 'begin' && state.kind !== 'create') return false;
    const other = this.#parts.volumes.choose();
    if (!other || other.id === place.volumeId || other.state !== 'ready') return false;
    this.#fullSince = undefined;
    if (state.kind === 'create') {
      const nowMs = this.#parts.clock.nowMs();
      this.#state = { kind: 'announcing', place };
      await this.#parts.committer.commit({ kind: 'discard', opening: state.opening, nowMs });
      if (this.#failure) return true;
    }
    this.#beginAt(other.id, other.path);
    return true;
  }

  #fail(fault: ArchiveFault): void {
    if (this.#failure || (this.#state.kind === 'over' && this.#state.open)) return;
    this.#failure = fault;
    const state = this.#state;
    const open = openFileOf(state);
    const durableUntilMs = endOf(this.options.head.startMs, this.durable());
    this.#state = { kind: 'over', open, place: state.place };
    this.#queue = [];
    this.#batch = [];
    this.#unsynced = [];
    this.#pendingBytes = 0;
    this.#syncTimer?.cancel();
    this.options.onFailed(fault, durableUntilMs);
    this.#closing?.resolve(err(fault));
    if (state.kind === 'create' || state.kind === 'writing') {
      void open?.file.close();
      this.#parts.onAbandoned(this, state.opening, open?.file.durableBytes ?? 0);
    } else if (state.kind !== 'announcing') this.#parts.onOver(this);
  }
}

interface Taken {
  readonly given: Fragment;
  readonly prepared: Prepared;
}

function openFileOf(state: State): OpenFile | undefined {
  return state.kind === 'writing' || state.kind === 'over' ? state.open : undefined;
}

/** Files know whole milliseconds of time, and durations to the microsecond. */
function rounded(fragment: Fragment): Fragment {
  const startMs = unixMs(Math.round(fragment.startMs));
  return { ...fragment, startMs, durationMs: Math.round(fragment.durationMs * 1000) / 1000 };
}

function isFull(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOSPC' || code === 'EDQUOT';
}

function recordingPath(id: RecordingId, { head }: WriterOptions, sealing: boolean): string {
  const start = new Date(head.startMs).toISOString().replaceAll(/[-:]/g, '');
  return `${head.cameraId}/${utcDay(head.startMs)}/${start}-${id}.${sealing ? 'sealed' : 'mp4'}`;
}

/** `2026-11-21` */
export function utcDay(atMs: UnixMs): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

function noVolume(volumes: Volumes): string {
  const reasons = volumes.list().map(({ reason }) => reason);
  return reasons.length > 0 ? reasons.join(' ') : 'No volume is set up for recordings.';
}
