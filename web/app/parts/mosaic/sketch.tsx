/** A view in small: where its tiles stand. */
import type { Area } from './layout.ts';

export function Sketch({ areas, className = '' }: { areas: readonly Area[]; className?: string }) {
  return (
    <svg viewBox="0 0 48 27" aria-hidden="true" className={className}>
      {areas.map(({ x, y, w, h }) => (
        <rect
          key={`${x} ${y}`}
          x={x * 4 + 0.75}
          y={y * 2.25 + 0.75}
          width={w * 4 - 1.5}
          height={h * 2.25 - 1.5}
          rx="1"
          fill="currentColor"
        />
      ))}
    </svg>
  );
}
