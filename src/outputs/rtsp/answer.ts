/**
 * Answers to RTSP requests as values (RFC 2326, 7 and 11).
 */
import type { HeaderField } from '../../media/rtsp/message.ts';
import { emptyBody } from '../../media/rtsp/message.ts';

export interface Answer {
  readonly status: number;
  /** Plain words: players show them. */
  readonly reason: string;
  readonly headers: readonly HeaderField[];
  readonly body: Uint8Array;
  /** What follows the answer on the connection. */
  readonly afterwards?: () => void;
  /** The connection ends with it. */
  readonly closes?: boolean;
}

const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  415: 'Unsupported Media Type',
  453: 'Not Enough Bandwidth',
  454: 'Session Not Found',
  455: 'Method Not Valid in This State',
  459: 'Aggregate Operation Not Allowed',
  461: 'Unsupported Transport',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  551: 'Option not supported',
};

/** @param detail says in plain words what is wrong; stands in the status line, where players show it. */
export function refusal(status: number, detail = '', headers: readonly HeaderField[] = []): Answer {
  const name = reasons[status] ?? 'Error';
  return { status, reason: detail === '' ? name : `${name}: ${detail}`, headers, body: emptyBody };
}

export function success(headers: readonly HeaderField[] = [], body: Uint8Array = emptyBody): Answer {
  return { status: 200, reason: 'OK', headers, body };
}
