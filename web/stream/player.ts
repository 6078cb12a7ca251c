/**
 * The player of a remote client's clips: follows new ones, or replays from a moment of the past in real time.
 *
 * In: the page that the server wrote (`src/api/stream-html.ts`). Out: moving pictures, the time they were taken, and plain
 * words when there are none. It never gives up: what is not there yet is asked for again.
 */
import { ErrorTypes, Events, Hls, isSupported } from 'hls.js/light';
import type { ErrorData } from 'hls.js';

interface Problem {
  readonly detail?: string;
  readonly afterMs?: number | null;
}

/** Between two looks for clips that are not there yet. */
const lookAgainMs = 5000;

/** Where on its site the server is shown: '' or like `/cams`. */
const base = new URL('.', import.meta.url).pathname.replace(/\/$/, '');

const video = document.querySelector<HTMLVideoElement>('#video');
const message = document.querySelector<HTMLElement>('#message');
const captured = document.querySelector<HTMLElement>('#captured');
let hls: Hls | undefined;

if (video) {
  const { client = '', nowMs = '0', refMs } = video.dataset;
  fillForm(refMs);
  // By the server's clock: this one may be wrong.
  const startMs = Math.round(Number(nowMs));
  const query = refMs === undefined ? '' : `?startTime=${startMs}&refTime=${refMs}`;
  const url = `${base}/stream/${encodeURIComponent(client)}/playlist.m3u8${query}`;
  video.addEventListener('playing', () => say(undefined));
  video.addEventListener('waiting', () => say('Waiting for the next clip …'));
  setInterval(() => showTime(video), 250);
  void begin(video, url, client);
}

/** Asks for the playlist by itself first: its refusal says more than a player's error. */
async function begin(video: HTMLVideoElement, url: string, client: string): Promise<void> {
  const again = (): void => void setTimeout(() => void begin(video, url, client), lookAgainMs);
  try {
    const response = await fetch(url);
    if (response.ok) {
      play(video, url, again);
      return;
    }
    explain((await response.json()) as Problem, client);
  } catch {
    say('The server cannot be reached.');
  }
  again();
}

function play(video: HTMLVideoElement, url: string, again: () => void): void {
  if (!isSupported()) {
    video.src = url; // Safari plays playlists itself
    return;
  }
  hls?.destroy();
  hls = new Hls({ liveDurationInfinity: true, backBufferLength: 60 });
  hls.on(Events.ERROR, (_event, data) => recover(data, again));
  hls.loadSource(url);
  hls.attachMedia(video);
}

function recover(data: ErrorData, again: () => void): void {
  if (!data.fatal) return;
  if (data.type === ErrorTypes.MEDIA_ERROR) {
    hls?.recoverMediaError();
    return;
  }
  say('The connection was lost. Trying again …');
  hls?.destroy();
  hls = undefined;
  again();
}

function explain({ detail = 'Nothing can be shown.', afterMs }: Problem, client: string): void {
  say(detail);
  if (!message || typeof afterMs !== 'number') return;
  const link = document.createElement('a');
  link.href = `${base}/stream/${encodeURIComponent(client)}?refTime=${afterMs}`;
  link.textContent = 'Go there';
  message.append(' ', link);
}

function say(text: string | undefined): void {
  if (!message) return;
  message.hidden = text === undefined;
  message.textContent = text ?? '';
}

function showTime(video: HTMLVideoElement): void {
  const playing = hls?.playingDate;
  if (!captured || !playing || video.paused) return;
  captured.textContent = playing.toLocaleString();
  captured.setAttribute('datetime', playing.toISOString());
}

/** Times in the form are those of this browser's zone; they are sent with it. */
function fillForm(refMs: string | undefined): void {
  const form = document.querySelector<HTMLFormElement>('form.jump');
  const field = form?.querySelector<HTMLInputElement>('input[name=refTime]');
  if (!form || !field) return;
  if (refMs !== undefined) field.value = localText(Number(refMs));
  form.addEventListener('submit', () => {
    const chosenMs = new Date(field.value).getTime();
    if (Number.isNaN(chosenMs)) return;
    field.type = 'hidden';
    field.value = new Date(chosenMs).toISOString();
  });
}

function localText(ms: number): string {
  const zoneMs = new Date(ms).getTimezoneOffset() * 60_000;
  return new Date(ms - zoneMs).toISOString().slice(0, 19);
}
