/**
 * The boxes of a track that are the same in every kind of MP4 file, fragmented or not.
 * Box numbers are those of ISO/IEC 14496-12:2022.
 */
import type { Track } from '../track.ts';
import { isVideo } from '../track.ts';
import type { BoxWriter } from './box-writer.ts';

/** The picture as it is: neither turned nor scaled. */
export function matrix(out: BoxWriter): void {
  for (const value of [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000]) out.u32(value);
}

/** 8.4.3 */
export function hdlr(out: BoxWriter, track: Track): void {
  const box = out.openFull('hdlr', 0, 0);
  out.u32(0); // pre_defined
  out.fourcc(isVideo(track.codec) ? 'vide' : 'soun'); // handler_type
  out.zeros(12); // reserved
  out.u8(0); // name: empty
  out.close(box);
}

/** What stands before the sample table in `minf`: `vmhd` or `smhd`, and `dinf`. */
export function mediaHead(out: BoxWriter, track: Track): void {
  if (isVideo(track.codec)) vmhd(out);
  else smhd(out);
  dinf(out);
}

/** 12.1.2 */
function vmhd(out: BoxWriter): void {
  const box = out.openFull('vmhd', 0, 1);
  out.u16(0); // graphicsmode: copy
  out.zeros(6); // opcolor
  out.close(box);
}

/** 12.2.2 */
function smhd(out: BoxWriter): void {
  const box = out.openFull('smhd', 0, 0);
  out.u16(0); // balance: centre
  out.u16(0); // reserved
  out.close(box);
}

/** 8.7.1, 8.7.2 */
function dinf(out: BoxWriter): void {
  const inThisFile = 1;
  const box = out.open('dinf');
  const dref = out.openFull('dref', 0, 0);
  out.u32(1); // entry_count
  out.close(out.openFull('url ', 0, inThisFile));
  out.close(dref);
  out.close(box);
}
