/**
 * Everybody who watches clips: finds or begins the viewing of an address, and ends it when nobody asks any more.
 */
import type { Kysely } from 'kysely';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { StoredClip } from '../../database/clips.ts';
import { clipsBehind, clipsUpTo } from '../../database/clips.ts';
import type { Schema } from '../../database/schema.ts';
import { targetDurationSeconds } from './parts.ts';
import type { ReadySegments } from './ready-segments.ts';
import type { ClipOrder, Replay } from './viewing.ts';
import { Viewing } from './viewing.ts';

export interface ViewingFault {
  readonly kind: 'no-footage' | 'unavailable' | 'busy';
  /** For people. */
  readonly message: string;
  /** End of the footage before, and start of the footage after, when there is none near; Unix ms. */
  readonly beforeMs?: number | undefined;
  readonly afterMs?: number | undefined;
}

export interface ViewingsParts {
  readonly queries: Kysely<Schema>;
  readonly clock: Clock;
  readonly segments: ReadySegments;
  readonly lookAhead: number;
}

/** Different addresses at one time; each costs a query twice a second. */
const maxViewings = 200;
/** Players ask every target duration, or half of it. */
const forgottenAfterMs = 45_000;
/** The first segment is being made: a second or two, on a small machine more. Players wait 20 s for a playlist. */
const firstWaitMs = 15_000;
const momentMs = 50;
/** What begins within this time is worth waiting for. */
const nearMs = 3 * targetDurationSeconds * 1000;

interface Entry {
  readonly viewing: Viewing;
  expiry: Timer | undefined;
}

export class ClipViewings {
  readonly #parts: ViewingsParts;
  readonly #entries = new Map<string, Entry>();

  constructor(parts: ViewingsParts) {
    this.#parts = parts;
  }

  /** The playlist as it is now; a first one is waited for. */
  async playlist(clientId: string, replay: Replay | undefined): Promise<Result<string, ViewingFault>> {
    const key = replay ? `${clientId} ${replay.startMs} ${replay.refMs}` : clientId;
    let entry = this.#entries.get(key);
    if (!entry) {
      const fault = await this.#nothingToShow(clientId, replay);
      if (fault) return err(fault);
      entry = this.#entries.get(key) ?? this.#begin(key, clientId, replay);
      if (!entry) return err({ kind: 'busy', message: `${maxViewings} playlists are watched already.` });
    }
    this.#keep(key, entry);
    const { viewing } = entry;
    const advanced = viewing.advance();
    if (viewing.isEmpty) await this.#firstOf(viewing, advanced);
    if (!viewing.isEmpty) return ok(viewing.text());
    this.#end(key, entry);
    if (viewing.fault !== undefined) return err({ kind: 'unavailable', message: viewing.fault });
    return err({ kind: 'no-footage', message: 'No clip of this time can be shown.' });
  }

  close(): void {
    for (const [key, entry] of this.#entries) this.#end(key, entry);
  }

  #begin(key: string, clientId: string, replay: Replay | undefined): Entry | undefined {
    if (this.#entries.size >= maxViewings) return undefined;
    const { clock, segments, lookAhead } = this.#parts;
    const viewing = new Viewing({ clock, clips: this.#orderOf(clientId), segments, lookAhead, replay });
    const entry: Entry = { viewing, expiry: undefined };
    this.#entries.set(key, entry);
    return entry;
  }

  #keep(key: string, entry: Entry): void {
    entry.expiry?.cancel();
    entry.expiry = this.#parts.clock.after(forgottenAfterMs, () => this.#end(key, entry));
  }

  #end(key: string, entry: Entry): void {
    entry.expiry?.cancel();
    entry.viewing.close();
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
  }

  /** Until something is listed, or everything due was looked at, or it takes too long. */
  async #firstOf(viewing: Viewing, advanced: Promise<void>): Promise<void> {
    const { clock } = this.#parts;
    const untilMs = clock.monotonicMs() + firstWaitMs;
    while (viewing.isEmpty && clock.monotonicMs() < untilMs) {
      const moment = new Promise<'moment'>((resolve) => void clock.after(momentMs, () => resolve('moment')));
      if ((await Promise.race([moment, advanced])) !== 'moment') return;
    }
  }

  async #nothingToShow(clientId: string, replay: Replay | undefined): Promise<ViewingFault | undefined> {
    const order = this.#orderOf(clientId);
    if (!replay) {
      const [any] = await order.newest(1);
      return any
        ? undefined
        : { kind: 'no-footage', message: 'This client has sent no clip that can be shown yet.' };
    }
    const shownMs = replay.refMs + Math.max(0, this.#parts.clock.nowMs() - replay.startMs);
    const { at, before } = await order.around(shownMs);
    if (at && at.startMs <= shownMs + nearMs) return undefined;
    return {
      kind: 'no-footage',
      message: `There is no clip of ${iso(shownMs)}.${nearest(before, at)}`,
      beforeMs: before?.endMs,
      afterMs: at?.startMs,
    };
  }

  #orderOf(clientId: string): ClipOrder {
    const { queries } = this.#parts;
    return {
      next: (after, limit) => clipsBehind(queries, clientId, after, limit),
      newest: async (limit) =>
        (await clipsUpTo(queries, clientId, Number.MAX_SAFE_INTEGER, limit)).toReversed(),
      around: async (ms) => {
        const [before] = await clipsUpTo(queries, clientId, ms, 1);
        if (before && before.endMs > ms) return { at: before, before };
        const [at] = await clipsBehind(queries, clientId, { startMs: ms + 1, id: '' }, 1);
        return { at, before };
      },
    };
  }
}

function nearest(before: StoredClip | undefined, after: StoredClip | undefined): string {
  const earlier = before ? ` The nearest before ends at ${iso(before.endMs)}.` : '';
  return `${earlier}${after ? ` The nearest after begins at ${iso(after.startMs)}.` : ''}`;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
