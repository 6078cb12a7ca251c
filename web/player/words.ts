/**
 * What the player writes on the picture. In: its state and the age of the picture. Out: short plain text.
 */
import type { PlayerState } from './state.ts';

type Tone = 'live' | 'late' | 'trouble' | 'quiet';

export interface Chip {
  readonly tone: Tone;
  readonly text: string;
  /** More than fits: shown when it is asked for. */
  readonly why?: string | undefined;
}

/** In which way the picture comes, when it had to be another than the best. */
export interface Fallback {
  readonly wayName: string;
  readonly reason: string;
}

export interface Message {
  readonly title: string;
  readonly detail: string;
}

/** A picture may move and still be old; then the word LIVE would be a lie. */
const lateAfterMs = 8000;

/** @param ageMs age of the picture on the screen; undefined when the stream does not tell. */
export function chipFor(state: PlayerState, ageMs: number | undefined, fallback?: Fallback): Chip {
  switch (state.kind) {
    case 'playing':
      return playingChip(ageMs, fallback);
    case 'stalled':
      return { tone: 'late', text: ageMs === undefined ? 'STALLED' : `STALLED ${minus(ageMs)}` };
    case 'offline':
      return { tone: 'trouble', text: 'OFFLINE' };
    case 'connecting':
      return { tone: 'quiet', text: 'CONNECTING' };
    case 'unsupported':
      return { tone: 'trouble', text: 'CANNOT PLAY' };
    case 'idle':
      return { tone: 'quiet', text: state.why === 'paused' ? 'PAUSED' : 'RESTING' };
  }
}

function playingChip(ageMs: number | undefined, fallback: Fallback | undefined): Chip {
  const tone = ageMs !== undefined && ageMs > lateAfterMs ? 'late' : 'live';
  const word = tone === 'late' ? 'DELAYED' : 'LIVE';
  const age = ageMs === undefined ? '' : ` ${minus(ageMs)}`;
  if (!fallback) return { tone, text: word + age };
  return { tone, text: `${word}${age} · ${fallback.wayName}`, why: fallback.reason };
}

/** Text over the picture; undefined when the picture speaks for itself. */
export function messageFor(state: PlayerState, nowMs: number): Message | undefined {
  switch (state.kind) {
    case 'playing':
      return undefined;
    case 'stalled':
      return { title: `Stalled · ${retry('reconnecting', state.nextTryMs, nowMs)}`, detail: state.reason };
    case 'offline': {
      const title = `Offline since ${clockTime(state.sinceMs, nowMs)}`;
      // We ask again all the same, but nothing is tried at the camera.
      const isWaiting = state.code === 'camera-waiting';
      return {
        title: isWaiting ? title : `${title} · ${retry('next try', state.nextTryMs, nowMs)}`,
        detail: state.reason,
      };
    }
    case 'connecting':
      return { title: 'Connecting…', detail: '' };
    case 'unsupported':
      return { title: `This browser cannot play ${state.codec}`, detail: state.reason };
    case 'idle':
      return { title: state.reason, detail: '' };
  }
}

/** `−0.6 s`, `−14 s`, `−3 min`, `−2 h`; a true minus sign, and never a negative age. */
export function minus(ageMs: number): string {
  const seconds = Math.max(0, ageMs) / 1000;
  if (seconds < 9.95) return `−${seconds.toFixed(1)} s`;
  if (seconds < 99.5) return `−${Math.round(seconds)} s`;
  if (seconds < 3600) return `−${Math.round(seconds / 60)} min`;
  return `−${Math.round(seconds / 3600)} h`;
}

/** `14:02` today, with the date when it was another day. In the time zone of whoever looks. */
export function clockTime(timeMs: number, nowMs: number): string {
  const time = new Date(timeMs);
  const hours = `${two(time.getHours())}:${two(time.getMinutes())}`;
  if (time.toDateString() === new Date(nowMs).toDateString()) return hours;
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${hours}`;
}

function retry(verb: string, nextTryMs: number | undefined, nowMs: number): string {
  if (nextTryMs === undefined) return 'trying now';
  return `${verb} in ${Math.max(0, Math.ceil((nextTryMs - nowMs) / 1000))} s`;
}

const two = (value: number) => String(value).padStart(2, '0');
