/**
 * A real Chromium, headless, that talks to loopback only.
 */
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Quiet: no calls home, no sandbox (tests run as root in containers). */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
];

export async function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath, args, headless: true });
}

/** A page whose errors are kept, so that a test can show that there were none. */
export async function openPage(
  browser: Browser,
  url: string,
  size = { width: 1280, height: 800 },
): Promise<WatchedPage> {
  const page = await browser.newPage({ viewport: size });
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(url);
  return { page, errors };
}

export interface WatchedPage {
  readonly page: Page;
  /** Uncaught errors of the page's scripts. */
  readonly errors: string[];
}
