/**
 * Accounts of the running server. In: settings and the database. Out: what the API asks about people, or nothing on a
 * server without accounts.
 */
import { Accounts } from '../accounts/accounts.ts';
import { AuditLog } from '../accounts/audit.ts';
import { Oidc } from '../accounts/oidc.ts';
import { SignIn } from '../accounts/sign-in.ts';
import type { Way } from '../api/authenticate.ts';
import { cookieWay } from '../api/authenticate.ts';
import type { AccountsApi } from '../api/accounts.ts';
import { proxySignIn, proxyWay } from '../api/proxy-way.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Database } from '../database/database.ts';
import type { Random } from '../io/random.ts';
import type { SecretBox } from '../io/secret-box.ts';
import { makeSecretBox } from '../io/secret-box.ts';
import { secretVariable, serverSecret } from '../io/secret-file.ts';
import { join } from 'node:path';
import type { Settings } from '../settings/schema.ts';
import { StartFault } from '../settings/start-fault.ts';

interface Parts {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly database: Database;
}

interface PeopleParts extends Parts {
  readonly secrets: SecretBox;
}

export interface RunningAccounts {
  readonly accounts: Accounts;
  /** By which people show who they are. */
  readonly ways: readonly Way[];
  /** For the API. */
  readonly parts: { readonly accounts: AccountsApi };
  /** Opens the page that makes the first administrator; undefined when there is one. */
  setupToken(): string | undefined;
  close(): void;
}

/** Undefined: there are none, whoever reaches the server may do everything. */
export async function startAccounts(
  { clock, log, random, database, secrets }: PeopleParts,
  settings: Settings,
): Promise<RunningAccounts | undefined> {
  if (!settings.accounts) return undefined;
  const accounts = await Accounts.open({ clock, log, random, queries: database.queries });
  const signIn = new SignIn({ accounts, clock, random });
  const byProxy = proxySignIn(settings.proxy);
  const ways: readonly Way[] = [
    ...(byProxy ? [proxyWay(accounts, clock, byProxy)] : []),
    cookieWay(accounts),
  ];
  const options = settings.oidc;
  const oidc = options && new Oidc({ clock, log, box: secrets, options });
  return {
    accounts,
    ways,
    parts: { accounts: { accounts, signIn, ...(oidc && { oidc }) } },
    setupToken: () => (accounts.setUp ? undefined : signIn.setupToken),
    close: () => accounts.close(),
  };
}

/** With or without accounts: who sits at this machine leaves entries, too. */
export function startAudit({ clock, log, random, database }: Parts): AuditLog {
  return new AuditLog({ clock, log, random, queries: database.queries });
}

/**
 * What seals secrets in the database, with `<data>/secret.key` or `SIGHTLINE_SECRET_KEY`, which is taken out of the
 * environment: no worker that is started later inherits it.
 */
export async function openSecretBox(
  data: string,
  { log, random }: Pick<Parts, 'log' | 'random'>,
): Promise<SecretBox> {
  const environmentText = process.env[secretVariable];
  delete process.env[secretVariable];
  const file = join(data, 'secret.key');
  const found = await serverSecret(file, environmentText, random);
  if (!found.ok) throw new StartFault(found.error);
  if (found.value.made)
    log.info(`The secret of this server was made: ${file}. Keep it with your backups, but not beside them.`);
  return makeSecretBox(found.value.secret, random);
}
