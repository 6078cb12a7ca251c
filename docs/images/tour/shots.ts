/** Every page of the tour: where it is, and what is done there before it is taken. */
import type { Page } from 'playwright-core';
import type { House } from './house.ts';

export interface Shot {
  /** Of the image, and of its anchor in the tour. */
  readonly name: string;
  readonly path: (house: House) => string;
  /** Whoever has not signed in sees it. */
  readonly isPublic?: true;
  /** Done on the page, until it is as wanted. */
  readonly until?: (page: Page) => Promise<void>;
}

/** What a page is given to come to rest: pictures that begin, plots that fill. */
export const restMs = 2500;

const cameraPath = (name: string) => (house: House) => `/cameras/${house.cameras[name]?.id}`;
const at = (house: House) => `?at=${new Date(house.momentMs).toISOString()}`;
const page = (path: string) => () => path;

/** Every player on the screen has shown a few pictures. */
async function playing(shown: Page): Promise<void> {
  await shown.waitForFunction(
    () => {
      const videos = [
        ...document.querySelectorAll<HTMLElement & { screen?: HTMLVideoElement }>('sightline-player'),
      ]
        .filter((player) => player.getBoundingClientRect().top < innerHeight)
        .map(({ screen }) => screen?.getVideoPlaybackQuality().totalVideoFrames ?? 0);
      return videos.filter((frames) => frames > 5).length >= Math.min(1, videos.length);
    },
    undefined,
    { timeout: 30_000 },
  );
  await shown.waitForTimeout(settledMs);
}

/** Players find out how little delay they get along with. */
const settledMs = 6000;

/** Recorded pictures are there, and stand still; the timeline shows minutes and not hours. */
async function replaying(shown: Page): Promise<void> {
  await shown.locator('[aria-label^="Recorded picture"]').first().waitFor({ timeout: 30_000 });
  for (let press = 0; press < closer; press += 1) await shown.keyboard.press('z');
  await shown.getByLabel('Loading').first().waitFor({ state: 'detached', timeout: 30_000 });
  await shown.waitForTimeout(restMs);
  await shown.keyboard.press('Space');
}

/** Presses of the key that shows less time. */
const closer = 3;

const go = (name: string) => async (shown: Page) => {
  await shown.getByRole('button', { name, exact: true }).first().click();
};

/** The demo, tested: what a camera sends, and what is worth changing. */
async function testDemo(shown: Page): Promise<void> {
  await go('Add camera')(shown);
  await shown.getByText('No hardware').click();
  await go('Test connection')(shown);
  await shown.getByLabel('Name', { exact: true }).waitFor({ timeout: 30_000 });
}

async function toNetwork(shown: Page): Promise<void> {
  const facts = shown.getByRole('region', { name: 'How this server is reached' });
  await facts.getByText('Certificate made by this server').waitFor();
  await facts.scrollIntoViewIfNeeded();
}

async function openImport(shown: Page): Promise<void> {
  await go('Add camera')(shown);
  await go('Import cameras')(shown);
  await shown.getByLabel('Or paste it').fill(otherServer);
  await go('See what is in it')(shown);
  await shown.getByText('Which cameras?').waitFor();
}

const otherServer = `streams:
  front_door: rtsp://viewer:\${DOOR_PASSWORD}@192.168.1.20/stream1
  orchard: rtsp://viewer:secret@192.168.1.21/live/main
  stable: rtsp://viewer:secret@192.168.1.22/live/main
  nest: exec:libcamera-vid -t 0 --inline -o -
`;

export const shots: readonly Shot[] = [
  { name: 'sign-in', path: page('/sign-in'), isPublic: true },
  { name: 'dashboard', path: page('/'), until: playing },
  { name: 'camera-live', path: cameraPath('Gate'), until: playing },
  { name: 'camera', path: (house) => cameraPath('Gate')(house) + at(house), until: replaying },
  { name: 'view', path: ({ view }) => `/views/${view.id}`, until: playing },
  { name: 'view-past', path: (house) => `/views/${house.view.id}${at(house)}`, until: replaying },
  { name: 'view-edit', path: ({ view }) => `/views/${view.id}?edit=true` },
  { name: 'views', path: page('/views') },
  { name: 'events', path: page('/events') },
  { name: 'storage', path: page('/storage') },
  { name: 'system', path: page('/system') },
  { name: 'settings', path: page('/settings') },
  { name: 'network', path: page('/settings#network'), until: toNetwork },
  { name: 'people', path: page('/people') },
  { name: 'grants', path: page('/people'), until: go('Edit: Night watch') },
  { name: 'keys', path: page('/people?tab=keys') },
  { name: 'devices', path: page('/people?tab=devices') },
  { name: 'links', path: page('/people?tab=links') },
  { name: 'account', path: page('/account') },
  { name: 'audit', path: page('/audit') },
  { name: 'add-camera', path: page('/'), until: go('Add camera') },
  { name: 'add-camera-tested', path: page('/'), until: testDemo },
  { name: 'import', path: page('/'), until: openImport },
  { name: 'ways', path: (house) => `${cameraPath('Gate')(house)}/watch` },
  { name: 'shared', path: ({ shared }) => shared, isPublic: true, until: playing },
  { name: 'keyboard', path: page('/'), until: async (shown) => shown.keyboard.press('?') },
];
