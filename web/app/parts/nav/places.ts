/**
 * The places of the dashboard: one line each. The bar at the side, the bar at the foot of a phone, the keys and their
 * help are made of this table.
 */
import type { Permission, Right } from '../../api/session.ts';
import type { IconName } from '../icons.tsx';

interface Place {
  readonly path: string;
  readonly label: string;
  readonly icon: IconName;
  /** Pressed after `g`. */
  readonly key: string;
  /** Not shown to who lacks it. */
  readonly needs?: Permission;
  /** And to who has this on no camera. */
  readonly needsRight?: Right;
  /** Addresses that begin so belong to it, too. */
  readonly under?: string;
}

/** In the order they are shown; on a phone the first four stand in the bar, the others under “More”. */
const table = [
  { path: '/', label: 'Cameras', icon: 'camera', key: 'c', under: '/cameras/' },
  { path: '/views', label: 'Views', icon: 'grid', key: 'v' },
  { path: '/events', label: 'Events', icon: 'bell', key: 'e', needsRight: 'playback' },
  { path: '/storage', label: 'Storage', icon: 'disk', key: 's', needs: 'system:read' },
  { path: '/system', label: 'System', icon: 'pulse', key: 'y', needs: 'system:read' },
  { path: '/people', label: 'People', icon: 'people', key: 'p', needs: 'system:write' },
  { path: '/settings', label: 'Settings', icon: 'tune', key: 't', needs: 'media:write' },
  { path: '/audit', label: 'Audit', icon: 'list', key: 'a', needs: 'system:write' },
] as const satisfies readonly Place[];

export type PlacePath = (typeof table)[number]['path'];
export const places: readonly (Place & { readonly path: PlacePath })[] = table;

export const placesInBar = 4;

/** Whether the page at `pathname` is the place or lies in it. */
export function isAt({ path, under = `${path}/` }: Place, pathname: string): boolean {
  return pathname === path || pathname.startsWith(under);
}

/** Pages that are a picture to the foot of the screen: on a phone, nothing stands there. */
export function fillsPhone(pathname: string): boolean {
  return /^\/cameras\/[^/]+$/.test(pathname);
}
