/**
 * Players try again by themselves, slower and slower, and not at all when they lack the codec. News that the
 * camera or the server is back, or that the camera sends something else now, makes it at once.
 */
import { useEffect, useRef } from 'react';
import type { RefObject } from 'react';
import type { Camera } from '../../../src/api/contract/cameras.ts';
import type { SightlinePlayer } from '../../player/element.ts';
import { useLink } from '../api/events.ts';

/** @returns the reference to be given to the player. */
export function useReconnect(camera: Camera): RefObject<SightlinePlayer | null> {
  const player = useRef<SightlinePlayer>(null);
  const link = useLink();
  const { state, tracks } = camera.status;
  const codecs = tracks.map((track) => track.codecString).join(' ');
  const news = link.kind === 'up' && state === 'live' ? codecs : undefined;
  useEffect(() => {
    if (news !== undefined) player.current?.reconnect();
  }, [news]);
  return player;
}
