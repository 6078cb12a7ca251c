/**
 * What is worth knowing before a camera is added, in words: what it means, what to do. In: what tests measured.
 * Out: sentences, the weightiest first, beginning with what the server found in the main stream. Pure.
 */
import type { ProbeResult } from '../../../../src/api/contract/cameras.ts';

type Measured = Extract<ProbeResult, { ok: true }>;

export interface Finding {
  readonly tone: 'warn' | 'note';
  readonly words: string;
}

/** A second stream above this part of the first saves nothing. */
const largeSubRatio = 0.6;
const largeSubWidth = 1280;
/** Whatever the main stream sends: this is little. */
const smallBitsPerSecond = 1e6;
const heavyBitsPerSecond = 12e6;

/** @param sub undefined when there is none, or it was not tested @param hasSub whether one was chosen */
export function findings(main: Measured, sub: Measured | undefined, hasSub: boolean): Finding[] {
  return [...main.advice.map(warn), ...ofMain(main), ...ofSound(main), ...ofSub(main, sub, hasSub)];
}

function ofMain({ bitrateBps }: Measured): Finding[] {
  if (bitrateBps <= heavyBitsPerSecond) return [];
  const rate = `${Math.round(bitrateBps / 1e6)} Mbit/s`;
  return [note(`It sends ${rate}, about ${dayBytes(bitrateBps)} a day. A lower bitrate is rarely seen.`)];
}

function ofSound({ tracks }: Measured): Finding[] {
  const sound = tracks.find(({ kind }) => kind === 'audio');
  return sound ? [] : [note('No sound: recordings will be silent.')];
}

function ofSub(main: Measured, sub: Measured | undefined, hasSub: boolean): Finding[] {
  if (!hasSub) {
    return [
      note(
        'There is no second, smaller stream: small tiles load the full picture. Many cameras have one to switch on.',
      ),
    ];
  }
  if (!sub) return [];
  const video = sub.tracks.find(({ kind }) => kind === 'video');
  const isLarge =
    (video?.width ?? 0) > largeSubWidth ||
    sub.bitrateBps > Math.max(smallBitsPerSecond, largeSubRatio * main.bitrateBps);
  const found: Finding[] = [];
  if (isLarge) {
    found.push(
      note('The second stream is almost as large as the first. 640 × 360 at 500 kbit/s is enough for tiles.'),
    );
  }
  if (video?.codec === 'h265') {
    found.push(note('The second stream is H.265, too. As H.264 it would play in every browser.'));
  }
  return found;
}

/** For example `43 GB`. */
export function dayBytes(bitrateBps: number): string {
  const gigabytes = (bitrateBps * 86_400) / 8 / 1e9;
  return gigabytes < 10 ? `${gigabytes.toFixed(1)} GB` : `${Math.round(gigabytes)} GB`;
}

function warn(words: string): Finding {
  return { tone: 'warn', words };
}

function note(words: string): Finding {
  return { tone: 'note', words };
}
