/**
 * One camera's recordings, one after another.
 *
 * In:  pieces in the order of time. Out: recordings of about a minute in the archive, each beginning with a keyframe,
 * so that two of them join without a lost or doubled frame. What is not on the disk yet stays in memory: when a volume
 * fails, the next one gets it. Never waits; what it holds is told by `pendingBytes` and bounded by whoever feeds it.
 */
import type {
  Archive,
  ArchiveFault,
  EndReason,
  Fragment,
  RecordingWriter,
  Trigger,
} from '../archive/types.ts';
import type { Clock } from '../base/clock.ts';
import type { CameraId } from '../base/ids.ts';
import type { Track } from '../media/track.ts';
import { endMs, type Piece } from './piece.ts';

interface WritingEvents {
  /** On the disk, synced. */
  stored(piece: Piece): void;
  /** Will never be: the file that had it failed, or it cannot be the beginning of another. */
  lost(piece: Piece, fault: ArchiveFault): void;
  /** The archive takes nothing now; undefined: it does again. */
  failing(fault: ArchiveFault | undefined): void;
}

export interface WritingParts {
  readonly archive: Pick<Archive, 'write'>;
  readonly clock: Clock;
  readonly cameraId: CameraId;
  readonly events: WritingEvents;
}

interface Open {
  readonly tracks: readonly Track[];
  readonly trigger: Trigger;
  readonly line: number;
  readonly slot: number;
  writer: RecordingWriter | undefined;
  /** Given to the writer and not synced, oldest first. */
  unstored: Piece[];
  failed: boolean;
}

/** A file is about a minute: little is lost with one, and a day is not too many. */
const rotateMs = 60_000;
/** Both clocks' rounding, and the supposed length of a last picture. */
const joinToleranceMs = 100;
/** After a failure: at once (another volume may take over), then more rarely. */
const retryMs = [0, 1000, 2000, 5000, 10_000] as const;

const noKey: ArchiveFault = {
  kind: 'disk-failed',
  message: 'The file before it failed in the middle of a GOP.',
};

export class Writing {
  readonly #parts: WritingParts;
  /** Cameras change files at different moments of the minute. */
  readonly #phaseMs: number;
  #open: Open | undefined;
  readonly #closing = new Set<Promise<void>>();
  /** Not taken by the archive yet, while it fails. */
  #waiting: { readonly piece: Piece; readonly trigger: Trigger }[] = [];
  #failures = 0;
  /** A fault was told, and nothing has been stored since. */
  #failing = false;
  #retryAt: number | undefined;
  #lastEndMs = Number.NEGATIVE_INFINITY;
  #pendingBytes = 0;

  constructor(parts: WritingParts) {
    this.#parts = parts;
    this.#phaseMs = phaseOf(parts.cameraId) * rotateMs;
  }

  /** Of fragments that are not on the disk yet. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** A recording is open, or will be when the archive takes something again. */
  get active(): boolean {
    return this.#open !== undefined || this.#waiting.length > 0;
  }

