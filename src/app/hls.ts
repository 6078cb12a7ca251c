/**
 * Joins the HLS routes of the API to the HLS output: finds the stream, reads who asks, shapes the answer.
 */
import type { HlsAnswer, HlsHandler, HlsRequest } from '../api/routes/hls.ts';
import type { Problem } from '../api/contract/problem.ts';
import type { Stream } from '../hub/stream.ts';
import type { HlsOutput } from '../outputs/hls/output.ts';
import type { HlsProblem } from '../outputs/hls/response.ts';
import { viewerCookieName } from '../outputs/hls/viewers.ts';

/** The client has gone; nobody reads this. The number is what proxies log for it. */
const goneStatus = 499;

export interface HlsStreams {
  /** Undefined for an unknown id, and for a camera that is switched off. */
  get(id: string): Stream | undefined;
  /** Whether such a camera exists, but is switched off. */
  isDisabled(id: string): boolean;
}

export function hlsHandler(output: HlsOutput, streams: HlsStreams): HlsHandler {
  return {
    handle: (request) => {
      const stream = streams.get(request.stream);
      if (!stream) return streams.isDisabled(request.stream) ? switchedOff : noSuchCamera;
      return answer(output, stream, request);
    },
  };
}

async function answer(output: HlsOutput, stream: Stream, request: HlsRequest): Promise<HlsAnswer> {
  const { headers } = request;
  const response = await output.handle({
    stream,
    file: request.file,
    query: new URLSearchParams(request.query),
    viewer: {
      cookie: cookieValue(headers.cookie, viewerCookieName),
      remoteAddress: request.remoteAddress,
      userAgent: headers['user-agent'] ?? '',
    },
    acceptsGzip: /\bgzip\b/.test(headers['accept-encoding']?.toString() ?? ''),
    signal: request.signal,
  });
  switch (response.kind) {
    case 'content':
      return response;
    case 'problem':
      return problemAnswer(response);
    case 'gone':
      return { status: goneStatus, headers: {}, body: [] };
  }
}

function problemAnswer({ kind: _, headers, ...problem }: HlsProblem): HlsAnswer {
  return { status: problem.status, headers, body: { type: 'about:blank', ...problem } };
}

/** RFC 6265, 4.2.1: pairs joined by `; `. */
function cookieValue(header: string | undefined, name: string): string | undefined {
  const pair = header?.split('; ').find((each) => each.startsWith(`${name}=`));
  return pair?.slice(name.length + 1);
}

const openToAll = { 'access-control-allow-origin': '*', 'cache-control': 'no-store' };

function refusal(status: number, title: string, code: string, detail: string): HlsAnswer {
  const body: Problem = { type: 'about:blank', title, status, code, detail };
  return { status, headers: openToAll, body };
}

const noSuchCamera = refusal(404, 'Not Found', 'camera-not-found', 'There is no such camera.');
const switchedOff = refusal(
  503,
  'The camera is switched off',
  'camera-disabled',
  'The camera is switched off. Switch it on in its settings to watch it.',
);
