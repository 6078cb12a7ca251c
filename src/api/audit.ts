/**
 * What requests leave in the audit log. In: every answer. Out: entries for what was changed, who began to watch, and who
 * was refused.
 *
 * It is one place, so that no route forgets it: a route only adds what is not in its address (`noteForAudit`). What is
 * watched over a socket, or in answers that do not end, says so when it begins (`auditView`).
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AuditEntry } from '../accounts/audit.ts';
import { cameraOfStream } from '../hub/stream-id.ts';
import { clientOf } from './client.ts';
import type { Action } from './policy.ts';

/** What of the log the API needs. */
export interface Audit {
  record(entry: AuditEntry): void;
  recordView(entry: AuditEntry): void;
  recordRefusal(entry: AuditEntry): void;
}

/** What the address of a request does not say. Never anything secret. */
export interface AuditNote {
  readonly cameraId?: string;
  /** What else it was done to: an id or a name. */
  readonly target?: string;
  /** Plain words. */
  readonly detail?: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    auditNote: AuditNote | undefined;
  }
  interface FastifyInstance {
    readonly auditLog: Audit | undefined;
  }
}

/** Somebody looks at a camera: one entry, however many requests that takes. */
const views: ReadonlySet<Action> = new Set(['camera.watch', 'camera.replay', 'clip.watch', 'share.watch']);

/** What comes many times an hour from machines, or is written down with more words where it is done. */
const quiet: ReadonlySet<Action> = new Set([
  'clip.upload',
  'camera.probe',
  'view.change',
  'media-token.create',
  'session.create',
  'setup.create',
]);

/** @param audit undefined: nothing is written down */
export function auditRequests(app: FastifyInstance, audit: Audit | undefined): void {
  app.decorate('auditLog', audit);
  app.decorateRequest('auditNote', undefined);
  if (!audit) return;
  app.addHook('onResponse', (request, reply, done) => {
    writeDown(audit, request, reply);
    done();
  });
}

/** Adds to the entry of this request. */
export function noteForAudit(request: FastifyRequest, note: AuditNote): void {
  request.auditNote = { ...request.auditNote, ...note };
}

/** Somebody begins to look at a camera, or still does. */
export function auditView(request: FastifyRequest, action: Action, cameraId: string): void {
  const { server, principal } = request;
  const camera = cameraOfStream(cameraId) ?? cameraId;
  server.auditLog?.recordView({
    who: principal,
    address: clientOf(request).address,
    action,
    cameraId: camera,
  });
}

function writeDown(audit: Audit, request: FastifyRequest, reply: FastifyReply): void {
  const { action, cameraParam } = request.routeOptions.config ?? {};
  // Refused before it was asked who sends it.
  if (!action || (request.principal as unknown) === undefined) return;
  const status = reply.raw.statusCode;
  if (status === 403) {
    if (request.principal.kind !== 'nobody') audit.recordRefusal(entryOf(request, action, cameraParam));
    return;
  }
  if (status >= 400) return;
  if (views.has(action)) {
    const entry = entryOf(request, action, cameraParam);
    if (entry.cameraId !== undefined || entry.target !== undefined) audit.recordView(entry);
  } else if (!isReading(request) && !quiet.has(action)) audit.record(entryOf(request, action, cameraParam));
}

function isReading({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

/** The camera and the other ids of the address, and what the route has noted. */
function entryOf(request: FastifyRequest, action: Action, cameraParam: string | undefined): AuditEntry {
  const params = (request.params ?? {}) as Readonly<Record<string, string>>;
  const camera = cameraParam === undefined ? undefined : params[cameraParam];
  const others = views.has(action) ? [] : Object.keys(params).filter((name) => name !== cameraParam);
  const target = others.map((name) => params[name]).join(' ');
  return {
    who: request.principal,
    address: clientOf(request).address,
    action,
    cameraId: camera && (cameraOfStream(camera) ?? camera),
    ...(target !== '' && { target }),
    ...request.auditNote,
  };
}
