/**
 * What cameras ask their client, and our answers (RFC 2326, 10). Pure.
 */
import type { HeaderField, RtspRequest, RtspResponse } from '../../media/rtsp/message.ts';
import { emptyBody, header } from '../../media/rtsp/message.ts';

export interface Answer {
  readonly response: Omit<RtspResponse, 'kind'>;
  /** What the request means for us. */
  readonly meaning:
    | { readonly kind: 'go-on' }
    | { readonly kind: 'redirect'; readonly url: string }
    | { readonly kind: 'ended' };
}

const goOn = { kind: 'go-on' } as const;

export function answerTo(request: RtspRequest): Answer {
  switch (request.method) {
    case 'OPTIONS':
      return {
        response: respond(request, 200, 'OK', [
          ['Public', 'OPTIONS, GET_PARAMETER, SET_PARAMETER, ANNOUNCE, REDIRECT'],
        ]),
        meaning: goOn,
      };
    // A new description changes nothing for us: new parameter sets come in the stream as well.
    case 'ANNOUNCE':
    case 'GET_PARAMETER':
    case 'SET_PARAMETER':
      return { response: respond(request, 200, 'OK'), meaning: goOn };
    case 'TEARDOWN':
      return { response: respond(request, 200, 'OK'), meaning: { kind: 'ended' } };
    case 'REDIRECT': {
      const url = header(request.headers, 'Location');
      const meaning = url === undefined ? ({ kind: 'ended' } as const) : ({ kind: 'redirect', url } as const);
      return { response: respond(request, 200, 'OK'), meaning };
    }
    default:
      return { response: respond(request, 501, 'Not Implemented'), meaning: goOn };
  }
}

/** CSeq and Session go back as they came. */
function respond(request: RtspRequest, status: number, reason: string, more: readonly HeaderField[] = []) {
  const headers: HeaderField[] = [];
  for (const name of ['CSeq', 'Session']) {
    const value = header(request.headers, name);
    if (value !== undefined) headers.push([name, value]);
  }
  return { status, reason, headers: [...headers, ...more], body: emptyBody };
}
