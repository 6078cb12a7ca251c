/**
 * Signing in elsewhere as a person does it: the page of the server, that of a real provider, and back.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { TestProvider } from '../../src/accounts/oidc-provider.testing.ts';
import { startProvider } from '../../src/accounts/oidc-provider.testing.ts';
import type { WatchedPage } from '../support/browser.ts';
import { openBrowser, openPage } from '../support/browser.ts';
import { freePort } from '../support/front.ts';
import { Person } from '../support/people.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';

let server: RunningServer;
let provider: TestProvider;
let browser: Awaited<ReturnType<typeof openBrowser>>;

before(async () => {
  const port = await freePort();
  provider = await startProvider({
    redirectUris: [`http://127.0.0.1:${port}/api/v1/session/oidc/callback`],
  });
  const { issuer, clientId, clientSecret } = provider;
  const oidc = { name: 'Example', issuer, clientId, clientSecret, createUsers: true, roleClaim: 'groups' };
  const more = { scopes: ['profile', 'groups'], roleMap: { operator: ['guards'] } };
  const config = `oidc: ${JSON.stringify({ ...oidc, ...more })}\n`;
  server = await startServer({ accounts: true, port, config });
  await Person.firstAdministrator(server);
  provider.people.set('carol', { preferred_username: 'Carol', groups: ['guards'] });
  browser = await openBrowser();
});

after(async () => {
  await browser.close();
  await server.stop();
  await provider.close();
});

async function goThere({ page }: WatchedPage, name: string): Promise<void> {
  await page.getByRole('link', { name: 'Sign in with Example' }).click();
  await page.waitForURL(`${provider.issuer}/**`);
  await page.locator('input[name=login]').fill(name);
  await page.locator('input[name=password]').fill('x');
  await page.locator('button[type=submit]').click();
  await page.waitForURL(`${server.url}/**`);
}

describe('the page to sign in on', () => {
  it('leads to the provider, and back to where one was going', async () => {
    const watched = await openPage(browser, `${server.url}/account`);
    const { page, errors } = watched;
    await goThere(watched, 'carol');
    await page.getByRole('heading', { name: 'Carol' }).waitFor();
    assert.equal(new URL(page.url()).pathname, '/account');
    await page.getByText('You can sign in with Example.').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).first().click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    assert.deepEqual(errors, []);
    await page.close();
  });

  it('says to whoever does not get in what to do', async () => {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
    const page = await context.newPage();
    await page.goto(server.url);
    await goThere({ page, errors: [] }, 'nobody-special');
    await page.getByText('Ask an administrator which group you need.').waitFor();
    if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/sign-in.png` });
    await context.close();
  });
});
