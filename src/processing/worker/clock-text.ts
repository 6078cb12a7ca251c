/**
 * Writes date, time and title onto frames, by FFmpeg's drawtext. Without the font package there is simply no text.
 */
import { createRequire } from 'node:module';
import type { FilterContext, Frame } from 'node-av/lib';
import { FilterGraph } from 'node-av/lib';
import { check } from './pipeline.ts';

const fontPackage = '@fontsource/dejavu-mono/files/';

export class ClockText {
  readonly #graph = new FilterGraph(); // kept: contexts of a collected graph crash the process
  readonly #source: FilterContext | undefined;
  readonly #sink: FilterContext | undefined;
  /** Times inside the graph count from here, so that they stay small. */
  readonly #baseSeconds: number;

  /** @param startMs Unix ms of the first frame, or a little earlier */
  constructor(widthPixels: number, heightPixels: number, startMs: number) {
    this.#baseSeconds = Math.floor(startMs / 1000);
    const texts = drawTexts(this.#baseSeconds);
    if (texts === undefined) return;
    try {
      this.#graph.alloc();
      this.#graph.nbThreads = 1;
      const input = `buffer@in=video_size=${widthPixels}x${heightPixels}:pix_fmt=yuv420p:time_base=1/1000[a]`;
      check(this.#graph.parse2(`${input};[a]${texts}[b];[b]buffersink@out`), 'The text filter');
      check(this.#graph.configSync(), 'The text filter');
    } catch (error) {
      this.#graph.free();
      throw error;
    }
    this.#source = this.#graph.getFilter('buffer@in') ?? undefined;
    this.#sink = this.#graph.getFilter('buffersink@out') ?? undefined;
  }

  /** Draws into the frame's own memory: it goes through the filter and comes back. */
  draw(frame: Frame, wallMs: number): void {
    if (!this.#source || !this.#sink) return;
    frame.pts = BigInt(wallMs - this.#baseSeconds * 1000);
    check(this.#source.buffersrcAddFrameSync(frame), 'Drawing text');
    check(this.#sink.buffersinkGetFrameSync(frame), 'Drawing text');
  }

  free(): void {
    if (this.#source) this.#graph.free();
  }
}

function drawTexts(baseSeconds: number): string | undefined {
  const bold = fontFile('700');
  const plain = fontFile('400');
  if (bold === undefined || plain === undefined) return undefined;
  const time = (format: string): string => `%{pts\\:localtime\\:${baseSeconds}\\:${format}}`;
  const milliseconds = String.raw`%{eif\:mod(t*1000\,1000)\:d\:3}`;
  return [
    drawText(bold, 'x=72:y=64:fontsize=68', time(String.raw`%H\\\:%M\\\:%S`)),
    drawText(plain, 'x=404:y=88:fontsize=38', `.${milliseconds}`),
    drawText(plain, 'x=76:y=152:fontsize=26', time('%a %d %b %Y  %Z')),
    drawText(plain, 'x=76:y=636:fontsize=24', 'Sightline demo camera'),
  ].join(',');
}

function drawText(fontPath: string, place: string, text: string): string {
  return `drawtext=fontfile='${escapePath(fontPath)}':${place}:fontcolor=white:text='${text}'`;
}

/** woff, because FFmpeg's FreeType does not read woff2. */
function fontFile(weight: '400' | '700'): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(`${fontPackage}dejavu-mono-latin-${weight}-normal.woff`);
  } catch {
    return undefined;
  }
}

/** Inside quotes of the graph, where the option still wants its own escapes. */
function escapePath(path: string): string {
  return path
    .replaceAll('\\', '/')
    .replaceAll(':', String.raw`\:`)
    .replaceAll("'", String.raw`'\\\''`);
}
