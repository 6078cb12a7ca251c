/**
 * The people in front of the cameras: some who stay, and some who come and go.
 */
import type { SoakCamera } from './soak-cameras.ts';
import type { Seen } from './viewer.ts';
import { Viewer } from './viewer.ts';

export interface CrowdOptions {
  readonly port: number;
  readonly cameras: readonly SoakCamera[];
  /** Viewers of each camera who stay to the end. */
  readonly steady: number;
  /** A guest comes to each camera so often, stays as long, and hangs up in the middle of something. */
  readonly guestMs: number;
}

export class Crowd {
  readonly #options: CrowdOptions;
  readonly #steady: Viewer[];
  readonly #seen: Seen[] = [];
  readonly #timer: ReturnType<typeof setInterval>;
  #guests: Viewer[] = [];
  #guestNumber = 0;

  constructor(options: CrowdOptions) {
    this.#options = options;
    this.#steady = options.cameras.flatMap((camera) =>
      Array.from({ length: options.steady }, (_, index) => this.#viewer(camera, `viewer ${index}`)),
    );
    this.#timer = setInterval(() => void this.#changeGuests(), options.guestMs);
  }

  /** Of those who are still there and those who left. */
  reports(): readonly Seen[] {
    return [...this.#seen, ...[...this.#steady, ...this.#guests].map(({ seen }) => seen)];
  }

  get guests(): number {
    return this.#guestNumber;
  }

  /** Everybody hangs up. */
  async leave(): Promise<readonly Seen[]> {
    clearInterval(this.#timer);
    const present = [...this.#steady, ...this.#guests];
    this.#steady.length = 0;
    this.#guests = [];
    this.#seen.push(...(await Promise.all(present.map((viewer) => viewer.leave()))));
    return this.#seen;
  }

  async #changeGuests(): Promise<void> {
    const leaving = this.#guests;
    this.#guestNumber += this.#options.cameras.length;
    this.#guests = this.#options.cameras.map((camera) => this.#viewer(camera, `guest ${this.#guestNumber}`));
    for (const seen of await Promise.all(leaving.map((viewer) => viewer.leave()))) this.#keep(seen);
  }

  /** In an hour there are thousands of guests: those with nothing to tell are added up. */
  #keep(seen: Seen): void {
    const sum = this.#seen.find(({ name }) => name === 'guests');
    if (seen.faults.length > 0 || !sum) {
      this.#seen.push(seen.faults.length > 0 ? seen : { ...seen, name: 'guests' });
      return;
    }
    sum.parts += seen.parts;
    sum.bytes += seen.bytes;
    sum.stalls += seen.stalls;
    sum.offline += seen.offline;
  }

  #viewer(camera: SoakCamera, name: string): Viewer {
    return new Viewer({
      port: this.#options.port,
      base: camera.base,
      name: `${name} of ${camera.name}`,
      upSinceMs: () => camera.upSinceMs,
    });
  }
}
