/**
 * People who may sign in, and their sessions: everybody is in memory and in the database.
 *
 * In:  changes, each checked. Out: who somebody is *now* (`Principal`), and word of every change of who may what.
 * Promises: names are unique as people read them; there always is an administrator who can sign in, once there was one.
 * Changes happen one after the other, so that two at one time cannot get around these.
 */
import type { Kysely } from 'kysely';
import type { Clock } from '../base/clock.ts';
import { namedId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { Schema } from '../database/schema.ts';
import { deleteUser, insertFirstUser, insertUser, listUsers, updateUser } from '../database/users.ts';
import type { Random } from '../io/random.ts';
import type { Grants, Principal, Role } from './access.ts';
import { noGrants } from './access.ts';
import type { NewSession, SignedInWith } from './sessions.ts';
import { Sessions } from './sessions.ts';
import type { User } from './user.ts';
import { nameKey, principalOf, userForStore, userFromStore } from './user.ts';

export interface AccountsParts {
  readonly queries: Kysely<Schema>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export type AccountFault = 'name-taken' | 'subject-taken' | 'too-many' | 'last-administrator' | 'not-found';

export interface NewUser {
  readonly name: string;
  readonly role: Role;
  readonly grants: Grants;
  /** PHC string; null: signs in elsewhere only. */
  readonly passwordHash: string | null;
  readonly externalSubject?: string;
}

interface DeletedUser {
  readonly user: User;
  /** Shared ones, which are another's now. */
  readonly handedViews: readonly string[];
}

/** What is absent stays. A password ends all sessions, but for `keepSession`. */
export interface UserPatch {
  readonly name?: string | undefined;
  readonly role?: Role | undefined;
  readonly grants?: Grants | undefined;
  readonly disabled?: boolean | undefined;
  readonly passwordHash?: string | undefined;
  /** Null: does not sign in elsewhere any more. */
  readonly externalSubject?: string | null | undefined;
}

/** Tells who somebody of another kind is now; undefined: that has ended. */
export type Refresher = (who: Principal) => Principal | undefined;

/** People at one installation; all are kept in memory. */
const maxUsers = 1000;
/** How much later than its time a session that nobody uses is noticed to be over. */
const expiryCheckMs = 30_000;

export class Accounts {
  readonly sessions: Sessions;
  readonly #parts: AccountsParts;
  readonly #users = new Map<string, User>();
  readonly #listeners = new Set<() => void>();
  readonly #refreshers = new Map<Principal['kind'], Refresher>();
  #lastChange: Promise<unknown> = Promise.resolve();
  #closed = false;

  private constructor(parts: AccountsParts, users: readonly User[], sessions: Sessions) {
    this.#parts = parts;
    this.sessions = sessions;
    for (const user of users) this.#users.set(user.id, user);
    this.#checkExpiry();
  }

  static async open(parts: AccountsParts): Promise<Accounts> {
    const stored = await listUsers(parts.queries);
    return new Accounts(parts, stored.map(userFromStore), await Sessions.open(parts));
  }

  /** No more timers. */
  close(): void {
    this.#closed = true;
  }

  /** Whether there is an administrator. */
  get setUp(): boolean {
    return this.users().some(({ role }) => role === 'admin');
  }

  /** Oldest first. */
  users(): readonly User[] {
    return [...this.#users.values()];
  }

  user(id: string): User | undefined {
    return this.#users.get(id);
  }

  named(name: string): User | undefined {
    const key = nameKey(name);
    return this.users().find((user) => nameKey(user.name) === key);
  }

  /** Who signs in elsewhere as `<issuer>|<subject>`. */
  external(subject: string): User | undefined {
    return this.users().find((user) => user.externalSubject === subject);
  }

  /** The user as who acts; undefined when there is none, or it is disabled. */
  principal(userId: string, sessionId?: string): Principal | undefined {
    const user = this.#users.get(userId);
    return user && !user.disabled ? principalOf(user, sessionId) : undefined;
  }

  /** Who sends a cookie with this secret. */
  principalOfSession(secret: string): Principal | undefined {
    const session = this.sessions.find(secret);
    return session && this.principal(session.userId, session.id);
  }

  /** The same somebody as it is now; undefined when it is nobody any more. */
  refresh(who: Principal): Principal | undefined {
    if (who.kind === 'local' || who.kind === 'system' || who.kind === 'nobody') return who;
    if (who.kind !== 'user') return this.#refreshers.get(who.kind)?.(who);
    if (who.sessionId !== undefined && !this.sessions.get(who.sessionId)) return undefined;
    return this.principal(who.id, who.sessionId);
  }

  /** For kinds that others know about: keys, devices, tokens, links. */
  refreshWith(kind: Principal['kind'], refresher: Refresher): void {
    this.#refreshers.set(kind, refresher);
  }

  /** Calls `listener` after every change of who may what; what lasts asks `refresh` again then. Out: stops that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Something changed about who may what; others who keep keys, devices or links say so, too. */
  changed(): void {
    for (const listener of this.#listeners) {
      try {
        listener();
      } catch (error) {
        this.#parts.log.error('Somebody did not take a change of accounts', { error });
      }
    }
  }

  async create(user: NewUser): Promise<Result<User, AccountFault>> {
    return this.#inTurn(async () => {
      if (this.#users.size >= maxUsers) return err('too-many');
      if (this.named(user.name)) return err('name-taken');
      const { externalSubject } = user;
      if (externalSubject !== undefined && this.external(externalSubject)) return err('subject-taken');
      const made = this.#made(user);
      await insertUser(this.#parts.queries, userForStore(made));
      this.#users.set(made.id, made);
      this.changed();
      return ok(made);
    });
  }

  /** The administrator who is made when there is none; `done`: there is one. */
  async createFirst(name: string, passwordHash: string): Promise<Result<User, 'done' | 'name-taken'>> {
    return this.#inTurn(async () => {
      if (this.setUp) return err('done');
      if (this.named(name)) return err('name-taken');
      const first = this.#made({ name, role: 'admin', grants: noGrants, passwordHash });
      if (!(await insertFirstUser(this.#parts.queries, userForStore(first)))) return err('done');
      this.#users.set(first.id, first);
      this.changed();
      return ok(first);
    });
  }

  async change(id: string, patch: UserPatch, keepSession?: string): Promise<Result<User, AccountFault>> {
    return this.#inTurn(async () => {
      const user = this.#users.get(id);
      if (!user) return err('not-found');
      const holder = patch.name === undefined ? undefined : this.named(patch.name);
      if (holder && holder.id !== id) return err('name-taken');
      const linked = this.external(patch.externalSubject ?? '');
      if (linked && linked.id !== id) return err('subject-taken');
      const changed = patched(user, patch, this.#parts.clock.nowMs());
      if (this.#isLastAdministrator(user) && !mayAdminister(changed)) return err('last-administrator');
      await updateUser(this.#parts.queries, userForStore(changed));
      this.#users.set(id, changed);
      if (changed.disabled || patch.passwordHash !== undefined) await this.#endSessions(id, keepSession);
      this.changed();
      return ok(changed);
    });
  }

  /**
   * With sessions, keys, links, and views that nobody else sees.
   * @param heirId whose the shared views are from now on
   */
  async delete(id: string, heirId: string): Promise<Result<DeletedUser, AccountFault>> {
    return this.#inTurn(async () => {
      const user = this.#users.get(id);
      if (!user) return err('not-found');
      if (this.#isLastAdministrator(user)) return err('last-administrator');
      const handedViews = await deleteUser(this.#parts.queries, id, heirId);
      this.#users.delete(id);
      await this.#endSessions(id);
      this.changed();
      return ok({ user, handedViews });
    });
  }

  /** A session for `user`; undefined when it was disabled, deleted or got another password since it was looked up. */
  async signIn(user: User, how: SignedInWith): Promise<NewSession | undefined> {
    return this.#inTurn(async () => {
      const now = this.#users.get(user.id);
      if (!now || now.disabled || now.passwordHash !== user.passwordHash) return undefined;
      const signedIn = { ...now, signedInMs: this.#parts.clock.nowMs() };
      await updateUser(this.#parts.queries, userForStore(signedIn));
      this.#users.set(user.id, signedIn);
      const begun = await this.sessions.begin(user.id, how);
      if (begun.ended > 0) this.changed();
      return begun;
    });
  }

  /** Ends those of the user's sessions that `ids` names; all when absent. Out: how many. */
  async endSessions(userId: string, ids?: readonly string[]): Promise<number> {
    const ended = this.sessions.ofUser(userId).filter(({ id }) => ids?.includes(id) ?? true);
    await this.sessions.end(ended);
    if (ended.length > 0) this.changed();
    return ended.length;
  }

  #made({ name, role, grants, passwordHash, externalSubject }: NewUser): User {
    const { clock, random } = this.#parts;
    const nowMs = clock.nowMs();
    return {
      id: namedId('usr', random(16)),
      name,
      passwordHash,
      externalSubject: externalSubject ?? null,
      role,
      grants,
      disabled: false,
      createdMs: nowMs,
      changedMs: nowMs,
      signedInMs: null,
    };
  }

  #isLastAdministrator(user: User): boolean {
    return mayAdminister(user) && this.users().filter(mayAdminister).length === 1;
  }

  async #endSessions(userId: string, keep?: string): Promise<void> {
    await this.sessions.end(this.sessions.ofUser(userId).filter(({ id }) => id !== keep));
  }

  /** One change after the other; a failed one does not stop those behind it. */
  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#lastChange.then(change);
    this.#lastChange = done.catch(() => undefined);
    return done;
  }

  #checkExpiry(): void {
    const { clock, log } = this.#parts;
    clock.after(expiryCheckMs, () => {
      if (this.#closed) return;
      this.sessions
        .endExpired()
        .then((ended) => ended > 0 && this.changed())
        .catch((error: unknown) => log.warn('Sessions whose time is over were not deleted', { error }))
        .finally(() => this.#checkExpiry());
    });
  }
}

function mayAdminister({ role, disabled }: User): boolean {
  return role === 'admin' && !disabled;
}

function patched(user: User, patch: UserPatch, nowMs: number): User {
  return {
    ...user,
    name: patch.name ?? user.name,
    role: patch.role ?? user.role,
    grants: patch.grants ?? user.grants,
    disabled: patch.disabled ?? user.disabled,
    passwordHash: patch.passwordHash ?? user.passwordHash,
    externalSubject: patch.externalSubject === undefined ? user.externalSubject : patch.externalSubject,
    changedMs: nowMs,
  };
}
