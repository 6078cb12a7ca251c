/**
 * A connection on its way: the worker's answer is waited for, within a limit.
 */
import type { Clock } from '../../base/clock.ts';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import { answerWaitMs } from './options.ts';
import type { WebRtcRefusal } from './stream.ts';
import type { ConnectionHooks, WorkerConnection } from './worker.ts';
import type { LocalTransport } from './worker/protocol.ts';

export interface Connecting {
  readonly connection: WorkerConnection;
  readonly local: LocalTransport;
}

/** @param open begins the connection; undefined when there is no worker. Afterwards `hooks` hear all but the answer. */
export async function connect(
  clock: Clock,
  hooks: Omit<ConnectionHooks, 'answer'>,
  open: (hooks: ConnectionHooks) => WorkerConnection | undefined,
): Promise<Result<Connecting, WebRtcRefusal>> {
  let answered: ((local: LocalTransport | string) => void) | undefined;
  const answer = new Promise<LocalTransport | string>((resolve) => (answered = resolve));
  const connection = open({
    ...hooks,
    answer: (local) => answered?.(local),
    gone: (reason) => {
      answered?.(reason);
      hooks.gone(reason);
    },
  });
  if (!connection) return err(workerGone('The WebRTC worker is being started again.'));
  const timer = clock.after(answerWaitMs, () => answered?.('The WebRTC worker does not answer.'));
  const local = await answer;
  timer.cancel();
  if (typeof local !== 'string') return ok({ connection, local });
  connection.close();
  return err(workerGone(local));
}

export function workerGone(detail: string): WebRtcRefusal {
  return { status: 503, code: 'webrtc-unavailable', detail, retryAfterSeconds: 2 };
}
