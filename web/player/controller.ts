/**
 * Keeps playback close to live. In: how much is buffered, every 50 ms. Out: a playback rate, or a seek.
 *
 * hls.js only speeds up while more than a second is buffered, so a target below that is never
 * reached, and each stall moves its target away for good. This one chases any target from
 * both sides and comes back after trouble.
 *
 * Parts arrive in bursts, so what is buffered is a sawtooth; its lowest point within a second
 * is the true reserve. The mean would look fine right until the picture stops.
 */
export interface LatencyLimits {
  /** The reserve to aim for when all is well. */
  readonly floorSeconds: number;
  /** The reserve is never aimed higher than this, however bad the network. */
  readonly ceilingSeconds: number;
  /** How long the lowest point is remembered: longer than one burst. */
  readonly windowMs: number;
  /** More than this over the target is not chased but jumped. */
  readonly jumpSeconds: number;
}

export interface Measurement {
  /** Any clock that never steps. */
  readonly nowMs: number;
  readonly positionSeconds: number;
  /** End of the buffered range that holds the position; undefined when it lies in none. */
  readonly bufferedEndSeconds: number | undefined;
  /** Where the server says live is, on the same time line; undefined when it is unknown. */
  readonly liveSeconds: number | undefined;
}

export type Advice =
  { readonly kind: 'rate'; readonly rate: number } | { readonly kind: 'seek'; readonly toSeconds: number };

const fastestRate = 1.15;
/** Building up a reserve that is too small: slow enough not to be seen. */
const slowestRate = 0.95;
const gainPerSecond = 0.8;
/** Below this the difference is noise, and a rate other than 1 costs resampling of the sound. */
const toleranceSeconds = 0.03;
/**
 * Measured on a busy two-core machine: with one part in reserve four short stalls in 90 s. A picture is older than the
 * reserve by a part, which the server collects first.
 */
const reserveParts = 1.25;
/** What LL-HLS recommends to stay behind anyway (RFC 8216bis, 4.4.3.8); beyond it is what the server wishes. */
const usualHoldBackParts = 3;
/** What a stall asks for beyond its own length: it would only just have been enough. */
const marginSeconds = 0.02;
/** Nothing came for longer than this: no reserve that anybody wants would have covered it. */
const outageMs = 1000;
const recoverFactor = 0.85;
const recoverAfterMs = 10_000;
/** Further behind the server's own live point than this, the data itself came late: leave it. */
const lostSeconds = 6;
const betweenSeeksMs = 3000;

interface Sample {
  readonly atMs: number;
  readonly gapSeconds: number;
}

/** One picture at 25 a second, and some: with less, a busy browser runs dry now and then. */
const leastReserveSeconds = 0.06;
/** Of a picture's way to the screen that is no reserve: sending, decoding, waiting for the screen. */
const onTheWaySeconds = 0.04;

/** For a stream that comes frame by frame. @param targetMs the delay that the camera's viewers accept. */
export function frameLimits(targetMs: number): LatencyLimits {
  const floorSeconds = Math.max(leastReserveSeconds, targetMs / 1000 - onTheWaySeconds);
  return {
    floorSeconds,
    ceilingSeconds: Math.max(2, floorSeconds * 1.5),
    windowMs: 1000,
    jumpSeconds: Math.max(1, floorSeconds),
  };
}

/**
 * For HLS.
 * @param partSeconds duration of a part; undefined for a stream of whole segments.
 * @param holdBackSeconds distance to live that the server asks for; three parts are the usual one.
 */
export function limitsFor(
  partSeconds: number | undefined,
  segmentSeconds: number,
  holdBackSeconds = 0,
): LatencyLimits {
  const burst = partSeconds ?? segmentSeconds;
  const least = partSeconds === undefined ? segmentSeconds * 0.75 : partSeconds * reserveParts;
  const floorSeconds = least + Math.max(0, holdBackSeconds - burst * usualHoldBackParts);
  return {
    floorSeconds,
    ceilingSeconds: Math.max(2, floorSeconds * 1.5, burst * 1.5),
    windowMs: Math.max(1000, burst * 1250),
    jumpSeconds: Math.max(2.5, burst * 2.5),
  };
}

