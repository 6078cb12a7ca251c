/**
 * Asks the server for footage to be played. In: camera and range. Out: an open session, "there is none", or words.
 */
import type { PlaybackSession } from '../../../src/api/contract/playback.ts';

export type Opened =
  | { readonly kind: 'open'; readonly session: PlaybackSession }
  /** Nothing was recorded in the range. `nextMs`: where footage goes on, when it does. */
  | { readonly kind: 'none'; readonly nextMs: number | undefined }
  | { readonly kind: 'failed'; readonly reason: string };

const answerLimitMs = 10_000;

export async function openSession(
  server: string,
  camera: string,
  fromMs: number,
  toMs: number,
  signal: AbortSignal,
): Promise<Opened> {
  const body = {
    camera_id: camera,
    start_time: Math.round(fromMs),
    end_time: Math.round(toMs),
    format: 'fmp4',
  };
  try {
    const answer = await fetch(`${server}/api/v1/playback/start`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerLimitMs)]),
    });
    const content: unknown = await answer.json();
    if (answer.ok) return { kind: 'open', session: content as PlaybackSession };
    return refused(answer.status, content);
  } catch {
    return { kind: 'failed', reason: 'The server does not answer' };
  }
}

/** Nobody waits for the answer: it would end by itself, too. */
export function closeSession(server: string, id: string): void {
  const path = `${server}/api/v1/playback/sessions/${encodeURIComponent(id)}`;
  void fetch(path, { method: 'DELETE', keepalive: true }).catch(() => undefined);
}

function refused(status: number, content: unknown): Opened {
  const { code, detail, afterMs } = (content ?? {}) as {
    code?: string;
    detail?: string;
    afterMs?: number | null;
  };
  if (code === 'no-footage') return { kind: 'none', nextMs: afterMs ?? undefined };
  return { kind: 'failed', reason: detail ?? `The server answered ${status}` };
}
