/**
 * A person before the real camera page: what the player shows, and whether it moves.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import type { PlayerState } from '../../../web/player/state.ts';
import { openPage } from '../../support/browser.ts';
import { until } from './until.ts';

export interface Shown {
  readonly state: PlayerState;
  /** How the picture comes; undefined while there is none. */
  readonly way: string | undefined;
  readonly wayReason: string | undefined;
  /** Decoded pictures of the present media source; tenths of seconds of their time, where they are single ones. */
  readonly pictures: number;
  readonly mediaSeconds: number;
  readonly width: number;
  readonly height: number;
  /** Everything the player writes. */
  readonly text: string;
}

declare global {
  interface Window {
    /** Set once after loading: gone when the page was loaded anew. */
    openedOnce: boolean | undefined;
  }
}

/** A picture that moves does so in so many looks in a row. */
const movingLooks = 3;
const lookEveryMs = 400;

export class Viewer {
  readonly #page: Page;
  /** Uncaught errors of the page's scripts. */
  readonly errors: readonly string[];

  private constructor(page: Page, errors: readonly string[]) {
    this.#page = page;
    this.errors = errors;
  }

  /** @param prepare before the page is loaded: what is to be in its way. */
  static async open(
    browser: Browser,
    url: string,
    prepare: (page: Page) => Promise<void> = async () => undefined,
  ): Promise<Viewer> {
    const { page, errors } = await openPage(browser, 'about:blank');
    await prepare(page);
    await page.goto(url);
    await page.waitForFunction(() => document.querySelector('sightline-player')?.shadowRoot);
    await page.evaluate(() => (window.openedOnce = true));
    return new Viewer(page, errors);
  }

  async look(): Promise<Shown> {
    return this.#page.evaluate(() => {
      const player = document.querySelector('sightline-player') as HTMLElement &
        Pick<Shown, 'state' | 'way' | 'wayReason'> & {
          ageMs: number | undefined;
          screen: HTMLVideoElement | HTMLCanvasElement | undefined;
        };
      const { state, way, wayReason, screen } = player;
      const said = { state, way, wayReason, text: player.shadowRoot?.textContent ?? '' };
      if (!screen) return { ...said, pictures: 0, mediaSeconds: 0, width: 0, height: 0 };
      if (screen instanceof HTMLCanvasElement) {
        // Nobody counts what is drawn there; when it was taken is known.
        const takenTenths = player.ageMs === undefined ? 0 : Math.floor((Date.now() - player.ageMs) / 100);
        const { width, height } = screen;
        return { ...said, pictures: takenTenths, mediaSeconds: takenTenths / 10, width, height };
      }
      return {
        ...said,
        pictures: screen.getVideoPlaybackQuality().totalVideoFrames,
        mediaSeconds: screen.currentTime,
        width: screen.videoWidth,
        height: screen.videoHeight,
      };
    });
  }

  /** Waits until pictures and media time advance, look after look. */
  async seesMovement(withinMs = 30_000): Promise<Shown> {
    let before = await this.look();
    let moved = 0;
    return until(
      'the picture moves',
      async () => {
        await pause(lookEveryMs);
        const now = await this.look();
        const moves = now.pictures > before.pictures && now.mediaSeconds > before.mediaSeconds;
        moved = moves ? moved + 1 : 0;
        before = now;
        return moved >= movingLooks && now;
      },
      withinMs,
      () => before,
    );
  }

  async waitsFor(what: string, wanted: (shown: Shown) => boolean, withinMs = 30_000): Promise<Shown> {
    const look = async () => {
      const shown = await this.look();
      return wanted(shown) && shown;
    };
    return until(what, look, withinMs, () => this.look());
  }

  /** Whether it is still the page that was opened first. */
  async wasNeverReloaded(): Promise<boolean> {
    return this.#page.evaluate(() => window.openedOnce === true);
  }

  get page(): Page {
    return this.#page;
  }

  close(): Promise<void> {
    return this.#page.close();
  }
}
