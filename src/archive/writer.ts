/**
 * One recording from its first fragment to its row, in the order of docs/design/archive.md. Fragments come in at any
 * time and wait in a bounded queue; the disk is asked in steps, when it is this recording's turn at its volume.
 * Trouble ends the recording at what is durable, and is told once.
 */
import { join } from 'node:path';
import type { Timer } from '../base/clock.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { MonotonicMs } from '../base/units.ts';
import type { OpeningRow } from '../database/recordings.ts';
import { errorText, syncFailed } from './disk.ts';
import { codecId, commitOf, infoOf, infoWhileWritten, openingHead } from './finished.ts';
import { FragmentQueue } from './fragment-queue.ts';
import { tracksJson } from './head-json.ts';
import type { LaneUser } from './lane.ts';
import { RecordingFile, endOf } from './recording-file.ts';
import type { Totals } from './recording-format.ts';
import { headPiece, indexedTrack } from './recording-format.ts';
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
import type { FilePosition, WriterParts } from './writer-parts.ts';
import { isFull, noVolumeFault, recordingPath, utcDay } from './writer-parts.ts';
import type { Closing, OpenFile, WriterIdentity, WriterState } from './writer-state.ts';

/** More than this waits for no disk: the design note's 64 MiB for each camera. */
const maxPendingBytes = 64 * 1024 * 1024;

/** Written fragments are synced at once when the last sync is so long ago, else after the same time: within 1 s. */
const syncEveryMs = 500;

/** How long a full disk is waited for, and how often it is asked. */
const fullPatienceMs = 5000;
const fullAgainMs = 250;

export class Writer implements RecordingWriter, LaneUser {
  readonly id: RecordingId;
  readonly options: WriterOptions;
  readonly init: Uint8Array;
  readonly runId: string;
  readonly #parts: WriterParts;
  readonly #codecId: string;
  readonly #queue = new FragmentQueue();
  #state: WriterState = { kind: 'new' };
  #closing: Closing | undefined;
  /** Volumes, the present one last. */
  readonly #tried: string[] = [];
  #syncTimer: Timer | undefined;
  #syncDue = false;
  /** The file's name would survive a power cut. */
  #named = false;
  /** The disk is at work for it. */
  #inStep = false;
  /** A turn came meanwhile: it has two lanes for a moment when it changes to another volume. */
  #missedTurn = false;
  #handedOver = false;
  #lastSync: MonotonicMs;
  #fullSince: MonotonicMs | undefined;

  constructor(parts: WriterParts, options: WriterOptions, identity: WriterIdentity) {
    this.#parts = parts;
    this.options = options;
    this.id = identity.id;
    this.runId = identity.runId;
    this.init = identity.init;
    this.#codecId = codecId(tracksJson(options.head.tracks));
    this.#lastSync = parts.clock.monotonicMs();
  }

  /** To be called once, after the recorder has the writer: trouble may be told before it returns. */
  start(): void {
    const chosen = this.#parts.volumes.choose();
    if (chosen) this.#beginAt(chosen.id, chosen.path);
    else this.#fail(noVolumeFault(this.#parts.volumes));
  }

  get pendingBytes(): number {
    return this.#queue.pendingBytes;
  }

