/** The list of what happened, day by day: a picture, what it was, of which camera, when. */
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Icon } from '../icons.tsx';
import { clockText, dayStart, dayText, deviceZone } from '../timeline/zone.ts';
import type { Line } from './grouping.ts';
import { atOf } from './grouping.ts';
import type { LineLook } from './words.ts';
import { lookOf } from './words.ts';

interface LinesProps {
  lines: readonly Line[];
  /** Of the cameras there are. */
  names: ReadonlyMap<string, string>;
  nowMs: number;
}

export function Lines({ lines, names, nowMs }: LinesProps) {
  const days = daysOf(lines);
  return (
    <div className="grid gap-6">
      {[...days].map(([day, some]) => (
        <section key={day}>
          <h2 className="bg-canvas text-muted sticky top-0 z-[1] py-1.5 text-[13px] font-semibold">
            {dayName(day, nowMs)}
          </h2>
          <ol className="border-line divide-line bg-surface divide-y overflow-hidden rounded-xl border">
            {some.map((line) => (
              <Row key={keyOf(line)} line={line} names={names} />
            ))}
          </ol>
        </section>
      ))}
    </div>
  );
}

/** By the day they stand on, in their order. */
function daysOf(lines: readonly Line[]): ReadonlyMap<number, readonly Line[]> {
  const days = new Map<number, Line[]>();
  for (const line of lines) {
    const day = dayStart(atOf(line), deviceZone);
    days.set(day, [...(days.get(day) ?? []), line]);
  }
  return days;
}

const tones: Record<LineLook['tone'], string> = {
  bad: 'text-bad',
  warn: 'text-warn',
  event: 'text-event',
  quiet: 'text-muted',
};

function Row({ line, names }: { line: Line; names: ReadonlyMap<string, string> }) {
  const { icon, tone, title, more } = lookOf(line, deviceZone);
  const cameraId = cameraOf(line);
  const name = cameraId === null ? undefined : names.get(cameraId);
  const at = momentOf(line);
  const inside = (
    <>
      <Thumb cameraId={name === undefined ? null : cameraId} atMs={at} />
      <div className="min-w-0 grow">
        <p className="flex items-start gap-2">
          <span className={`${tones[tone]} mt-0.5`}>
            <Icon name={icon} size={16} />
          </span>
          <span className="min-w-0 font-medium break-words">{title}</span>
        </p>
        <p className="text-muted mt-0.5 text-[13px] break-words">
          {[whose(line, name), more].filter(Boolean).join(' · ')}
        </p>
      </div>
      <time
        dateTime={new Date(atOf(line)).toISOString()}
        className="text-muted shrink-0 text-[13px] leading-[21px] tabular-nums"
      >
        {clockText(atOf(line), deviceZone, 'second')}
      </time>
    </>
  );
  const look = 'flex gap-3 px-3 py-2.5 sm:gap-4';
  if (cameraId === null || name === undefined || at === undefined) return <li className={look}>{inside}</li>;
  return (
    <li>
      <Link
        to="/cameras/$cameraId"
        params={{ cameraId }}
        search={{ at: new Date(at).toISOString() }}
        className={`hover:bg-raised ${look}`}
      >
        {inside}
      </Link>
    </li>
  );
}

/** Where there is none, its place stays, so that the lines stand under one another. */
function Thumb({ cameraId, atMs }: { cameraId: string | null; atMs: number | undefined }) {
  const [missing, setMissing] = useState(false);
  const shown = cameraId !== null && atMs !== undefined && !missing;
  return (
    <div className="bg-raised text-faint grid aspect-video w-20 shrink-0 place-items-center self-start overflow-hidden rounded-md sm:w-28">
      {shown ? (
        <img
          src={`/api/v1/cameras/${cameraId}/frame.jpg?at=${Math.round(atMs)}&width=240&exact=false`}
          alt=""
          loading="lazy"
          decoding="async"
          onError={() => setMissing(true)}
          className="size-full object-cover"
        />
      ) : (
        <Icon name="still" size={16} />
      )}
    </div>
  );
}

/** The last picture before a gap says more than none. */
const beforeGapMs = 3000;

function momentOf(line: Line): number | undefined {
  if (line.kind === 'gaps') return (line.gaps.at(-1)?.startMs ?? 0) - beforeGapMs;
  const { kind, startMs } = line.item;
  if (kind === 'deletion' || kind === 'clip') return undefined;
  return kind === 'gap' ? startMs - beforeGapMs : startMs;
}

function cameraOf(line: Line): string | null {
  if (line.kind === 'gaps') return line.gaps[0]?.cameraId ?? null;
  return line.item.kind === 'clip' ? null : line.item.cameraId;
}

function whose(line: Line, name: string | undefined): string {
  if (line.kind === 'one' && line.item.kind === 'clip') return line.item.clientId;
  if (cameraOf(line) === null) return 'All cameras';
  return name ?? 'A deleted camera';
}

function keyOf(line: Line): string {
  return line.kind === 'one' ? line.item.id : `gaps ${line.gaps.at(-1)?.id}`;
}

function dayName(day: number, nowMs: number): string {
  if (day === dayStart(nowMs, deviceZone)) return 'Today';
  if (day === dayStart(nowMs, deviceZone, -1)) return 'Yesterday';
  return dayText(day, deviceZone, nowMs);
}
