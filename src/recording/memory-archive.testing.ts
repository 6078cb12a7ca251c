/**
 * For tests: an archive in memory, whose disk does what the test says.
 */
import type {
  Archive,
  ArchiveFault,
  EndReason,
  Fragment,
  RecordingHead,
  RecordingInfo,
  WriterOptions,
} from '../archive/types.ts';
import type { CameraId } from '../base/ids.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { UnixMs } from '../base/units.ts';
import { unixMs } from '../base/units.ts';

/** One recording, as it was written. */
export class MemoryRecording {
  readonly id: string;
  readonly head: RecordingHead;
  /** Synced. */
  readonly stored: Fragment[] = [];
  readonly queued: Fragment[] = [];
  endReason: EndReason | undefined;
  fault: ArchiveFault | undefined;
  readonly #options: WriterOptions;
  #onClosed: (() => void) | undefined;

  constructor(id: string, options: WriterOptions) {
    this.id = id;
    this.head = options.head;
    this.#options = options;
  }

  get pendingBytes(): number {
    return this.queued.reduce((bytes, fragment) => bytes + fragment.bytes.length, 0);
  }

  /** Committed, or failed. */
  get isOver(): boolean {
    return this.fault !== undefined || (this.endReason !== undefined && this.queued.length === 0);
  }

  get frames(): number {
    return this.stored.reduce((sum, { frames }) => sum + frames, 0);
  }

  get endMs(): UnixMs {
    const last = this.stored.at(-1);
    return unixMs(last ? last.startMs + last.durationMs : this.head.startMs);
  }

  sync(): void {
    for (const fragment of this.queued.splice(0)) {
      this.stored.push(fragment);
      this.#options.onStored(fragment);
    }
    if (this.endReason) this.#onClosed?.();
  }

  fail(fault: ArchiveFault): void {
    this.fault = fault;
    this.queued.length = 0;
    this.#options.onFailed(fault, this.endMs);
    this.#onClosed?.();
  }

  closed(reason: EndReason): Promise<Result<RecordingInfo, ArchiveFault>> {
    if (this.fault) return Promise.resolve(err(this.fault));
    this.endReason = reason;
    return new Promise((resolve) => {
      this.#onClosed = () => resolve(this.fault ? err(this.fault) : ok(this.info()));
    });
  }

  info(): RecordingInfo {
    const { cameraId, startMs, mediaOffsetMs, trigger } = this.head;
    const known = { id: this.id, cameraId, startMs, mediaOffsetMs, trigger, endMs: this.endMs };
    const { frames, endReason } = this;
    const rest = { volumeId: 'vol', runId: 'run', codecId: 'codec', bytes: 0, lostPackets: 0, sealed: false };
    return { ...known, ...rest, frames, endReason, damage: undefined };
  }
}

export class MemoryArchive implements Pick<Archive, 'write' | 'nearest'> {
  readonly recordings: MemoryRecording[] = [];
  /** False: nothing is synced until `sync`. */
  quick = true;
  /** Set: every new recording fails at once. */
  fault: ArchiveFault | undefined;

  write(options: WriterOptions) {
    const recording = new MemoryRecording(`rec_${this.recordings.length}`, options);
    this.recordings.push(recording);
    if (this.fault) recording.fail(this.fault);
    return {
      id: recording.id,
      append: (fragment: Fragment) => {
        if (recording.fault) return;
        recording.queued.push(fragment);
        if (this.quick) recording.sync();
      },
      get pendingBytes() {
        return recording.pendingBytes;
      },
      close: (reason: EndReason) => {
        const closed = recording.closed(reason);
        if (this.quick) recording.sync();
        return closed;
      },
    };
  }

  sync(): void {
    for (const recording of this.recordings) recording.sync();
  }

  async nearest(cameraId: CameraId, atMs: UnixMs) {
    const infos = this.recordings.filter(({ head }) => head.cameraId === cameraId).map((one) => one.info());
    return {
      before: infos.findLast(({ startMs }) => startMs <= atMs),
      after: infos.find(({ endMs }) => endMs > atMs),
    };
  }

  /** The newest. */
  get last(): MemoryRecording {
    const last = this.recordings.at(-1);
    if (!last) throw new Error('nothing was recorded');
    return last;
  }
}