  append(fragment: Fragment): void {
    if (this.#failed || this.#closing) return;
    this.#queue.add(fragment);
    if (this.pendingBytes > maxPendingBytes) {
      const message = `The disk is too slow: ${this.pendingBytes} bytes wait to be written.`;
      this.#fail({ kind: 'disk-slow', message });
    } else this.#askForTurn();
  }

  close(reason: EndReason): Promise<Result<RecordingInfo, ArchiveFault>> {
    if (this.#state.kind === 'failed') return Promise.resolve(err(this.#state.fault));
    if (this.#closing) {
      return Promise.resolve(err({ kind: 'gone', message: 'The recording is being closed already.' }));
    }
    return new Promise((resolve) => {
      this.#closing = { reason, resolve };
      this.#askForTurn();
    });
  }

  /** As listed while it is written: what is durable. */
  info(): RecordingInfo {
    const { id, runId } = this;
    const written = { id, runId, codecId: this.#codecId, head: this.options.head, table: this.durable() };
    return infoWhileWritten(written, this.source());
  }

  durable(): readonly FragmentEntry[] {
    const file = this.source()?.file;
    return file && this.#named ? file.table.slice(0, file.durableFragments) : [];
  }

  /** Its file, where it is and how it is read; undefined while there is none. */
  source(): (OpenFile & { readonly at: FilePosition }) | undefined {
    const state = this.#state.kind === 'failed' ? this.#state.before : this.#state;
    return state.kind === 'writing' || state.kind === 'committing' ? state : undefined;
  }

  /** One turn at the volume. */
  async step(): Promise<void> {
    if (this.#inStep) {
      this.#missedTurn = true;
      return;
    }
    this.#inStep = true;
    const state = this.#state;
    try {
      if (state.kind === 'check') await this.#check(state.at);
      else if (state.kind === 'create') await this.#create(state.at, state.opening);
      else if (state.kind === 'writing') await this.#write(state);
    } catch (error) {
      await this.#trouble(error);
    }
    this.#inStep = false;
    if (this.#state.kind === 'failed') this.#handOver(this.#state);
    else if (this.#missedTurn) this.#askForTurn();
    this.#missedTurn = false;
  }

  /** What is awaited can be overtaken by a failure: asked after every wait. */
  get #failed(): boolean {
    return this.#state.kind === 'failed';
  }

  #beginAt(volumeId: string, volumePath: string): void {
    const { sealing } = this.#parts.envelopes;
    const path = recordingPath(this.id, this.options.head, sealing, this.#tried.length);
    this.#tried.push(volumeId);
    this.#state = { kind: 'check', at: { volumeId, volumePath, path } };
    this.#askForTurn();
  }

  #askForTurn(): void {
    const { kind } = this.#state;
    if (kind === 'check' || kind === 'create' || kind === 'writing') {
      this.#parts.lane(this.#state.at.volumeId).ask(this);
    }
  }

  async #check(at: FilePosition): Promise<void> {
    await this.#needVolume(at);
    if (this.#failed) return;
    this.#state = { kind: 'announcing', at };
    const opening: OpeningRow = {
      id: this.id,
      camera_id: this.options.head.cameraId,
      volume_id: at.volumeId,
      path: at.path,
      head: openingHead(this.options.head, this.runId),
      opened_ms: this.#parts.clock.nowMs(),
    };
    void this.#announce(at, opening); // not in the volume's time
  }

  async #needVolume({ volumeId }: FilePosition): Promise<void> {
    const right = await this.#parts.volumes.isRight(volumeId);
    if (!right) throw new Error('the volume is not there any more');
  }

  async #announce(at: FilePosition, opening: OpeningRow): Promise<void> {
    const committed = await this.#parts.committer.commit({ kind: 'open', opening });
    if (!committed.ok) {
      this.#fail({ kind: 'disk-failed', message: `The database does not take rows: ${committed.error}` });
      this.#parts.onOver(this.id);
    } else if (this.#failed) {
      this.#parts.onAbandoned(opening, 0);
    } else {
      this.#state = { kind: 'create', at, opening };
      this.#askForTurn();
    }
  }

  async #create(at: FilePosition, opening: OpeningRow): Promise<void> {
    const { disk, folders, envelopes, random } = this.#parts;
    await this.#needVolume(at); // again: the database may have taken its time
    const { head } = this.options;
    const place = { volumePath: at.volumePath, owner: head.cameraId, day: utcDay(head.startMs) };
    const envelope = await envelopes.create(place, random(16));
    if (!envelope.ok) return this.#fail(envelope.error);
    await folders.make(at.volumePath, at.path);
    const path = join(at.volumePath, at.path);
    const file = await RecordingFile.create({
      disk,
      path,
      envelope: envelope.value,
      headPiece: headPiece(this.id, head, this.init),
      startMs: head.startMs,
      trackId: indexedTrack(head.tracks),
    });
    if (this.#failed) return file.close();
    this.#fullSince = undefined;
    this.#state = { kind: 'writing', at, opening, file, envelope: envelope.value };
    this.#askForTurn();
  }

  async #write({ file, at }: Extract<WriterState, { kind: 'writing' }>): Promise<void> {
    const batch = this.#queue.batch(file);
    if (batch.length > 0) {
      await file.write(batch);
      if (this.#failed) return;
      this.#fullSince = undefined;
      this.#queue.batchWritten();
    }
    await this.#syncWhenDue(file, at);
    if (this.#failed) return;
    if (!this.#queue.isEmpty) this.#askForTurn();
    else if (this.#closing) await this.#finish(this.#closing);
  }

  async #syncWhenDue(file: RecordingFile, at: FilePosition): Promise<void> {
    if (!file.unsynced || (this.#closing && this.#queue.isEmpty)) return; // synced together with the end
    const { clock } = this.#parts;
    if (!this.#syncDue && clock.monotonicMs() - this.#lastSync < syncEveryMs) {
      this.#syncTimer ??= clock.after(syncEveryMs, () => this.#syncSoon());
      return;
    }
    this.#stopSyncTimer();
    await file.datasync();
    await this.#nameDurably(at);
    this.#lastSync = clock.monotonicMs();
    if (!this.#failed) this.#tellStored();
  }

  /** Once: bytes that were synced are lost with the file's name. */
  async #nameDurably(at: FilePosition): Promise<void> {
    if (this.#named) return;
    await this.#parts.folders.sync(at.volumePath, at.path).catch(syncFailed);
    this.#named = true;
  }

  #syncSoon(): void {
    this.#syncTimer = undefined;
    this.#syncDue = true;
    this.#askForTurn();
  }

  #stopSyncTimer(): void {
    this.#syncTimer?.cancel();
    this.#syncTimer = undefined;
    this.#syncDue = false;
  }

  #tellStored(): void {
    for (const fragment of this.#queue.takeSynced()) this.options.onStored(fragment);
  }

  async #finish(closing: Closing): Promise<void> {
    const state = this.#state;
    if (state.kind !== 'writing') return;
    this.#stopSyncTimer();
    const { at, file, envelope, opening } = state;
    if (file.table.length === 0) return this.#discard(file, opening, closing);
    const totals = await file.writeEnd(closing.reason);
    await file.sync();
    await this.#nameDurably(at);
    if (this.#failed) return;
    this.#tellStored();
    this.#state = { kind: 'committing', at, file, envelope };
    await file.close();
    void this.#commit({ at, file, envelope, totals }, opening, closing); // not in the volume's time
  }

  async #commit(
    { at, file, envelope, totals }: OpenFile & { readonly at: FilePosition; readonly totals: Totals },
    opening: OpeningRow,
    closing: Closing,
  ): Promise<void> {
    const { committer, newRunId, onOver, onAbandoned } = this.#parts;
    const { id, runId, init } = this;
    const { head } = this.options;
    const { volumeId, path } = at;
    const { table, bytes } = file;
    const keyId = envelope.keyId;
    const change = commitOf(
      { id, volumeId, path, keyId, runId, head, init, table, totals, bytes },
      newRunId(),
    );
    const committed = await committer.commit(change);
    if (committed.ok) {
      onOver(this.id);
      closing.resolve(ok(infoOf({ ...change.row, run_id: committed.value })));
      return;
    }
    const message = `The database does not take rows: ${committed.error}. The recording is finished later.`;
    closing.resolve(err({ kind: 'disk-failed', message }));
    onAbandoned(opening, bytes);
  }

  /** Closed before anything was recorded. */
  async #discard(file: RecordingFile, opening: OpeningRow, closing: Closing): Promise<void> {
    this.#state = { kind: 'new' };
    await file.close();
    const nowMs = this.#parts.clock.nowMs();
    void this.#parts.committer.commit({ kind: 'discard', opening, nowMs }).then(() => {
      this.#parts.onOver(this.id);
      closing.resolve(err({ kind: 'gone', message: 'Nothing was recorded.' }));
    });
  }

