/**
 * The first bytes of an Opus packet: how long it sounds (RFC 6716, 3).
 */
import type { Ticks } from '../../../base/units.ts';
import { ticks } from '../../../base/units.ts';

/** Frame length by configuration, in ticks of 48 kHz (RFC 6716, table 2): four modes of SILK, two hybrid, CELT. */
const silkTicks = [480, 960, 1920, 2880];
const hybridTicks = [480, 960];
const celtTicks = [120, 240, 480, 960];
const firstHybrid = 12;
const firstCelt = 16;
/** 120 ms (RFC 6716, 3.2.5). */
const maxPacketTicks = 5760;

/** Length of a packet on the 48 kHz clock, 120 to 5760; undefined when it is no Opus packet. */
export function opusPacketTicks(packet: Uint8Array): Ticks | undefined {
  const [toc, countByte] = packet;
  if (toc === undefined) return undefined;
  const frames = frameCount(toc & 3, countByte);
  const total = frames * frameTicks(toc >> 3);
  return total > 0 && total <= maxPacketTicks ? ticks(total) : undefined;
}

function frameTicks(configuration: number): number {
  if (configuration < firstHybrid) return silkTicks[configuration % 4] ?? 0;
  if (configuration < firstCelt) return hybridTicks[configuration % 2] ?? 0;
  return celtTicks[configuration % 4] ?? 0;
}

/** Code 0: one frame; 1 and 2: two; 3: the next byte says (RFC 6716, 3.2). */
function frameCount(code: number, countByte: number | undefined): number {
  if (code === 3) return (countByte ?? 0) & 0x3f;
  return code === 0 ? 1 : 2;
}
