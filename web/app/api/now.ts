/**
 * The server's time, for "since" and "in 8 s". Renders again each second while anything counts down.
 */
import { useEffect, useState } from 'react';
import { clockOf } from '../../player/element.ts';
import { serverUrl } from './base.ts';

const kept = clockOf(serverUrl);

/** Unix ms by the server's clock, for what renders by itself. Exact once a page uses the clock. */
export function serverNow(): number {
  return kept.clock.serverMs(Date.now());
}

/** Unix ms by the server's clock. */
export function useServerNow(): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    const leave = kept.use();
    const timer = window.setInterval(() => setNow(serverNow()), 1000);
    return () => {
      window.clearInterval(timer);
      leave();
    };
  }, []);
  return now;
}
