/**
 * Turns at a volume: so many users work at one time, each does one step and then stands at the end of the queue.
 * A step that hangs keeps its place and harms no other volume.
 */

export interface LaneUser {
  /** One bounded piece of work. Never rejects. */
  step(): Promise<void>;
}

export class Lane {
  readonly #limit: number;
  readonly #waiting = new Set<LaneUser>();
  /** Those that work, and whether they asked for another turn meanwhile. */
  readonly #working = new Map<LaneUser, boolean>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The user gets a step, soon; asking again before it begins changes nothing. */
  ask(user: LaneUser): void {
    if (this.#working.has(user)) this.#working.set(user, true);
    else this.#waiting.add(user);
    this.#fill();
  }

  #fill(): void {
    for (const user of this.#waiting) {
      if (this.#working.size >= this.#limit) return;
      this.#waiting.delete(user);
      this.#working.set(user, false);
      void this.#run(user);
    }
  }

  async #run(user: LaneUser): Promise<void> {
    await user.step();
    const again = this.#working.get(user) === true;
    this.#working.delete(user);
    if (again) this.#waiting.add(user);
    this.#fill();
  }
}

/** Lets so many do something at one time; refuses when too many wait already. */
export class Gate {
  readonly #limit: number;
  readonly #maxWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #inside = 0;

  constructor(limit: number, maxWaiting: number) {
    this.#limit = limit;
    this.#maxWaiting = maxWaiting;
  }

  /** Undefined when it was refused. Rejects with what `work` rejects with. */
  async through<T>(work: () => Promise<T>): Promise<{ readonly value: T } | undefined> {
    if (this.#inside >= this.#limit) {
      if (this.#waiting.length >= this.#maxWaiting) return undefined;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#inside += 1;
    try {
      return { value: await work() };
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#inside -= 1;
    }
  }
}
