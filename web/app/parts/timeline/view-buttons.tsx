/** How much time is shown: closer, wider, or one of the usual stretches. */
import { IconButton } from '../button.tsx';
import { spanMs } from './scale.ts';
import type { View } from './scale.ts';

const lengths: readonly (readonly [name: string, ms: number])[] = [
  ['10 seconds', 10_000],
  ['1 minute', 60_000],
  ['10 minutes', 600_000],
  ['1 hour', 3_600_000],
  ['6 hours', 6 * 3_600_000],
  ['1 day', 86_400_000],
  ['1 week', 7 * 86_400_000],
  ['1 month', 31 * 86_400_000],
  ['1 year', 366 * 86_400_000],
];

interface ViewButtonsProps {
  view: View;
  onZoom: (factor: number) => void;
}

export function ViewButtons({ view, onZoom }: ViewButtonsProps) {
  const span = spanMs(view);
  const usual = lengths.find(([, ms]) => Math.abs(ms / span - 1) < 0.01);
  return (
    <div role="group" aria-label="Time shown" className="flex items-center">
      <IconButton icon="minus" label="Show more time" onClick={() => onZoom(2)} />
      <select
        aria-label="Time shown"
        value={usual ? String(usual[1]) : ''}
        onChange={(event) => onZoom(Number(event.target.value) / span)}
        className="text-muted hover:text-text h-9 appearance-none rounded-lg bg-transparent px-1 text-center text-[13px] tabular-nums max-sm:hidden pointer-coarse:h-[44px]"
      >
        {!usual && <option value="">{lengthText(span)}</option>}
        {lengths.map(([name, ms]) => (
          <option key={name} value={String(ms)}>
            {name}
          </option>
        ))}
      </select>
      <IconButton icon="plus" label="Show less time" onClick={() => onZoom(0.5)} />
    </div>
  );
}

/** `1.5 hours`, of any stretch. */
function lengthText(ms: number): string {
  const units: readonly (readonly [string, number])[] = [
    ['days', 86_400_000],
    ['hours', 3_600_000],
    ['minutes', 60_000],
  ];
  const [name, unit] = units.find(([, unit]) => ms >= 1.5 * unit) ?? ['seconds', 1000];
  const count = ms / unit;
  return `${count < 10 ? Math.round(count * 10) / 10 : Math.round(count)} ${name}`;
}
