/** How far the room on the disks goes. In: bytes that may be used, bytes per second. Out: words. */
import type { VolumeTest } from '../../../../src/api/contract/storage-test.ts';

/** What a household records, and what its cameras send. */
const cameras = 4;
const bitsPerSecond = 4e6;
const daySeconds = 86_400;
/** Twice what those cameras write: a disk must also delete, and be read. */
const enoughBytesPerSecond = (cameras * bitsPerSecond * 2) / 8;
/** A second that ends with a write this slow has little left for writing. */
const slowSyncMs = 250;

/** @returns for example “about 21 days of four cameras at 4 Mbit/s” */
export function roomWords(usableBytes: number): string {
  const days = (usableBytes * 8) / (cameras * bitsPerSecond * daySeconds);
  if (days < 1 / 24) return 'hardly anything: less than an hour of four cameras at 4 Mbit/s';
  if (days < 2) return `about ${count(Math.round(days * 24), 'hour')} of four cameras at 4 Mbit/s`;
  return `about ${count(Math.round(days), 'day')} of four cameras at 4 Mbit/s`;
}

function count(number: number, unit: string): string {
  return number === 1 ? `one ${unit}` : `${number} ${unit}s`;
}

/** What to think of a disk that works; empty: nothing to worry about. */
export function speedAdvice({
  writeBytesPerSecond,
  syncMs,
}: Pick<VolumeTest, 'writeBytesPerSecond' | 'syncMs'>): string {
  if (writeBytesPerSecond !== null && writeBytesPerSecond < enoughBytesPerSecond)
    return 'Slow: it may not keep up with four cameras. Prefer an internal disk or SSD.';
  if (syncMs !== null && syncMs > slowSyncMs)
    return 'It takes its time to make writes safe: under load, recordings may have gaps.';
  return '';
}
