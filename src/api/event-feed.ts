/**
 * Server events for many listeners: published once, written to each who may know as the same bytes, resumable.
 *
 * In:  events, and listeners with who they are. Out: bytes. Promises: an event is encoded at most twice, in full and for
 * who may not know where cameras are; what was missed is judged by what one may see now.
 * A listener that was away gets what it missed, or `reset` when that is not known any more, or when it may see more or
 * less than before.
 * Of status events only the newest per camera, and of the server, is kept: older ones mean nothing.
 */
import type { Clock, Timer } from '../base/clock.ts';
import type { Principal } from '../accounts/access.ts';
import { ownerOf } from '../accounts/access.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { ServerEvent } from './contract/events.ts';
import { reducedEvent, tellingOf } from './event-rules.ts';
import { jsonReplacer } from './base-path.ts';

/** About a day of changes made by people, and a few hundred kilobytes. */
const maxKeptEvents = 256;
/** Dashboards and tools on one server; each costs a socket. */
const maxListeners = 128;
/** Of one account, its keys and tokens included: a dozen screens with two tabs each. A quarter, so that others get in. */
const maxListenersOfOne = 32;
/** Beyond it reading everything again is cheaper, and a listener's buffer would overflow. */
const maxCatchUpBytes = 1024 * 1024;
/** Proxies close connections that are silent for 30 to 60 seconds. */
const heartbeatMs = 15_000;

/** Where events are written; false means that the listener is too slow and was given up. */
export interface Listener {
  /** Who it is now. */
  readonly who: Principal;
  write(bytes: Uint8Array): boolean;
  /** The server stops, or the listener was too slow. */
  end(): void;
}

/** Encoded when it is first needed. */
interface Kept {
  readonly number: number;
  readonly event: ServerEvent;
  full?: Uint8Array;
  reduced?: Uint8Array;
}

export class EventFeed {
  readonly #clock: Clock;
  readonly #replacer: ReturnType<typeof jsonReplacer>;
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

  /** @param basePath where the server is shown: '' or like `/cams` */
  constructor(clock: Clock, basePath = '') {
    this.#replacer = jsonReplacer(basePath);
    this.#clock = clock;
    this.#life = clock.nowMs().toString(36);
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  publish(event: ServerEvent): void {
    this.#number += 1;
    const kept: Kept = { number: this.#number, event };
    if (event.type === 'camera.status') this.#newestStatus.set(event.cameraId, kept);
    else if (event.type === 'system.status') this.#newestStatus.set('system', kept);
    else this.#keep(kept);
    if (event.type === 'camera.deleted') this.#newestStatus.delete(event.cameraId);
    for (const listener of this.#listeners) this.#tell(listener, kept);
  }

  /**
   * Takes a listener; it first gets what it missed since `lastEventId`.
   * @returns how to leave; a refusal when there are too many, of all or of this one.
   */
  listen(
    listener: Listener,
    lastEventId: string | undefined,
  ): Result<{ leave(): void }, 'too-many' | 'too-many-of-one' | 'closed'> {
    if (this.#closed) return err('closed');
    if (this.#listeners.size >= maxListeners) return err('too-many');
    if (this.#countOf(listener.who) >= maxListenersOfOne) return err('too-many-of-one');
    this.#listeners.add(listener);
    this.#catchUp(listener, lastEventId);
    this.#heartbeat ??= this.#clock.after(heartbeatMs, () => this.#beat());
    return ok({ leave: () => this.#leave(listener) });
  }

  /** What this listener may see has changed: it has to read everything again. */
  reset(listener: Listener): void {
    this.#send(listener, this.#encode({ type: 'reset' }, this.#number));
  }

  /** Somebody may see more or less than before: whoever is away now reads everything again. */
  forgetPast(): void {
    this.#kept.length = 0;
    this.#forgotten = this.#number + 1;
    this.#number += 1;
  }

  /** Ends every listener; nobody new is taken. */
  close(): void {
    this.#closed = true;
    this.#heartbeat?.cancel();
    for (const listener of this.#listeners) listener.end();
    this.#listeners.clear();
  }

  /** Without accounts everybody is the same one: then there is no share to keep. */
  #countOf(who: Principal): number {
    if (who.kind === 'local') return 0;
    const owner = ownerOf(who);
    let count = 0;
    for (const listener of this.#listeners) if (ownerOf(listener.who) === owner) count += 1;
    return count;
  }

  #catchUp(listener: Listener, lastEventId: string | undefined): void {
    const missed = this.#since(this.#numberOf(lastEventId), listener);
    if (missed) for (const bytes of missed) this.#send(listener, bytes);
    else this.reset(listener);
  }

  /** Everything after event `last`; undefined when that is not known any more, or too much. */
  #since(last: number | undefined, listener: Listener): readonly Uint8Array[] | undefined {
    if (last === undefined || last < this.#forgotten || last > this.#number) return undefined;
    const missed = [...this.#kept, ...this.#newestStatus.values()]
      .filter(({ number }) => number > last)
      .toSorted((a, b) => a.number - b.number)
      .flatMap((kept) => this.#bytesFor(listener, kept) ?? []);
    const length = missed.reduce((sum, bytes) => sum + bytes.length, 0);
    return length > maxCatchUpBytes ? undefined : missed;
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
    return Buffer.from(`id: ${this.#life}-${number}\ndata: ${JSON.stringify(event, this.#replacer)}\n\n`);
  }

  #tell(listener: Listener, kept: Kept): void {
    const bytes = this.#bytesFor(listener, kept);
    if (bytes) this.#send(listener, bytes);
  }

  /** Undefined: it is none of its business. */
  #bytesFor({ who }: Listener, kept: Kept): Uint8Array | undefined {
    const { number, event } = kept;
    switch (tellingOf(who, event)) {
      case 'nothing':
        return undefined;
      case 'full':
        return (kept.full ??= this.#encode(event, number));
      case 'reduced':
        return (kept.reduced ??= this.#encode(reducedEvent(event), number));
    }
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
