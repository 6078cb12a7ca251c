/**
 * The server's time, for "since" and "in 8 s". Renders again each second while anything counts down.
 */
import { useEffect, useState } from 'react';
import { clockOf } from '../../player/element.ts';

const kept = clockOf(location.origin);

/** Unix ms by the server's clock. */
export function useServerNow(): number {
  const [now, setNow] = useState(() => kept.clock.serverMs(Date.now()));
  useEffect(() => {
    const leave = kept.use();
    const timer = window.setInterval(() => setNow(kept.clock.serverMs(Date.now())), 1000);
    return () => {
      window.clearInterval(timer);
      leave();
    };
  }, []);
  return now;
}
