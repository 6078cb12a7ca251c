/**
 * Start line and header fields of an RTSP 1.0 message (RFC 2326, 4, 6.1, 7.1; the grammar of RFC 2068).
 * Lines may end in LF alone and values may be folded, as old devices do. Never throws, whatever the bytes.
 */
import type { HeaderField, RtspRequest, RtspResponse } from './message.ts';

export interface Head {
  readonly start:
    Pick<RtspRequest, 'kind' | 'method' | 'url'> | Pick<RtspResponse, 'kind' | 'status' | 'reason'>;
  readonly headers: readonly HeaderField[];
  /** From Content-Length; 0 when there is none. */
  readonly bodyBytes: number;
}

export type ReadHead =
  | { readonly kind: 'head'; readonly head: Head; readonly end: number }
  | { readonly kind: 'partial' }
  | { readonly kind: 'garbage'; readonly reason: string };

/** Lines in a head, folded ones included. Cameras send about ten. */
const maxHeadLines = 100;
/** Bytes of a start line shown in a reason. */
const shownBytes = 32;

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const tab = 0x09;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const responseLine = /^RTSP\/1\.\d\s+([1-5]\d\d)(?:\s+(.*))?$/s;
const requestLine = /^([A-Z][A-Z_]{0,31})\s+(\S+)\s+RTSP\/1\.\d\s*$/;

/** Reads from `at` to the empty line. `partial` only while fewer than `maxBytes` are there. */
export function readHead(bytes: Uint8Array, at: number, maxBytes: number): ReadHead {
  const limit = Math.min(bytes.length, at + maxBytes);
  const lines: string[] = [];
  let start: Head['start'] | undefined;
  let lineStart = at;
  for (let index = at; index < limit; index += 1) {
    const byte = bytes[index] ?? 0;
    if (byte === lineFeed) {
      const line = decodeLine(bytes, lineStart, index);
      lineStart = index + 1;
      if (start === undefined) {
        start = readStart(line);
        if (start === undefined) return noMessage(shown(bytes, at, index));
        continue;
      }
      if (line === '') return finish(start, lines, lineStart);
      lines.push(line);
      if (lines.length > maxHeadLines) return tooLarge(`more than ${String(maxHeadLines)} lines`);
    } else if ((byte < 0x20 && byte !== carriageReturn && byte !== tab) || byte === 0x7f) {
      return noMessage(shown(bytes, at, index + 1));
    }
  }
  return limit === at + maxBytes ? tooLarge(`more than ${String(maxBytes)} bytes`) : { kind: 'partial' };
}

function tooLarge(what: string): ReadHead {
  return { kind: 'garbage', reason: `the header of a message has ${what}` };
}

function noMessage(found: string): ReadHead {
  return { kind: 'garbage', reason: `expected an RTSP message or a media frame, found ${found}` };
}

function decodeLine(bytes: Uint8Array, start: number, lineFeedAt: number): string {
  const end = lineFeedAt > start && bytes[lineFeedAt - 1] === carriageReturn ? lineFeedAt - 1 : lineFeedAt;
  return decoder.decode(bytes.subarray(start, end)).replaceAll('\r', ' ');
}

function finish(start: Head['start'], lines: readonly string[], end: number): ReadHead {
  const headers = readFields(lines);
  const bodyBytes = contentLength(headers);
  if (bodyBytes === undefined) return { kind: 'garbage', reason: 'Content-Length is not one number' };
  return { kind: 'head', head: { start, headers, bodyBytes }, end };
}

function readStart(line: string): Head['start'] | undefined {
  const response = responseLine.exec(line);
  if (response) {
    return { kind: 'response', status: Number(response[1]), reason: (response[2] ?? '').trim() };
  }
  const request = requestLine.exec(line);
  return request ? { kind: 'request', method: request[1] ?? '', url: request[2] ?? '' } : undefined;
}

/** A line without a colon is left out: some cameras put status text there. */
function readFields(lines: readonly string[]): readonly HeaderField[] {
  const fields: [string, string][] = [];
  for (const line of lines) {
    const last = fields.at(-1);
    const colon = line.indexOf(':');
    if (/^[ \t]/.test(line) && last) last[1] = `${last[1]} ${line.trim()}`.trim();
    else if (colon > 0) fields.push([line.slice(0, colon).trim(), line.slice(colon + 1).trim()]);
  }
  return fields;
}

/** undefined when it is no number or several different ones. */
function contentLength(headers: readonly HeaderField[]): number | undefined {
  let bodyBytes: number | undefined;
  for (const [name, value] of headers) {
    if (name.toLowerCase() !== 'content-length') continue;
    if (!/^\d{1,9}$/.test(value) || (bodyBytes !== undefined && bodyBytes !== Number(value)))
      return undefined;
    bodyBytes = Number(value);
  }
  return bodyBytes ?? 0;
}

function shown(bytes: Uint8Array, at: number, end: number): string {
  const lineEnd = bytes[end - 1] === carriageReturn ? end - 1 : end;
  const sample = bytes.subarray(at, Math.min(lineEnd, at + shownBytes));
  const text = sample.every((byte) => byte >= 0x20 && byte < 0x7f);
  if (text) return JSON.stringify(String.fromCharCode(...sample));
  return `bytes ${Array.from(sample.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join(' ')}`;
}
