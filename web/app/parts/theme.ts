/** Dark, light, or as the system. `public/theme.js` applies the choice before the first paint. */
import { useState } from 'react';

export const themes = ['dark', 'light', 'system'] as const;
export type Theme = (typeof themes)[number];

const storageKey = 'sightline-theme';

export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(current);
  const choose = (chosen: Theme) => {
    document.documentElement.dataset['theme'] = chosen;
    try {
      localStorage.setItem(storageKey, chosen);
    } catch {
      // Storage is switched off: the choice lasts as long as the page.
    }
    setTheme(chosen);
  };
  return [theme, choose];
}

function current(): Theme {
  const set = document.documentElement.dataset['theme'];
  return themes.find((theme) => theme === set) ?? 'dark';
}
