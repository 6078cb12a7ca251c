/** Lets a few of many do something at one time; the others wait their turn, first come, first served. */
export class Gate {
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];
  #inside = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Runs it when there is room. @param wanted asked then: whoever went away gives the turn on. */
  async pass<T>(wanted: () => boolean, run: () => Promise<T>): Promise<T | undefined> {
    if (this.#inside >= this.#limit) await new Promise<void>((enter) => this.#waiting.push(enter));
    this.#inside++;
    try {
      return wanted() ? await run() : undefined;
    } finally {
      this.#inside--;
      this.#waiting.shift()?.();
    }
  }

  /** Runs it now, or not at all. */
  try(run: () => Promise<unknown>): void {
    if (this.#inside < this.#limit) void this.pass(() => true, run);
  }
}