export class LatencyController {
  readonly #limits: LatencyLimits;
  readonly #mayChangeRate: boolean;
  readonly #samples: Sample[] = [];
  #targetSeconds: number;
  #calmSinceMs: number | undefined;
  #dryMs: number | undefined;
  #lastSeekMs = -Infinity;

  /** @param mayChangeRate false where a changed rate is heard or seen (Safari): then it only jumps. */
  constructor(limits: LatencyLimits, mayChangeRate = true) {
    this.#limits = limits;
    this.#mayChangeRate = mayChangeRate;
    this.#targetSeconds = limits.floorSeconds;
  }

  /** The reserve aimed for now. */
  get targetSeconds(): number {
    return this.#targetSeconds;
  }

  /** Playback ran dry. */
  onWaiting(nowMs: number): void {
    this.#dryMs ??= nowMs;
    this.#calmSinceMs = nowMs;
    this.#samples.length = 0;
  }

  /** It goes on: from now on aim higher, by as much as was missing. */
  onPlaying(nowMs: number): void {
    if (this.#dryMs === undefined) return;
    const missedMs = nowMs - this.#dryMs;
    this.#dryMs = undefined;
    this.#calmSinceMs = nowMs;
    this.#samples.length = 0;
    if (missedMs > outageMs) return;
    const wanted = this.#targetSeconds + missedMs / 1000 + marginSeconds;
    this.#targetSeconds = Math.min(this.#limits.ceilingSeconds, wanted);
  }

  step(measured: Measurement): Advice {
    this.#recover(measured.nowMs);
    const end = measured.bufferedEndSeconds;
    const behindLive = (measured.liveSeconds ?? measured.positionSeconds) - measured.positionSeconds;
    if (behindLive > lostSeconds && measured.liveSeconds !== undefined && this.#maySeek(measured.nowMs)) {
      return this.#seek(measured.nowMs, measured.liveSeconds);
    }
    if (end === undefined) return { kind: 'rate', rate: 1 };
    const gap = end - measured.positionSeconds;
    const reserve = this.#lowest(measured.nowMs, gap);
    const surplus = reserve - this.#targetSeconds;
    if (surplus > this.#jumpSeconds() && this.#maySeek(measured.nowMs)) {
      return this.#seek(measured.nowMs, measured.positionSeconds + surplus);
    }
    if (!this.#mayChangeRate || Math.abs(surplus) <= toleranceSeconds) return { kind: 'rate', rate: 1 };
    const rate = 1 + gainPerSecond * surplus;
    return { kind: 'rate', rate: Math.min(fastestRate, Math.max(slowestRate, rate)) };
  }

  #jumpSeconds(): number {
    return this.#mayChangeRate ? this.#limits.jumpSeconds : this.#limits.jumpSeconds / 2;
  }

  #recover(nowMs: number): void {
    this.#calmSinceMs ??= nowMs;
    if (nowMs - this.#calmSinceMs < recoverAfterMs) return;
    this.#calmSinceMs = nowMs;
    this.#targetSeconds = Math.max(this.#limits.floorSeconds, this.#targetSeconds * recoverFactor);
  }

  #lowest(nowMs: number, gapSeconds: number): number {
    this.#samples.push({ atMs: nowMs, gapSeconds });
    while (this.#samples.length > 0 && (this.#samples[0]?.atMs ?? nowMs) <= nowMs - this.#limits.windowMs) {
      this.#samples.shift();
    }
    let lowest = gapSeconds;
    for (const sample of this.#samples) lowest = Math.min(lowest, sample.gapSeconds);
    return lowest;
  }

  #maySeek(nowMs: number): boolean {
    return nowMs - this.#lastSeekMs >= betweenSeeksMs;
  }

  #seek(nowMs: number, toSeconds: number): Advice {
    this.#lastSeekMs = nowMs;
    this.#samples.length = 0;
    return { kind: 'seek', toSeconds };
  }
}
