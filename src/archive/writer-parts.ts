/**
 * What the writers of all recordings share, and where a recording's file goes.
 */
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { UnixMs } from '../base/units.ts';
import type { OpeningRow } from '../database/recordings.ts';
import type { Random } from '../io/random.ts';
import type { Committer } from './committer.ts';
import type { Disk } from './disk.ts';
import { errorCode } from './disk.ts';
import type { Envelopes } from './envelope.ts';
import type { Folders } from './folders.ts';
import type { Lane } from './lane.ts';
import type { ArchiveFault, RecordingHead, RecordingId } from './types.ts';
import type { Volumes } from './volumes.ts';

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
  readonly onOver: (id: RecordingId) => void;
  /** It ended at `durableBytes`, and its file has to be finished by somebody else. */
  readonly onAbandoned: (opening: OpeningRow, durableBytes: number) => void;
}

/** Where a recording's file is. */
export interface FilePosition {
  readonly volumeId: string;
  readonly volumePath: string;
  /** Relative to the volume. */
  readonly path: string;
}

/**
 * `<camera>/<UTC day>/<start>-<id>.mp4`, or `.sealed`; without characters that a file system refuses.
 * @param again how often it was tried on other volumes: a name is never used twice, its first file may be garbage
 */
export function recordingPath(id: RecordingId, head: RecordingHead, sealing: boolean, again: number): string {
  const start = new Date(head.startMs).toISOString().replaceAll(/[-:]/g, '');
  const name = again > 0 ? `${start}-${id}-${again}` : `${start}-${id}`;
  return `${head.cameraId}/${utcDay(head.startMs)}/${name}.${sealing ? 'sealed' : 'mp4'}`;
}

/** `2026-11-21` */
export function utcDay(atMs: UnixMs): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** The disk, or this user's part of it, has no room. */
export function isFull(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** For people: why nothing can be recorded. */
export function noVolumeFault(volumes: Volumes): ArchiveFault {
  const reasons = volumes.list().map(({ reason }) => reason);
  const message = reasons.join(' ') || 'No volume is set up for recordings.';
  return { kind: 'no-volume', message };
}
