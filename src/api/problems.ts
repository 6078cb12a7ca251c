/**
 * Every error answer: RFC 9457 problem details with a stable `code`. Nothing internal leaves.
 */
import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import type { Log } from '../base/log.ts';
import { redactUrls } from '../base/redact.ts';
import type { Problem } from './contract/problem.ts';

export const problemType = 'application/problem+json';

export function problem(status: number, code: string, detail: string): Problem {
  return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, code, detail };
}

export function notFoundProblem(cameraId: string | undefined): Problem {
  return cameraId === undefined
    ? problem(404, 'not-found', 'There is nothing at this address.')
    : problem(404, 'camera-not-found', 'There is no such camera.');
}

/** A problem on its way through Fastify's hooks, which know errors only. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.code);
    this.problem = problem;
  }
}

export function sendProblem(reply: FastifyReply, answer: Problem): FastifyReply {
  return reply
    .code(answer.status)
    .type(problemType)
    .header('cache-control', 'no-store')
    .serializer(JSON.stringify)
    .send(answer);
}

/** For `setErrorHandler`. Unexpected errors are logged with the id that the answer names. */
export function errorHandler(log: Log) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void =>
    void sendProblem(reply, problemOf(error, request, log));
}

/** Every wrong field is told, up to this many. */
const maxFieldErrors = 50;
/** A message may name each of thousands of unknown keys; the first ones say enough. Somebody may take an address for one. */
const maxMessageLength = 300;
/** Longer than any address that may stand in it. */
const maxReadLength = 4096;

function problemOf(error: FastifyError, request: FastifyRequest, log: Log): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const place = error.validationContext === 'body' ? 'body' : 'address';
    const errors = error.validation.slice(0, maxFieldErrors).map(({ instancePath, message }) => ({
      path: shortened(redactUrls(readable(instancePath.slice(1))).replaceAll('/', '.')),
      message: shortened(redactUrls(readable(message ?? 'is wrong'))),
    }));
    const listed = errors
      .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
      .join('; ');
    return { ...problem(400, 'invalid-request', `The ${place} of the request is wrong. ${listed}`), errors };
  }
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return tooLarge(request.routeOptions.bodyLimit);
  const known = knownErrors[error.code];
  if (known) return problem(...known);
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return problem(error.statusCode, 'bad-request', 'The request cannot be understood.');
  }
  log.error('A request failed unexpectedly', {
    request: request.id,
    method: request.method,
    route: request.routeOptions.url,
    error,
  });
  return problem(
    500,
    'internal',
    `Something went wrong inside the server; its log says more under request ${request.id}.`,
  );
}

function tooLarge(limitBytes: number | undefined): Problem {
  const limit = limitBytes === undefined ? 'allowed here' : `${Math.floor(limitBytes / 1024)} KiB`;
  return problem(413, 'body-too-large', `The body is larger than ${limit}.`);
}

/** What is said of megabytes is megabytes. Cut between two words, as half an address may end within its password. */
function readable(message: string): string {
  if (message.length <= maxReadLength) return message;
  return message.slice(0, message.lastIndexOf(' ', maxReadLength) + 1);
}

function shortened(message: string): string {
  return message.length <= maxMessageLength ? message : `${message.slice(0, maxMessageLength)} …`;
}

const invalidJson = [400, 'invalid-json', 'The body is not valid JSON.'] as const;

/** Fastify's own refusals, in our words. */
const knownErrors: Readonly<Record<string, readonly [status: number, code: string, detail: string]>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    415,
    'not-json',
    'Send the body as JSON, with content-type: application/json.',
  ],
  FST_ERR_CTP_EMPTY_JSON_BODY: [400, 'invalid-json', 'The body is empty, but its content-type says JSON.'],
  FST_ERR_CTP_INVALID_JSON_BODY: invalidJson,
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    400,
    'bad-request',
    'The body has another length than content-length says.',
  ],
  FST_ERR_BAD_URL: [400, 'bad-address', 'The address is not correctly encoded.'],
  FST_ERR_MAX_PARAM_LENGTH: [414, 'address-too-long', 'A part of the address is too long.'],
};
