/**
 * A view on a wall: the whole screen, awake, and nothing but pictures while nobody moves. In: an element. Out: whether it
 * fills the screen, whether it rests.
 */
import { useEffect, useState } from 'react';
import type { RefObject } from 'react';

/** Then buttons and pointer go. */
const quietAfterMs = 3000;

export interface Wall {
  readonly on: boolean;
  readonly quiet: boolean;
  readonly toggle: () => void;
}

export function useWall(element: RefObject<HTMLElement | null>): Wall {
  const [on, setOn] = useState(false);
  const [quiet, setQuiet] = useState(false);
  useEffect(() => {
    const look = () => setOn(element.current !== null && document.fullscreenElement === element.current);
    document.addEventListener('fullscreenchange', look);
    return () => document.removeEventListener('fullscreenchange', look);
  }, [element]);
  useEffect(() => (on ? stayAwake() : undefined), [on]);
  useEffect(() => {
    if (!on) return undefined;
    let timer = 0;
    const stir = () => {
      setQuiet(false);
      window.clearTimeout(timer);
      timer = window.setTimeout(() => setQuiet(true), quietAfterMs);
    };
    const over = new AbortController();
    for (const name of ['pointermove', 'pointerdown', 'keydown']) {
      document.addEventListener(name, stir, { signal: over.signal });
    }
    stir();
    return () => {
      over.abort();
      window.clearTimeout(timer);
      setQuiet(false);
    };
  }, [on]);
  const toggle = () => {
    // Some phones have no full screen for anything but video: then everything stays as it is.
    if (document.fullscreenElement) void document.exitFullscreen();
    else if (element.current && 'requestFullscreen' in element.current) {
      void element.current.requestFullscreen().catch(() => undefined);
    }
  };
  return { on, quiet, toggle };
}

/** Only in secure pages; the system takes it away with each hidden tab. */
function stayAwake(): () => void {
  let lock: WakeLockSentinel | undefined;
  let over = false;
  const ask = () => {
    if (document.hidden || !('wakeLock' in navigator)) return;
    navigator.wakeLock.request('screen').then(
      (given) => {
        if (over) void given.release();
        else lock = given;
      },
      // An empty battery: the wall goes dark like everything else.
      () => undefined,
    );
  };
  document.addEventListener('visibilitychange', ask);
  ask();
  return () => {
    over = true;
    document.removeEventListener('visibilitychange', ask);
    void lock?.release();
  };
}
