/**
 * Payload types that need no rtpmap: RFC 3551, tables 4 and 5.
 */
import type { RtpMap } from './description.ts';

type Row = readonly [payloadType: number, encoding: string, clockHz: number, channels: number | undefined];

const rows: readonly Row[] = [
  [0, 'PCMU', 8000, 1],
  [3, 'GSM', 8000, 1],
  [4, 'G723', 8000, 1],
  [5, 'DVI4', 8000, 1],
  [6, 'DVI4', 16000, 1],
  [7, 'LPC', 8000, 1],
  [8, 'PCMA', 8000, 1],
  // G.722 samples at 16 kHz; its RTP clock is 8 kHz (RFC 3551, 4.5.2).
  [9, 'G722', 8000, 1],
  [10, 'L16', 44100, 2],
  [11, 'L16', 44100, 1],
  [12, 'QCELP', 8000, 1],
  [13, 'CN', 8000, 1],
  [14, 'MPA', 90000, undefined],
  [15, 'G728', 8000, 1],
  [16, 'DVI4', 11025, 1],
  [17, 'DVI4', 22050, 1],
  [18, 'G729', 8000, 1],
  [25, 'CelB', 90000, undefined],
  [26, 'JPEG', 90000, undefined],
  [28, 'nv', 90000, undefined],
  [31, 'H261', 90000, undefined],
  [32, 'MPV', 90000, undefined],
  [33, 'MP2T', 90000, undefined],
  [34, 'H263', 90000, undefined],
];

export const staticPayloads: ReadonlyMap<number, RtpMap> = new Map(
  rows.map(([payloadType, encoding, clockHz, channels]) => [
    payloadType,
    { payloadType, encoding, clockHz, channels },
  ]),
);
