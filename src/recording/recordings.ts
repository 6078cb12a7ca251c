/**
 * The recordings of all cameras: who is recorded, by whose wish, and what is missing.
 *
 * In:  cameras with their policies, commands of people, triggers. Out: recorders on the cameras' streams, rows in the
 * ledger, news for whoever listens. Looks at everything every half second. Promises: what was wanted while the
 * server was off stands in the ledger, too; all rows of all cameras cost one transaction every few seconds.
 */
import type { Archive } from '../archive/types.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { CameraId } from '../base/ids.ts';
import { namedId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { UnixMs } from '../base/units.ts';
import { unixMs } from '../base/units.ts';
import type { CameraEvent, RecordingMark, StoredGap } from '../database/gaps.ts';
import type { Account } from './accounting.ts';
import { missingSince } from './after-restart.ts';
import { CameraRecorder } from './camera-recorder.ts';
import type { RecorderStatus } from './camera-recorder.ts';
import { ClockWatch } from './clock-watch.ts';
import type { RecordedStream } from './feed.ts';
import { budgetBytes } from './feed.ts';
import type { OnGap } from './gap-news.ts';
import { GapNews } from './gap-news.ts';
import type { Gap, GapCause, Shortfall } from './gaps.ts';
import type { TriggerInput } from './happenings.ts';
import { Happenings, plannedEndMs } from './happenings.ts';
import type { WriteBatch } from './ledger.ts';
import { Ledger } from './ledger.ts';
import type { RecordingPolicy } from './policy.ts';

/** A camera as far as its recording is concerned. */
export interface RecordedCamera {
  readonly id: CameraId;
  readonly enabled: boolean;
  readonly recording: RecordingPolicy;
}

/** What an earlier life of the server left behind. */
export interface Past {
  readonly marks: readonly RecordingMark[];
  readonly openGaps: readonly StoredGap[];
  /** The newest first. */
  readonly events: readonly CameraEvent[];
}

export interface RecordingsParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly archive: Pick<Archive, 'write' | 'nearest'>;
  readonly random: (bytes: number) => Uint8Array;
  /** A camera's main stream; undefined while it is switched off. */
  readonly stream: (camera: CameraId) => RecordedStream | undefined;
  readonly write: WriteBatch;
  readonly onStatus: (camera: CameraId, report: RecordingReport) => void;
  readonly onGap: OnGap;
}

export interface RecordingReport extends RecorderStatus {
  readonly policy: RecordingPolicy;
  readonly sinceMs: UnixMs;
  /** Until a recording that was started by hand ends by itself; null: it does not, or there is none. */
  readonly remainingMs: number | null;
  readonly account: Account;
  readonly droppedUnits: number;
  readonly pendingBytes: number;
}

interface Entry {
  readonly recorder: CameraRecorder;
  enabled: boolean;
  readonly happenings: Happenings;
  shown: string;
  sinceMs: UnixMs;
  marked: boolean;
}

const lookEveryMs = 500;
const markEveryMs = 3000;
/** A disk that hangs does not keep the server from stopping; what it has is recovered at the next start. */
const closingMs = 10_000;
/** Of all cameras together: beyond it, those that hold more than their share leave out GOPs. */
const maxPendingBytes = 512 * 1024 * 1024;
const stopped: Shortfall = { cause: 'server-stopped', detail: 'The server was not running.' };

export class Recordings {
  readonly #parts: RecordingsParts;
  readonly #entries = new Map<CameraId, Entry>();
  readonly #ledger: Ledger;
  readonly #watch: ClockWatch;
  readonly #news: GapNews;
  #past: Past = { marks: [], openGaps: [], events: [] };
  #timer: Timer | undefined;
  #nextMarks = 0;
  #pendingBytes = 0;
  #closed = false;

  constructor(parts: RecordingsParts) {
    this.#parts = parts;
    this.#ledger = new Ledger(parts.write, parts.log);
    this.#news = new GapNews(this.#ledger, parts.onGap);
    this.#watch = new ClockWatch(parts.clock);
  }

