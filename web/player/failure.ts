/**
 * Why a stream did not come, in words for people, and when to ask again.
 * In: what a way says went wrong. Out: whose trouble it is, and for how long to wait.
 */
export interface Failure {
  readonly reason: string;
  /** The server's stable code, or one of ours: `unreachable`, `http-…`, `media`, `no-picture`. */
  readonly code: string;
  /** Server time, Unix ms. */
  readonly sinceServerMs: number | undefined;
  /** The server's own next attempt at the camera; server time, Unix ms. */
  readonly nextTryServerMs: number | undefined;
}

const firstDelayMs = 500;
const longestDelayMs = 15_000;
/** Something that is not there is asked for rarely, but for ever: cameras come back. */
const missingDelayMs = 15_000;
/** The server gets this long after its own attempt before we ask for the result. */
const afterServerMs = 700;

export function plain(reason: string, code: string): Failure {
  return { reason, code, sinceServerMs: undefined, nextTryServerMs: undefined };
}

/** The camera's state as the live WebSocket tells it. @returns undefined while pictures may come. */
export function cameraFailure(said: {
  readonly state: string;
  readonly reason: string | null;
  readonly sinceMs: number;
  readonly nextTryMs: number | null;
}): Failure | undefined {
  if (!['disabled', 'offline', 'error'].includes(said.state)) return undefined;
  // A camera that is sent to: nobody can try anything.
  const isWaiting = said.state === 'offline' && said.nextTryMs === null;
  return {
    reason: said.reason ?? `The camera is ${said.state}`,
    code: isWaiting ? 'camera-waiting' : `camera-${said.state}`,
    sinceServerMs: said.sinceMs,
    nextTryServerMs: said.nextTryMs ?? undefined,
  };
}

/** Whose trouble it is. Another way helps only against that of a way; the server may just be unreachable by it. */
export function blame({ code }: Failure): 'server' | 'camera' | 'way' {
  if (code === 'unreachable') return 'server';
  return /^(camera-|too-many-|http-50[234])/.test(code) ? 'camera' : 'way';
}

/** The server or the browser would say the same again, until the camera sends something else. */
export function isLasting({ code }: Failure): boolean {
  return /codec|b-frames|not-playable|http-4/.test(code);
}

/**
 * Milliseconds until the next attempt.
 * @param attempt failures in a row, from 1.
 * @param serverNowMs the server's clock; @param random 0 to 1: spreads many players that failed together.
 */
export function retryDelayMs(failure: Failure, attempt: number, serverNowMs: number, random: number): number {
  if (failure.code === 'http-404' || failure.code.endsWith('not-found')) return missingDelayMs;
  const backoff = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(10, attempt - 1));
  const spread = backoff * (0.8 + 0.4 * random);
  if (failure.nextTryServerMs === undefined) return Math.round(spread);
  const wait = failure.nextTryServerMs - serverNowMs + afterServerMs;
  return Math.min(longestDelayMs, Math.max(firstDelayMs, wait));
}
