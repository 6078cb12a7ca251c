/**
 * For tests: the API with real accounts, and browsers that keep their cookie.
 */
import type { Principal } from '../accounts/access.ts';
import { Accounts } from '../accounts/accounts.ts';
import { AuditLog } from '../accounts/audit.ts';
import { Oidc } from '../accounts/oidc.ts';
import type { OidcOptions } from '../accounts/options.ts';
import { SignIn } from '../accounts/sign-in.ts';
import type { Clock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import type { Database } from '../database/database.ts';
import { systemClock } from '../io/clock.ts';
import { systemRandom } from '../io/random.ts';
import { makeSecretBox, secretBytes } from '../io/secret-box.ts';
import { authenticateBy, cookieWay } from './authenticate.ts';
import type { ProxySignIn } from './proxy-way.ts';
import { proxyWay } from './proxy-way.ts';
import type { Answer, Ask, PeopleParts, TestApi, TestApiOptions } from './testing.ts';
import { ask, startTestApi } from './testing.ts';

/** Long enough to be taken. */
export const password = 'correct horse battery';

export interface PeopleApi extends TestApi {
  readonly accounts: Accounts;
  readonly audit: AuditLog;
  readonly setupToken: string;
  /** A browser that nobody has signed in with yet. */
  browser(): TestBrowser;
  /** Signed in; the user is made when there is none. The first has to be an administrator. */
  signedIn(name: string, role?: NonNullable<Principal['role']>): Promise<TestBrowser>;
}

export interface PeopleApiOptions extends TestApiOptions {
  readonly oidc?: OidcOptions;
  readonly proxySignIn?: ProxySignIn;
}

export async function startPeopleApi(
  options: PeopleApiOptions = {},
  clock: Clock = systemClock,
): Promise<PeopleApi> {
  let made: { accounts: Accounts; signIn: SignIn; audit: AuditLog } | undefined;
  const people = async (queries: Database['queries']): Promise<PeopleParts> => {
    const parts = { queries, clock, random: systemRandom, log: silentLog };
    const accounts = await Accounts.open(parts);
    const signIn = new SignIn({ accounts, ...parts });
    const audit = new AuditLog(parts);
    made = { accounts, signIn, audit };
    const { oidc: provider, proxySignIn } = options;
    const box = makeSecretBox(systemRandom(secretBytes), systemRandom);
    const oidc = provider && new Oidc({ clock, log: silentLog, box, options: provider });
    const ways = [...(proxySignIn ? [proxyWay(accounts, clock, proxySignIn)] : []), cookieWay(accounts)];
    return {
      accounts: { accounts, signIn, ...(oidc && { oidc }) },
      audit,
      authenticate: authenticateBy(ways),
    };
  };
  const api = await startTestApi({ ...options, people });
  if (!made) throw new Error('no accounts were made');
  const { accounts, signIn, audit } = made;
  const browser = (): TestBrowser => new TestBrowser(api.port);
  return {
    ...api,
    accounts,
    audit,
    setupToken: signIn.setupToken,
    browser,
    signedIn: async (name, role = 'admin') => {
      if (!accounts.named(name)) {
        const hash = await signIn.hashPassword(password);
        if (!hash.ok) throw new Error(hash.error);
        const grants = { every: [], cameras: {} };
        await accounts.create({ name, role, grants, passwordHash: hash.value });
      }
      const made = browser();
      const answer = await made.send('POST', '/api/v1/session', { name, password });
      if (answer.status !== 200) throw new Error(answer.text);
      return made;
    },
    close: async () => {
      await audit.close();
      accounts.close();
      await api.close();
    },
  };
}

/** Sends what a page of ours would, and keeps what it is given. */
export class TestBrowser {
  readonly port: number;
  cookie: string | undefined;

  constructor(port: number) {
    this.port = port;
  }

  get(path: string): Promise<Answer> {
    return this.send('GET', path);
  }

  async send(method: string, path: string, body?: unknown, headers: Ask['headers'] = {}): Promise<Answer> {
    const own = {
      origin: `http://localhost:${this.port}`,
      host: `localhost:${this.port}`,
      'user-agent': 'Test browser',
      ...(this.cookie !== undefined && { cookie: this.cookie }),
    };
    const answer = await ask(this.port, path, { method, body, headers: { ...own, ...headers } });
    const cookies = [answer.headers['set-cookie'] ?? []].flat();
    const set = cookies.find((cookie) => cookie.includes('sightline_session='));
    if (set !== undefined) this.cookie = /Max-Age=0/.test(set) ? undefined : set.split(';')[0];
    return answer;
  }
}
