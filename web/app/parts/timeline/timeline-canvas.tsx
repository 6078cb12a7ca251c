/** The canvas in the page: its role for screen readers, and the card that says what lies under the pointer. */
import { useEffect, useRef, useState } from 'react';
import type { Thumbs } from '../../../player/recorded/thumbs.ts';
import { momentOn } from './lanes.ts';
import { HoverCard } from './hover-card.tsx';
import { Strip } from './strip.ts';
import type { Hovered, StripListener, StripLook } from './strip.ts';
import { momentWords } from './words.ts';
import { clockText, dayText, offsetText } from './zone.ts';

interface TimelineCanvasProps {
  look: StripLook;
  /** Its functions are read when they are needed: they need not stay the same. */
  listener: Omit<StripListener, 'hover'>;
  /** Of the playhead, Unix ms. */
  placeMs: number;
  isLive: boolean;
  cameraName: string;
  thumbs: Thumbs | undefined;
}

export function TimelineCanvas({ look, listener, placeMs, isLive, cameraName, thumbs }: TimelineCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const strip = useRef<Strip>(null);
  const latest = useRef({ look, listener });
  const [hovered, setHovered] = useState<Hovered>();

  useEffect(() => {
    latest.current = { look, listener };
    strip.current?.show(look);
  });

  useEffect(() => {
    if (!canvas.current) return undefined;
    const to = () => latest.current.listener;
    strip.current = new Strip(canvas.current, latest.current.look, {
      view: (view) => to().view(view),
      grab: (ms) => to().grab(ms),
      drag: (ms) => to().drag(ms),
      release: () => to().release(),
      mark: (end, ms) => to().mark(end, ms),
      clock: () => to().clock(),
      hover: setHovered,
    });
    return () => {
      strip.current?.stop();
      strip.current = null;
    };
  }, []);

  const { timeline, view, zone } = look;
  const there = isLive ? 'live' : timeline && momentWords(momentOn(timeline, placeMs), zone).title;
  const when = `${dayText(placeMs, zone)} ${clockText(placeMs, zone, 'second')} ${offsetText(placeMs, zone)}`;
  return (
    <div className="relative">
      <canvas
        ref={canvas}
        tabIndex={0}
        role="slider"
        aria-label={`Timeline of ${cameraName}`}
        aria-valuemin={Math.round(view.fromMs / 1000)}
        aria-valuemax={Math.round(view.toMs / 1000)}
        aria-valuenow={Math.round(placeMs / 1000)}
        aria-valuetext={there ? `${when}: ${there}` : when}
        className="block w-full touch-none rounded-sm select-none"
      />
      {hovered && <HoverCard hovered={hovered} zone={zone} timeline={timeline} thumbs={thumbs} />}
    </div>
  );
}
