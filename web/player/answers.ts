/**
 * What the server answered instead of a stream, in words for people. In: an HTTP status and body, or none.
 * Out: reason, code, since when, when the server tries again.
 */
import { plain } from './failure.ts';
import type { Failure } from './failure.ts';

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
