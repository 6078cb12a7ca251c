/**
 * WebRTC sessions as requests know them: whose they are, of which camera, and for how long they are allowed.
 *
 * In:  requests that begin or end one. Out: its answer, or whether it ended. Promises: a session is ended at its own
 * address, by who began it, and by the loss of the right to it; what is remembered of it ends with it.
 */
import type { FastifyRequest } from 'fastify';
import { ownerOf } from '../accounts/access.ts';
import type { Result } from '../base/result.ts';
import { err } from '../base/result.ts';
import { cameraOfStream } from '../hub/stream-id.ts';
import type { WebRtcAnswer } from '../outputs/webrtc/output.ts';
import type { WebRtcRefusal } from '../outputs/webrtc/stream.ts';
import { hold } from './leases.ts';
import type { Lease } from './leases.ts';

export interface SessionOf {
  readonly action: 'camera.watch' | 'camera.publish';
  /** As it stands in the address. */
  readonly camera: string;
}

interface Open extends SessionOf {
  readonly owner: string;
  readonly lease: Lease;
}

type Answered = Promise<Result<WebRtcAnswer, WebRtcRefusal>>;

export class WebRtcSessions {
  readonly #end: (session: string, reason?: string) => boolean;
  readonly #open = new Map<string, Open>();

  /** @param end ends a session; `onEnd` of the one that began is called by that, too */
  constructor(end: (session: string, reason?: string) => boolean) {
    this.#end = end;
  }

  /** @param ask begins it; what it is given has to be called when the session is over */
  async begin(request: FastifyRequest, about: SessionOf, ask: (onEnd: () => void) => Answered): Answered {
    const { action, camera } = about;
    let session = '';
    let isOver = false;
    const made = await ask(() => {
      isOver = true;
      this.#forget(session);
    });
    if (!made.ok || isOver) return made;
    ({ session } = made.value);
    const lease = hold(request, {
      action,
      cameraId: cameraOfStream(camera) ?? camera,
      end: (reason) => void this.#end(session, reason),
    });
    // The right to it was taken while it was being connected.
    if (isOver) return err(noSuchCamera);
    this.#open.set(session, { ...about, owner: ownerOf(request.principal), lease });
    return made;
  }

  /** False when this one has no such session there. */
  end(request: FastifyRequest, { action, camera }: SessionOf, session: string): boolean {
    const open = this.#open.get(session);
    if (open?.action !== action || open.camera !== camera) return false;
    return open.owner === ownerOf(request.principal) && this.#end(session);
  }

  #forget(session: string): void {
    this.#open.get(session)?.lease.leave();
    this.#open.delete(session);
  }
}

const noSuchCamera: WebRtcRefusal = {
  status: 404,
  code: 'camera-not-found',
  detail: 'There is no such camera.',
};
