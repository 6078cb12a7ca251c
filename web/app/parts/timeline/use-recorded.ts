/** The player of recorded footage, as long as the page shows its camera. */
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { RecordedLook, RecordedOptions } from '../../../player/recorded/recorded-options.ts';
import { RecordedPlayer } from '../../../player/recorded/recorded-player.ts';
import { serverUrl } from '../../api/base.ts';

type Given = Pick<RecordedOptions, 'coverage' | 'nextFootage' | 'nowMs' | 'aroundMs'>;

const atLive: RecordedLook = { state: { kind: 'live' }, speed: 1, muted: true, waiting: false };

/** @param given is asked when it is needed, always the latest. */
export function useRecorded(
  host: HTMLElement,
  camera: string,
  label: string,
  given: Given,
): { player: RecordedPlayer | undefined; look: RecordedLook } {
  const [player, setPlayer] = useState<RecordedPlayer>();
  const [listeners] = useState(() => new Set<() => void>());
  const latest = useRef(given);
  useEffect(() => {
    latest.current = given;
  });
  useEffect(() => {
    const made = new RecordedPlayer({
      host,
      server: serverUrl,
      camera,
      label,
      coverage: (ms) => latest.current.coverage(ms),
      nextFootage: (ms) => latest.current.nextFootage(ms),
      nowMs: () => latest.current.nowMs(),
      aroundMs: () => latest.current.aroundMs(),
      onChange: () => {
        for (const listener of listeners) listener();
      },
    });
    setPlayer(made);
    return () => {
      made.stop();
      setPlayer(undefined);
    };
  }, [host, camera, label, listeners]);
  const look = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => player?.look ?? atLive,
  );
  return { player, look };
}
