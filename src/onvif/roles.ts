/**
 * Which stream of a camera to record and show large, and which for small tiles, with reasons for people. Pure.
 */
import type { Profile } from './profiles.ts';

export interface Suggestion {
  readonly role: 'main' | 'sub';
  /** A sentence without a full stop. */
  readonly reason: string;
}

type Choice = Pick<Profile, 'token' | 'source' | 'codec' | 'width' | 'height' | 'bitrateBps'>;

/** Smaller ones look blurred even in a tile of sixteen. */
const smallestTileWidth = 320;
/** What a tile of a wall shows on a large screen. */
const bestTileWidth = 640;
/** Pictures that no viewer here can show. */
const playable = new Set(['h264', 'h265']);

/** By token. Only of the first lens: who has several adds them one by one. */
export function suggestRoles(profiles: readonly Choice[]): ReadonlyMap<string, Suggestion> {
  const found = new Map<string, Suggestion>();
  const lens = profiles.filter(({ source }) => source === profiles[0]?.source);
  const usable = lens.some(isPlayable) ? lens.filter(isPlayable) : lens;
  const main = usable.toSorted((a, b) => pixels(b) - pixels(a) || bits(b) - bits(a))[0];
  if (!main) return found;
  found.set(main.token, {
    role: 'main',
    reason: 'The sharpest picture: for recording and for the full screen',
  });
  const smaller = usable.filter((one) => one !== main && pixels(one) < pixels(main));
  const sub = smaller.toSorted((a, b) => tileFault(a) - tileFault(b))[0];
  if (sub) found.set(sub.token, { role: 'sub', reason: subReason(sub) });
  return found;
}

function isPlayable({ codec }: Choice): boolean {
  return playable.has(codec);
}

function pixels({ width, height }: Choice): number {
  return (width ?? 0) * (height ?? 0);
}

function bits({ bitrateBps }: Choice): number {
  return bitrateBps ?? 0;
}

/** How badly it fits a tile: too small is worse than too large, and what not every browser plays is worse than both. */
function tileFault({ width, codec }: Choice): number {
  const wide = width ?? 0;
  const size = wide < smallestTileWidth ? 10_000 : Math.abs(wide - bestTileWidth);
  return size + (codec === 'h264' ? 0 : 5000);
}

function subReason({ codec }: Choice): string {
  const everywhere = codec === 'h264' ? ', and every browser plays it' : '';
  return `Small: many tiles at one time cost little${everywhere}`;
}
