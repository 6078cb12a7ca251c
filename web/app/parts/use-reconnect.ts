/** Players try again by themselves, slower and slower; news that a camera or the server is back makes it now. */
import { useEffect, useRef } from 'react';
import type { RefObject } from 'react';
import type { Camera } from '../../../src/api/contract/cameras.ts';
import type { SightlinePlayer } from '../../player/element.ts';
import { useLink } from '../api/events.ts';

/** @returns the reference to be given to the player. */
export function useReconnect(camera: Camera): RefObject<SightlinePlayer | null> {
  const player = useRef<SightlinePlayer>(null);
  const link = useLink();
  const live = link.kind === 'up' && camera.status.state === 'live';
  useEffect(() => {
    if (live) player.current?.reconnect();
  }, [live]);
  return player;
}
