/**
 * Ways to a session: a name with its password, and the link of the first start.
 *
 * In:  what somebody typed, and where it came from. Out: a new session, or why there is none; a wrong name, a wrong
 * password, and an account that is disabled or signs in elsewhere look the same and take as long.
 */
import type { Clock } from '../base/clock.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { Random } from '../io/random.ts';
import type { Accounts } from './accounts.ts';
import { Passwords } from './passwords.ts';
import { sameText } from './secret.ts';
import type { NewSession, SignedInWith } from './sessions.ts';
import type { Attempt } from './sign-in-throttle.ts';
import { SignInThrottle } from './sign-in-throttle.ts';
import type { User } from './user.ts';
import { nameKey } from './user.ts';

export type SignInFault =
  | { readonly kind: 'wrong' }
  /** Too many attempts: again after so long. */
  | { readonly kind: 'wait'; readonly waitMs: number }
  /** So many sign in now that this one has to wait; nothing was checked. */
  | { readonly kind: 'busy' };

type SetUpFault =
  | SignInFault
  /** There is an administrator. */
  | { readonly kind: 'done' }
  | { readonly kind: 'name-taken' };

export interface SignedIn extends NewSession {
  readonly user: User;
}

export type Origin = Pick<SignedInWith, 'address' | 'client'>;

interface Parts {
  readonly accounts: Accounts;
  readonly clock: Clock;
  readonly random: Random;
}

const tokenBytes = 24;

export class SignIn {
  /** Opens the set-up, as long as there is no administrator; another at every start. */
  readonly setupToken: string;
  readonly #accounts: Accounts;
  readonly #passwords: Passwords;
  readonly #throttle: SignInThrottle;

  constructor({ accounts, clock, random }: Parts) {
    this.#accounts = accounts;
    this.#passwords = new Passwords(random);
    this.#throttle = new SignInThrottle(clock);
    this.setupToken = Buffer.from(random(tokenBytes)).toString('base64url');
  }

  async withPassword(name: string, password: string, origin: Origin): Promise<Result<SignedIn, SignInFault>> {
    const user = this.#accounts.named(name);
    const attempt = { address: origin.address, name: this.#knows(user, origin) ? undefined : nameKey(name) };
    const checked = await this.#check(attempt, password, user && !user.disabled ? user.passwordHash : null);
    if (!checked.ok) return checked;
    const begun = user && (await this.#accounts.signIn(user, { ...origin, method: 'password' }));
    return user && begun ? ok({ ...begun, user }) : err({ kind: 'wrong' });
  }

  /** The first administrator, signed in; `done`: there is one already. */
  async setUp(
    { token, name, password }: { readonly token: string; readonly name: string; readonly password: string },
    origin: Origin,
  ): Promise<Result<SignedIn, SetUpFault>> {
    if (this.#accounts.setUp) return err({ kind: 'done' });
    const attempt = { address: origin.address, name: undefined };
    const waitMs = this.#throttle.begin(attempt);
    if (waitMs > 0) return err({ kind: 'wait', waitMs });
    if (!sameText(token, this.setupToken)) return err({ kind: 'wrong' });
    this.#throttle.succeeded(attempt);
    const hash = await this.#passwords.hash(password);
    if (!hash.ok) return err({ kind: 'busy' });
    const first = await this.#accounts.createFirst(name, hash.value);
    if (!first.ok) return err(first.error === 'done' ? { kind: 'done' } : { kind: 'name-taken' });
    const begun = await this.#accounts.signIn(first.value, { ...origin, method: 'setup' });
    return begun ? ok({ ...begun, user: first.value }) : err({ kind: 'done' });
  }

  /** Of one's own: whoever finds an open browser does not get the account. All other sessions end. */
  async changePassword(
    { user, sessionId }: { readonly user: User; readonly sessionId: string | undefined },
    { current, password }: { readonly current: string; readonly password: string },
    address: string,
  ): Promise<Result<undefined, SignInFault>> {
    // Not the name: somebody who guesses elsewhere does not keep the owner from this.
    const attempt = { address, name: `change ${user.id}` };
    const checked = await this.#check(attempt, current, user.passwordHash);
    if (!checked.ok) return checked;
    const hash = await this.#passwords.hash(password);
    if (!hash.ok) return err({ kind: 'busy' });
    const changed = await this.#accounts.change(user.id, { passwordHash: hash.value }, sessionId);
    return changed.ok ? ok(undefined) : err({ kind: 'wrong' });
  }

  /** For an account that somebody else makes or mends. */
  hashPassword(password: string): Promise<Result<string, 'busy'>> {
    return this.#passwords.hash(password);
  }

  async #check(
    attempt: Attempt,
    password: string,
    phc: string | null | undefined,
  ): Promise<Result<undefined, SignInFault>> {
    const waitMs = this.#throttle.begin(attempt);
    if (waitMs > 0) return err({ kind: 'wait', waitMs });
    const right = await this.#passwords.verify(password, phc);
    if (!right.ok) {
      this.#throttle.undone(attempt);
      return err({ kind: 'busy' });
    }
    if (!right.value) return err({ kind: 'wrong' });
    this.#throttle.succeeded(attempt);
    return ok(undefined);
  }

  /** Where the user is signed in already, others' guesses elsewhere do not count. */
  #knows(user: User | undefined, { address }: Origin): boolean {
    const sessions = user ? this.#accounts.sessions.ofUser(user.id) : [];
    return sessions.some((session) => session.address === address);
  }
}
