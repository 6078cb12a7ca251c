/** The places that whoever is signed in may go to, and where they are now. */
import { useLocation, useNavigate } from '@tanstack/react-router';
import { useSession } from '../../api/session.ts';
import { useKeys } from '../keys.ts';
import { isAt, places } from './places.ts';

export function usePlaces(): typeof places {
  const who = useSession()?.who;
  const may = who?.permissions ?? [];
  const rights = who ? [...who.grants.every, ...Object.values(who.grants.cameras).flat()] : [];
  return places.filter(({ needs, needsRight }) => {
    if (needs !== undefined && !may.includes(needs)) return false;
    return needsRight === undefined || rights.includes(needsRight);
  });
}

export function usePlace(): (typeof places)[number] | undefined {
  const pathname = useLocation({ select: (location) => location.pathname });
  return places.find((place) => isAt(place, pathname));
}

/** `g` and a letter goes to a place. */
export function usePlaceKeys(): void {
  const navigate = useNavigate();
  const keys = usePlaces().map(({ key, path }) => [`g ${key}`, () => void navigate({ to: path })] as const);
  useKeys(Object.fromEntries(keys));
}
