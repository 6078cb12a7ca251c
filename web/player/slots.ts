/**
 * How many small players may play at one time: a browser opens six connections per
 * server over HTTP/1.1 and decodes on one machine. The others wait, first come, first served.
 */
export interface Slot {
  /** Gives the place to the next in line. Twice does nothing. */
  leave(): void;
}

export class Slots {
  readonly #limit: number;
  readonly #line = new Set<() => void>();
  readonly #playing = new Set<() => void>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @param onTurn called once, at once when there is room. */
  enter(onTurn: () => void): Slot {
    const member = () => onTurn();
    this.#line.add(member);
    this.#fill();
    return {
      leave: () => {
        this.#line.delete(member);
        if (this.#playing.delete(member)) this.#fill();
      },
    };
  }

  #fill(): void {
    for (const member of this.#line) {
      if (this.#playing.size >= this.#limit) return;
      this.#line.delete(member);
      this.#playing.add(member);
      member();
    }
  }
}
