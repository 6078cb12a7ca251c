/** What is missing, since when and why, as a person would say it. */
import type { GapCause } from '../../../../src/api/contract/recording.ts';
import { duration } from '../../format.ts';
import type { Degraded, Gap, Happening, Held, Moment, Target } from './lanes.ts';
import { clockText, dayStart, dayText } from './zone.ts';

/** Of a gap that is over, and of one that goes on. */
const causes: Record<GapCause, readonly [past: string, present: string]> = {
  'camera-offline': ['the camera was offline', 'the camera is offline'],
  'packets-lost': ['what the camera sent did not arrive', 'what the camera sends does not arrive'],
  'disk-slow': ['the disk was too slow', 'the disk is too slow'],
  'disk-full': ['the disk was full', 'the disk is full'],
  'disk-failed': ['the disk failed', 'the disk has failed'],
  'server-stopped': ['the server was not running', 'the server was not running'],
  'clock-stepped': ['the server’s clock was set forward', 'the server’s clock was set forward'],
  unsupported: [
    'the camera sent nothing that can be recorded',
    'the camera sends nothing that can be recorded',
  ],
  disabled: ['the camera was switched off', 'the camera is switched off'],
};

/** `No recording 14:03–14:07: the camera was offline`. */
export function gapWords(gap: Gap, zone: string): string {
  const [past, present] = causes[gap.cause];
  if (gap.open) return `No recording since ${timeText(gap.startMs, gap.endMs, zone)}: ${present}`;
  return `No recording ${rangeText(gap.startMs, gap.endMs, zone)}: ${past}`;
}

/** What the server knows beyond the cause; empty when it only says the same again. */
function detailOf({ cause, detail }: Gap): string {
  const plain = detail.toLowerCase().replace(/\.$/, '');
  return causes[cause].includes(plain) ? '' : detail;
}

/** Headline and, where more is known, a second line. */
export interface Words {
  readonly title: string;
  readonly more: string;
}

export function targetWords(target: Target, zone: string): Words {
  switch (target.kind) {
    case 'gap':
      return several(target.gaps, 'gaps', zone, (gap) => ({
        title: gapWords(gap, zone),
        more: [duration(gap.endMs - gap.startMs), detailOf(gap)].filter(Boolean).join(' · '),
      }));
    case 'degraded':
      return several(target.degraded, 'disturbed stretches', zone, (one) => degradedWords(one, zone));
    case 'event':
      return eventWords(target.events, zone);
    case 'held':
      return several(target.held, 'holds', zone, (one) => heldWords(one, zone));
  }
}

/** For screen readers, and for a picture that is not there. */
export function momentWords(moment: Moment, zone: string): Words {
  switch (moment.kind) {
    case 'gap':
      return { title: gapWords(moment.gap, zone), more: detailOf(moment.gap) };
    case 'recorded':
      return moment.degraded ? degradedWords(moment.degraded, zone) : { title: 'Recorded', more: '' };
    case 'future':
      return { title: 'This is still to come', more: '' };
    case 'none':
      return { title: 'Nothing was recorded here', more: 'No recording was asked for at this time.' };
  }
}

/** `14:03–14:07`; with seconds when it is short, with days when they differ. */
export function rangeText(fromMs: number, toMs: number, zone: string): string {
  const short = toMs - fromMs < 180_000;
  const clock = (ms: number) => clockText(ms, zone, short ? 'second' : 'minute');
  if (dayStart(fromMs, zone) === dayStart(toMs, zone)) return `${clock(fromMs)}–${clock(toMs)}`;
  return `${dayText(fromMs, zone)} ${clock(fromMs)} – ${dayText(toMs, zone)} ${clock(toMs)}`;
}

/** `14:03`, with its day when that is another than the one of `nowMs`. */
function timeText(ms: number, nowMs: number, zone: string): string {
  const clock = clockText(ms, zone, 'minute');
  return dayStart(ms, zone) === dayStart(nowMs, zone) ? clock : `${dayText(ms, zone, nowMs)} ${clock}`;
}

function several<T extends { startMs: number; endMs: number }>(
  all: readonly T[],
  name: string,
  zone: string,
  say: (one: T) => Words,
): Words {
  const [first] = all;
  const last = all.at(-1);
  if (!first || !last) return { title: '', more: '' };
  if (all.length === 1) return say(first);
  return {
    title: `${all.length} ${name}, ${rangeText(first.startMs, last.endMs, zone)}`,
    more: `First: ${say(first).title}. Zoom in to tell them apart.`,
  };
}

function degradedWords(one: Degraded, zone: string): Words {
  const why = one.cause === 'packets-lost' ? 'parts of it did not arrive' : causes[one.cause][0];
  return {
    title: `Recorded, but disturbed ${rangeText(one.startMs, one.endMs, zone)}: ${why}`,
    more: one.detail,
  };
}

function eventWords(events: readonly Happening[], zone: string): Words {
  const [first] = events;
  if (!first) return { title: '', more: '' };
  const count = events.reduce((sum, one) => sum + one.count, 0);
  const what = first.label === '' ? first.kind : first.label;
  const range = rangeText(first.startMs, events.at(-1)?.endMs ?? first.endMs, zone);
  if (count > 1) return { title: `${count} events, ${range}`, more: `First: ${what}` };
  return {
    title: `${what}, ${clockText(first.startMs, zone, 'second')}`,
    more: first.label === '' ? '' : first.kind,
  };
}

function heldWords(one: Held, zone: string): Words {
  return { title: `Held, is not deleted: ${one.reason}`, more: rangeText(one.startMs, one.endMs, zone) };
}
