/** The bar at the foot of a phone: the first places, and a sheet with everything else. */
import { useState } from 'react';
import { useLocation } from '@tanstack/react-router';
import { Dialog } from '../dialog.tsx';
import { Icon } from '../icons.tsx';
import { AccountItems } from './account-menu.tsx';
import { NavLink, foot } from './nav-link.tsx';
import { fillsPhone, placesInBar } from './places.ts';
import { usePlace, usePlaces } from './use-places.ts';

export function FootBar() {
  const [open, setOpen] = useState(false);
  const places = usePlaces();
  const here = usePlace();
  const hidden = useLocation({ select: ({ pathname }) => fillsPhone(pathname) });
  const rest = places.slice(placesInBar);
  const close = () => setOpen(false);
  return (
    <>
      <nav
        aria-label="Places"
        className={`border-line bg-canvas/92 fixed inset-x-0 bottom-0 z-20 border-t pb-[env(safe-area-inset-bottom)] backdrop-blur-md sm:hidden ${hidden ? 'docked:hidden' : ''}`}
      >
        <ul className="flex">
          {places.slice(0, placesInBar).map((place) => (
            <li key={place.path} className="flex min-w-0 grow basis-0">
              <NavLink place={place} active={place === here} as="foot" />
            </li>
          ))}
          <li className="flex min-w-0 grow basis-0">
            <button type="button" onClick={() => setOpen(true)} className={`${foot} text-muted`}>
              <Icon name="more" size={21} />
              More
            </button>
          </li>
        </ul>
      </nav>
      {open && (
        <Dialog title="More" description="Other places, and your account." onClose={close}>
          {rest.length > 0 && (
            <ul className="mb-3 grid gap-0.5">
              {rest.map((place) => (
                <li key={place.path}>
                  <NavLink place={place} active={place === here} as="row" onGo={close} />
                </li>
              ))}
            </ul>
          )}
          <AccountItems onDone={close} />
        </Dialog>
      )}
    </>
  );
}
