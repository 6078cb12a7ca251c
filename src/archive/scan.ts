/**
 * Reads a recording's file piece by piece, as after a crash, for `verify`, `reindex` and `unseal`.
 * In: any file. Out: what is whole in it, and where and why it stops being whole. Changes nothing, holds one piece
 * in memory at a time, and rejects only with what the system says about reading.
 */
import { readBoxes } from '../media/mp4/box-reader.ts';
import type { Disk, DiskFile } from './disk.ts';
import { readAll } from './disk.ts';
import type { Envelope } from './envelope.ts';
import { lookBytes } from './envelope.ts';
import type { FragmentPiece, HeadPiece, SeekPoint, Totals } from './recording-format.ts';
import {
  endType,
  firstChain,
  headType,
  indexedTrack,
  readEndPiece,
  readFragmentPiece,
  readHeadPiece,
  seekPoint,
  trailerType,
  userTypeOf,
} from './recording-format.ts';
import type { FragmentEntry } from './types.ts';

interface ScannedFragment extends FragmentEntry {
  readonly lostPackets: number;
  /** Of its `moof` in the plain file; the same as `offsetBytes` when it is not sealed. */
  readonly plainOffset: number;
  /** Hash chain of the file up to here. */
  readonly chain: Uint8Array;
  /** Undefined when a player cannot begin here. */
  readonly seek: SeekPoint | undefined;
}

interface ScanFault {
  /** 0 is the head, 1 the first fragment. */
  readonly piece: number;
  /** In the stored file. */
  readonly offsetBytes: number;
  /** Plain words. */
  readonly reason: string;
}

export interface ScannedFile {
  readonly head: HeadPiece | undefined;
  readonly fragments: readonly ScannedFragment[];
  /** When it agrees with the fragments before it. */
  readonly end: Totals | undefined;
  /** Whole pieces reach so far in the stored file, the end included. */
  readonly wholeBytes: number;
  /** The same in the plain file. */
  readonly plainBytes: number;
  /** Of the stored file. */
  readonly fileBytes: number;
  /** Nothing: it is whole, has its end, and nothing follows. */
  readonly faults: readonly ScanFault[];
}

export interface ScanOptions {
  /** Goes on behind a fragment whose bytes are wrong as long as the pieces can be told apart. Default: stops there. */
  readonly through?: boolean;
  /** Reads no further than this; what follows does not count. */
  readonly untilBytes?: number;
  /** Gets each sound piece of the plain file, in order; the next is read when it resolves. */
  readonly onPiece?: (piece: Uint8Array) => Promise<void> | void;
}

/** A piece is a GOP or a second of media; longer ones cannot be told from damage. */
const maxPieceBytes = 256 * 1024 * 1024;

/** `ftyp`, `moov`, `moof`, `mdat`, `uuid`: a piece has few boxes. */
const maxBoxesInPiece = 16;

/** Size, type, 64-bit size, user type. */
const longestBoxHead = 32;

/**
 * The file at `path`. The envelope is the one that its first bytes ask for (`Envelopes.open`).
 * Faults name the first place that is not whole; with `through`, every place.
 */
export async function scanFile(
  disk: Disk,
  path: string,
  envelope: Envelope,
  options: ScanOptions = {},
): Promise<ScannedFile> {
  const file = await disk.open(path, 'read');
  try {
    const size = await file.sizeBytes();
    const fileBytes = Math.min(size, options.untilBytes ?? size);
    const scan = new Scan({ file, fileBytes, envelope, options });
    await scan.run();
    return scan.result();
  } finally {
    await file.close();
  }
}

interface ScanInput {
  readonly file: DiskFile;
  readonly fileBytes: number;
  readonly envelope: Envelope;
  readonly options: ScanOptions;
}

class Scan {
  readonly #input: ScanInput;
  readonly #fragments: ScannedFragment[] = [];
  readonly #faults: ScanFault[] = [];
  #head: HeadPiece | undefined;
  #end: Totals | undefined;
  #trackId = 1;
  #offset: number;
  #plainOffset = 0;
  #piece = 0;
  #chain: Uint8Array = new Uint8Array(0);
  /** Not behind a piece that could not be opened: the next one, if its seal is right, says it anew. */
  #chainKnown = true;

  constructor(input: ScanInput) {
    this.#input = input;
    this.#offset = input.envelope.preamble.length;
  }

