/**
 * Browsers that are signed in. All are in memory (they are few), and in the database, so that a restart ends none.
 *
 * In:  what a cookie holds. Out: the session it belongs to.
 * The database has only the hash of the secret: whoever reads it cannot sign in with it.
 */
import type { Kysely } from 'kysely';
import type { Clock } from '../base/clock.ts';
import { namedId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { Schema } from '../database/schema.ts';
import type { StoredSession } from '../database/user-sessions.ts';
import { deleteSessions, insertSession, listSessions, markSessionSeen } from '../database/user-sessions.ts';
import type { Random } from '../io/random.ts';
import { newSecret, secretHash } from './secret.ts';

export interface SessionParts {
  readonly queries: Kysely<Schema>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** How somebody signed in. */
export interface SignedInWith {
  readonly method: 'password' | 'oidc' | 'setup' | 'proxy';
  readonly address: string;
  /** User agent. */
  readonly client: string;
}

export interface NewSession {
  readonly session: StoredSession;
  /** For the cookie; stands nowhere else. */
  readonly secret: string;
  /** Older sessions that ended for it. */
  readonly ended: number;
}

/** Unused for so long: it ends. */
const slidingMs = 30 * 86_400_000;
/** However much it is used. */
export const longestSessionMs = 90 * 86_400_000;
/** Between two writes of when it was last used. */
const seenEveryMs = 60_000;
/** Browsers of one person; with one more the oldest goes. */
const maxSessionsPerUser = 20;
/** What is kept of address and user agent. */
const maxTextLength = 200;

export class Sessions {
  readonly #parts: SessionParts;
  readonly #bySecret = new Map<string, StoredSession>();
  readonly #byId = new Map<string, StoredSession>();

  private constructor(parts: SessionParts, stored: readonly StoredSession[]) {
    this.#parts = parts;
    for (const session of stored) this.#keep(session);
  }

  static async open(parts: SessionParts): Promise<Sessions> {
    return new Sessions(parts, await listSessions(parts.queries));
  }

  /** Ends those of the user's sessions that were used longest ago, when there are too many. */
  async begin(userId: string, { method, address, client }: SignedInWith): Promise<NewSession> {
    const { clock, random, queries } = this.#parts;
    const nowMs = clock.nowMs();
    const secret = newSecret(random);
    const session: StoredSession = {
      id: namedId('ses', random(16)),
      secretHash: secretHash(secret),
      userId,
      method,
      address: address.slice(0, maxTextLength),
      client: client.slice(0, maxTextLength),
      createdMs: nowMs,
      seenMs: nowMs,
      expiresMs: nowMs + slidingMs,
    };
    await insertSession(queries, session);
    this.#keep(session);
    const tooMany = this.ofUser(userId)
      .toSorted((a, b) => a.seenMs - b.seenMs)
      .slice(0, -maxSessionsPerUser);
    await this.end(tooMany);
    return { session, secret, ended: tooMany.length };
  }

  /** The session that a cookie's secret belongs to, unless it has ended; it counts as used. */
  find(secret: string): StoredSession | undefined {
    const session = this.#bySecret.get(secretHash(secret));
    return session && this.#lasts(session) ? this.#used(session) : undefined;
  }

  get(id: string): StoredSession | undefined {
    const session = this.#byId.get(id);
    return session && this.#lasts(session) ? session : undefined;
  }

  /** Those that last. */
  ofUser(userId: string): readonly StoredSession[] {
    return [...this.#byId.values()].filter((session) => session.userId === userId && this.#lasts(session));
  }

  /** At once; resolves when the database knows it, too. */
  async end(sessions: readonly StoredSession[]): Promise<void> {
    if (sessions.length === 0) return;
    for (const { id, secretHash } of sessions) {
      this.#byId.delete(id);
      this.#bySecret.delete(secretHash);
    }
    await deleteSessions(
      this.#parts.queries,
      sessions.map(({ id }) => id),
    );
  }

  /** Forgets those whose time is over. Out: how many. */
  async endExpired(): Promise<number> {
    const over = [...this.#byId.values()].filter((session) => !this.#lasts(session));
    await this.end(over);
    return over.length;
  }

  #lasts({ expiresMs }: StoredSession): boolean {
    return this.#parts.clock.nowMs() < expiresMs;
  }

  #used(session: StoredSession): StoredSession {
    const { clock, queries, log } = this.#parts;
    const seenMs = clock.nowMs();
    if (seenMs - session.seenMs < seenEveryMs) return session;
    const expiresMs = Math.min(seenMs + slidingMs, session.createdMs + longestSessionMs);
    const used = { ...session, seenMs, expiresMs };
    this.#keep(used);
    markSessionSeen(queries, used).catch((error: unknown) =>
      log.warn('The use of a session was not written down', { session: session.id, error }),
    );
    return used;
  }

  #keep(session: StoredSession): void {
    this.#byId.set(session.id, session);
    this.#bySecret.set(session.secretHash, session);
  }
}
