/**
 * From a finished file to its rows, and from rows to what is listed: one meaning of each column in one place.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { CameraId } from '../base/ids.ts';
import { unixMs } from '../base/units.ts';
import type { ArchiveChange, OpeningRow, RecordingRow } from '../database/recordings.ts';
import type { Envelope } from './envelope.ts';
import { packFragments } from './fragment-table.ts';
import { tracksJson } from './head-json.ts';
import type { RecordingFile } from './recording-file.ts';
import { endOf } from './recording-file.ts';
import type { Totals } from './recording-format.ts';
import type { EndReason, FragmentEntry, RecordingHead, RecordingInfo, Trigger } from './types.ts';
import type { FilePosition } from './writer-parts.ts';

export interface FinishedFile {
  readonly id: string;
  readonly volumeId: string;
  /** Relative to the volume. */
  readonly path: string;
  readonly keyId: string | null;
  readonly runId: string;
  readonly head: RecordingHead;
  readonly init: Uint8Array;
  readonly table: readonly FragmentEntry[];
  readonly totals: Totals;
  /** Of the stored file. */
  readonly bytes: number;
}

/** The change that makes a durable file a recording. @param newRunId used when its run has a hole before it */
export function commitOf(file: FinishedFile, newRunId: string): Extract<ArchiveChange, { kind: 'commit' }> {
  const { head, totals } = file;
  const tracks = tracksJson(head.tracks);
  const codec = { id: codecId(tracks), tracks, init: file.init };
  const row: RecordingRow = {
    id: file.id,
    camera_id: head.cameraId,
    volume_id: file.volumeId,
    path: file.path,
    codec_id: codec.id,
    key_id: file.keyId,
    run_id: file.runId,
    start_ms: head.startMs,
    end_ms: totals.endMs,
    media_offset_ms: head.mediaOffsetMs,
    bytes: file.bytes,
    frames: totals.frames,
    lost_packets: totals.lostPackets,
    trigger: head.trigger,
    end_reason: totals.reason,
    chain: totals.chain,
    verified_ms: null,
    damage: null,
  };
  return { kind: 'commit', row, codec, packed: packFragments(file.table), newRunId };
}

/** @param json `tracksJson` of the tracks */
export function codecId(json: string): string {
  return createHash('sha256').update(json).digest('hex').slice(0, 32);
}

export function infoOf(row: RecordingRow): RecordingInfo {
  return {
    id: row.id,
    cameraId: row.camera_id as CameraId,
    volumeId: row.volume_id,
    runId: row.run_id,
    startMs: unixMs(row.start_ms),
    endMs: unixMs(row.end_ms),
    mediaOffsetMs: row.media_offset_ms,
    codecId: row.codec_id,
    bytes: row.bytes,
    frames: row.frames,
    lostPackets: row.lost_packets,
    trigger: row.trigger as Trigger,
    endReason: row.end_reason as EndReason,
    sealed: row.key_id !== null,
    damage: row.damage ?? undefined,
  };
}

/** A recording that has no row yet. @param table what is durable of it */
export function infoWhileWritten(
  recording: Pick<FinishedFile, 'id' | 'runId' | 'head' | 'table'> & { readonly codecId: string },
  source:
    { readonly file: RecordingFile; readonly envelope: Envelope; readonly at: FilePosition } | undefined,
): RecordingInfo {
  const { id, runId, codecId, head, table } = recording;
  let frames = 0;
  for (const entry of table) frames += entry.frames;
  return {
    id,
    cameraId: head.cameraId,
    volumeId: source?.at.volumeId ?? '',
    runId,
    startMs: head.startMs,
    endMs: endOf(head.startMs, table),
    mediaOffsetMs: head.mediaOffsetMs,
    codecId,
    bytes: source?.file.durableBytes ?? 0,
    frames,
    lostPackets: source?.file.lostPackets ?? 0,
    trigger: head.trigger,
    endReason: undefined,
    sealed: (source?.envelope.keyId ?? null) !== null,
    damage: undefined,
  };
}

/** What an opening remembers beside its place; without its file, it says what was being recorded. */
export function openingHead(head: RecordingHead, runId: string): string {
  const { startMs, trigger, continues } = head;
  return JSON.stringify({ startMs, trigger, continues, runId });
}

/** The disk failed it: what the system shows behind these bytes may never have reached the disk. */
export function limitedOpening(opening: OpeningRow, durableBytes: number): OpeningRow {
  return { ...opening, head: JSON.stringify({ ...readOpening(opening), durableBytes }) };
}

/** What an opening remembers; nothing when its text is not what we wrote. */
export function readOpening({ head }: OpeningRow): Opening {
  try {
    const parsed = openingSchema.safeParse(JSON.parse(head));
    return parsed.success ? parsed.data : {};
  } catch {
    return {};
  }
}

const openingSchema = z.looseObject({
  runId: z.string().optional(),
  durableBytes: z.int().min(0).optional(),
});

type Opening = z.infer<typeof openingSchema>;
