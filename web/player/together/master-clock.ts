/**
 * The moment that many pictures show: T = T0 + speed · (now − t0). In: a clock that never steps, and what is wished. Out:
 * that moment. It never waits for a picture; pictures follow it.
 */
export class MasterClock {
  #atMs: number;
  #sinceMs: number;
  #speed = 1;
  #runs = false;

  /** @param nowMs of any clock that never steps, here and below. @param atMs Unix ms. */
  constructor(nowMs: number, atMs: number) {
    this.#sinceMs = nowMs;
    this.#atMs = atMs;
  }

  get runs(): boolean {
    return this.#runs;
  }

  at(nowMs: number): number {
    return this.#runs ? this.#atMs + this.#speed * (nowMs - this.#sinceMs) : this.#atMs;
  }

  set(nowMs: number, atMs: number): void {
    this.#sinceMs = nowMs;
    this.#atMs = atMs;
  }

  run(nowMs: number, runs: boolean): void {
    this.set(nowMs, this.at(nowMs));
    this.#runs = runs;
  }

  setSpeed(nowMs: number, speed: number): void {
    this.set(nowMs, this.at(nowMs));
    this.#speed = speed;
  }
}
