/**
 * Since when cameras are away. A camera that is tried again and again is connecting for a moment each time: it is away
 * all the while, until it is live, or nobody wants it any more.
 */
import type { CameraState } from '../../api/contract/cameras.ts';

interface Away {
  readonly state: CameraState;
  readonly sinceMs: number;
  readonly reason: string | null;
}

export class AwayWatch {
  #away = new Map<string, Away>();

  /** All cameras there are, every few seconds. @returns their states, those of retries left out */
  look<T extends Away & { readonly id: string }>(cameras: readonly T[]): T[] {
    const away = new Map<string, Away>();
    const seen = cameras.map((camera) => {
      const { id, state, sinceMs, reason } = camera;
      const before = this.#away.get(id);
      if (state === 'connecting' && before) {
        away.set(id, before);
        return { ...camera, ...before };
      }
      if (state !== 'offline' && state !== 'error') return camera;
      const now = { state, reason, sinceMs: before?.sinceMs ?? sinceMs };
      away.set(id, now);
      return { ...camera, ...now };
    });
    this.#away = away;
    return seen;
  }
}
