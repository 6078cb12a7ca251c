/**
 * The server's clock, as seen from here. In: round trips. Out: what time it is there.
 * A page on a machine whose clock is wrong must still show the true age of a picture.
 */
export interface RoundTrip {
  /** Local clock when the question left and when the answer came; Unix ms. */
  readonly sentMs: number;
  readonly receivedMs: number;
  /** What the server's clock said in between; Unix ms. */
  readonly serverMs: number;
}

interface Estimate {
  readonly offsetMs: number;
  readonly roundTripMs: number;
  readonly atMs: number;
}

/** An old estimate gives way to a slightly worse new one: clocks drift, and laptops wake up. */
const staleAfterMs = 5 * 60_000;

export class ServerClock {
  #best: Estimate | undefined;

  /** True once there was an answer. */
  get known(): boolean {
    return this.#best !== undefined;
  }

  /** Largest possible error of `serverMs`; infinite before the first answer. */
  get uncertaintyMs(): number {
    return this.#best ? this.#best.roundTripMs / 2 : Infinity;
  }

  /** The shortest round trip is the most exact: the answer cannot have lain anywhere for long. */
  add(trip: RoundTrip): void {
    const roundTripMs = trip.receivedMs - trip.sentMs;
    if (!(roundTripMs >= 0) || !Number.isFinite(trip.serverMs)) return;
    const stale = this.#best !== undefined && trip.receivedMs - this.#best.atMs > staleAfterMs;
    if (this.#best && !stale && roundTripMs > this.#best.roundTripMs) return;
    const offsetMs = trip.serverMs - (trip.sentMs + roundTripMs / 2);
    this.#best = { offsetMs, roundTripMs, atMs: trip.receivedMs };
  }

  /** @param localMs Unix ms on this machine. Before the first answer the clocks are taken as equal. */
  serverMs(localMs: number): number {
    return localMs + (this.#best?.offsetMs ?? 0);
  }

  localMs(serverMs: number): number {
    return serverMs - (this.#best?.offsetMs ?? 0);
  }
}

/** Middle value of the last few, so that one late frame does not make the figure jump. */
export class RunningMedian {
  readonly #values: number[] = [];
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
  }

  add(value: number): void {
    this.#values.push(value);
    if (this.#values.length > this.#size) this.#values.shift();
  }

  clear(): void {
    this.#values.length = 0;
  }

  get value(): number | undefined {
    const sorted = [...this.#values].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)];
  }
}
