/**
 * Bytes with an entity tag, whole or a part of them (RFC 9110, 13 and 14).
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { variesByUser } from './caching.ts';
import { problem, sendProblem } from './problems.ts';

export interface Content {
  readonly type: string;
  readonly bytes: Uint8Array;
  /** Strong, with its quotes. */
  readonly etag: string;
  /** Value of Cache-Control. */
  readonly caching: string;
}

/** Answers 200, 206, 304 or 416, with the right length for each. */
export function sendContent(reply: FastifyReply, request: FastifyRequest, content: Content): FastifyReply {
  const { type, bytes, etag, caching } = content;
  const { headers } = request;
  reply.headers({ etag, 'cache-control': caching, 'accept-ranges': 'bytes', vary: variesByUser });
  if (matchesTag(headers['if-none-match'], etag)) return reply.code(304).send();
  const isSame = headers['if-range'] === undefined || headers['if-range'] === etag;
  const range = isSame && request.method === 'GET' ? readRange(headers.range, bytes.length) : undefined;
  if (range === 'beyond') {
    reply.header('content-range', `bytes */${bytes.length}`);
    return sendProblem(reply, problem(416, 'range-not-satisfiable', `There are only ${bytes.length} bytes.`));
  }
  reply.type(type);
  if (!range) return reply.send(asBuffer(bytes));
  const { first, last } = range;
  reply.code(206).header('content-range', `bytes ${first}-${last}/${bytes.length}`);
  return reply.send(asBuffer(bytes.subarray(first, last + 1)));
}

export interface ByteRange {
  readonly first: number;
  /** Included. */
  readonly last: number;
}

/** One range of `bytes=`; undefined for none, for several and for anything else: then everything is sent. */
export function readRange(header: string | undefined, length: number): ByteRange | 'beyond' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const count = Math.min(Number(last), length);
    return count === 0 ? 'beyond' : { first: length - count, last: length - 1 };
  }
  const from = Number(first);
  const to = last === '' ? length - 1 : Math.min(Number(last), length - 1);
  if (last !== '' && Number(last) < from) return undefined;
  return from >= length ? 'beyond' : { first: from, last: to };
}

/** Whether one of the tags of `If-None-Match` is this one (RFC 9110, 13.1.2). */
export function matchesTag(condition: string | undefined, etag: string): boolean {
  if (condition === undefined) return false;
  return condition.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
