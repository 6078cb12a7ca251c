/**
 * Browsers that are not Chromium: Firefox ESR (WebDriver BiDi) and WebKitGTK (W3C WebDriver, on a display of its own).
 * Each opens one page and lets a test ask it things. Both are killed with their children.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launch } from 'puppeteer-core';

export interface OtherBrowser {
  open(url: string): Promise<void>;
  /** @param script the body of a function, which may return something that JSON can carry. */
  ask<T>(script: string): Promise<T>;
  close(): Promise<void>;
}

const startWithinMs = 30_000;

export async function openFirefox(): Promise<OtherBrowser> {
  const profile = await mkdtemp(join(tmpdir(), 'sightline-firefox-'));
  const browser = await launch({
    browser: 'firefox',
    executablePath: process.env['FIREFOX'] ?? '/usr/bin/firefox-esr',
    headless: true,
    userDataDir: profile,
    extraPrefsFirefox: {
      'media.autoplay.default': 0,
      // No calls home.
      'app.update.enabled': false,
      'network.captive-portal-service.enabled': false,
      'network.connectivity-service.enabled': false,
      'browser.safebrowsing.malware.enabled': false,
      'browser.safebrowsing.phishing.enabled': false,
      'media.gmp-manager.url': '',
    },
  });
  const page = await browser.newPage();
  return {
    open: async (url) => void (await page.goto(url)),
    ask: <T>(script: string) => page.evaluate(`(() => { ${script} })()`) as Promise<T>,
    close: async () => {
      await browser.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

const miniBrowser = '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser';

export async function openWebKit(): Promise<OtherBrowser> {
  const port = await freePort();
  const driver = spawn(
    'xvfb-run',
    ['-a', '-s', '-screen 0 1280x800x24', 'dbus-run-session', '--', 'WebKitWebDriver', `--port=${port}`],
    {
      stdio: 'ignore',
      detached: true,
      env: {
        ...process.env,
        LANG: 'en_GB.UTF-8',
        LC_ALL: 'en_GB.UTF-8',
        WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
      },
    },
  );
  try {
    const session = await WebDriverSession.open(`http://127.0.0.1:${port}`, driver);
    return {
      open: (url) => session.command('url', { url }),
      ask: <T>(script: string) => session.command<T>('execute/sync', { script, args: [] }),
      close: async () => {
        await session.command('', undefined, 'DELETE').catch(() => undefined);
        endGroup(driver);
      },
    };
  } catch (error) {
    endGroup(driver);
    throw error;
  }
}

class WebDriverSession {
  readonly #address: string;

  private constructor(address: string) {
    this.#address = address;
  }

  static async open(driverUrl: string, driver: ChildProcess): Promise<WebDriverSession> {
    const capabilities = {
      alwaysMatch: {
        'webkitgtk:browserOptions': { binary: miniBrowser, args: ['--automation'] },
      },
    };
    const deadline = Date.now() + startWithinMs;
    for (;;) {
      const answer = await post(`${driverUrl}/session`, { capabilities }).catch(() => undefined);
      if (answer?.value.sessionId) {
        return new WebDriverSession(`${driverUrl}/session/${answer.value.sessionId}`);
      }
      if (Date.now() > deadline || driver.exitCode !== null) {
        throw new Error(`WebKit did not start: ${JSON.stringify(answer)}`);
      }
      await new Promise((wake) => setTimeout(wake, 200));
    }
  }

  async command<T>(name: string, body?: object, method = 'POST'): Promise<T> {
    const answer = await post(name === '' ? this.#address : `${this.#address}/${name}`, body, method);
    if (answer.value && typeof answer.value === 'object' && 'error' in answer.value) {
      throw new Error(`${name}: ${JSON.stringify(answer.value)}`);
    }
    return answer.value as T;
  }
}

async function post(url: string, body?: object, method = 'POST'): Promise<{ value: { sessionId?: string } }> {
  const response = await fetch(url, { method, ...(body && { body: JSON.stringify(body) }) });
  return (await response.json()) as { value: { sessionId?: string } };
}

/** The driver, the display and the browser are one process group. */
function endGroup(driver: ChildProcess): void {
  if (driver.pid === undefined) return;
  try {
    process.kill(-driver.pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
