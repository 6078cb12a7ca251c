/**
 * Answers to HLS requests, independent of the HTTP framework: status, headers and bytes, or a problem.
 */
import type { HlsStreamStatus } from './stream.ts';

export interface HlsContent {
  readonly kind: 'content';
  readonly status: 200;
  readonly headers: Readonly<Record<string, string>>;
  /** To be written one after the other; shared with other answers, never changed. */
  readonly body: readonly Uint8Array[];
  /** Length of the body. */
  readonly bytes: number;
}

/** Becomes an RFC 9457 document. */
export interface HlsProblem {
  readonly kind: 'problem';
  readonly status: 400 | 403 | 404 | 501 | 503;
  readonly code:
    | 'bad-directive'
    | 'file-not-found'
    | 'camera-offline'
    | 'too-many-readers'
    | 'too-many-requests'
    | 'viewer-ended'
    | 'not-playable';
  readonly title: string;
  readonly detail: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly state?: string;
  readonly sinceMs?: number;
  readonly nextTryMs?: number | null;
}

/** The client went away while it waited: there is nobody to answer. */
interface HlsGone {
  readonly kind: 'gone';
}

export type HlsResponse = HlsContent | HlsProblem | HlsGone;

const open = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'content-length, date, retry-after',
};
/** Media never changes under its name; but it is for who asked, and not for who asks next from the same browser. */
const mediaCaching = 'private, max-age=3600, immutable';
const variesByUser = 'cookie, authorization';

export interface PlaylistAnswer {
  readonly bytes: Uint8Array;
  readonly gzip: boolean;
  readonly setCookie: string | undefined;
}

export function playlistAnswer({ bytes, gzip, setCookie }: PlaylistAnswer): HlsContent {
  const headers: Record<string, string> = {
    ...open,
    'content-type': 'application/vnd.apple.mpegurl',
    'content-length': String(bytes.length),
    'cache-control': 'private, no-cache',
    vary: 'accept-encoding',
  };
  if (gzip) headers['content-encoding'] = 'gzip';
  if (setCookie !== undefined) headers['set-cookie'] = setCookie;
  return { kind: 'content', status: 200, headers, body: [bytes], bytes: bytes.length };
}

export function mediaAnswer(body: readonly Uint8Array[]): HlsContent {
  let bytes = 0;
  for (const piece of body) bytes += piece.length;
  const headers = {
    ...open,
    'content-type': 'video/mp4',
    'content-length': String(bytes),
    'cache-control': mediaCaching,
    vary: variesByUser,
  };
  return { kind: 'content', status: 200, headers, body, bytes };
}

export function problem(
  status: HlsProblem['status'],
  code: HlsProblem['code'],
  words: { readonly title: string; readonly detail: string; readonly retryAfterSeconds?: number },
): HlsProblem {
  const { title, detail, retryAfterSeconds } = words;
  const headers: Record<string, string> = { ...open, 'cache-control': 'no-store' };
  if (retryAfterSeconds !== undefined) headers['retry-after'] = String(retryAfterSeconds);
  return { kind: 'problem', status, code, title, detail, headers };
}

export const fileNotFound = problem(404, 'file-not-found', {
  title: 'No such file',
  detail: 'There is no such playlist or media file, or it is no longer kept.',
});

/** @param nowMs Unix ms */
export function cameraOffline(status: HlsStreamStatus, nowMs: number): HlsProblem {
  const { state, reason, sinceMs, nextTryMs } = status;
  const waitMs = nextTryMs === null ? 2000 : nextTryMs - nowMs;
  const retryAfterSeconds = Math.min(30, Math.max(1, Math.ceil(waitMs / 1000)));
  const detail = reason ?? 'The camera has not sent a picture yet.';
  const base = problem(503, 'camera-offline', {
    title: 'The camera sends no picture',
    detail,
    retryAfterSeconds,
  });
  return { ...base, state, sinceMs, nextTryMs };
}
