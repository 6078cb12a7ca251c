/**
 * A file of the disk as a download: whole or a range, with an entity tag (RFC 9110, 13 and 14). It is streamed: the
 * client's pace is the disk's.
 */
import { createReadStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { matchesTag, readRange } from './byte-range.ts';
import { problem, sendProblem } from './problems.ts';

export interface Download {
  readonly path: string;
  /** For the one who saves it: letters, digits, `.`, `-` and `_`. */
  readonly name: string;
  readonly type: string;
  readonly bytes: number;
  /** Strong, with its quotes. */
  readonly etag: string;
}

/** Answers 200, 206, 304 or 416; 404 when the file is gone. */
export async function sendFile(
  reply: FastifyReply,
  request: FastifyRequest,
  download: Download,
): Promise<FastifyReply> {
  const { name, type, bytes, etag } = download;
  const { headers } = request;
  reply.headers({ etag, 'cache-control': 'private, no-cache', 'accept-ranges': 'bytes' });
  if (matchesTag(headers['if-none-match'], etag)) return reply.code(304).send();
  const isSame = headers['if-range'] === undefined || headers['if-range'] === etag;
  const range = isSame && request.method === 'GET' ? readRange(headers.range, bytes) : undefined;
  if (range === 'beyond') {
    reply.header('content-range', `bytes */${bytes}`);
    return sendProblem(reply, problem(416, 'range-not-satisfiable', `There are only ${bytes} bytes.`));
  }
  const { first, last } = range ?? { first: 0, last: bytes - 1 };
  const file = request.method === 'HEAD' || bytes === 0 ? undefined : await openFile(download.path);
  if (file === 'gone')
    return sendProblem(reply, problem(404, 'not-found', 'This file is not there any more.'));
  if (range) reply.code(206).header('content-range', `bytes ${first}-${last}/${bytes}`);
  reply.headers({
    'content-length': last - first + 1,
    'content-disposition': `attachment; filename="${name}"`,
  });
  reply.type(type);
  // A stream also when there is nothing to send: of anything else Fastify would count the bytes for HEAD.
  return reply.send(file ? createReadStream('', { fd: file, start: first, end: last }) : Readable.from([]));
}

/** Opened before the answer begins, so that it can still be 404; it stays readable when it is deleted. */
async function openFile(path: string): Promise<FileHandle | 'gone'> {
  try {
    return await open(path, 'r');
  } catch {
    return 'gone';
  }
}
