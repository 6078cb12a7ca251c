/**
 * The two tables a receiver needs before anything else: which program there is, and which streams it has.
 * In: the streams. Out: a packet each. ISO/IEC 13818-1:2019, 2.4.4.
 */
export const packetBytes = 188;
export const syncByte = 0x47;
const programTablePid = 0;
/** Any free one; streams follow at 0x100. */
const streamTablePid = 0x1000;

export interface TableEntry {
  readonly pid: number;
  /** Table 2-34. */
  readonly streamType: number;
  /** Written as they are. */
  readonly descriptors: Uint8Array;
}

const programNumber = 1;
const tableHeadBytes = 3;
const crcBytes = 4;
/** `reserved` bits are ones. */
const reserved3 = 0xe000;
const reserved4 = 0xf000;
const firstVersionCurrent = 0xc1;

/** Program association table (2.4.4.3): one program. `counter`: of its packet, the low four bits count. */
export function writeProgramTable(out: Uint8Array, at: number, counter: number): void {
  const rest = Uint8Array.of(
    ...bytesOf16(programNumber),
    ...bytesOf16(reserved3 | streamTablePid), // program_map_PID
  );
  writeTable(out, at, { pid: programTablePid, tableId: 0, idExtension: 1, counter, rest });
}

/** Program map table (2.4.4.8). At most about 30 streams fit; we have two. */
export function writeStreamTable(
  out: Uint8Array,
  at: number,
  counter: number,
  { pcrPid, entries }: { readonly pcrPid: number; readonly entries: readonly TableEntry[] },
): void {
  const rest = [...bytesOf16(reserved3 | pcrPid), ...bytesOf16(reserved4)]; // no program descriptors
  for (const { pid, streamType, descriptors } of entries) {
    rest.push(streamType, ...bytesOf16(reserved3 | pid), ...bytesOf16(reserved4 | descriptors.length));
    rest.push(...descriptors);
  }
  const words = { tableId: 2, idExtension: programNumber, rest: Uint8Array.from(rest) };
  writeTable(out, at, { pid: streamTablePid, counter, ...words });
}

interface Table {
  readonly pid: number;
  readonly tableId: number;
  readonly idExtension: number;
  readonly counter: number;
  readonly rest: Uint8Array;
}

/**
 * A packet with one section. The discontinuity indicator (2.4.3.5) allows its counter to jump: the segment before may
 * be any other.
 */
function writeTable(out: Uint8Array, at: number, table: Table): void {
  const { pid, tableId, idExtension, counter, rest } = table;
  out.fill(0xff, at, at + packetBytes); // stuffing after the section
  const adaptationAndPayload = 0x30;
  const discontinuity = 0x80;
  out.set([syncByte, 0x40 | (pid >> 8), pid & 0xff, adaptationAndPayload | (counter & 15)], at);
  out.set([1, discontinuity, 0], at + 4); // adaptation field; pointer_field
  const start = at + 7;
  const sectionLength = 5 + rest.length + crcBytes;
  out.set([tableId, ...bytesOf16(0xb000 | sectionLength)], start);
  out.set([...bytesOf16(idExtension), firstVersionCurrent, 0, 0], start + tableHeadBytes);
  out.set(rest, start + tableHeadBytes + 5);
  const end = start + tableHeadBytes + sectionLength - crcBytes;
  const crc = crc32(out, start, end);
  out.set([...bytesOf16(crc >>> 16), ...bytesOf16(crc & 0xffff)], end);
}

function bytesOf16(value: number): readonly [number, number] {
  return [(value >> 8) & 0xff, value & 0xff];
}

/** Annex A: the polynomial of CRC-32, not reflected, without a final inversion. */
function crc32(bytes: Uint8Array, start: number, end: number): number {
  const polynomial = 0x04c11db7;
  let crc = 0xffffffff;
  for (let at = start; at < end; at += 1) {
    crc ^= (bytes[at] ?? 0) << 24;
    for (let bit = 0; bit < 8; bit += 1) crc = crc < 0 ? (crc << 1) ^ polynomial : crc << 1;
  }
  return crc >>> 0;
}
