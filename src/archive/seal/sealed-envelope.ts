/**
 * Seals each piece of a file by itself. In: a data key and the file's id. Out: an `Envelope`.
 *
 *     length 4 (big endian, of the piece) ‖ draw 8 ‖ AES-256-GCM(piece) ‖ tag 16
 *
 * The nonce is `draw ‖ number of the piece`, the associated data `file id ‖ number`. `draw` is random and new whenever a
 * number comes again: after a crash the end takes the number of the piece that was torn, and two messages under
 * one nonce would give both away.
 */
import type { KeyObject } from 'node:crypto';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { Random } from '../../io/random.ts';
import type { Envelope } from '../envelope.ts';
import { nonceBytes, openBytes, sealInto, tagBytes } from './aead.ts';
import type { Preamble } from './preamble.ts';
import { fileKey, idBytes, writePreamble } from './preamble.ts';

/** No fragment or chunk comes near; a length beyond it is damage, and nothing is reserved for it. */
export const maxPieceBytes = 128 * 1024 * 1024;
/** Numbers are stored nowhere, but take 32 bits of the nonce; a recording has some hundred. */
const maxPieces = 2 ** 32;

const lengthBytes = 4;
const drawBytes = nonceBytes - 4;
const headBytes = lengthBytes + drawBytes;
const addedBytes = headBytes + tagBytes;

export class SealedEnvelope implements Envelope {
  readonly keyId: string;
  readonly preamble: Uint8Array;
  readonly #key: KeyObject;
  readonly #random: Random;
  /** File id ‖ number of the piece, 8 bytes. */
  readonly #context: Uint8Array;
  readonly #nonce = new Uint8Array(nonceBytes);
  #nextIndex = Infinity;

  constructor(preamble: Preamble, dataKey: Uint8Array, random: Random) {
    this.keyId = Buffer.from(preamble.keyId).toString('hex');
    this.preamble = writePreamble(preamble, dataKey);
    this.#key = fileKey(dataKey, preamble.fileId);
    this.#random = random;
    this.#context = new Uint8Array(idBytes + 8);
    this.#context.set(preamble.fileId);
  }

  wrap(index: number, piece: Uint8Array): Uint8Array {
    if (!isIndex(index) || piece.length > maxPieceBytes)
      throw new RangeError(`A piece cannot be sealed: number ${index}, ${piece.length} bytes`);
    if (index < this.#nextIndex) this.#nonce.set(this.#random(drawBytes));
    this.#nextIndex = index + 1;
    const stored = Buffer.allocUnsafeSlow(this.wrappedBytes(piece.length));
    stored.writeUInt32BE(piece.length);
    stored.set(this.#nonce.subarray(0, drawBytes), lengthBytes);
    sealInto(stored, headBytes, this.#key, piece, this.#bind(index));
    return stored;
  }

  wrappedBytes(pieceBytes: number): number {
    return pieceBytes + addedBytes;
  }

  unwrap(index: number, stored: Uint8Array): Result<Uint8Array, 'damaged'> {
    if (!isIndex(index) || this.storedBytes(stored) !== stored.length) return err('damaged');
    const { context, nonce: ours } = this.#bind(index);
    const nonce = new Uint8Array(ours);
    nonce.set(stored.subarray(lengthBytes, headBytes));
    const piece = openBytes(this.#key, stored.subarray(headBytes), { nonce, context });
    return piece === undefined ? err('damaged') : ok(piece);
  }

  storedBytes(start: Uint8Array): number | undefined {
    if (start.length < lengthBytes) return undefined;
    const pieceBytes = new DataView(start.buffer, start.byteOffset).getUint32(0);
    return pieceBytes > maxPieceBytes ? undefined : this.wrappedBytes(pieceBytes);
  }

  #bind(index: number): { nonce: Uint8Array; context: Uint8Array } {
    new DataView(this.#nonce.buffer).setUint32(drawBytes, index);
    new DataView(this.#context.buffer).setUint32(idBytes + 4, index);
    return { nonce: this.#nonce, context: this.#context };
  }
}

function isIndex(index: number): boolean {
  return Number.isInteger(index) && index >= 0 && index < maxPieces;
}
