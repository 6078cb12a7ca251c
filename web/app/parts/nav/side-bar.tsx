/** The bar at the side of everything that is wider than a phone: the places, and the account at its foot. */
import { Link } from '@tanstack/react-router';
import { Icon, Mark } from '../icons.tsx';
import { AccountButton } from './account-menu.tsx';
import { NavLink, row, word } from './nav-link.tsx';
import { usePlace, usePlaces } from './use-places.ts';
import { useSide } from './side.ts';

export function SideBar({ onHelp }: { onHelp: () => void }) {
  const places = usePlaces();
  const here = usePlace();
  return (
    <div className="border-line bg-canvas sticky top-0 z-20 flex h-dvh flex-col gap-1 overflow-x-hidden overflow-y-auto border-r px-2 pb-2 max-sm:hidden">
      <Link
        to="/"
        className="flex h-14 shrink-0 items-center gap-2.5 rounded-lg px-2"
        aria-label="Sightline, all cameras"
      >
        <Mark />
        <span className={`text-[17px] font-semibold tracking-[-0.02em] ${word}`}>Sightline</span>
      </Link>
      <nav aria-label="Places">
        <ul className="grid gap-0.5">
          {places.map((place) => (
            <li key={place.path}>
              <NavLink place={place} active={place === here} as="row" />
            </li>
          ))}
        </ul>
      </nav>
      <span className="grow" />
      <SlimButton />
      <AccountButton onHelp={onHelp} />
    </div>
  );
}

/** Only where there is room for the words. */
function SlimButton() {
  const [side, setSide] = useSide();
  const label = side === 'slim' ? 'Show the words' : 'Show icons only';
  return (
    <button
      type="button"
      title={label}
      aria-label={label}
      onClick={() => setSide(side === 'slim' ? 'wide' : 'slim')}
      className={`${row} text-muted hover:text-text hover:bg-raised/60 max-lg:hidden`}
    >
      <Icon name={side === 'slim' ? 'sideOut' : 'sideIn'} />
      <span className={word}>Icons only</span>
    </button>
  );
}
