/**
 * The beginning of the video usability information, which H.264 (E.1.1) and H.265 (E.2.1) share:
 * shape of a pixel and colours, read over to get to the times behind.
 */
import type { BitReader } from '../bits.ts';

const extendedSampleAspectRatio = 255;

export function skipVuiHead(reader: BitReader): void {
  if (reader.flag() && reader.bits(8) === extendedSampleAspectRatio) reader.skip(32);
  if (reader.flag()) reader.skip(1); // overscan
  if (reader.flag()) {
    reader.skip(4); // video_format, video_full_range_flag
    if (reader.flag()) reader.skip(24); // colour description
  }
  if (reader.flag()) {
    reader.ue(); // chroma_sample_loc_type_top_field
    reader.ue(); // chroma_sample_loc_type_bottom_field
  }
}
