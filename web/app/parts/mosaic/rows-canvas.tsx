/** The rows of a view's past in the page: their role for screen readers, and what lies under the pointer in words. */
import { useEffect, useRef, useState } from 'react';
import { momentOn } from '../timeline/lanes.ts';
import { momentWords } from '../timeline/words.ts';
import { clockText, dayText, offsetText } from '../timeline/zone.ts';
import { RowsStrip } from './rows.ts';
import type { RowsListener, RowsLook } from './rows.ts';

interface RowsCanvasProps {
  look: RowsLook;
  listener: Omit<RowsListener, 'hover'>;
  /** Of the playhead, Unix ms. */
  placeMs: number;
  viewName: string;
}

type Hovered = Parameters<RowsListener['hover']>[0];

export function RowsCanvas({ look, listener, placeMs, viewName }: RowsCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const strip = useRef<RowsStrip>(null);
  const latest = useRef({ look, listener });
  const [hovered, setHovered] = useState<Hovered>();
  useEffect(() => {
    latest.current = { look, listener };
    strip.current?.show(look);
  });
  useEffect(() => {
    if (!canvas.current) return undefined;
    const to = () => latest.current.listener;
    strip.current = new RowsStrip(canvas.current, latest.current.look, {
      view: (view) => to().view(view),
      drag: (ms) => to().drag(ms),
      release: () => to().release(),
      clock: () => to().clock(),
      hover: setHovered,
    });
    return () => {
      strip.current?.stop();
      strip.current = null;
    };
  }, []);
  const { view, zone } = look;
  return (
    <div className="relative">
      <canvas
        ref={canvas}
        tabIndex={0}
        role="slider"
        aria-label={`Timeline of ${viewName}`}
        aria-valuemin={Math.round(view.fromMs / 1000)}
        aria-valuemax={Math.round(view.toMs / 1000)}
        aria-valuenow={Math.round(placeMs / 1000)}
        aria-valuetext={`${dayText(placeMs, zone)} ${clockText(placeMs, zone, 'second')} ${offsetText(placeMs, zone)}`}
        className="block w-full touch-none rounded-sm select-none"
      />
      {hovered && <Hover hovered={hovered} look={look} />}
    </div>
  );
}

function Hover({ hovered, look }: { hovered: NonNullable<Hovered>; look: RowsLook }) {
  const { x, ms, row: at } = hovered;
  const row = look.rows[at];
  const there = row?.timeline && momentWords(momentOn(row.timeline, ms), look.zone);
  return (
    <div
      role="status"
      className="bg-raised border-line-strong shadow-dialog pointer-events-none absolute bottom-full left-0 z-10 mb-2 w-max max-w-72 rounded-lg border px-2.5 py-1.5 text-[13px]"
      style={{ left: `clamp(0px, ${x - 100}px, calc(100% - 18rem))` }}
    >
      <p className="font-medium tabular-nums">
        {clockText(ms, look.zone, 'second')} <span className="text-muted font-normal">{row?.name}</span>
      </p>
      {there && <p>{there.title}</p>}
    </div>
  );
}
