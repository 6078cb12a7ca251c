/**
 * Who did what: written down behind whoever does it.
 *
 * In:  entries. Out: rows in the database, the newest first.
 * Promises: `record` never throws and never waits; memory is bounded, and what was dropped is told in the log and in
 * the audit itself. URLs lose their passwords; nothing else that is secret may be handed in.
 */
import type { Kysely } from 'kysely';
import type { Clock, Timer } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { redactUrls } from '../base/redact.ts';
import type { AuditFilter, StoredAudit } from '../database/audit.ts';
import { insertAudit, listAudit, pruneAudit } from '../database/audit.ts';
import type { Schema } from '../database/schema.ts';
import type { Random } from '../io/random.ts';
import type { Principal } from './access.ts';
import { systemPrincipal } from './access.ts';

export interface AuditEntry {
  readonly who: Principal;
  readonly address: string;
  /** For example `session.create` or `camera.watch`. */
  readonly action: string;
  readonly outcome?: 'done' | 'refused';
  readonly cameraId?: string | undefined;
  /** What else it was done to: an id or a name. */
  readonly target?: string | undefined;
  /** Plain words. */
  readonly detail?: string | undefined;
}

interface Parts {
  readonly queries: Kysely<Schema>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Entries that wait to be written. */
const maxWaiting = 2000;
/** In one statement; engines bound its variables. */
const maxBatch = 200;
const writeAfterMs = 500;
/** What is older goes. */
const keptMs = 400 * 86_400_000;
/** With more the oldest go; about 200 bytes each. */
const maxRows = 500_000;
const pruneEveryMs = 60 * 60_000;
/** Of one column. */
const maxTextLength = 300;
/** The same person at the same camera within so long after it was last seen there: one entry. */
const sameViewMs = 10 * 60_000;
/** The same refusal again and again: one entry in so long. */
const sameRefusalMs = 60_000;
/** Views and refusals that are remembered to tell what is the same. */
const maxRemembered = 10_000;

export class AuditLog {
  readonly #parts: Parts;
  readonly #waiting: StoredAudit[] = [];
  /** When it was seen last. */
  readonly #seen = new Map<string, number>();
  #dropped = 0;
  #lastId = { atMs: 0, count: 0 };
  #timer: Timer | undefined;
  #pruning: Timer;
  #writing: Promise<void> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#pruning = this.#pruneLater();
  }

  record(entry: AuditEntry): void {
    if (this.#waiting.length >= maxWaiting) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(this.#stored(entry));
    this.#timer ??= this.#parts.clock.after(writeAfterMs, () => void this.#write());
  }

  /**
   * Somebody watches: one entry when it begins. Call it as often as is simplest: with every playlist, for example.
   * @param entry its `who`, `action`, `cameraId` and `target` tell whether it is the same view
   */
  recordView(entry: AuditEntry): void {
    if (!this.#isKnown(entry, sameViewMs, true)) this.record(entry);
  }

  /** Somebody may not; one entry a minute for the same. */
  recordRefusal(entry: AuditEntry): void {
    if (!this.#isKnown(entry, sameRefusalMs, false)) this.record({ ...entry, outcome: 'refused' });
  }

  /** The newest first; what was recorded before is in it. */
  async list(filter: AuditFilter, limit: number): Promise<readonly StoredAudit[]> {
    await this.#write();
    return listAudit(this.#parts.queries, filter, limit);
  }

  /** Writes what waits. */
  async close(): Promise<void> {
    this.#pruning.cancel();
    await this.#write();
  }

  #write(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#writeAll());
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    const { queries, log } = this.#parts;
    while (this.#waiting.length > 0 || this.#dropped > 0) {
      const dropped = this.#dropped;
      const batch = this.#waiting.splice(0, maxBatch);
      try {
        await insertAudit(queries, dropped > 0 ? [...batch, this.#lost(dropped)] : batch);
        this.#dropped -= dropped;
      } catch (error) {
        log.error('The audit log could not be written; entries are lost', { entries: batch.length, error });
        this.#dropped += batch.length;
        return;
      }
    }
  }

  /** The entry that tells of those that could not be written. */
  #lost(entries: number): StoredAudit {
    this.#parts.log.warn('More happened than the audit log could write', { entries });
    const lost = entries === 1 ? 'One entry was' : `${entries} entries were`;
    const detail = `${lost} lost before this: they could not be written`;
    return this.#stored({ who: systemPrincipal, address: '', action: 'audit.lost', detail });
  }

  #isKnown(entry: AuditEntry, withinMs: number, prolongs: boolean): boolean {
    const { who, action, cameraId = '', target = '' } = entry;
    const key = [who.kind, who.id, who.sessionId ?? entry.address, action, cameraId, target].join(' ');
    const nowMs = this.#parts.clock.monotonicMs();
    const seenMs = this.#seen.get(key);
    const known = seenMs !== undefined && nowMs - seenMs < withinMs;
    if (known && !prolongs) return true;
    // The one seen last stands last.
    this.#seen.delete(key);
    this.#seen.set(key, nowMs);
    if (this.#seen.size > maxRemembered) {
      const [oldest] = this.#seen.keys();
      if (oldest !== undefined) this.#seen.delete(oldest);
    }
    return known;
  }

  #stored({ who, address, action, outcome = 'done', cameraId, target, detail }: AuditEntry): StoredAudit {
    const atMs = this.#parts.clock.nowMs();
    return {
      id: this.#idAt(atMs),
      atMs,
      actor: { kind: who.kind, id: who.id, name: plain(who.name) },
      address: plain(address),
      action,
      outcome,
      cameraId: cameraId === undefined ? null : plain(cameraId),
      target: plain(target ?? ''),
      detail: plain(detail ?? ''),
    };
  }

  #idAt(atMs: number): string {
    const count = atMs === this.#lastId.atMs ? this.#lastId.count + 1 : 0;
    this.#lastId = { atMs, count };
    const chance = Buffer.from(this.#parts.random(4)).toString('hex');
    return auditId(atMs, `${count.toString(32).padStart(3, '0')}${chance}`);
  }

  #pruneLater(): Timer {
    const { clock, queries, log } = this.#parts;
    return clock.after(pruneEveryMs, () => {
      this.#pruning = this.#pruneLater();
      pruneAudit(queries, clock.nowMs() - keptMs, maxRows).catch((error: unknown) =>
        log.warn('Old entries of the audit log were not deleted', { error }),
      );
    });
  }
}

const timeDigits = 9;
const idPattern = /^aud_([0-9a-v]{9})[0-9a-v]{11,}$/;

function auditId(atMs: number, rest: string): string {
  return `aud_${atMs.toString(32).padStart(timeDigits, '0')}${rest}`;
}

/** When an entry was made; undefined when `id` is none of an entry. */
export function timeOfAuditId(id: string): number | undefined {
  const time = idPattern.exec(id)?.[1];
  return time === undefined ? undefined : Number.parseInt(time, 32);
}

/** One line, of bounded length, without passwords in URLs: these go before anything is cut. */
function plain(text: string): string {
  const line = redactUrls(text).replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ');
  return line.trim().slice(0, maxTextLength);
}
