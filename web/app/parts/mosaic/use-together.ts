/** The players of recorded footage of a view, as long as the page shows it. */
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { Coverage } from '../../../player/recorded/recorded-options.ts';
import { Together } from '../../../player/together/together.ts';
import type { TogetherLook } from '../../../player/together/together.ts';
import { serverNow } from '../../api/now.ts';
import { nextFootage } from '../../api/timeline.ts';

/** A tile that footage is shown in. */
export interface Place {
  readonly index: number;
  readonly cameraId: string;
  readonly name: string;
  readonly stage: HTMLElement;
}

const atLive: TogetherLook = { state: { kind: 'live' }, speed: 1, inStep: true, tiles: new Map() };

/** @param coverage what the timeline of a camera knows of a moment; the latest is asked */
export function useTogether(
  places: readonly Place[],
  coverage: (cameraId: string, ms: number) => Coverage | undefined,
): { together: Together | undefined; look: TogetherLook } {
  const [together, setTogether] = useState<Together>();
  const [listeners] = useState(() => new Set<() => void>());
  const latest = useRef(coverage);
  const present = useRef(new Map<number, Place>());
  useEffect(() => {
    latest.current = coverage;
  });
  useEffect(() => {
    const made = new Together({
      nowMs: serverNow,
      onChange: () => {
        for (const listener of listeners) listener();
      },
    });
    present.current = new Map();
    setTogether(made);
    return () => {
      made.stop();
      setTogether(undefined);
    };
  }, [listeners]);
  useEffect(() => {
    if (together)
      reconcile(together, present.current, places, (cameraId, ms) => latest.current(cameraId, ms));
  }, [together, places]);
  const look = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => together?.look ?? atLive,
  );
  return { together, look };
}

function reconcile(
  together: Together,
  present: Map<number, Place>,
  places: readonly Place[],
  coverage: (cameraId: string, ms: number) => Coverage | undefined,
): void {
  for (const [index, before] of present) {
    const now = places.find((place) => place.index === index);
    if (now?.cameraId === before.cameraId && now.stage === before.stage) continue;
    together.remove(index);
    present.delete(index);
  }
  for (const place of places) {
    const { index, cameraId, name, stage } = place;
    if (present.has(index)) continue;
    present.set(index, place);
    together.add(index, {
      host: stage,
      server: location.origin,
      camera: cameraId,
      label: name,
      coverage: (ms) => coverage(cameraId, ms),
      nextFootage: (ms) => nextFootage(cameraId, ms, serverNow()),
    });
  }
}