  async run(): Promise<void> {
    const { fileBytes } = this.#input;
    while (this.#offset < fileBytes && !this.#end) if (!(await this.#next())) return;
    if (!this.#end) this.#fault('the file stops here without an end');
    else if (this.#offset < fileBytes) this.#fault(`${fileBytes - this.#offset} bytes follow the end`);
  }

  result(): ScannedFile {
    return {
      head: this.#head,
      fragments: this.#fragments,
      end: this.#end,
      wholeBytes: this.#offset,
      plainBytes: this.#plainOffset,
      fileBytes: this.#input.fileBytes,
      faults: this.#faults,
    };
  }

  /** False when the scan ends here. */
  async #next(): Promise<boolean> {
    const { file, fileBytes, envelope, options } = this.#input;
    const storedBytes = await storedPieceBytes({ file, fileBytes, envelope }, this.#offset);
    if (storedBytes === undefined) return this.#fault('a piece is cut off, or its length is wrong');
    const stored = new Uint8Array(storedBytes);
    if ((await readAll(file, stored, this.#offset)) < storedBytes) return this.#fault('the file got shorter');
    const unwrapped = envelope.unwrap(this.#piece, stored);
    const piece = unwrapped.ok ? unwrapped.value : undefined;
    const sound = piece ? this.#take(piece) : this.#fault('the piece does not match its seal');
    if (!piece) this.#chainKnown = false;
    if (sound && piece) await options.onPiece?.(piece);
    if (!sound && !(options.through && this.#piece > 0)) return false;
    this.#offset += storedBytes;
    this.#plainOffset += piece?.length ?? 0;
    this.#piece += 1;
    return true;
  }

  #take(piece: Uint8Array): boolean {
    if (this.#piece === 0) return this.#takeHead(piece);
    const fragment = readFragmentPiece(piece, this.#chain);
    if (fragment) return this.#takeFragment(fragment);
    const end = readEndPiece(piece);
    if (!end) return this.#fault('the piece is neither a fragment nor an end');
    const chained = !this.#chainKnown || end.chain === Buffer.from(this.#chain).toString('hex');
    if (end.fragments !== this.#piece - 1 || !chained)
      return this.#fault('the end speaks of other fragments than there are');
    this.#end = end;
    return true;
  }

  #takeHead(piece: Uint8Array): boolean {
    this.#head = readHeadPiece(piece);
    if (!this.#head) return this.#fault('the head cannot be read');
    this.#trackId = indexedTrack(this.#head.head.tracks);
    this.#chain = firstChain(piece);
    return true;
  }

  #takeFragment({ bytes, trailer, chain }: FragmentPiece): boolean {
    const chained = !this.#chainKnown || sameBytes(chain, trailer.chain);
    const sound = trailer.number === this.#piece && chained;
    if (!sound) this.#fault('the bytes are not those that were written');
    if (!sound && !this.#input.options.through) return false;
    this.#chainKnown = true;
    this.#chain = trailer.chain; // what was written then: the fragments behind a damaged one are told by it
    const { startMs, durationMs, key, frames, lostPackets } = trailer;
    this.#fragments.push({
      startMs,
      durationMs,
      offsetBytes: this.#offset,
      sizeBytes: bytes.length,
      key,
      frames,
      lostPackets,
      plainOffset: this.#plainOffset,
      chain: trailer.chain,
      seek: key ? seekPoint(bytes, this.#trackId, this.#plainOffset) : undefined,
    });
    return sound;
  }

  #fault(reason: string): false {
    this.#faults.push({ piece: this.#piece, offsetBytes: this.#offset, reason });
    return false;
  }
}

/** How many bytes the piece takes that begins at `offset`; undefined when it is not all there. */
async function storedPieceBytes(
  { file, fileBytes, envelope }: Omit<ScanInput, 'options'>,
  offset: number,
): Promise<number | undefined> {
  const start = new Uint8Array(lookBytes);
  const look = start.subarray(0, await readAll(file, start, offset));
  const bytes =
    envelope.keyId === null ? await plainPieceBytes(file, fileBytes, offset) : envelope.storedBytes(look);
  const possible = bytes !== undefined && bytes > 0 && bytes <= maxPieceBytes && offset + bytes <= fileBytes;
  return possible ? bytes : undefined;
}

/** A plain piece ends with our box; the last one with the box after it. */
async function plainPieceBytes(
  file: DiskFile,
  fileBytes: number,
  offset: number,
): Promise<number | undefined> {
  const buffer = new Uint8Array(longestBoxHead);
  let at = offset;
  let isLast = false;
  for (let count = 0; count < maxBoxesInPiece && at < fileBytes; count += 1) {
    const head = buffer.subarray(0, await readAll(file, buffer, at));
    const box = boxAt(head, fileBytes - at);
    if (!box) return undefined;
    at += box.bytes;
    if (isLast || box.userType === headType || box.userType === trailerType) return at - offset;
    isLast = box.userType === endType;
  }
  return undefined;
}

/** Size and user type of the box that begins with `head`, when it ends within `leftBytes`. */
function boxAt(
  head: Uint8Array,
  leftBytes: number,
): { readonly bytes: number; readonly userType: string } | undefined {
  if (head.length < 8) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const bytes = view.getUint32(0); // what we write is never longer than 32 bits can say
  if (bytes < 8 || bytes > leftBytes) return undefined;
  const shortened = head.slice(0, Math.min(head.length, bytes));
  new DataView(shortened.buffer).setUint32(0, shortened.length);
  const [box] = readBoxes(shortened).boxes;
  return box && { bytes, userType: userTypeOf(shortened, box) };
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
