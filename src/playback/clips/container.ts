/**
 * What kind of file a clip is, told by its first bytes and nothing else.
 */
export type Container = 'mp4' | 'ts' | 'mkv';

/** Three packets of MPEG-TS. */
export const sniffBytes = 3 * 188;

/** Undefined when the bytes begin no file that is taken. @param start `sniffBytes` of it, or all there are */
export function containerOf(start: Uint8Array): Container | undefined {
  if (isMp4(start)) return 'mp4';
  if (isMatroska(start)) return 'mkv';
  return isTransportStream(start) ? 'ts' : undefined;
}

/** Names of the boxes that stand first in files of ISO/IEC 14496-12 and QuickTime. */
const firstBoxes: ReadonlySet<string> = new Set(['ftyp', 'styp', 'moov', 'mdat', 'free', 'skip', 'wide']);

function isMp4(start: Uint8Array): boolean {
  return start.length >= 8 && firstBoxes.has(String.fromCharCode(...start.subarray(4, 8)));
}

/** EBML (RFC 8794, 11.2.1) */
function isMatroska(start: Uint8Array): boolean {
  return [0x1a, 0x45, 0xdf, 0xa3].every((byte, at) => start[at] === byte);
}

/** ISO/IEC 13818-1, 2.4.3.2 */
function isTransportStream(start: Uint8Array): boolean {
  const packets = Math.floor(start.length / 188);
  if (packets === 0) return false;
  for (let packet = 0; packet < packets; packet += 1) {
    if (start[packet * 188] !== 0x47) return false;
  }
  return true;
}