  append(piece: Piece, trigger: Trigger): void {
    this.#pendingBytes += piece.fragment.bytes.length;
    if (this.#retryAt === undefined) return this.#write(piece, trigger);
    this.#waiting.push({ piece, trigger });
    this.retry();
  }

  /** Tries a failed archive again when it is time. */
  retry(now = false): void {
    if (this.#retryAt === undefined) return;
    if (!now && this.#parts.clock.monotonicMs() < this.#retryAt) return;
    this.#retryAt = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { piece, trigger } of waiting) {
      if (this.#retryAt === undefined) this.#write(piece, trigger);
      else this.#waiting.push({ piece, trigger });
    }
  }

  /** The recording ends here; the next piece begins another. What waits gets one more chance. */
  end(reason: EndReason): void {
    this.retry(true);
    const given = this.#waiting;
    this.#waiting = [];
    this.#retryAt = undefined;
    this.#failures = 0;
    for (const { piece } of given) this.#lose(piece, noKey);
    this.#close(reason);
  }

  /** Resolves when every recording that was ended is committed or given up. */
  async settled(): Promise<void> {
    while (this.#closing.size > 0) await Promise.all(this.#closing);
  }

  #write(piece: Piece, trigger: Trigger): void {
    const why = this.#open && this.#reasonToEnd(this.#open, piece, trigger);
    if (why) this.#close(why);
    const open = this.#open ?? this.#begin(piece, trigger);
    if (!open) return this.#lose(piece, noKey);
    open.unstored.push(piece);
    this.#lastEndMs = endMs(piece);
    if (open.failed) this.#afterFailure(open);
    else open.writer?.append(piece.fragment);
  }

  #reasonToEnd(open: Open, piece: Piece, trigger: Trigger): EndReason | undefined {
    if (piece.break) return piece.break.endReason;
    if (piece.tracks !== open.tracks) return 'codec-changed';
    if (piece.line !== open.line) return 'clock-stepped';
    const due = trigger !== open.trigger || this.#slotOf(piece) !== open.slot;
    return due && piece.fragment.key ? 'rotated' : undefined;
  }

  #begin(piece: Piece, trigger: Trigger): Open | undefined {
    if (!piece.fragment.key) return undefined;
    const { tracks, line, fragment } = piece;
    const slot = this.#slotOf(piece);
    const open: Open = { tracks, trigger, line, slot, writer: undefined, unstored: [], failed: false };
    const { startMs } = fragment;
    const head = {
      cameraId: this.#parts.cameraId,
      startMs,
      mediaOffsetMs: startMs - piece.mediaMs,
      tracks,
      trigger,
      continues: Math.abs(startMs - this.#lastEndMs) <= joinToleranceMs,
    };
    this.#open = open;
    open.writer = this.#parts.archive.write({
      head,
      onStored: (stored) => this.#stored(open, stored),
      onFailed: (fault) => this.#failed(open, fault),
    });
    return open;
  }

  #slotOf({ fragment }: Piece): number {
    return Math.floor((fragment.startMs + this.#phaseMs) / rotateMs);
  }

  #stored(open: Open, fragment: Fragment): void {
    // In the order they were given; one that is not there was given up before.
    const index = open.unstored.findIndex((piece) => piece.fragment === fragment);
    for (const piece of open.unstored.splice(0, index + 1)) {
      this.#pendingBytes -= piece.fragment.bytes.length;
      this.#parts.events.stored(piece);
    }
    this.#failures = 0;
    if (!this.#failing) return;
    this.#failing = false;
    this.#parts.events.failing(undefined);
  }

  #failed(open: Open, fault: ArchiveFault): void {
    if (open.failed) return;
    open.failed = true;
    this.#failing = true;
    this.#parts.events.failing(fault);
    // Within `write`: whoever called it looks.
    if (!open.writer && this.#open === open) return;
    if (this.#open === open) return this.#afterFailure(open);
    // Its successor is being written: what this file lacks would come out of order.
    for (const piece of open.unstored.splice(0)) this.#lose(piece, fault);
    this.#failures = Math.max(1, this.#failures);
  }

  /** What the failed file lacks is written anew. */
  #afterFailure(open: Open): void {
    this.#open = undefined;
    const delayMs = retryMs[Math.min(this.#failures, retryMs.length - 1)] ?? 0;
    this.#failures += 1;
    this.#retryAt = this.#parts.clock.monotonicMs() + delayMs;
    const rest = open.unstored.splice(0).map((piece) => ({ piece, trigger: open.trigger }));
    this.#waiting = [...rest, ...this.#waiting];
    const firstKey = this.#waiting.findIndex(({ piece }) => piece.fragment.key);
    const useless = this.#waiting.splice(0, firstKey === -1 ? this.#waiting.length : firstKey);
    for (const { piece } of useless) this.#lose(piece, noKey);
  }

  #lose(piece: Piece, fault: ArchiveFault): void {
    this.#pendingBytes -= piece.fragment.bytes.length;
    this.#parts.events.lost(piece, fault);
  }

  #close(reason: EndReason): void {
    const open = this.#open;
    this.#open = undefined;
    if (!open?.writer) return;
    const closed = open.writer.close(reason).then((result) => {
      this.#closing.delete(closed);
      if (!result.ok) this.#failed(open, result.error);
      for (const piece of open.unstored.splice(0)) {
        this.#pendingBytes -= piece.fragment.bytes.length;
        this.#parts.events.stored(piece);
      }
    });
    this.#closing.add(closed);
  }
}

/** 0 to 1, the same for a camera every time (FNV-1a). */
function phaseOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0) / 2 ** 32;
}
