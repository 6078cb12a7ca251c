/**
 * What the routes of clients and clips share: their parts, who uploads, when a clip was taken, and refusals.
 */
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { ClipClient, StoredClip } from '../database/clips.ts';
import type { ClipClients } from '../playback/clips/clients.ts';
import { momentMs } from '../playback/clips/moment.ts';
import type { ClipStore, ClipTimes } from '../playback/clips/store.ts';
import type { ClipUploads, UploadFault } from '../playback/clips/uploads.ts';
import { allowLongBody } from './body-time.ts';
import type { Clip, ClipStatus } from './contract/clips.ts';
import type { Problem } from './contract/problem.ts';
import { problem, ProblemError, sendProblem } from './problems.ts';

export interface ClipsApi {
  readonly clients: ClipClients;
  readonly store: ClipStore;
  readonly uploads: ClipUploads;
  /** As they are set now. */
  readonly limits: { readonly maxUploadBytes: number };
  status(): Promise<ClipStatus>;
}

/** Of a user name or secret in a header: nothing of ours is longer. */
const maxCredentialLength = 300;

/**
 * The client that sent the right secret. Everything else is one and the same refusal, so that nobody learns which clients
 * there are.
 */
export async function uploadingClient(clients: ClipClients, request: FastifyRequest): Promise<ClipClient> {
  const { clientId = '' } = request.params as { clientId?: string };
  const secret = secretOf(request.headers.authorization ?? '', clientId);
  const client = await clients.authenticate(clientId, secret ?? '');
  if (!client || secret === undefined) throw new ProblemError(unauthorized);
  allowLongBody(request.raw);
  return client;
}

const unauthorized = problem(401, 'wrong-secret', 'There is no such client, or this is not its secret.');

/** RFC 6750, 2.1 and RFC 7617, 2. */
function secretOf(header: string, clientId: string): string | undefined {
  if (header.length > maxCredentialLength) return undefined;
  const [, scheme = '', value = ''] = /^(bearer|basic) +(\S+)$/i.exec(header) ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme === '') return undefined;
  const text = Buffer.from(value, 'base64').toString();
  return text.startsWith(`${clientId}:`) ? text.slice(clientId.length + 1) : undefined;
}

/**
 * The body as it comes. Whoever stops reading leaves the connection whole: the refusal has to reach its sender, who may
 * listen only when everything is sent; so what still comes is thrown away.
 */
export async function* bodyOf({ body }: FastifyRequest): AsyncGenerator<Uint8Array> {
  if (!(body instanceof Readable)) return;
  try {
    yield* body.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
  } finally {
    body.resume();
  }
}

/** The error says which is missing or no moment. */
export function clipTimes(start: string | undefined, end: string | undefined): Result<ClipTimes, Problem> {
  const startMs = start === undefined ? undefined : momentMs(start);
  if (startMs === undefined) {
    const detail = `The start is ${start === undefined ? 'missing' : 'no moment'}. ${howMoments}`;
    return err(problem(400, 'wrong-start', detail));
  }
  const endMs = end === undefined ? undefined : momentMs(end);
  if (end !== undefined && (endMs === undefined || endMs <= startMs)) {
    return err(problem(400, 'wrong-end', `The end is no moment after the start. ${howMoments}`));
  }
  return ok({ startMs, endMs });
}

const howMoments =
  'Send Unix seconds, Unix milliseconds or ISO 8601 with a time zone, for example 2026-11-21T10:00:00Z.';

export function refuseUpload(reply: FastifyReply, fault: UploadFault): FastifyReply {
  if (fault.kind === 'busy') reply.header('retry-after', '5');
  return sendProblem(reply, problem(statusOf[fault.kind], codeOf[fault.kind] ?? fault.kind, fault.message));
}

const statusOf: Readonly<Record<UploadFault['kind'], number>> = {
  empty: 400,
  interrupted: 400,
  'no-client': 401,
  'no-upload': 404,
  offset: 409,
  'too-large': 413,
  'not-a-clip': 422,
  broken: 422,
  times: 422,
  locked: 423,
  'too-many': 429,
  busy: 503,
  storage: 507,
};

const codeOf: Partial<Record<UploadFault['kind'], string>> = {
  'no-client': 'wrong-secret',
  'no-upload': 'upload-not-found',
  broken: 'clip-broken',
  times: 'clip-times-differ',
  offset: 'wrong-offset',
};

export function clipAnswer(clip: StoredClip): Clip {
  const { id, clientId, startMs, endMs, bytes, container, contentHash, state, fault, receivedMs } = clip;
  const url = `/stream/${clientId}/segments/${id}`;
  return { id, clientId, startMs, endMs, bytes, container, contentHash, state, fault, receivedMs, url };
}
