/**
 * Which changes of cameras are worth a toast. In: what each camera is, again and again, and the time. Out: news.
 *
 * Promises: a camera that is away for less than `blipMs` says nothing, neither that it is gone nor that it is back; the
 * first look at a camera says nothing.
 */
import type { Camera } from '../../../../src/api/contract/cameras.ts';

/** Away for less long than this is a blip. */
export const blipMs = 15_000;

export type CameraNews =
  | { readonly kind: 'gone'; readonly camera: Camera }
  | { readonly kind: 'back'; readonly camera: Camera; readonly awayMs: number }
  | { readonly kind: 'not-recorded'; readonly camera: Camera }
  | { readonly kind: 'recorded-again'; readonly camera: Camera };

type Trouble = { readonly sinceMs: number; readonly told: boolean };

/** What was last known of one camera. Undefined: nothing is wrong. */
interface Known {
  readonly away: Trouble | undefined;
  readonly failing: Trouble | undefined;
}

export class CameraWatch {
  readonly #known = new Map<string, Known>();

  /** @param nowMs of any clock that does not jump */
  look(cameras: readonly Camera[], nowMs: number): CameraNews[] {
    const news: CameraNews[] = [];
    const ids = new Set(cameras.map(({ id }) => id));
    for (const id of this.#known.keys()) if (!ids.has(id)) this.#known.delete(id);
    for (const camera of cameras) {
      const before = this.#known.get(camera.id);
      const now: Known = {
        away: followed(isAway(camera), before?.away, !before, nowMs),
        failing: followed(camera.recordingState === 'failing', before?.failing, !before, nowMs),
      };
      this.#known.set(camera.id, now);
      if (before) news.push(...between(camera, before, now, nowMs));
    }
    return news;
  }
}

function between(camera: Camera, before: Known, now: Known, nowMs: number): CameraNews[] {
  const away = turn(before.away, now.away);
  if (away === 'told') return [{ kind: 'gone', camera }];
  const awayMs = nowMs - (before.away?.sinceMs ?? nowMs);
  if (away === 'over') return awayMs < blipMs ? [] : [{ kind: 'back', camera, awayMs }];
  // A camera that is away is not recorded either: that is said once.
  if (now.away || before.away) return [];
  const failing = turn(before.failing, now.failing);
  if (failing === 'told') return [{ kind: 'not-recorded', camera }];
  return failing === 'over' ? [{ kind: 'recorded-again', camera }] : [];
}

/** What is to be said about a trouble now, if anything. */
function turn(before: Trouble | undefined, now: Trouble | undefined): 'told' | 'over' | undefined {
  if (now) return now.told && before?.told !== true ? 'told' : undefined;
  return before?.told ? 'over' : undefined;
}

/** @param first what is wrong from the beginning is on the screen already, and is no news */
function followed(
  wrong: boolean,
  before: Trouble | undefined,
  first: boolean,
  nowMs: number,
): Trouble | undefined {
  if (!wrong) return undefined;
  const sinceMs = before?.sinceMs ?? nowMs;
  return { sinceMs, told: first || before?.told === true || nowMs - sinceMs >= blipMs };
}

function isAway({ enabled, status }: Camera): boolean {
  return enabled && (status.state === 'offline' || status.state === 'error' || status.state === 'stalled');
}
