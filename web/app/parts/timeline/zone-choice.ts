/** In which time zone times are shown: this device's, or another that was chosen once. */
import { useState } from 'react';
import { deviceZone, wallOf } from './zone.ts';

const storageKey = 'sightline-zone';

export function useZone(): [string, (zone: string) => void] {
  const [zone, setZone] = useState(kept);
  const choose = (chosen: string) => {
    try {
      localStorage.setItem(storageKey, chosen);
    } catch {
      // Storage is switched off: the choice lasts as long as the page.
    }
    setZone(chosen);
  };
  return [zone, choose];
}

function kept(): string {
  try {
    const zone = localStorage.getItem(storageKey) ?? deviceZone;
    // Throws for a zone that this browser does not know.
    wallOf(0, zone);
    return zone;
  } catch {
    return deviceZone;
  }
}
