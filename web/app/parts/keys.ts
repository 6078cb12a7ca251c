/** Single keys for the whole page, and pairs of them. Silent while somebody types or a dialogue is open. */
import { useEffect, useRef } from 'react';

export type Keys = Readonly<Record<string, () => void>>;

/** Begins a pair: it and the next letter are one name, for example `g c`. */
const lead = 'g';
/** Whoever waits longer has thought of something else. */
const leadLastsMs = 1500;

/** Of the newest key event; all listeners are told the same name. */
let newest: { readonly event: KeyboardEvent; readonly name: string } | undefined;

/**
 * A key's name, for example `f`, `[` or `ArrowLeft`; arrows also as `Shift+ArrowLeft` and `Ctrl+ArrowLeft`; `g c` is
 * `c` soon after `g`.
 */
export function useKeys(keys: Keys): void {
  const current = useRef(keys);
  useEffect(() => {
    current.current = keys;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const name = nameInSequence(event);
      if (event.defaultPrevented || busy(event)) return;
      const run = current.current[name];
      if (!run) return;
      event.preventDefault();
      run();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

function nameInSequence(event: KeyboardEvent): string {
  if (newest?.event === event) return newest.name;
  const name = nameOf(event);
  const led =
    newest?.name === lead && event.timeStamp - newest.event.timeStamp < leadLastsMs && name.length === 1;
  newest = { event, name: led ? `${lead} ${name}` : busy(event) ? '' : name };
  return newest.name;
}

function nameOf(event: KeyboardEvent): string {
  const letter = event.key.length === 1;
  // On many keyboards brackets need AltGr, which counts as Ctrl and Alt.
  const typed = event.getModifierState('AltGraph');
  const held = event.metaKey || (!typed && (event.altKey || (event.ctrlKey && letter)));
  if (held) return '';
  if (letter) return event.key.toLowerCase();
  return `${event.ctrlKey ? 'Ctrl+' : ''}${event.shiftKey ? 'Shift+' : ''}${event.key}`;
}

function busy(event: KeyboardEvent): boolean {
  // Inside a player, too.
  const target = event.composedPath()[0];
  if (!(target instanceof Element)) return false;
  // These keys belong to what is focused.
  const own = event.key === ' ' || event.key === 'Enter';
  const typing = target.closest(`input, textarea, select${own ? ', button, a, summary' : ''}`) !== null;
  return typing || document.querySelector('[role=dialog], [role=alertdialog]') !== null;
}
