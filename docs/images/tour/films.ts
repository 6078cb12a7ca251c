/** Makes films of the drawings, with Chromium and FFmpeg, in the media folder of a server. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { sceneSeconds, scenes } from './scenes.ts';

const run = promisify(execFile);

const framesPerSecond = 12;

/** What cameras of the kind `file` are told: one file for every scene, by the name of the scene. */
export async function makeFilms(browser: Browser, data: string): Promise<ReadonlyMap<string, string>> {
  const folder = join(data, 'media');
  await mkdir(folder, { recursive: true });
  const films = new Map<string, string>();
  for (const [name, drawing] of Object.entries(scenes)) {
    const film = `${name.toLowerCase().replaceAll(' ', '-')}.mp4`;
    await makeFilm(browser, drawing, join(folder, film));
    films.set(name, film);
  }
  return films;
}

async function makeFilm(browser: Browser, drawing: string, file: string): Promise<void> {
  const pictures = await mkdtemp(join(tmpdir(), 'sightline-scene-'));
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
  try {
    await page.setContent(`<style>body{margin:0}</style>${drawing}`);
    for (let at = 0; at < sceneSeconds * framesPerSecond; at += 1) {
      await page.evaluate((seconds) => {
        const svg = document.querySelector('svg');
        svg?.pauseAnimations();
        svg?.setCurrentTime(seconds);
      }, at / framesPerSecond);
      const picture = await page.screenshot({ type: 'jpeg', quality: 95 });
      await writeFile(join(pictures, `${String(at).padStart(3, '0')}.jpg`), picture);
    }
    const input = ['-framerate', String(framesPerSecond), '-i', join(pictures, '%03d.jpg')];
    const coding = ['-c:v', 'libx264', '-preset', 'fast', '-crf', '20', '-bf', '0', '-g', '12'];
    await run('ffmpeg', ['-v', 'error', ...input, ...coding, '-pix_fmt', 'yuv420p', '-y', file]);
  } finally {
    await page.close();
    await rm(pictures, { recursive: true, force: true });
  }
}
