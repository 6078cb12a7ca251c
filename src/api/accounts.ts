/**
 * What the API knows of accounts; absent on a server that has none.
 */
import type { Accounts } from '../accounts/accounts.ts';
import type { Oidc } from '../accounts/oidc.ts';
import type { SignIn } from '../accounts/sign-in.ts';

export interface AccountsApi {
  readonly accounts: Accounts;
  readonly signIn: SignIn;
  /** Where people may sign in elsewhere; absent: nowhere. */
  readonly oidc?: Oidc;
}
