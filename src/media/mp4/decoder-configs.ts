/** Decoder configuration records of ISO/IEC 14496-15. */
import type { H265Config } from '../track.ts';

/** 8.3.3.1 */
export function writeHvcC(config: H265Config): Uint8Array {
  const sets: readonly (readonly [number, readonly Uint8Array[]])[] = [
    [32, [config.vps]],
    [33, [config.sps]],
    [34, config.pps],
  ];
  const profile = unescaped(config.sps).slice(3, 15);
  const out = [1, ...profile, 0xf0, 0, 0xfc, 0xfd, 0xf8, 0xf8, 0, 0, 0x0f, sets.length];
  for (const [type, units] of sets) {
    out.push(0x80 | type, 0, units.length);
    for (const unit of units) out.push(unit.length >> 8, unit.length & 0xff, ...unit);
  }
  return Uint8Array.from(out);
}

function unescaped(nal: Uint8Array): number[] {
  const out: number[] = [];
  for (const [i, byte] of nal.entries()) {
    if (byte !== 3 || nal[i - 1] !== 0 || nal[i - 2] !== 0) out.push(byte);
  }
  return out;
}