  async #trouble(error: unknown): Promise<void> {
    const state = this.#state;
    if (state.kind === 'failed' || state.kind === 'new') return;
    const { at } = state;
    const full = isFull(error);
    const { volumes, log } = this.#parts;
    const reason = errorText(error);
    if (full) {
      if (await this.#goElsewhere(at)) return volumes.markFull(at.volumeId);
      if (this.#waitForSpace(at)) return;
      volumes.markFull(at.volumeId);
    } else volumes.markFailed(at.volumeId, `Writing failed: ${reason}`);
    log.error('A recording failed at its disk', { recording: this.id, path: at.volumePath, reason });
    if (!full && (await this.#goElsewhere(at))) return;
    this.#fail({ kind: full ? 'disk-full' : 'disk-failed', message: `${at.volumePath}: ${reason}` });
  }

  /** True when the step is tried again. */
  #waitForSpace({ volumeId }: FilePosition): boolean {
    const { clock, onNeedSpace } = this.#parts;
    this.#fullSince ??= clock.monotonicMs();
    if (clock.monotonicMs() - this.#fullSince > fullPatienceMs) return false;
    void onNeedSpace(volumeId, this.pendingBytes).catch(() => undefined);
    clock.after(fullAgainMs, () => this.#askForTurn());
    return true;
  }

  /** Nothing is written yet: another volume may take the recording as if it had been chosen first. */
  async #goElsewhere(at: FilePosition): Promise<boolean> {
    const state = this.#state;
    if (state.kind !== 'check' && state.kind !== 'create') return false;
    const other = this.#parts.volumes.choose(this.#tried);
    if (other?.state !== 'ready') return false;
    this.#fullSince = undefined;
    if (state.kind === 'create') {
      this.#state = { kind: 'announcing', at };
      const nowMs = this.#parts.clock.nowMs();
      await this.#parts.committer.commit({ kind: 'discard', opening: state.opening, nowMs });
      if (this.#failed) this.#parts.onOver(this.id);
    }
    if (!this.#failed) this.#beginAt(other.id, other.path);
    return true;
  }

  /** The first failure ends it; a file that is whole already is past failing. */
  #fail(fault: ArchiveFault): void {
    const before = this.#state;
    if (before.kind === 'failed' || before.kind === 'committing') return;
    const durableUntilMs = endOf(this.options.head.startMs, this.durable());
    const failed = { kind: 'failed', fault, before } as const;
    this.#state = failed;
    this.#queue.clear();
    this.#stopSyncTimer();
    this.options.onFailed(fault, durableUntilMs);
    this.#closing?.resolve(err(fault));
    if (!this.#inStep) this.#handOver(failed);
  }

  /** What is left of it is somebody else's, once the disk does nothing more for it. */
  #handOver({ before }: Extract<WriterState, { kind: 'failed' }>): void {
    if (this.#handedOver) return;
    this.#handedOver = true;
    const { onOver, onAbandoned } = this.#parts;
    if (before.kind === 'writing') {
      void before.file.close().then(() => onAbandoned(before.opening, before.file.durableBytes));
    } else if (before.kind === 'create') onAbandoned(before.opening, 0);
    else if (before.kind !== 'announcing') onOver(this.id); // else it is told what became of the row
  }
}
