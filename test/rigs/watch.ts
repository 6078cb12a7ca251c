/**
 * A stand-in for the hub: takes what one source delivers, and lets a test wait for something in it.
 */
import type { Source, SourceConnection, SourceFault } from '../../src/hub/source.ts';
import type { AccessUnit, Track } from '../../src/media/track.ts';

export interface Watched {
  /** Every announcement, the newest last. */
  readonly announced: (readonly Track[])[];
  readonly units: AccessUnit[];
  /** At each unit: how far, in seconds, its track was from the newest unit of the other one. */
  readonly apartSeconds: number[];
  readonly connection: SourceConnection;
  fault: SourceFault | undefined;
  /** Resolves once `reached` holds, rejects at a fault or after `patienceMs`. */
  until(reached: (watched: Watched) => boolean, patienceMs?: number): Promise<void>;
  /** Resolves with the fault that ends the connection. */
  ended(patienceMs?: number): Promise<SourceFault>;
}

const usualPatienceMs = 20_000;

export function watch(source: Source): Watched {
  const announced: (readonly Track[])[] = [];
  const units: AccessUnit[] = [];
  const apartSeconds: number[] = [];
  const newest = new Map<number, number>();
  const waiters = new Set<() => void>();
  const wake = () => {
    for (const waiter of waiters) waiter();
  };
  const connection = source.connect({
    tracks: (tracks) => announced.push(tracks),
    unit: (unit) => {
      units.push(unit);
      newest.set(unit.track, unit.pts / (announced.at(-1)?.[unit.track]?.clockHz ?? 1));
      const [one, other] = newest.values();
      if (one !== undefined && other !== undefined) apartSeconds.push(Math.abs(one - other));
      wake();
    },
    ended: (fault) => {
      watched.fault = fault;
      wake();
    },
  });
  const settle = <T>(look: () => T | undefined, what: string, patienceMs: number) =>
    new Promise<T>((resolve, reject) => {
      const check = () => {
        try {
          const found = look();
          if (found !== undefined) finish(() => resolve(found));
        } catch (error) {
          finish(() => reject(error));
        }
      };
      const finish = (then: () => void) => {
        clearTimeout(timer);
        waiters.delete(check);
        then();
      };
      const timer = setTimeout(
        () => finish(() => reject(new Error(`waited in vain for ${what}: ${units.length} units came`))),
        patienceMs,
      );
      waiters.add(check);
      check();
    });
  const watched: Watched = {
    announced,
    units,
    apartSeconds,
    connection,
    fault: undefined,
    until: async (reached, patienceMs = usualPatienceMs) => {
      await settle(
        () => {
          if (reached(watched)) return true;
          if (watched.fault) throw new Error(`ended: ${watched.fault.kind}: ${watched.fault.message}`);
          return undefined;
        },
        'units',
        patienceMs,
      );
    },
    ended: (patienceMs = usualPatienceMs) => settle(() => watched.fault, 'the end', patienceMs),
  };
  return watched;
}
