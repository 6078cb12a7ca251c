/** Whether the bar at the side has words. `public/theme.js` applies the choice before the first paint. */
import { useState } from 'react';

type Side = 'wide' | 'slim';

const storageKey = 'sightline-side';

export function useSide(): [Side, (side: Side) => void] {
  const [side, setSide] = useState<Side>(() =>
    document.documentElement.dataset['side'] === 'slim' ? 'slim' : 'wide',
  );
  const choose = (chosen: Side) => {
    document.documentElement.dataset['side'] = chosen;
    try {
      localStorage.setItem(storageKey, chosen);
    } catch {
      // Storage is switched off: the choice lasts as long as the page.
    }
    setSide(chosen);
  };
  return [side, choose];
}
