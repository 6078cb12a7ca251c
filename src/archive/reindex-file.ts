/**
 * What one stored file says about itself. In: a file of a volume. Out: the rows that make it a recording, or that it was
 * never finished, or why nothing can be made of it.
 */
import { join } from 'node:path';
import { unixMs } from '../base/units.ts';
import type { ArchiveChange } from '../database/recordings.ts';
import type { Disk } from './disk.ts';
import { errorText } from './disk.ts';
import type { Envelope, Envelopes } from './envelope.ts';
import { commitOf } from './finished.ts';
import { endOf } from './recording-file.ts';
import type { HeadPiece, Totals } from './recording-format.ts';
import { trailerBytes } from './recording-format.ts';
import type { ScannedFile } from './scan.ts';
import { scanFile } from './scan.ts';
import type { FragmentEntry, RecordingHead, RecordingId } from './types.ts';
import { envelopeAt, filePlace } from './verify.ts';
import type { Volume } from './volumes.ts';

export type ReadFile =
  | { readonly kind: 'whole'; readonly commit: Extract<ArchiveChange, { kind: 'commit' }> }
  | { readonly kind: 'unfinished'; readonly id: RecordingId; readonly head: RecordingHead }
  | { readonly kind: 'unreadable'; readonly reason: string };

interface StoredFile {
  readonly volume: Volume;
  readonly path: string;
}

/** @param named what its name says it is, and a run for it */
export async function readStored(
  parts: { readonly disk: Disk; readonly envelopes: Envelopes },
  { volume, path }: StoredFile,
  named: { readonly id: RecordingId; readonly newRunId: string },
): Promise<ReadFile> {
  try {
    const envelope = await envelopeAt(parts, filePlace(volume.path, path), path);
    if (!envelope.ok) return unreadable(envelope.error.message);
    const file = join(volume.path, path);
    const scanned = await scanFile(parts.disk, file, envelope.value, { through: true });
    const { head } = scanned;
    if (!head) return unreadable(scanned.faults[0]?.reason ?? 'it has no head');
    const [owner] = path.split('/');
    if (head.id !== named.id || head.head.cameraId !== owner)
      return unreadable(`it is the recording ${head.id} of ${head.head.cameraId}`);
    if (isUnfinished(scanned)) return { kind: 'unfinished', id: head.id, head: head.head };
    const found = { head, scanned, envelope: envelope.value };
    return { kind: 'whole', commit: commit(found, { volume, path }, named.newRunId) };
  } catch (error) {
    return unreadable(errorText(error));
  }
}

/** Only its tail is missing. With damage in the middle it is kept as it is: finishing it would cut off the rest. */
function isUnfinished({ end, faults, fragments }: ScannedFile): boolean {
  return !end && faults.length === 1 && faults[0]?.piece === fragments.length + 1;
}

interface Found {
  readonly head: HeadPiece;
  readonly scanned: ScannedFile;
  readonly envelope: Envelope;
}

function commit(
  { head, scanned, envelope }: Found,
  { volume, path }: StoredFile,
  newRunId: string,
): Extract<ArchiveChange, { kind: 'commit' }> {
  const file = {
    id: head.id,
    volumeId: volume.id,
    path,
    keyId: envelope.keyId,
    runId: newRunId,
    head: head.head,
    init: head.init,
    table: withDamagedPieces(scanned, envelope),
    totals: scanned.end ?? totalsOf(head, scanned),
    bytes: scanned.fileBytes,
  };
  return commitOf(file, newRunId);
}

/** Pieces are found by their number, so one that cannot be read keeps its place, without pictures. */
function withDamagedPieces(scanned: ScannedFile, envelope: Envelope): readonly FragmentEntry[] {
  const table: FragmentEntry[] = [...scanned.fragments];
  for (const { piece, offsetBytes } of scanned.faults) {
    const next = table[piece - 1];
    if (!next || next.offsetBytes <= offsetBytes) continue;
    const before = table[piece - 2];
    const startMs = before ? before.startMs + before.durationMs : next.startMs;
    const sizeBytes = Math.max(0, next.offsetBytes - offsetBytes - envelope.wrappedBytes(trailerBytes));
    const durationMs = Math.max(0, next.startMs - startMs);
    table.splice(piece - 1, 0, {
      startMs: unixMs(Math.round(startMs)),
      durationMs,
      offsetBytes,
      sizeBytes,
      key: false,
      frames: 0,
    });
  }
  return table;
}

function totalsOf({ head }: HeadPiece, { fragments }: ScannedFile): Totals {
  return {
    reason: 'crash',
    fragments: fragments.length,
    frames: fragments.reduce((sum, { frames }) => sum + frames, 0),
    lostPackets: fragments.reduce((sum, { lostPackets }) => sum + lostPackets, 0),
    endMs: endOf(head.startMs, fragments),
    chain: Buffer.from(fragments.at(-1)?.chain ?? []).toString('hex'),
  };
}

function unreadable(reason: string): ReadFile {
  return { kind: 'unreadable', reason };
}
