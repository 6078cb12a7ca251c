/**
 * RTP payloads out of access units, the part that H.264 and H.265 share: what fits goes as it is, small NAL units
 * travel together, large ones are cut. The codec says how the headers look.
 *
 * Promise: no payload is above the limit, the marker is on the last one only, whole NAL units are not copied.
 */
import type { Packetize, RtpPayload } from '../rtp/payload.ts';

export interface NalPacketFormat {
  readonly headerBytes: 1 | 2;
  /** Before the first fragment's bytes: payload header and fragment header. */
  readonly fragmentHeaderBytes: number;
  writeAggregateHeader(nals: readonly Uint8Array[], payload: Uint8Array): void;
  writeFragmentHeader(nal: Uint8Array, position: FragmentPosition, payload: Uint8Array): void;
}

export interface FragmentPosition {
  readonly first: boolean;
  readonly last: boolean;
}

/** Below this an access unit of 8 MiB would become an absurd number of packets. */
export const minPayloadBytes = 16;
const lengthBytes = 2;
const maxAggregatedNalBytes = 0xffff;

export function nalPacketizer(format: NalPacketFormat): Packetize {
  return (nals, maxPayloadBytes) => {
    if (maxPayloadBytes < minPayloadBytes)
      throw new RangeError(`payload limit below ${minPayloadBytes} bytes`);
    const payloads: Uint8Array[] = [];
    let at = 0;
    while (at < nals.length) {
      const nal = nals[at];
      const end = aggregateEnd(nals, at, maxPayloadBytes, format.headerBytes);
      if (end - at > 1) payloads.push(aggregate(nals.slice(at, end), format));
      else if (nal && nal.length <= maxPayloadBytes) payloads.push(nal);
      else if (nal) cut(nal, maxPayloadBytes, format, payloads);
      at = Math.max(end, at + 1);
    }
    return payloads.map((payload, i): RtpPayload => {
      return { payload, marker: i === payloads.length - 1, timeOffset: 0 };
    });
  };
}

/** Index after the last NAL unit that fits into one packet with the ones from `start`. */
function aggregateEnd(
  nals: readonly Uint8Array[],
  start: number,
  maxBytes: number,
  headerBytes: number,
): number {
  let bytes = headerBytes;
  let end = start;
  for (let nal = nals[end]; nal && nal.length <= maxAggregatedNalBytes; nal = nals[end]) {
    bytes += lengthBytes + nal.length;
    if (bytes > maxBytes) break;
    end += 1;
  }
  return end;
}

function aggregate(nals: readonly Uint8Array[], format: NalPacketFormat): Uint8Array {
  let bytes = format.headerBytes as number;
  for (const nal of nals) bytes += lengthBytes + nal.length;
  const payload = new Uint8Array(bytes);
  format.writeAggregateHeader(nals, payload);
  let at = format.headerBytes as number;
  for (const nal of nals) {
    payload[at] = nal.length >> 8;
    payload[at + 1] = nal.length & 255;
    payload.set(nal, at + lengthBytes);
    at += lengthBytes + nal.length;
  }
  return payload;
}

/** All fragments lie in one allocation. */
function cut(nal: Uint8Array, maxBytes: number, format: NalPacketFormat, payloads: Uint8Array[]): void {
  const { headerBytes, fragmentHeaderBytes } = format;
  const partBytes = maxBytes - fragmentHeaderBytes;
  const count = Math.ceil((nal.length - headerBytes) / partBytes);
  const all = new Uint8Array(nal.length - headerBytes + count * fragmentHeaderBytes);
  let at = 0;
  for (let i = 0; i < count; i += 1) {
    const start = headerBytes + i * partBytes;
    const part = nal.subarray(start, start + partBytes);
    const payload = all.subarray(at, at + fragmentHeaderBytes + part.length);
    format.writeFragmentHeader(nal, { first: i === 0, last: i === count - 1 }, payload);
    payload.set(part, fragmentHeaderBytes);
    payloads.push(payload);
    at += payload.length;
  }
}
