/** The players of recorded footage of a view, as long as the page shows it. */
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { Coverage } from '../../../player/recorded/recorded-options.ts';
import { Together } from '../../../player/together/together.ts';
import type { TogetherLook } from '../../../player/together/together.ts';
import { serverNow } from '../../api/now.ts';
import { nextFootage } from '../../api/timeline.ts';
import { serverUrl } from '../../api/base.ts';

/** A tile that footage is shown in. */
export interface Place {
  readonly index: number;
  readonly cameraId: string;
  readonly name: string;
  readonly stage: HTMLElement;
}

/** @param coverage what the timeline of a camera knows of a moment; the latest is asked */
export function useTogether(
  places: readonly Place[],
  coverage: (cameraId: string, ms: number) => Coverage | undefined,
): { together: Together; look: TogetherLook } {
  const [{ together, listeners, present }] = useState(made);
  const latest = useRef(coverage);
  useEffect(() => {
    latest.current = coverage;
  });
  useEffect(() => {
    together.start();
    return () => {
      together.stop();
      present.clear();
    };
  }, [together, present]);
  useEffect(
    () => reconcile(together, present, places, (cameraId, ms) => latest.current(cameraId, ms)),
    [together, present, places],
  );
  const look = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => together.look,
  );
  return { together, look };
}

function made() {
  const listeners = new Set<() => void>();
  const onChange = () => {
    for (const listener of listeners) listener();
  };
  return {
    listeners,
    together: new Together({ nowMs: serverNow, onChange }),
    present: new Map<number, Place>(),
  };
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
      server: serverUrl,
      camera: cameraId,
      label: name,
      coverage: (ms) => coverage(cameraId, ms),
      nextFootage: (ms) => nextFootage(cameraId, ms, serverNow()),
    });
  }
}
