/**
 * For tests: streams made by real encoders and packetizers, see `testdata/make.sh`.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { OrderedPacket } from '../rtp/payload.ts';
import { splitAnnexB } from './nal-units.ts';

/** NAL units of a byte stream in `testdata`. */
export function nalsOf(file: string): Uint8Array[] {
  return splitAnnexB(readFileSync(pathOf(file)));
}

export function pathOf(file: string): string {
  return new URL(`testdata/${file}`, import.meta.url).pathname;
}

/** RTP packets that lie behind 16 bit lengths (RFC 4571); without header extensions and padding. */
export function packetsOf(file: string): OrderedPacket[] {
  const bytes = readFileSync(pathOf(file));
  const packets: OrderedPacket[] = [];
  for (let at = 0; at < bytes.length; at += 2 + bytes.readUInt16BE(at)) {
    const packet = bytes.subarray(at + 2, at + 2 + bytes.readUInt16BE(at));
    packets.push({
      sequence: packet.readUInt16BE(2),
      time: packet.readUInt32BE(4),
      marker: (packet.readUInt8(1) & 0x80) !== 0,
      lostBefore: 0,
      payload: packet.subarray(12 + 4 * (packet.readUInt8(0) & 15)),
    });
  }
  return packets;
}

/** Presentation and decoding times in decoding order. */
export function timesOf(file: string): { pts: number; dts: number }[] {
  const lines = readFileSync(pathOf(file), 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [pts = NaN, dts = NaN] = line.split(',').map(Number);
    return { pts, dts };
  });
}

export interface Probed {
  readonly width: number;
  readonly height: number;
  readonly level: number;
  readonly pix_fmt: string;
  readonly r_frame_rate: string;
  readonly has_b_frames: number;
}

/** What ffprobe says about a byte stream in `testdata`. */
export function probe(file: string): Probed {
  const args = ['-v', 'error', '-show_streams', '-of', 'json', pathOf(file)];
  const json = execFileSync('ffprobe', args, { encoding: 'utf8', timeout: 20_000 });
  const { streams } = JSON.parse(json) as { streams: readonly Probed[] };
  const [stream] = streams;
  if (!stream) throw new Error(`ffprobe finds no stream in ${file}`);
  return stream;
}

/** ffprobe's fraction as a number. */
export function rateOf(probed: Probed): number {
  const [frames = NaN, seconds = NaN] = probed.r_frame_rate.split('/').map(Number);
  return frames / seconds;
}
