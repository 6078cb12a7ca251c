/**
 * How the pieces of a file are stored. A plain file stores them as they are; a sealed one encrypts each by itself.
 * Either way the pieces, one after another, are the plain file: for a recording an MP4 that any player opens.
 */
import type { Result } from '../base/result.ts';
import type { ArchiveFault } from './types.ts';

/** What a file's key is found by. */
export interface FilePlace {
  /** Root folder of the volume. */
  readonly volumePath: string;
  /** Camera (or client) it belongs to, as in the path. */
  readonly owner: string;
  /** UTC day, `2026-11-21`. */
  readonly day: string;
}

export interface Envelope {
  /** Null for plain files. */
  readonly keyId: string | null;
  /** Stored before the first piece; empty for plain files. */
  readonly preamble: Uint8Array;
  /** Piece `index`, counted from 0, as it is stored. May be the same bytes. */
  wrap(index: number, piece: Uint8Array): Uint8Array;
  /** Stored size of a piece of so many bytes. */
  wrappedBytes(pieceBytes: number): number;
  /** The piece again; a fault when it is not piece `index` of this very file. */
  unwrap(index: number, stored: Uint8Array): Result<Uint8Array, 'damaged'>;
  /**
   * How many bytes the stored piece takes that begins with `start` (at least `lookBytes`, or all there is left);
   * undefined when that cannot be told from it (plain pieces are found by their boxes).
   */
  storedBytes(start: Uint8Array): number | undefined;
}

/** `Envelope.storedBytes` needs so many. */
export const lookBytes = 16;

export interface Envelopes {
  /** File name extension of a recording: `mp4` or `sealed`. */
  readonly sealing: boolean;
  /** For a new file. @param fileId 16 random bytes */
  create(place: FilePlace, fileId: Uint8Array): Promise<Result<Envelope, ArchiveFault>>;
  /** For a stored file, by its first bytes (`preambleBytes` of them, or all there are). */
  open(place: FilePlace, start: Uint8Array): Promise<Result<Envelope, ArchiveFault>>;
}

/** A preamble is never longer. */
export const preambleBytes = 64;

const nothing = new Uint8Array(0);

/** Stores pieces as they are. */
export const plainEnvelope: Envelope = {
  keyId: null,
  preamble: nothing,
  wrap: (_index, piece) => piece,
  wrappedBytes: (pieceBytes) => pieceBytes,
  unwrap: (_index, stored) => ({ ok: true, value: stored }),
  storedBytes: () => undefined,
};

/** For an archive without keys: seals nothing, and opens nothing that is sealed. */
export const plainEnvelopes: Envelopes = {
  sealing: false,
  create: () => Promise.resolve({ ok: true, value: plainEnvelope }),
  open: (place, start) => Promise.resolve(openPlain(place, start)),
};

/** A sealed file begins with these characters (`seal/preamble.ts`). */
const sealedMagic = 'SLSEALED';

function openPlain(place: FilePlace, start: Uint8Array): Result<Envelope, ArchiveFault> {
  const sealed = new TextDecoder().decode(start.subarray(0, sealedMagic.length)) === sealedMagic;
  if (!sealed) return { ok: true, value: plainEnvelope };
  const where = `${place.volumePath}/${place.owner}/${place.day}`;
  const message = `A file in ${where} is sealed, and no key is set up here.`;
  return { ok: false, error: { kind: 'no-key', message } };
}
