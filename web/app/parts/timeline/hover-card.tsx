/** What lies under the pointer: the time, a small picture, and in words what is missing or happened there. */
import { useEffect, useRef, useState } from 'react';
import type { Timeline } from '../../../../src/api/contract/recording.ts';
import type { Thumbs } from '../../../player/recorded/thumbs.ts';
import { momentOn } from './lanes.ts';
import type { Hovered } from './strip.ts';
import { momentWords, targetWords } from './words.ts';
import { clockText, dayText } from './zone.ts';

const widthPixels = 232;
/** A pointer that rushes over wants no picture. */
const restMs = 60;
const againMs = 80;

interface HoverCardProps {
  hovered: Hovered;
  zone: string;
  timeline: Timeline | undefined;
  thumbs: Thumbs | undefined;
}

export function HoverCard({ hovered, zone, timeline, thumbs }: HoverCardProps) {
  const { ms, target, coarse } = hovered;
  const moment = timeline && momentOn(timeline, ms);
  const there = moment && moment.kind !== 'recorded' ? momentWords(moment, zone) : undefined;
  const words = target ? targetWords(target, zone) : there;
  const box = useBox(hovered.x);
  // A finger sees its picture above, large; only what is to be said is said here.
  if (coarse && !target) return null;
  return (
    <div
      ref={box}
      role="status"
      className="bg-raised border-line-strong shadow-dialog pointer-events-none absolute bottom-full left-0 z-10 mb-2 w-max overflow-hidden rounded-lg border text-[13px]"
      style={{ maxWidth: widthPixels }}
    >
      {!coarse && moment?.kind === 'recorded' && <Picture ms={ms} thumbs={thumbs} />}
      <div className="px-2.5 py-1.5">
        <p className="font-medium tabular-nums">
          {clockText(ms, zone, 'second')} <span className="text-muted font-normal">{dayText(ms, zone)}</span>
        </p>
        {words && <p className={target?.kind === 'gap' ? 'text-bad' : ''}>{words.title}</p>}
        {words?.more && <p className="text-muted">{words.more}</p>}
      </div>
    </div>
  );
}

/** Keeps the card over the pointer and within the timeline. */
function useBox(x: number) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current;
    if (!element?.parentElement) return;
    const room = element.parentElement.clientWidth - element.offsetWidth;
    element.style.left = `${Math.min(Math.max(0, x - element.offsetWidth / 2), Math.max(0, room))}px`;
  });
  return box;
}

function Picture({ ms, thumbs }: { ms: number; thumbs: Thumbs | undefined }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [drawn, setDrawn] = useState(false);
  useEffect(() => {
    const draw = () => {
      const thumb = thumbs?.nearest(ms);
      const element = canvas.current;
      if (!thumb || !element) return;
      element.width = thumb.picture.width;
      element.height = thumb.picture.height;
      element.getContext('2d')?.drawImage(thumb.picture, 0, 0);
      setDrawn(true);
    };
    draw();
    const rest = window.setTimeout(() => thumbs?.want(ms, 0), restMs);
    const again = window.setInterval(draw, againMs);
    return () => {
      window.clearTimeout(rest);
      window.clearInterval(again);
    };
  }, [ms, thumbs]);
  return (
    <canvas
      ref={canvas}
      aria-hidden="true"
      className={`bg-canvas aspect-video w-[232px] object-contain ${drawn ? 'block' : 'hidden'}`}
    />
  );
}
