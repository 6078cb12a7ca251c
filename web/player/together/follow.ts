/**
 * Keeps one video at the moment that all show. In: how far it is off, many times a second. Out: a playback rate, or a
 * seek. Small differences are trimmed away unseen; large ones are jumped, rarely, because each jump costs a picture.
 */
export interface Measured {
  /** Of any clock that never steps. */
  readonly nowMs: number;
  /** Where the video is, less where it shall be; seconds of footage. */
  readonly errorSeconds: number;
  /** Of the clock. */
  readonly speed: number;
}

export type Advice =
  | { readonly kind: 'rate'; readonly rate: number }
  /** @property leadSeconds of footage that will have passed when the picture is there */
  | { readonly kind: 'seek'; readonly leadSeconds: number };

/** Beyond it a trim would take longer than a jump. */
const jumpSeconds = 0.4;
/** One at a time: a video that is slow must not be kept from ever showing a picture. */
const betweenSeeksMs = 1500;
/** Below it nobody sees a difference, and another rate would only cost. */
const toleranceSeconds = 0.004;
const gainPerSecond = 1.5;
const largestTrim = 0.1;
/** A seek that took longer says nothing of the next. */
const longestLeadMs = 1000;

export class Follow {
  #soughtMs = -Infinity;
  #leadMs = 80;

  step({ nowMs, errorSeconds, speed }: Measured): Advice {
    if (Math.abs(errorSeconds) > jumpSeconds) {
      if (nowMs - this.#soughtMs < betweenSeeksMs)
        return { kind: 'rate', rate: trimmed(speed, errorSeconds) };
      this.sought(nowMs);
      return { kind: 'seek', leadSeconds: (this.#leadMs / 1000) * speed };
    }
    if (Math.abs(errorSeconds) <= toleranceSeconds) return { kind: 'rate', rate: speed };
    return { kind: 'rate', rate: trimmed(speed, errorSeconds) };
  }

  /** Somebody else sought: a new wish. */
  sought(nowMs: number): void {
    this.#soughtMs = nowMs;
  }

  /** The picture of the seek is on the screen: the next one aims ahead by so much. */
  landed(nowMs: number): void {
    const tookMs = nowMs - this.#soughtMs;
    if (tookMs <= longestLeadMs) this.#leadMs = 0.6 * this.#leadMs + 0.4 * tookMs;
  }
}

function trimmed(speed: number, errorSeconds: number): number {
  const trim = Math.min(largestTrim, Math.max(-largestTrim, gainPerSecond * errorSeconds));
  return speed * (1 - trim);
}
