/**
 * How far the room on the disks goes with one camera more. In: what is stored, what the camera sends. Out: words. Pure.
 */
import type { Storage } from '../../../../src/api/contract/recording.ts';
import { dayBytes } from './findings.ts';

type Room = Pick<Storage, 'volumes' | 'totals'>;

/** @param bitrateBps of the stream that is recorded */
export function forecastWords(bitrateBps: number, room: Room | undefined): string {
  if (bitrateBps <= 0) return '';
  const own = `About ${dayBytes(bitrateBps)} a day when it is always recorded.`;
  const days = room && daysOf(bitrateBps, room);
  if (days === undefined) return own;
  if (days < 1)
    return `${own} With the cameras there are now, the room lasts less than a day: make room first.`;
  const count = days < 2 ? 'one day' : `${Math.floor(days)} days`;
  return `${own} With the cameras there are now, the room lasts about ${count}; then the oldest footage makes way.`;
}

/** Room that recordings use now is theirs again when the oldest go. Undefined when there is no disk to write on. */
function daysOf(bitrateBps: number, { volumes, totals }: Room): number | undefined {
  const usable = volumes.filter(({ state }) => state === 'ready' || state === 'full');
  if (usable.length === 0) return undefined;
  const free = usable.reduce((sum, { freeBytes }) => sum + Math.max(0, freeBytes - totals.minFreeBytes), 0);
  const room = free + totals.bytes - totals.heldBytes;
  const allowed = totals.maxBytes === null ? room : Math.min(room, totals.maxBytes);
  return Math.max(0, allowed) / (totals.bytesPerDay + (bitrateBps * 86_400) / 8);
}
