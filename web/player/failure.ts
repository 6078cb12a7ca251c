/**
 * Why a stream did not come, in words for people, and when to ask again.
 * In: an HTTP status and body, or none. Out: reason, code, since when, delay.
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
/** A problem document is small; anything longer is some other page. */
const longestBody = 16_384;

/** @param status HTTP status; 0 when no answer came. */
export function failureFrom(status: number, body: string): Failure {
  const problem = parseProblem(body);
  if (status === 0) return plain('The server does not answer', 'unreachable');
  const reason = problem.detail ?? (status === 404 ? 'The server knows no such camera' : refusal(status));
  return {
    reason,
    code: problem.code ?? `http-${status}`,
    sinceServerMs: problem.sinceMs,
    nextTryServerMs: problem.nextTryMs,
  };
}

function refusal(status: number): string {
  return status < 300 ? 'The stream cannot be understood' : `The server refused the stream (${status})`;
}

export function plain(reason: string, code: string): Failure {
  return { reason, code, sinceServerMs: undefined, nextTryServerMs: undefined };
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

interface ProblemParts {
  readonly detail: string | undefined;
  readonly code: string | undefined;
  readonly sinceMs: number | undefined;
  readonly nextTryMs: number | undefined;
}

/** RFC 9457, read with distrust: a proxy may have answered instead. */
function parseProblem(body: string): ProblemParts {
  const fields = body.length <= longestBody ? jsonFields(body) : new Map<string, unknown>();
  const text = (name: string) => {
    const value = fields.get(name);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const number = (name: string) => {
    const value = fields.get(name);
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
  };
  return {
    detail: text('detail') ?? text('title'),
    code: text('code'),
    sinceMs: number('sinceMs'),
    nextTryMs: number('nextTryMs'),
  };
}

function jsonFields(body: string): Map<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);
  } catch {
    return new Map();
  }
}
