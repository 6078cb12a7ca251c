/**
 * Which camera is meant where an address names none: the oldest that is switched on, of those that one may see.
 *
 * One that was switched off at such an address stays the one that is meant until it is on again: else whoever stops the
 * only camera of a kind would start another.
 */
import type { Principal } from '../accounts/access.ts';
import type { Result } from '../base/result.ts';
import type { CameraRefusal, CameraService } from './camera-service.ts';
import type { Camera } from './contract/cameras.ts';
import { allowed } from './policy.ts';

type Cameras = Pick<CameraService, 'defaultCamera' | 'list' | 'get' | 'change'>;

export class DefaultCamera {
  readonly #cameras: Cameras;
  #stopped: string | undefined;

  constructor(cameras: Cameras) {
    this.#cameras = cameras;
  }

  /** Undefined when there are no cameras that this one may see. */
  current(who: Principal): Camera | undefined {
    // A token or a link shows pictures only.
    const sees = (id: string): boolean => allowed(who, 'camera.read', id) || allowed(who, 'camera.watch', id);
    const stopped = this.#stopped === undefined ? undefined : this.#cameras.get(this.#stopped);
    if (stopped && !stopped.enabled && sees(stopped.id)) return stopped;
    return this.#cameras.defaultCamera(sees) ?? this.#cameras.list().find(({ id }) => sees(id));
  }

  async switch(camera: Camera, enabled: boolean): Promise<Result<Camera, CameraRefusal>> {
    const changed = await this.#cameras.change(camera.id, { enabled });
    if (changed.ok) this.#stopped = enabled ? undefined : camera.id;
    return changed;
  }
}
