/**
 * The words of the archive, and what recorder and playback ask of it. How it keeps its promises: docs/design/archive.md.
 */
import type { CameraId } from '../base/ids.ts';
import type { Result } from '../base/result.ts';
import type { UnixMs } from '../base/units.ts';
import type { Track } from '../media/track.ts';

/** `rec_` and 16 characters; never reused. */
export type RecordingId = string;

export type Trigger = 'continuous' | 'schedule' | 'event' | 'manual';

export type EndReason =
  | 'rotated' // the run goes on in the next recording
  | 'stopped' // no longer wanted, or the server stops
  | 'interrupted' // the camera went away, or units are missing
  | 'codec-changed'
  | 'clock-stepped'
  | 'crash' // found unfinished at the start
  | 'disk'; // the disk failed it

/** What is known when a recording begins. Stored at the head of its file. */
export interface RecordingHead {
  readonly cameraId: CameraId;
  /** Capture time of its first sample. */
  readonly startMs: UnixMs;
  /** Capture time minus media time (`dts` of the first sample, in milliseconds), at its start. */
  readonly mediaOffsetMs: number;
  /** Those that MP4 can hold, at least one. Their `id`s are those of the fragments. */
  readonly tracks: readonly Track[];
  readonly trigger: Trigger;
  /** Continues the recording before without a hole. */
  readonly continues: boolean;
}

/** One `moof` and `mdat`: one GOP or one second, whichever is shorter. */
export interface Fragment {
  readonly bytes: Uint8Array;
  /** Capture time of its first sample. */
  readonly startMs: UnixMs;
  readonly durationMs: number;
  /** Its first video sample is a keyframe (or there is no video). */
  readonly key: boolean;
  /** Video access units in it. */
  readonly frames: number;
  /** RTP packets lost since the fragment before. */
  readonly lostPackets: number;
}

/** Where a fragment is. */
export interface FragmentEntry {
  readonly startMs: UnixMs;
  readonly durationMs: number;
  /** Of its record in the file. */
  readonly offsetBytes: number;
  /** Of the fragment itself, without what the file adds. */
  readonly sizeBytes: number;
  readonly key: boolean;
  readonly frames: number;
}

/** A recording as listed: closed, or still being written. */
export interface RecordingInfo {
  readonly id: RecordingId;
  readonly cameraId: CameraId;
  readonly volumeId: string;
  readonly runId: string;
  readonly startMs: UnixMs;
  readonly endMs: UnixMs;
  readonly mediaOffsetMs: number;
  /** The same for recordings that one decoder can play through. */
  readonly codecId: string;
  readonly bytes: number;
  readonly frames: number;
  readonly lostPackets: number;
  readonly trigger: Trigger;
  /** Undefined while it is being written. */
  readonly endReason: EndReason | undefined;
  readonly sealed: boolean;
  /** Plain words; undefined when nothing is known to be wrong. */
  readonly damage: string | undefined;
}

export interface ArchiveFault {
  readonly kind:
    | 'no-volume' // none is usable
    | 'disk-full'
    | 'disk-failed'
    | 'disk-slow' // more waits to be written than a recording may keep in memory
    | 'gone' // deleted meanwhile
    | 'no-key' // sealed, and the key is not there
    | 'damaged'
    | 'busy'; // a limit is reached
  /** For people: what, where, and what to do. */
  readonly message: string;
}

/** One recording being written, for the recorder. */
export interface RecordingWriter {
  readonly id: RecordingId;
  /**
   * Queues a fragment; never waits. What happened to it arrives at `onStored` or `onLost` of the options.
   * The recorder keeps to its budget by `pendingBytes`.
   */
  append(fragment: Fragment): void;
  /** Queued and not yet written. */
  readonly pendingBytes: number;
  /** Finishes the file once everything queued is written. Resolves when the row is committed; never rejects. */
  close(reason: EndReason): Promise<Result<RecordingInfo, ArchiveFault>>;
}

export interface WriterOptions {
  readonly head: RecordingHead;
  /** The fragment is synced to the disk. */
  readonly onStored: (fragment: Fragment) => void;
  /** This recording ends here: the fault, and the capture time up to which it is durable. Nothing follows. */
  readonly onFailed: (fault: ArchiveFault, durableUntilMs: UnixMs) => void;
}

/** What playback reads from. Open files stay readable when they are deleted meanwhile. */
export interface RecordingReader {
  readonly info: RecordingInfo;
  /** Init segment of its tracks. */
  readonly init: Uint8Array;
  readonly tracks: readonly Track[];
  /** Those that are durable, at the time of asking. */
  fragments(): readonly FragmentEntry[];
  /** The bytes (`moof`, `mdat`) of fragments `first` to `last`, both included. */
  read(first: number, last: number): Promise<Result<readonly Uint8Array[], ArchiveFault>>;
  close(): void;
}

/** A file of records that is not a recording (thumb packs, clips), kept and sealed like one. */
export interface BlobPlace {
  readonly volumeId: string;
  /** Relative to the volume. */
  readonly path: string;
}

export interface Archive {
  /** Chooses a volume and begins a recording. Never waits for a disk: trouble arrives at `onFailed`. */
  write(options: WriterOptions): RecordingWriter;
  /** Recordings that overlap [fromMs, toMs), those being written included, by start. At most `limit`. */
  list(cameraId: CameraId, fromMs: UnixMs, toMs: UnixMs, limit: number): Promise<readonly RecordingInfo[]>;
  /** The last that begins at or before `atMs`, and the first that ends after it: the nearest footage. */
  nearest(
    cameraId: CameraId,
    atMs: UnixMs,
  ): Promise<{ readonly before: RecordingInfo | undefined; readonly after: RecordingInfo | undefined }>;
  /** The same file may be open many times. Files are kept open for a moment, within a limit. */
  open(id: RecordingId): Promise<Result<RecordingReader, ArchiveFault>>;
  /** Deletes whole recordings in the order of docs/design/archive.md; resolves when the rows are garbage. */
  delete(ids: readonly RecordingId[], reason: string, detail: string): Promise<void>;
}
