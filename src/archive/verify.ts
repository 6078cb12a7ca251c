/**
 * Compares a stored recording with the index: is every byte the one that was written? In: a row of the index.
 * Out: sound, damaged with the places, or not checked with the reason. Changes nothing; holds one piece in memory.
 */
import { join } from 'node:path';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { RecordingRow } from '../database/recordings.ts';
import type { Disk } from './disk.ts';
import { errorCode, errorText, readAll } from './disk.ts';
import type { Envelope, Envelopes, FilePlace } from './envelope.ts';
import { preambleBytes } from './envelope.ts';
import type { Totals } from './recording-format.ts';
import type { ScannedFile } from './scan.ts';
import { scanFile } from './scan.ts';
import type { ArchiveFault } from './types.ts';
import { volumeIdentity } from './volume-identity.ts';

export interface VerifyParts {
  readonly disk: Disk;
  readonly envelopes: Envelopes;
  /** Root of a volume that is there and is the right one; undefined otherwise. */
  readonly volumePath: (volumeId: string) => string | undefined;
}

export type Verdict =
  | { readonly kind: 'sound'; readonly fragments: number }
  /** Plain words: which piece, at which byte, what is wrong. */
  | { readonly kind: 'damaged'; readonly damage: string }
  /** Nothing is known about the bytes: the volume is not there, the key is not there. */
  | { readonly kind: 'unchecked'; readonly reason: string; readonly cause: 'volume' | 'key' | 'disk' };

/** Where a file of the archive is and who owns it, from its row. */
export function filePlace(volumePath: string, path: string): FilePlace {
  const [owner = '', day = ''] = path.split('/');
  return { volumePath, owner, day };
}

/** Several places are named, and how many more there are. */
const maxNamedFaults = 4;

/**
 * Reads the whole file. @param pace is waited for after each piece of so many bytes, so that a reader in the background
 * can be slow
 */
export async function verifyRecording(
  parts: VerifyParts,
  row: RecordingRow,
  pace: (bytes: number) => Promise<void> | void = () => undefined,
): Promise<Verdict> {
  const volumePath = parts.volumePath(row.volume_id);
  if (volumePath === undefined) return volumeMissing(row);
  const verdict = await compare(parts, volumePath, row, pace);
  const trusted = verdict.kind === 'sound' || (await isThere(parts.disk, volumePath, row.volume_id));
  return trusted ? verdict : volumeMissing(row);
}

async function compare(
  parts: VerifyParts,
  volumePath: string,
  row: RecordingRow,
  pace: (bytes: number) => Promise<void> | void,
): Promise<Verdict> {
  try {
    const envelope = await envelopeAt(parts, filePlace(volumePath, row.path), row.path);
    if (!envelope.ok) return unopened(envelope.error);
    if (envelope.value.keyId !== row.key_id) return damaged([otherSeal(envelope.value, row)]);
    const onPiece = (piece: Uint8Array): Promise<void> | void => pace(piece.length);
    const path = join(volumePath, row.path);
    const scanned = await scanFile(parts.disk, path, envelope.value, { through: true, onPiece });
    const faults = differences(scanned, row);
    return faults.length > 0 ? damaged(faults) : { kind: 'sound', fragments: scanned.fragments.length };
  } catch (error) {
    return unread(error);
  }
}

/** Whether the volume is mounted still: a file that is absent while it is not is not gone. */
export async function isThere(disk: Disk, volumePath: string, volumeId: string): Promise<boolean> {
  const identity = await volumeIdentity(disk, volumePath);
  return identity.kind === 'is' && identity.id === volumeId;
}

function volumeMissing({ volume_id: id }: RecordingRow): Verdict {
  return { kind: 'unchecked', cause: 'volume', reason: `the volume ${id} is not there` };
}

/** The envelope that a stored file asks for. Rejects with what the system says. */
export async function envelopeAt(
  { disk, envelopes }: Pick<VerifyParts, 'disk' | 'envelopes'>,
  place: FilePlace,
  path: string,
): Promise<Result<Envelope, ArchiveFault>> {
  const file = await disk.open(join(place.volumePath, path), 'read');
  try {
    const start = new Uint8Array(preambleBytes);
    const length = await readAll(file, start, 0);
    const opened = await envelopes.open(place, start.subarray(0, length));
    if (opened.ok && opened.value.keyId === null && path.endsWith('.sealed'))
      return err({
        kind: 'damaged',
        message: 'piece 0 at byte 0: the file does not begin like a sealed one',
      });
    return opened.ok ? ok(opened.value) : opened;
  } finally {
    await file.close();
  }
}

/** What speaks against the file being the one that the row tells of. */
function differences(scanned: ScannedFile, row: RecordingRow): readonly string[] {
  const faults = scanned.faults.map(
    ({ piece, offsetBytes, reason }) => `piece ${piece} at byte ${offsetBytes}: ${reason}`,
  );
  if (faults.length > 0) return faults;
  const { head, end } = scanned;
  if (head && (head.id !== row.id || head.head.cameraId !== row.camera_id))
    return [`the file is another recording (${head.id} of ${head.head.cameraId})`];
  if (end && !sameTotals(end, row))
    return [`the file is whole, but not the one that was committed: ${rollback(end, row)}`];
  if (scanned.fileBytes !== row.bytes)
    return [`the file has ${scanned.fileBytes} bytes, the index knows ${row.bytes}`];
  return [];
}

function sameTotals(end: Totals, row: RecordingRow): boolean {
  const media = end.chain === row.chain && end.frames === row.frames && end.lostPackets === row.lost_packets;
  return media && end.endMs === row.end_ms && end.reason === row.end_reason;
}

function rollback(end: Totals, row: RecordingRow): string {
  if (end.frames < row.frames)
    return `it has ${end.frames} pictures of ${row.frames}, so an older state was put in its place`;
  return end.chain === row.chain ? 'its totals are others' : 'its hash chain is another';
}

function otherSeal({ keyId }: Envelope, { key_id: known }: RecordingRow): string {
  if (known === null) return 'piece 0 at byte 0: the file is sealed, and the index knows a plain one';
  return keyId === null
    ? 'piece 0 at byte 0: the file is plain, and the index knows a sealed one'
    : 'piece 0 at byte 0: the file is sealed with another key than the index knows';
}

function unopened({ kind, message }: ArchiveFault): Verdict {
  if (kind === 'damaged') return damaged([message]);
  return { kind: 'unchecked', cause: kind === 'no-key' ? 'key' : 'disk', reason: message };
}

function unread(error: unknown): Verdict {
  const code = errorCode(error);
  if (code === 'ENOENT') return damaged(['the file is not there']);
  if (code === 'EIO') return damaged([`the disk cannot read it: ${errorText(error)}`]);
  return { kind: 'unchecked', cause: 'disk', reason: errorText(error) };
}

function damaged(faults: readonly string[]): Verdict {
  const named = faults.slice(0, maxNamedFaults).join('; ');
  const more = faults.length - maxNamedFaults;
  return { kind: 'damaged', damage: more > 0 ? `${named}; and ${more} more places` : named };
}
