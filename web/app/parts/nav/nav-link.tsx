/** One place, at the side, at the foot of a phone or in the sheet behind “More”. */
import { Link } from '@tanstack/react-router';
import { Icon } from '../icons.tsx';
import type { places } from './places.ts';

interface NavLinkProps {
  place: (typeof places)[number];
  active: boolean;
  /** `row`: icon and word, the word hidden while the bar is slim. `foot`: the word under the icon. */
  as: 'row' | 'foot';
  onGo?: () => void;
}

export function NavLink({ place: { path, label, icon }, active, as, onGo }: NavLinkProps) {
  const tone = active ? 'text-text bg-raised' : 'text-muted hover:text-text hover:bg-raised/60';
  return (
    <Link
      to={path}
      onClick={onGo}
      aria-current={active ? 'page' : undefined}
      title={as === 'row' ? label : undefined}
      className={as === 'row' ? `${row} ${tone}` : `${foot} ${active ? 'text-accent' : 'text-muted'}`}
    >
      <Icon name={icon} size={as === 'row' ? 18 : 21} />
      <span className={as === 'row' ? word : ''}>{label}</span>
    </Link>
  );
}

/** Also for buttons among the places. */
export const row =
  'flex min-h-10 w-full items-center gap-3 rounded-lg px-3 font-medium transition-colors pointer-coarse:min-h-[44px]';
/** Not seen while the bar at the side is slim; said all the same. */
export const word = 'truncate slim:sr-only';
export const foot =
  'grid min-h-[52px] min-w-0 grow basis-0 justify-items-center content-center gap-0.5 text-[11px] font-medium';
