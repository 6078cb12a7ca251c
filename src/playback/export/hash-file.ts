/**
 * SHA-256 of a file, read in pieces, so that others get their turn.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

const pieceBytes = 1024 * 1024;

/** Rejects when it cannot be read, or is stopped. @param onPiece is given each piece and its place */
export async function hashFile(
  path: string,
  signal: AbortSignal | undefined,
  onPiece: (piece: Uint8Array, offset: number) => void,
): Promise<string> {
  const hash = createHash('sha256');
  const stream = createReadStream(path, { highWaterMark: pieceBytes, ...(signal && { signal }) });
  let offset = 0;
  for await (const piece of stream as AsyncIterable<Buffer>) {
    hash.update(piece);
    onPiece(piece, offset);
    offset += piece.length;
  }
  return hash.digest('hex');
}
