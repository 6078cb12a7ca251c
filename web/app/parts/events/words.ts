/** What happened, as a person would say it. */
import type { HistoryItem, HistoryKind } from '../../../../src/api/contract/history.ts';
import type { GapCause } from '../../../../src/api/contract/recording.ts';
import { bytes, duration } from '../../format.ts';
import type { IconName } from '../icons.tsx';
import { rangeText } from '../timeline/words.ts';
import { clockText, dayText } from '../timeline/zone.ts';
import type { GapItem, Line } from './grouping.ts';
import { totalMs } from './grouping.ts';

export const kindNames: Record<HistoryKind, string> = {
  event: 'Events',
  gap: 'Gaps in recordings',
  damaged: 'Damaged recordings',
  hold: 'Holds',
  deletion: 'Deletions',
  clip: 'Clips of remote clients',
};

export interface LineLook {
  readonly icon: IconName;
  readonly tone: 'bad' | 'warn' | 'event' | 'quiet';
  readonly title: string;
  readonly more: string;
}

/** After "No recording: "; of a gap that is over, and of one that lasts. */
const causes: Record<GapCause, readonly [past: string, present: string]> = {
  'camera-offline': ['the camera was offline', 'the camera is offline'],
  'packets-lost': ['what the camera sent did not arrive', 'what the camera sends does not arrive'],
  'disk-slow': ['the disk was too slow', 'the disk is too slow'],
  'disk-full': ['the disk was full', 'the disk is full'],
  'disk-failed': ['the disk failed', 'the disk has failed'],
  'server-stopped': ['the server was not running', 'the server was not running'],
  'clock-stepped': ['the server’s clock was set', 'the server’s clock was set'],
  disabled: ['the camera was switched off', 'the camera is switched off'],
  unsupported: [
    'the camera sent nothing that can be recorded',
    'the camera sends nothing that can be recorded',
  ],
};

export function lookOf(line: Line, zone: string): LineLook {
  return line.kind === 'gaps' ? groupLook(line.gaps, zone) : itemLook(line.item, zone);
}

function groupLook(gaps: readonly GapItem[], zone: string): LineLook {
  const [newest] = gaps;
  const oldest = gaps.at(-1);
  const from = clockText(oldest?.startMs ?? 0, zone, 'minute');
  const to = clockText(newest?.endMs ?? newest?.startMs ?? 0, zone, 'minute');
  return {
    icon: 'warn',
    tone: 'warn',
    title: `${gaps.length} gaps between ${from} and ${to}, ${duration(totalMs(gaps))} together`,
    more: capital(`${causes[newest?.cause ?? 'camera-offline'][0]}.`),
  };
}

function itemLook(item: HistoryItem, zone: string): LineLook {
  switch (item.kind) {
    case 'gap':
      return gapLook(item);
    case 'event':
      return eventLook(item);
    case 'clip':
      return {
        icon: 'push',
        tone: item.fault === null ? 'quiet' : 'warn',
        title: item.fault === null ? 'A clip was taken' : 'A clip cannot be shown',
        more: item.fault ?? lengthOf(item),
      };
    case 'hold':
      return {
        icon: 'lock',
        tone: 'event',
        title: `Footage is held: ${item.reason}`,
        more: stretch(item, zone),
      };
    case 'damaged':
      return { icon: 'warn', tone: 'bad', title: 'A recording is damaged', more: item.damage };
    case 'deletion':
      return {
        icon: 'bin',
        tone: 'quiet',
        title: `${countWords(item.recordings)} deleted, ${bytes(item.bytes)}`,
        more: [item.detail, stretch(item, zone)].filter(Boolean).join(' · '),
      };
  }
}

function gapLook({ cause, detail, startMs, endMs }: GapItem): LineLook {
  const why = causes[cause][endMs === null ? 1 : 0];
  const said = detail.toLowerCase().replace(/\.$/, '');
  const more = causes[cause].includes(said) ? '' : detail;
  if (endMs === null) return { icon: 'warn', tone: 'bad', title: `No recording since then: ${why}`, more };
  const length = endMs - startMs;
  if (length === 0) return { icon: 'warn', tone: 'warn', title: capital(why), more };
  return { icon: 'warn', tone: 'warn', title: `No recording for ${shortDuration(length)}: ${why}`, more };
}

function eventLook(item: Extract<HistoryItem, { kind: 'event' }>): LineLook {
  const { event, label } = item;
  const isManual = event === 'manual';
  const title = isManual ? 'Recorded by hand' : label === '' ? capital(event) : label;
  const rest = isManual ? label : label === '' ? '' : event;
  const lasts = item.endMs === null ? 'goes on' : lengthOf(item);
  return {
    icon: isManual ? 'record' : 'bell',
    tone: 'event',
    title,
    more: [rest, lasts].filter(Boolean).join(' · '),
  };
}

function lengthOf({ startMs, endMs }: HistoryItem): string {
  return endMs === null || endMs - startMs < 1000 ? '' : duration(endMs - startMs);
}

/** Below two seconds with a fraction: `0 s` would be none. */
function shortDuration(ms: number): string {
  return ms < 2000 ? `${(ms / 1000).toFixed(1)} s` : duration(ms);
}

function stretch({ startMs, endMs }: HistoryItem, zone: string): string {
  if (endMs === null) return '';
  return `${dayText(startMs, zone)} ${rangeText(startMs, endMs, zone)}`;
}

function countWords(count: number): string {
  return count === 1 ? '1 recording' : `${count} recordings`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
