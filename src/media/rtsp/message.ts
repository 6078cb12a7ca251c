/**
 * RTSP 1.0 messages as values, and their bytes (RFC 2326, 4 to 7 and 10.12).
 * Reading is `parser.ts`.
 */

/** Name as it was written; compare without case. */
export type HeaderField = readonly [name: string, value: string];

export interface RtspRequest {
  readonly kind: 'request';
  /** Upper case as sent, for example `DESCRIBE`. */
  readonly method: string;
  /** As sent: absolute, or `*`. */
  readonly url: string;
  readonly headers: readonly HeaderField[];
  readonly body: Uint8Array;
}

export interface RtspResponse {
  readonly kind: 'response';
  /** 100 to 599. */
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly HeaderField[];
  readonly body: Uint8Array;
}

/** An embedded packet, RFC 2326, 10.12. */
export interface InterleavedFrame {
  readonly kind: 'frame';
  /** 0 to 255, as agreed in SETUP. */
  readonly channel: number;
  /** RTP or RTCP; may share the bytes received. */
  readonly payload: Uint8Array;
}

/** `$`, channel, two bytes of length. */
export const interleavedHeaderBytes = 4;
export const emptyBody = new Uint8Array(0);

/** The first field of that name, trimmed; undefined when there is none. */
export function header(headers: readonly HeaderField[], name: string): string | undefined {
  const wanted = name.toLowerCase();
  return headers.find((field) => field[0].toLowerCase() === wanted)?.[1];
}

/** All fields of that name, in order. */
export function headerAll(headers: readonly HeaderField[], name: string): readonly string[] {
  const wanted = name.toLowerCase();
  return headers.filter((field) => field[0].toLowerCase() === wanted).map((field) => field[1]);
}

/** CSeq ties a response to its request (RFC 2326, 12.17); undefined when missing or not a number. */
export function cseq(headers: readonly HeaderField[]): number | undefined {
  const text = header(headers, 'CSeq');
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

/** Adds Content-Length when there is a body. Control characters become spaces, so no value can add a field. */
export function writeRequest(request: Omit<RtspRequest, 'kind'>): Uint8Array {
  const url = visible(request.url).replaceAll(' ', '%20');
  return writeMessage(`${visible(request.method)} ${url} RTSP/1.0`, request.headers, request.body);
}

/** Like `writeRequest`. */
export function writeResponse(response: Omit<RtspResponse, 'kind'>): Uint8Array {
  const start = `RTSP/1.0 ${String(response.status)} ${visible(response.reason)}`;
  return writeMessage(start, response.headers, response.body);
}

/** @param payload at most 65535 bytes. */
export function writeInterleaved(channel: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(interleavedHeaderBytes + payload.length);
  writeInterleavedHeader(bytes, 0, channel, payload.length);
  bytes.set(payload, interleavedHeaderBytes);
  return bytes;
}

/** Four bytes at `at`; the payload belongs behind them. */
export function writeInterleavedHeader(
  target: Uint8Array,
  at: number,
  channel: number,
  payloadBytes: number,
): void {
  target[at] = 0x24;
  target[at + 1] = channel;
  target[at + 2] = payloadBytes >>> 8;
  target[at + 3] = payloadBytes;
}

function writeMessage(start: string, headers: readonly HeaderField[], body: Uint8Array): Uint8Array {
  let text = `${start}\r\n`;
  for (const [name, value] of headers) {
    if (name.toLowerCase() !== 'content-length') text += `${visible(name)}: ${visible(value)}\r\n`;
  }
  if (body.length > 0) text += `Content-Length: ${String(body.length)}\r\n`;
  const head = new TextEncoder().encode(`${text}\r\n`);
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  return bytes;
}

function visible(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are the characters to be kept out
  return text.replaceAll(/[\u0000-\u001f\u007f]/g, ' ');
}
