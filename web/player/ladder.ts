/**
 * Which way of playing to try next. In: what became of each way so far. Out: the ways to try now, best first.
 *
 * Pure but for its own memory, one per camera and page. A way that went wrong is left alone for a while, twice as
 * long each time: so nothing flaps, and nobody stays on a poor way for good.
 */
export type Way = 'webrtc' | 'socket' | 'hls' | 'jpeg' | 'snapshots';

/** Best first. Ways on one rung race: the first picture wins. */
const rungs: readonly (readonly Way[])[] = [['webrtc', 'socket'], ['hls'], ['jpeg'], ['snapshots']];

export const everyWay: readonly Way[] = rungs.flat();

/** A network that failed may be good again soon. */
const firstPauseMs = 30_000;
/** A camera seldom changes what it sends. */
const lastingPauseMs = 5 * 60_000;
const longestPauseMs = 16 * 60_000;
/** One freeze may be anybody's; a second one so soon after is the way's. */
const strikeWindowMs = 60_000;

interface Trouble {
  readonly reason: string;
  readonly lasting: boolean;
  readonly pauseMs: number;
  readonly untilMs: number;
}

export class Ladder {
  readonly #troubles = new Map<Way, Trouble>();
  readonly #strikes = new Map<Way, number>();

  /** @param lasting true when the server or the browser said so: it would say the same again. */
  failed(way: Way, reason: string, nowMs: number, lasting = false): void {
    const before = this.#troubles.get(way);
    const doubled = before ? before.pauseMs * 2 : firstPauseMs;
    const pauseMs = Math.min(longestPauseMs, Math.max(doubled, lasting ? lastingPauseMs : 0));
    this.#troubles.set(way, { reason, lasting, pauseMs, untilMs: nowMs + pauseMs });
  }

  /** It played and then stopped: forgiven once. */
  froze(way: Way, reason: string, nowMs: number): void {
    const before = this.#strikes.get(way) ?? -Infinity;
    this.#strikes.set(way, nowMs);
    if (nowMs - before < strikeWindowMs) this.failed(way, reason, nowMs);
  }

  /** It has played for long: what was, is forgotten. */
  steady(way: Way): void {
    this.#troubles.delete(way);
  }

  /** For news: the camera or the server is another one now. */
  forget(): void {
    this.#troubles.clear();
    this.#strikes.clear();
  }

  /** It was the server's trouble, or the camera's: only what lies in the way itself stays. */
  forgive(): void {
    for (const [way, { lasting }] of this.#troubles) if (!lasting) this.#troubles.delete(way);
    this.#strikes.clear();
  }

  /** The ways of the best rung that has one to offer; none when all went wrong lately. */
  best(usable: readonly Way[], nowMs: number): readonly Way[] {
    for (const rung of rungs) {
      const open = rung.filter((way) => usable.includes(way) && this.isOpen(way, nowMs));
      if (open.length > 0) return open;
    }
    return [];
  }

  /** What is worth a new try while `than` plays. */
  better(than: Way, usable: readonly Way[], nowMs: number): readonly Way[] {
    const ways = this.best(usable, nowMs);
    return rungOf(ways[0]) < rungOf(than) || !usable.includes(than) ? ways : [];
  }

  isOpen(way: Way, nowMs: number): boolean {
    return (this.#troubles.get(way)?.untilMs ?? nowMs) <= nowMs;
  }

  /** Why `way` is used and not a better one; undefined when there is none. */
  reason(way: Way, usable: readonly Way[]): string | undefined {
    for (const other of usable) {
      const trouble = other === way || rungOf(other) > rungOf(way) ? undefined : this.#troubles.get(other);
      if (trouble) return `${wayNames[other]}: ${trouble.reason}`;
    }
    return undefined;
  }
}

function rungOf(way: Way | undefined): number {
  const index = rungs.findIndex((rung) => rung.some((one) => one === way));
  return index < 0 ? rungs.length : index;
}

/** As people know them. */
export const wayNames: Readonly<Record<Way, string>> = {
  webrtc: 'WebRTC',
  socket: 'WebSocket',
  hls: 'HLS',
  jpeg: 'JPEG pictures',
  snapshots: 'Snapshots',
};
