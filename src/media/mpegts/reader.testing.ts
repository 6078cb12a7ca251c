/**
 * For tests: a reader of transport streams that knows nothing of how ours are written. It checks what every receiver
 * relies on (ISO/IEC 13818-1) and throws at the first thing that is wrong.
 */
import assert from 'node:assert/strict';

export interface ReadPes {
  readonly pid: number;
  readonly streamId: number;
  readonly pts: number;
  readonly dts: number;
  readonly payload: Uint8Array;
  readonly randomAccess: boolean;
  readonly pcr: number | undefined;
}

export interface ReadTs {
  /** By PID: stream type and descriptors. */
  readonly streams: ReadonlyMap<number, { readonly type: number; readonly descriptors: Uint8Array }>;
  readonly pcrPid: number;
  /** In the order in which they begin. */
  readonly packets: readonly ReadPes[];
}

interface OpenPes {
  readonly pieces: Uint8Array[];
  readonly randomAccess: boolean;
  readonly pcr: number | undefined;
  readonly order: number;
}

export function readTs(bytes: Uint8Array): ReadTs {
  assert.equal(bytes.length % 188, 0, 'whole packets');
  const reading = new Reading();
  for (let at = 0; at < bytes.length; at += 188) reading.packet(bytes.subarray(at, at + 188));
  return reading.end();
}

class Reading {
  #pmtPid: number | undefined;
  #pcrPid = -1;
  readonly #streams = new Map<number, { type: number; descriptors: Uint8Array }>();
  readonly #counters = new Map<number, number>();
  readonly #open = new Map<number, OpenPes>();
  readonly #done: (ReadPes & { order: number })[] = [];
  #order = 0;

