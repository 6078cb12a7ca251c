/** Single keys for the whole page. Silent while somebody types or a dialogue is open. */
import { useEffect, useRef } from 'react';

export type Keys = Readonly<Record<string, () => void>>;

export function useKeys(keys: Keys): void {
  const current = useRef(keys);
  useEffect(() => {
    current.current = keys;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || busy(event.target))
        return;
      const run = current.current[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!run) return;
      event.preventDefault();
      run();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

function busy(target: EventTarget | null): boolean {
  const typing = target instanceof Element && target.closest('input, textarea, select') !== null;
  return typing || document.querySelector('[role=dialog], [role=alertdialog]') !== null;
}
