/**
 * Where a camera's frames went, from the socket to the disk. Nothing falls.
 */
import type { Piece } from './piece.ts';

export interface Account {
  /** Video access units that came while a recording was wanted. */
  readonly framesReceived: number;
  /** On the disk, synced. */
  readonly framesStored: number;
  /** Given to the archive, which failed them. */
  readonly framesLost: number;
  /** Between camera and server. */
  readonly packetsLost: number;
  readonly bytesStored: number;
  readonly recordedMs: number;
  readonly wantedMs: number;
}

const emptyAccount: Account = {
  framesReceived: 0,
  framesStored: 0,
  framesLost: 0,
  packetsLost: 0,
  bytesStored: 0,
  recordedMs: 0,
  wantedMs: 0,
};

export class Accounting {
  #account = { ...emptyAccount };

  get account(): Account {
    return this.#account;
  }

  received({ fragment }: Piece): void {
    this.#account.framesReceived += fragment.frames;
    this.#account.packetsLost += fragment.lostPackets;
  }

  stored({ fragment }: Piece): void {
    this.#account.framesStored += fragment.frames;
    this.#account.bytesStored += fragment.bytes.length;
    this.#account.recordedMs += fragment.durationMs;
  }

  lost({ fragment }: Piece): void {
    this.#account.framesLost += fragment.frames;
  }

  wanted(ms: number): void {
    this.#account.wantedMs += ms;
  }
}