  packet(packet: Uint8Array): void {
    assert.equal(packet[0], 0x47, 'sync byte');
    assert.equal(u8(packet, 1) & 0xa0, 0, 'no error, no priority');
    const pid = ((u8(packet, 1) & 0x1f) << 8) | u8(packet, 2);
    const starts = (u8(packet, 1) & 0x40) !== 0;
    assert.equal(u8(packet, 3) & 0xd0, 0x10, 'not scrambled, with a payload');
    const adaptation = u8(packet, 3) & 0x20 ? packet.subarray(5, 5 + u8(packet, 4)) : undefined;
    const body = packet.subarray(adaptation ? 5 + adaptation.length : 4);
    assert.ok(body.length > 0, 'some payload');
    const flags = adaptation?.[0] ?? 0;
    this.#checkCounter(pid, u8(packet, 3) & 15, (flags & 0x80) !== 0);
    const pcr = flags & 0x10 ? readPcr(packet.subarray(6)) : undefined;
    if (adaptation) {
      const used = 1 + (pcr === undefined ? 0 : 6);
      assert.ok(
        adaptation.subarray(used).every((byte) => byte === 0xff),
        'stuffing',
      );
    }
    if (pid === 0 || pid === this.#pmtPid) this.#section(pid, body, starts);
    else this.#stream(pid, body, { starts, randomAccess: (flags & 0x40) !== 0, pcr });
  }

  end(): ReadTs {
    for (const pid of this.#open.keys()) this.#finish(pid);
    const packets = this.#done.toSorted((a, b) => a.order - b.order).map(({ order: _order, ...pes }) => pes);
    return { streams: this.#streams, pcrPid: this.#pcrPid, packets };
  }

  #checkCounter(pid: number, counter: number, discontinuity: boolean): void {
    const before = this.#counters.get(pid);
    if (before !== undefined && !discontinuity) assert.equal(counter, (before + 1) & 15, `counter of ${pid}`);
    this.#counters.set(pid, counter);
  }

  #section(pid: number, body: Uint8Array, starts: boolean): void {
    assert.ok(starts && body[0] === 0, 'one section in one packet');
    const length = ((u8(body, 2) & 15) << 8) | u8(body, 3);
    const section = body.subarray(1, 4 + length);
    assert.equal(slowCrc(section), 0, 'checksum');
    assert.ok(
      body.subarray(4 + length).every((byte) => byte === 0xff),
      'stuffing after the section',
    );
    if (pid === 0) {
      assert.equal(section[0], 0);
      this.#pmtPid = ((u8(section, 10) & 0x1f) << 8) | u8(section, 11);
      return;
    }
    assert.equal(section[0], 2);
    this.#pcrPid = ((u8(section, 8) & 0x1f) << 8) | u8(section, 9);
    assert.equal(((u8(section, 10) & 15) << 8) | u8(section, 11), 0, 'no program descriptors');
    for (let at = 12; at < section.length - 4;) {
      const type = u8(section, at);
      const own = ((u8(section, at + 1) & 0x1f) << 8) | u8(section, at + 2);
      const size = ((u8(section, at + 3) & 15) << 8) | u8(section, at + 4);
      this.#streams.set(own, { type, descriptors: section.slice(at + 5, at + 5 + size) });
      at += 5 + size;
    }
  }

  #stream(
    pid: number,
    body: Uint8Array,
    { starts, randomAccess, pcr }: { starts: boolean; randomAccess: boolean; pcr: number | undefined },
  ): void {
    assert.ok(this.#streams.has(pid), `PID ${pid} stands in the table`);
    if (starts) {
      this.#finish(pid);
      this.#open.set(pid, { pieces: [], randomAccess, pcr, order: this.#order });
      this.#order += 1;
    }
    const open = this.#open.get(pid);
    assert.ok(open, 'begins with the start of a PES packet');
    open.pieces.push(body);
  }

  #finish(pid: number): void {
    const open = this.#open.get(pid);
    if (!open) return;
    this.#open.delete(pid);
    const bytes = Buffer.concat(open.pieces);
    assert.deepEqual([...bytes.subarray(0, 3)], [0, 0, 1], 'start code of a PES packet');
    const length = bytes.readUInt16BE(4);
    if (length > 0) assert.equal(length, bytes.length - 6, 'length of the PES packet');
    else assert.ok(bytes.length - 6 > 0xffff, 'without length only if it does not fit');
    const hasDts = (u8(bytes, 7) & 0xc0) === 0xc0;
    assert.equal(bytes[8], hasDts ? 10 : 5);
    const pts = readTimestamp(bytes.subarray(9), hasDts ? 3 : 2);
    const dts = hasDts ? readTimestamp(bytes.subarray(14), 1) : pts;
    const { randomAccess, pcr, order } = open;
    const payload = bytes.subarray(9 + u8(bytes, 8));
    this.#done.push({ pid, streamId: u8(bytes, 3), pts, dts, payload, randomAccess, pcr, order });
  }
}

function readTimestamp(bytes: Uint8Array, prefix: number): number {
  assert.equal(u8(bytes, 0) >> 4, prefix, 'which timestamp it is');
  assert.ok(u8(bytes, 0) & u8(bytes, 2) & u8(bytes, 4) & 1, 'marker bits');
  let value = 0n;
  for (const [at, shift] of [7n, 8n, 7n, 8n, 7n].entries()) {
    const bits = BigInt(u8(bytes, at)) >> (shift === 7n ? 1n : 0n);
    value = (value << shift) | (bits & ((1n << shift) - 1n));
  }
  return Number(value & 0x1ffffffffn);
}

function readPcr(bytes: Uint8Array): number {
  let value = 0n;
  for (const byte of bytes.subarray(0, 6)) value = (value << 8n) | BigInt(byte);
  assert.equal(value & 0x7fffn, 0x7e00n, 'reserved bits, no extension');
  return Number(value >> 15n);
}

/** Bit by bit; 0 over a section with its checksum. */
function slowCrc(bytes: Uint8Array): number {
  let crc = 0xffffffffn;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit -= 1) {
      const out = (crc >> 31n) ^ BigInt((byte >> bit) & 1);
      crc = (crc << 1n) & 0xffffffffn;
      if (out) crc ^= 0x04c11db7n;
    }
  }
  return Number(crc);
}

function u8(bytes: Uint8Array, at: number): number {
  const value = bytes[at];
  assert.ok(value !== undefined, 'not cut off');
  return value;
}
