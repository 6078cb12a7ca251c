/**
 * Server events for many listeners: published once, written to each as the same bytes, resumable.
 *
 * A listener that was away gets what it missed, or `reset` when that is not known any more.
 * Of status events only the newest per camera is kept: older ones mean nothing.
 */
import type { Clock, Timer } from '../base/clock.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { ServerEvent } from './contract/events.ts';

/** About a day of changes made by people, and a few hundred kilobytes. */
const maxKeptEvents = 256;
/** Dashboards and tools on one server; each costs a socket. */
const maxListeners = 128;
/** Beyond it reading everything again is cheaper, and a listener's buffer would overflow. */
const maxCatchUpBytes = 1024 * 1024;
/** Proxies close connections that are silent for 30 to 60 seconds. */
const heartbeatMs = 15_000;

/** Where events are written; false means that the listener is too slow and was given up. */
export interface Listener {
  write(bytes: Uint8Array): boolean;
  /** The server stops, or the listener was too slow. */
  end(): void;
}

interface Kept {
  readonly number: number;
  readonly bytes: Uint8Array;
}

export class EventFeed {
  readonly #clock: Clock;
  /** Changes with every start, so that an id from an earlier life of the server is not mistaken. */
  readonly #life: string;
  readonly #listeners = new Set<Listener>();
  readonly #kept: Kept[] = [];
  readonly #newestStatus = new Map<string, Kept>();
  #number = 0;
  /** Events up to this number may be missing from what is kept. */
  #forgotten = 0;
  #heartbeat: Timer | undefined;
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#life = clock.nowMs().toString(36);
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  publish(event: ServerEvent): void {
    this.#number += 1;
    const kept = { number: this.#number, bytes: this.#encode(event, this.#number) };
    if (event.type === 'camera.status') this.#newestStatus.set(event.cameraId, kept);
    else this.#keep(kept);
    if (event.type === 'camera.deleted') this.#newestStatus.delete(event.cameraId);
    for (const listener of this.#listeners) this.#send(listener, kept.bytes);
  }

  /**
   * Takes a listener; it first gets what it missed since `lastEventId`.
   * @returns how to leave; a refusal when there are too many.
   */
  listen(
    listener: Listener,
    lastEventId: string | undefined,
  ): Result<{ leave(): void }, 'too-many' | 'closed'> {
    if (this.#closed) return err('closed');
    if (this.#listeners.size >= maxListeners) return err('too-many');
    this.#listeners.add(listener);
    this.#catchUp(listener, lastEventId);
    this.#heartbeat ??= this.#clock.after(heartbeatMs, () => this.#beat());
    return ok({ leave: () => this.#leave(listener) });
  }

  /** Ends every listener; nobody new is taken. */
  close(): void {
    this.#closed = true;
    this.#heartbeat?.cancel();
    for (const listener of this.#listeners) listener.end();
    this.#listeners.clear();
  }

  #catchUp(listener: Listener, lastEventId: string | undefined): void {
    const missed = this.#since(this.#numberOf(lastEventId));
    if (missed) for (const { bytes } of missed) this.#send(listener, bytes);
    else this.#send(listener, this.#encode({ type: 'reset' }, this.#number));
  }

  /** Everything after event `last`; undefined when that is not known any more, or too much. */
  #since(last: number | undefined): readonly Kept[] | undefined {
    if (last === undefined || last < this.#forgotten || last > this.#number) return undefined;
    const missed = [...this.#kept, ...this.#newestStatus.values()].filter(({ number }) => number > last);
    const bytes = missed.reduce((sum, kept) => sum + kept.bytes.length, 0);
    return bytes > maxCatchUpBytes ? undefined : missed.toSorted((a, b) => a.number - b.number);
  }

  #numberOf(id: string | undefined): number | undefined {
    const [life, number = ''] = (id ?? '').split('-');
    return life === this.#life && /^\d{1,15}$/.test(number) ? Number(number) : undefined;
  }

  #keep(kept: Kept): void {
    this.#kept.push(kept);
    if (this.#kept.length <= maxKeptEvents) return;
    this.#forgotten = this.#kept.shift()?.number ?? this.#forgotten;
  }

  /** WHATWG HTML, 9.2.5: an id line, a data line, an empty line. JSON has no line breaks. */
  #encode(event: ServerEvent, number: number): Uint8Array {
    return Buffer.from(`id: ${this.#life}-${number}\ndata: ${JSON.stringify(event)}\n\n`);
  }

  #send(listener: Listener, bytes: Uint8Array): void {
    if (!this.#listeners.has(listener) || listener.write(bytes)) return;
    this.#leave(listener);
    listener.end();
  }

  #beat(): void {
    for (const listener of this.#listeners) this.#send(listener, heartbeat);
    this.#heartbeat =
      this.#listeners.size > 0 ? this.#clock.after(heartbeatMs, () => this.#beat()) : undefined;
  }

  #leave(listener: Listener): void {
    this.#listeners.delete(listener);
  }
}

const heartbeat = Buffer.from(':\n\n');
