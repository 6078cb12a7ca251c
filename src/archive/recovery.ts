/**
 * Finishes files that nobody finished: after a crash of the server, or when a disk failed a recording.
 * In: an opening. Out: a recording of what is whole (and, after a failed disk, was synced), or nothing.
 * Can be done again after any failure: every step finds what the one before left.
 */
import { join } from 'node:path';
import type { Log } from '../base/log.ts';
import { isCameraId } from '../base/ids.ts';
import type { OpeningRow } from '../database/recordings.ts';
import type { Committer } from './committer.ts';
import type { Disk, DiskFile } from './disk.ts';
import { errorCode, errorText, readAll, writeAll } from './disk.ts';
import type { Envelope, Envelopes } from './envelope.ts';
import { preambleBytes } from './envelope.ts';
import { commitOf, readOpening } from './finished.ts';
import type { Folders } from './folders.ts';
import type { HeadPiece, Totals } from './recording-format.ts';
import { endPiece, indexedTrack } from './recording-format.ts';
import { endOf } from './recording-file.ts';
import type { ScannedFile } from './scan.ts';
import { scanFile } from './scan.ts';

export interface RecoveryParts {
  readonly disk: Disk;
  readonly log: Log;
  readonly folders: Folders;
  readonly envelopes: Envelopes;
  readonly committer: Committer;
  /** Whether the volume is there, and is the one it should be. */
  readonly isRight: (volumeId: string) => Promise<boolean>;
  readonly newRunId: () => string;
  readonly nowMs: () => number;
}

export interface Unfinished {
  readonly opening: OpeningRow;
  /** `disk`: only what was synced counts, `durableBytes` of it. */
  readonly reason: 'crash' | 'disk';
  readonly durableBytes: number | undefined;
  /** It was tried before, and a sync may have failed: what is read may be in memory alone, so all is written again. */
  readonly again: boolean;
}

/** Read and written at one time. */
const rewriteBytes = 1024 * 1024;

/** `later`: the disk, the key or the database is in the way; it stays an opening. */
export type Recovered = 'recording' | 'nothing' | 'later';

export async function recover(
  parts: RecoveryParts,
  volumePath: string,
  unfinished: Unfinished,
): Promise<Recovered> {
  const { opening } = unfinished;
  try {
    return await finish(parts, volumePath, unfinished);
  } catch (error) {
    if (errorCode(error) === 'ENOENT' && (await parts.isRight(opening.volume_id))) {
      const forgotten = await parts.committer.commit({ kind: 'forget', id: opening.id });
      return forgotten.ok ? 'nothing' : 'later';
    }
    parts.log.error('An unfinished recording cannot be finished now', {
      recording: opening.id,
      path: join(volumePath, opening.path),
      reason: errorText(error),
    });
    return 'later';
  }
}

async function finish(parts: RecoveryParts, volumePath: string, unfinished: Unfinished): Promise<Recovered> {
  const { disk, committer, log } = parts;
  const { opening } = unfinished;
  const path = join(volumePath, opening.path);
  const file = await disk.open(path, 'change');
  try {
    const envelope = await envelopeOf(parts.envelopes, file, volumePath, opening);
    if (envelope === 'no-key') throw new Error('it is sealed and its key is not there');
    const scanned =
      envelope === 'damaged'
        ? undefined
        : await scanFile(disk, path, envelope, { untilBytes: unfinished.durableBytes ?? Infinity });
    if (!scanned?.head || envelope === 'damaged' || scanned.fragments.length === 0) {
      const discard = { kind: 'discard', opening, nowMs: parts.nowMs() } as const;
      return (await committer.commit(discard)).ok ? 'nothing' : 'later';
    }
    if (unfinished.again) await writeAgain(file, scanned.wholeBytes);
    const ended = await endFile(file, envelope, scanned, unfinished);
    await file.sync();
    await parts.folders.sync(volumePath, opening.path);
    const change = commitOf(
      {
        id: opening.id,
        volumeId: opening.volume_id,
        path: opening.path,
        keyId: envelope.keyId,
        runId: readOpening(opening).runId ?? parts.newRunId(),
        head: scanned.head.head,
        init: scanned.head.init,
        table: scanned.fragments,
        ...ended,
      },
      parts.newRunId(),
    );
    const committed = await committer.commit(change);
    if (!committed.ok) throw new Error(committed.error);
    log.info('An unfinished recording was finished', {
      recording: opening.id,
      fragments: ended.totals.fragments,
    });
    return 'recording';
  } finally {
    await file.close().catch(() => undefined);
  }
}

async function envelopeOf(
  envelopes: Envelopes,
  file: DiskFile,
  volumePath: string,
  opening: OpeningRow,
): Promise<Envelope | 'no-key' | 'damaged'> {
  const start = new Uint8Array(preambleBytes);
  const length = await readAll(file, start, 0);
  const [owner = '', day = ''] = opening.path.split('/');
  if (!isCameraId(owner)) return 'damaged';
  const opened = await envelopes.open({ volumePath, owner, day }, start.subarray(0, length));
  if (opened.ok) return opened.value;
  if (opened.error.kind === 'damaged') return 'damaged';
  if (opened.error.kind === 'no-key') return 'no-key';
  throw new Error(opened.error.message);
}

/** The same bytes at the same places: the next sync has to bring them to the disk. */
async function writeAgain(file: DiskFile, sizeBytes: number): Promise<void> {
  const chunk = new Uint8Array(rewriteBytes);
  for (let at = 0; at < sizeBytes; at += rewriteBytes) {
    const bytes = chunk.subarray(0, await readAll(file, chunk.subarray(0, sizeBytes - at), at));
    await writeAll(file, [bytes], at);
  }
}

/** Cuts off what is not whole, or follows the end, and writes the end if there is none. */
async function endFile(
  file: DiskFile,
  envelope: Envelope,
  scanned: ScannedFile,
  { reason }: Unfinished,
): Promise<{ readonly totals: Totals; readonly bytes: number }> {
  if (scanned.end) {
    if (scanned.fileBytes > scanned.wholeBytes) await file.truncate(scanned.wholeBytes);
    return { totals: scanned.end, bytes: scanned.wholeBytes };
  }
  const head = scanned.head as HeadPiece;
  const { fragments } = scanned;
  const totals: Totals = {
    reason,
    fragments: fragments.length,
    frames: fragments.reduce((sum, { frames }) => sum + frames, 0),
    lostPackets: fragments.reduce((sum, { lostPackets }) => sum + lostPackets, 0),
    endMs: endOf(head.head.startMs, fragments),
    chain: Buffer.from(fragments.at(-1)?.chain ?? []).toString('hex'),
  };
  const points = fragments.flatMap(({ seek }) => seek ?? []);
  const piece = endPiece(totals, indexedTrack(head.head.tracks), points);
  const stored = envelope.wrap(fragments.length + 1, piece);
  await file.truncate(scanned.wholeBytes);
  await writeAll(file, [stored], scanned.wholeBytes);
  return { totals, bytes: scanned.wholeBytes + stored.length };
}
