/**
 * Until there is an administrator, a server with accounts answers nothing but the page, its health, `session` and
 * `setup`: whoever comes first from elsewhere finds nothing to take.
 */
import type { FastifyInstance } from 'fastify';
import type { Accounts } from '../accounts/accounts.ts';
import type { Action } from './policy.ts';
import { ProblemError, problem } from './problems.ts';

const answered: ReadonlySet<Action> = new Set(['page.read', 'health.read', 'session.read', 'setup.create']);

const notSetUp = new ProblemError(
  problem(503, 'not-set-up', 'This server is not set up yet. Open the link that it printed when it started.'),
);

/** Register before the policy. */
export function refuseUntilSetUp(app: FastifyInstance, accounts: Pick<Accounts, 'setUp'>): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (accounts.setUp || request.is404) return done();
    const { action } = request.routeOptions.config;
    done(action && answered.has(action) ? undefined : notSetUp);
  });
}
