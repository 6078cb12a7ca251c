/**
 * Writes a stored recording as a plain MP4 file that any player opens. In: where it lies. Out: a new file, whole and
 * durable, or a fault and no file. Nothing that exists is replaced.
 */
import { link, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FileHandle } from 'node:fs/promises';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import { syncFolder } from '../io/files.ts';
import { errorCode, errorText } from './disk.ts';
import type { ScannedFile } from './scan.ts';
import { scanFile } from './scan.ts';
import type { VerifyParts } from './verify.ts';
import { envelopeAt, filePlace } from './verify.ts';

/** For its owner: it was sealed for a reason. */
const privateMode = 0o600;

export interface Unsealed {
  readonly bytes: number;
  readonly fragments: number;
  /** Pieces that are damaged and were left out; empty when the file is whole. */
  readonly leftOut: readonly string[];
}

/** @param path of the recording, relative to the volume. @param target of the new file; its folder has to exist */
export async function unsealRecording(
  parts: Pick<VerifyParts, 'disk' | 'envelopes'>,
  stored: { readonly volumePath: string; readonly path: string },
  target: string,
): Promise<Result<Unsealed, string>> {
  const temporary = `${target}.part`;
  try {
    const place = filePlace(stored.volumePath, stored.path);
    const envelope = await envelopeAt(parts, place, stored.path);
    if (!envelope.ok) return err(envelope.error.message);
    await rm(temporary, { force: true });
    const file = await open(temporary, 'wx', privateMode);
    try {
      const path = join(stored.volumePath, stored.path);
      const copied = await copy(file, (onPiece) =>
        scanFile(parts.disk, path, envelope.value, { through: true, onPiece }),
      );
      if (copied.fragments === 0) return err('There is no piece in it that can be read.');
      await file.sync();
      await link(temporary, target); // refuses to replace
      await syncFolder(dirname(target));
      return ok(copied);
    } finally {
      await file.close();
    }
  } catch (error) {
    return err(errorCode(error) === 'EEXIST' ? `${target} exists already.` : errorText(error));
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** The index at the end is left out with damaged pieces: it would lead players to wrong places. */
async function copy(
  file: FileHandle,
  scan: (onPiece: (piece: Uint8Array) => Promise<void>) => Promise<ScannedFile>,
): Promise<Unsealed> {
  let [bytes, beforeLast] = [0, 0];
  const scanned = await scan(async (piece) => {
    beforeLast = bytes;
    await file.writeFile(piece);
    bytes += piece.length;
  });
  const leftOut = scanned.faults.map(
    ({ piece, offsetBytes, reason }) => `piece ${piece} at byte ${offsetBytes}: ${reason}`,
  );
  if (scanned.end && leftOut.length > 0 && bytes > beforeLast) {
    bytes = beforeLast;
    await file.truncate(bytes);
  }
  return { bytes, fragments: scanned.fragments.length, leftOut };
}
