/**
 * One PES packet spread over transport packets (ISO/IEC 13818-1:2019, 2.4.3).
 *
 * The payload is first laid down whole at the end of the room its packets will take, then moved forward piece by piece
 * behind the packet heads. The pieces never overtake what is still to be moved: each packet takes at least four bytes
 * more than it carries. So there is no buffer besides the output and no object for a packet.
 */
import { packetBytes, syncByte } from './tables.ts';

const headBytes = 4;
const bodyBytes = packetBytes - headBytes;
/** Length and flags. */
const adaptationBytes = 2;
const pcrBytes = 6;
const pesHeadBytes = 9;
const timestampBytes = 5;
/** Counted from the length field's own end. */
const pesLengthEnd = 6;
const maxPesLength = 0xffff;
/** Timestamps have 33 bits (2.4.3.7). */
const timestampRange = 2 ** 33;

/** What is said about a PES packet; times in ticks of 90 kHz, any integers: they are cut to 33 bits. */
export interface PesHead {
  readonly pid: number;
  readonly streamId: number;
  readonly pts: number;
  readonly dts: number;
  /** Decoding can begin here. */
  readonly randomAccess: boolean;
  /** The clock of the program; undefined to leave it out. */
  readonly pcr: number | undefined;
  /** The first of its stream in this segment: its counter starts anew. */
  readonly first: boolean;
}

/** Bytes of its header (2.4.3.6), which stands before the payload. */
export function pesHeadBytesOf({ pts, dts }: PesHead): number {
  return pesHeadBytes + (pts === dts ? timestampBytes : 2 * timestampBytes);
}

/** How many transport packets it takes, for so many bytes of header and payload. */
export function packetsOf(head: PesHead, pesBytes: number): number {
  const room = bodyBytes - adaptationBytesOf(head);
  return 1 + Math.ceil(Math.max(0, pesBytes - room) / bodyBytes);
}

/** Writes the header; returns where the payload begins. */
export function writePesHead(out: Uint8Array, at: number, head: PesHead, pesBytes: number): number {
  const hasDts = head.pts !== head.dts;
  const length = pesBytes - pesLengthEnd;
  const lengthField = length <= maxPesLength ? length : 0; // 0: unbounded, allowed for video
  out[at] = 0;
  out[at + 1] = 0;
  out[at + 2] = 1;
  out[at + 3] = head.streamId;
  out[at + 4] = lengthField >> 8;
  out[at + 5] = lengthField & 0xff;
  out[at + 6] = 0x84; // data_alignment_indicator: a picture or frame begins here
  out[at + 7] = hasDts ? 0xc0 : 0x80;
  out[at + 8] = hasDts ? 2 * timestampBytes : timestampBytes;
  writeTimestamp(out, at + pesHeadBytes, hasDts ? 3 : 2, head.pts);
  if (!hasDts) return at + pesHeadBytes + timestampBytes;
  writeTimestamp(out, at + pesHeadBytes + timestampBytes, 1, head.dts);
  return at + pesHeadBytes + 2 * timestampBytes;
}

/**
 * Makes packets from `start` to `end`, whose last `pesBytes` bytes are header and payload.
 * @param continuity counter of the first one; returns that of the next packet of this stream.
 */
export function spread(
  out: Uint8Array,
  head: PesHead,
  room: { readonly start: number; readonly end: number; readonly pesBytes: number },
  continuity: number,
): number {
  let counter = continuity;
  let from = room.end - room.pesBytes;
  for (let at = room.start; at < room.end; at += packetBytes) {
    const isFirst = at === room.start;
    const fields = isFirst ? adaptationBytesOf(head) : 0;
    const carried = Math.min(room.end - from, bodyBytes - fields);
    const stuffing = bodyBytes - fields - carried;
    const body = at + packetBytes - carried;
    out.copyWithin(body, from, from + carried); // before the head, which may lie over it
    from += carried;
    out[at] = syncByte;
    out[at + 1] = (isFirst ? 0x40 : 0) | (head.pid >> 8);
    out[at + 2] = head.pid & 0xff;
    out[at + 3] = (fields + stuffing > 0 ? 0x30 : 0x10) | counter;
    if (fields + stuffing > 0)
      writeAdaptation(out, at + headBytes, fields + stuffing, fields > 0 ? head : none);
    counter = (counter + 1) & 15;
  }
  return counter;
}

type Adaptation = Pick<PesHead, 'first' | 'randomAccess' | 'pcr'>;

const none: Adaptation = { first: false, randomAccess: false, pcr: undefined };

function adaptationBytesOf({ first, randomAccess, pcr }: Adaptation): number {
  if (pcr !== undefined) return adaptationBytes + pcrBytes;
  return first || randomAccess ? adaptationBytes : 0;
}

/** 2.4.3.4; `bytes` from the length field on, stuffing included. One byte is a length of 0. */
function writeAdaptation(out: Uint8Array, at: number, bytes: number, fields: Adaptation): void {
  out[at] = bytes - 1;
  if (bytes === 1) return;
  const { first, randomAccess, pcr } = fields;
  out[at + 1] = (first ? 0x80 : 0) | (randomAccess ? 0x40 : 0) | (pcr === undefined ? 0 : 0x10);
  let next = at + adaptationBytes;
  if (pcr !== undefined) {
    writePcr(out, next, pcr);
    next += pcrBytes;
  }
  out.fill(0xff, next, at + bytes);
}

/** 33 bits of 90 kHz, 6 reserved ones, 9 bits of extension that are 0. */
function writePcr(out: Uint8Array, at: number, time: number): void {
  const base = wrapped(time);
  out[at] = Math.floor(base / 2 ** 25);
  out[at + 1] = Math.floor(base / 2 ** 17) & 0xff;
  out[at + 2] = Math.floor(base / 2 ** 9) & 0xff;
  out[at + 3] = Math.floor(base / 2) & 0xff;
  out[at + 4] = ((base % 2) << 7) | 0x7e;
  out[at + 5] = 0;
}

/** 2.4.3.7: four bits that say which one it is, then the time in three pieces with marker bits. */
function writeTimestamp(out: Uint8Array, at: number, prefix: number, time: number): void {
  const value = wrapped(time);
  out[at] = (prefix << 4) | (Math.floor(value / 2 ** 30) << 1) | 1;
  out[at + 1] = Math.floor(value / 2 ** 22) & 0xff;
  out[at + 2] = ((Math.floor(value / 2 ** 15) & 0x7f) << 1) | 1;
  out[at + 3] = Math.floor(value / 2 ** 7) & 0xff;
  out[at + 4] = ((value % 2 ** 7) << 1) | 1;
}

function wrapped(time: number): number {
  const value = time % timestampRange;
  return value < 0 ? value + timestampRange : value;
}