  /** Once, before any camera is given. @param recovered when the archive has finished what a crash left */
  start(past: Past, recovered: Promise<void>): void {
    this.#past = past;
    const { clock } = this.#parts;
    const startedMs = clock.nowMs();
    recovered
      .then(() => this.#lookForFootage(startedMs))
      .catch((error: unknown) => this.#parts.log.error('The newest footage was not found', { error }));
    this.#timer = clock.after(lookEveryMs, () => this.#look());
  }

  /** A new camera, or one that changed. */
  apply({ id, enabled, recording }: RecordedCamera): void {
    if (this.#closed) return;
    const known = this.#entries.get(id);
    const entry = known ?? this.#add(id, enabled, recording);
    entry.enabled = enabled;
    entry.recorder.apply(recording, enabled);
    this.#tell(id, entry);
    if (entry.marked) return;
    // At once: a server that dies in the next seconds must know what was wanted.
    this.#markOne(id, entry, this.#parts.clock.nowMs());
    void this.#ledger.flush();
  }

  /** The camera was deleted; what was recorded stays. */
  remove(id: CameraId): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    this.#entries.delete(id);
    entry.happenings.end(this.#parts.clock.nowMs());
    entry.recorder.wishes.stop();
    void entry.recorder.remove();
    this.#news.forget(id);
    this.#ledger.noMark(id);
  }

  /** The camera's stream is in another state. */
  streamChanged(id: CameraId): void {
    const entry = this.#entries.get(id);
    if (entry) this.#lookAt(id, entry);
  }

  report(id: CameraId): RecordingReport | undefined {
    const entry = this.#entries.get(id);
    return entry && this.#reportOf(entry);
  }

  /** Every camera that has a policy. */
  *reports(): Iterable<readonly [CameraId, RecordingReport]> {
    for (const [id, entry] of this.#entries) yield [id, this.#reportOf(entry)];
  }

  /** Rows of the ledger since the start of the server. */
  get gapCounts(): ReadonlyMap<GapCause, number> {
    return this.#news.counts;
  }

  /** Records from now on, whatever the policy. @param durationMs null: until it is stopped */
  begin(id: CameraId, durationMs: number | null, label: string): RecordingReport | undefined {
    const entry = this.#entries.get(id);
    if (!entry) return undefined;
    const nowMs = this.#parts.clock.nowMs();
    const untilMs = durationMs === null ? null : nowMs + durationMs;
    const eventId = entry.happenings.begin(nowMs, untilMs, label);
    entry.recorder.wishes.start(eventId, durationMs);
    this.#lookAt(id, entry);
    return this.#reportOf(entry);
  }

  /** Ends what `begin` began; what the policy wants goes on. */
  stop(id: CameraId): RecordingReport | undefined {
    const entry = this.#entries.get(id);
    if (!entry) return undefined;
    entry.happenings.end(this.#parts.clock.nowMs());
    entry.recorder.wishes.stop();
    this.#lookAt(id, entry);
    return this.#reportOf(entry);
  }

  /** Something happens at a camera. @returns the event it is, or the one that goes on */
  trigger(id: CameraId, input: TriggerInput): CameraEvent | undefined {
    const entry = this.#entries.get(id);
    if (!entry) return undefined;
    const event = entry.happenings.trigger(this.#parts.clock.nowMs(), input);
    entry.recorder.wishes.trigger(input.durationMs);
    this.#lookAt(id, entry);
    return event;
  }

  /** Ends every recording and writes what is known; what was wanted is remembered. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer?.cancel();
    const closed = Promise.all(Array.from(this.#entries.values(), ({ recorder }) => recorder.close()));
    await Promise.race([closed, this.#after(closingMs)]);
    this.#mark();
    await this.#ledger.drain();
  }

  #add(id: CameraId, enabled: boolean, policy: RecordingPolicy): Entry {
    const { clock, archive, stream } = this.#parts;
    const recorder = new CameraRecorder(
      {
        id,
        clock,
        archive,
        stream: () => stream(id),
        pressureBytes: (ownBytes) => this.#pressureBytes(ownBytes),
        gaps: this.#news,
        newGapId: () => this.#newId('gap'),
      },
      policy,
    );
    const write = (event: CameraEvent): void => this.#ledger.event(event);
    const happenings = new Happenings(id, () => this.#newId('evt'), write);
    const sinceMs = clock.nowMs();
    const entry = { recorder, enabled, happenings, shown: 'off|||', sinceMs, marked: false };
    this.#entries.set(id, entry);
    this.#restore(id, entry, policy);
    return entry;
  }

  /** What an earlier life of the server knew of this camera. */
  #restore(id: CameraId, entry: Entry, policy: RecordingPolicy): void {
    const mark = this.#past.marks.find(({ cameraId }) => cameraId === id);
    const open = this.#past.openGaps.find(({ cameraId }) => cameraId === id);
    const askedUntilMs = this.#restoreWishes(id, entry, policy);
    if (!mark) return;
    entry.marked = true;
    const nowMs = this.#parts.clock.nowMs();
    const { recorder } = entry;
    if (open?.cause === 'disabled' && !entry.enabled) return recorder.resume(asGap(open));
    if (open) this.#news.changed(asGap({ ...open, endMs: unixMs(Math.max(open.startMs, mark.seenMs)) }));
    for (const { startMs, endMs } of missingSince({ mark, open, askedUntilMs }, policy, nowMs)) {
      const lasts = endMs >= nowMs && recorder.wishes.now().trigger !== null;
      const row = { id: this.#newId('gap'), cameraId: id, startMs, ...stopped };
      const gap: Gap = { ...row, endMs: lasts ? null : endMs };
      // The recording that the server died in is being recovered, and may reach further.
      if (open || startMs > mark.coveredUntilMs) this.#news.changed(gap);
      else this.#news.provisional(gap);
      if (lasts) recorder.resume(gap);
    }
  }

  async #lookForFootage(startedMs: UnixMs): Promise<void> {
    for (const { cameraId, wanted } of this.#past.marks) {
      if (!wanted) continue;
      const { before } = await this.#parts.archive.nearest(cameraId, startedMs);
      if (before) this.#news.beginsLater(cameraId, before.endMs);
    }
  }

  /** @returns until when somebody had asked for a recording; undefined: nobody had */
  #restoreWishes(id: CameraId, entry: Entry, policy: RecordingPolicy): number | undefined {
    const { wishes } = entry.recorder;
    const nowMs = this.#parts.clock.nowMs();
    let askedUntilMs: number | undefined;
    for (const event of this.#past.events) {
      if (event.cameraId !== id) continue;
      if (event.kind === 'manual' && event.endMs === null) {
        const untilMs = plannedEndMs(event) ?? Number.POSITIVE_INFINITY;
        askedUntilMs = Math.max(askedUntilMs ?? 0, untilMs);
        entry.happenings.resume(event);
        if (untilMs <= nowMs) entry.happenings.end(unixMs(untilMs));
        else wishes.start(event.id, untilMs === Number.POSITIVE_INFINITY ? null : untilMs - nowMs);
      } else if (policy.mode === 'event' && event.endMs !== null) {
        const afterMs = event.endMs + policy.postSeconds * 1000;
        askedUntilMs = Math.max(askedUntilMs ?? 0, afterMs);
        wishes.trigger(event.endMs - nowMs);
      }
    }
    return askedUntilMs;
  }

  #look(): void {
    this.#timer = this.#parts.clock.after(lookEveryMs, () => this.#look());
    const steppedMs = this.#watch.look();
    let pendingBytes = 0;
    for (const [id, entry] of this.#entries) {
      if (steppedMs !== 0) entry.recorder.clockStepped(steppedMs);
      this.#lookAt(id, entry);
      pendingBytes += entry.recorder.pendingBytes;
    }
    this.#pendingBytes = pendingBytes;
    const at = this.#parts.clock.monotonicMs();
    if (at >= this.#nextMarks) {
      this.#nextMarks = at + markEveryMs;
      this.#mark();
    }
    void this.#ledger.flush();
  }

  #lookAt(id: CameraId, entry: Entry): void {
    if (this.#closed) return;
    const expired = entry.recorder.wishes.takeExpired();
    if (expired) entry.happenings.end(this.#parts.clock.nowMs());
    entry.recorder.tick();
    this.#tell(id, entry);
  }

  #tell(id: CameraId, entry: Entry): void {
    const { state, reason, trigger, untilMs } = entry.recorder.status();
    const shown = [state, trigger, reason, untilMs].join('|');
    if (shown === entry.shown) return;
    entry.shown = shown;
    entry.sinceMs = this.#parts.clock.nowMs();
    this.#parts.onStatus(id, this.#reportOf(entry));
  }

  #reportOf({ recorder, sinceMs }: Entry): RecordingReport {
    const { account, droppedUnits, pendingBytes } = recorder;
    const { policy, remainingMs } = recorder.wishes;
    const counts = { account, droppedUnits, pendingBytes };
    return { ...recorder.status(), policy, sinceMs, remainingMs, ...counts };
  }

  #mark(): void {
    const seenMs = this.#parts.clock.nowMs();
    for (const [id, entry] of this.#entries) this.#markOne(id, entry, seenMs);
  }

  #markOne(cameraId: CameraId, entry: Entry, seenMs: UnixMs): void {
    const { recorder } = entry;
    const { wanted } = recorder;
    const off = recorder.wishes.policy.mode === 'off' && !wanted;
    if (off && !entry.marked) return;
    this.#ledger.mark({ cameraId, wanted, coveredUntilMs: recorder.coveredUntilMs, seenMs });
    // Once more when nothing is wanted any longer, then never.
    entry.marked = !off;
  }

  /** Over the limit of all, whoever holds more than the others counts as slow. */
  #pressureBytes(ownBytes: number): number {
    if (this.#pendingBytes <= maxPendingBytes) return ownBytes;
    const share = this.#pendingBytes / Math.max(1, this.#entries.size);
    return ownBytes >= share ? Math.max(ownBytes, budgetBytes + 1) : ownBytes;
  }

  #after(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#parts.clock.after(ms, resolve));
  }

  #newId(prefix: string): string {
    return namedId(prefix, this.#parts.random(16));
  }
}

function asGap(gap: StoredGap): Gap {
  return { ...gap, cause: gap.cause as GapCause };
}
