/** The places that whoever is signed in may go to, and where they are now. */
import { useLocation, useNavigate } from '@tanstack/react-router';
import { useSession } from '../../api/session.ts';
import { useKeys } from '../keys.ts';
import { isAt, places } from './places.ts';

export function usePlaces(): typeof places {
  const may = useSession()?.who?.permissions ?? [];
  return places.filter(({ needs }) => needs === undefined || may.includes(needs));
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
