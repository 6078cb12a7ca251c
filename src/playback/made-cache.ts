/**
 * Things that take a moment to make: each is made once for all who ask, a few at a time, and kept while there is room.
 */
import type { Result } from '../base/result.ts';
import { err } from '../base/result.ts';
import { Gate } from '../archive/lane.ts';
import type { ArchiveFault } from '../archive/types.ts';
import type { MadeSegment } from './segments.ts';

type Made = Result<MadeSegment, ArchiveFault>;

export interface MadeLimits {
  readonly bytes: number;
  /** Made at one time. */
  readonly making: number;
  /** Waiting for their turn. */
  readonly waiting: number;
}

const busy: Made = err({
  kind: 'busy',
  message: 'Too many segments are being made at this moment. Ask again in a second.',
});

export class MadeCache {
  readonly #limits: MadeLimits;
  readonly #gate: Gate;
  /** Those used longest ago come first. */
  readonly #kept = new Map<string, MadeSegment>();
  readonly #making = new Map<string, Promise<Made>>();
  #bytes = 0;

  constructor(limits: MadeLimits) {
    this.#limits = limits;
    this.#gate = new Gate(limits.making, limits.waiting);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The thing of this name, made now unless it is kept or on its way. Faults are not kept. */
  get(name: string, make: () => Promise<Made>): Promise<Made> {
    const kept = this.#kept.get(name);
    if (kept) {
      this.#kept.delete(name);
      this.#kept.set(name, kept);
      return Promise.resolve({ ok: true, value: kept });
    }
    const onItsWay = this.#making.get(name);
    if (onItsWay) return onItsWay;
    const making = this.#make(name, make);
    this.#making.set(name, making);
    return making;
  }

  /** Forgets everything whose name begins so. */
  drop(prefix: string): void {
    for (const [name, { bytes }] of this.#kept) {
      if (!name.startsWith(prefix)) continue;
      this.#kept.delete(name);
      this.#bytes -= bytes.length;
    }
  }

  async #make(name: string, make: () => Promise<Made>): Promise<Made> {
    try {
      const made = (await this.#gate.through(make))?.value ?? busy;
      if (made.ok) this.#keep(name, made.value);
      return made;
    } finally {
      this.#making.delete(name);
    }
  }

  #keep(name: string, made: MadeSegment): void {
    if (made.bytes.length > this.#limits.bytes) return;
    this.#kept.set(name, made);
    this.#bytes += made.bytes.length;
    for (const [oldest, { bytes }] of this.#kept) {
      if (this.#bytes <= this.#limits.bytes) break;
      this.#kept.delete(oldest);
      this.#bytes -= bytes.length;
    }
  }
}
