/**
 * What the API knows of accounts; absent on a server that has none.
 */
import type { Accounts } from '../accounts/accounts.ts';

export interface AccountsApi {
  readonly accounts: Accounts;
}
