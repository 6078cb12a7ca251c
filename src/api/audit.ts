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
    /** `nothing-done`: this request leaves no entry. */
    auditNote: AuditNote | 'nothing-done' | undefined;
  }
  interface FastifyInstance {
    readonly auditLog: Audit | undefined;
  }
}

/** Somebody looks at something: one entry, however many requests that takes. */
const views: ReadonlySet<Action> = new Set(['camera.watch', 'camera.replay', 'clip.watch', 'share.watch']);

/** What is written down when it is done and not only read. */
const changes = /\.(?:change|create|delete|end|open|record|publish)$/;

/** One's own arrangements, what comes many times an hour, and what is written down with more words where it is done. */
const quiet: ReadonlySet<Action> = new Set([
  'view.change',
  'media-token.create',
  'session.create',
  'setup.create',
]);

/** ECMA-262, 21.4.1.1: beyond it there are no dates. */
const lastMomentMs = 8.64e15;

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
  const { auditNote: before } = request;
  request.auditNote = before === 'nothing-done' ? before : { ...before, ...note };
}

/** One entry for each day of the past that somebody looks at, however much is sought there. */
export function replayNote(cameraId: string, fromMs: number, toMs: number): AuditNote {
  return { cameraId, target: moment(fromMs).slice(0, 10), detail: spanWords(fromMs, toMs) };
}

/** In UTC. */
export function spanWords(fromMs: number, toMs: number): string {
  return `${moment(fromMs)} to ${moment(toMs)}`;
}

/** It was a question only: an estimate, a dry run. */
export function nothingDone(request: FastifyRequest): void {
  request.auditNote = 'nothing-done';
}

/** Somebody begins to look at a camera, or still does; `action` may be any, and most leave no entry. */
export function auditView(request: FastifyRequest, action: Action, cameraId: string): void {
  const { server, principal } = request;
  if (!views.has(action) && action !== 'export.list') return;
  server.auditLog?.recordView({
    who: principal,
    address: clientOf(request).address,
    // The files of an export are taken away.
    action: action === 'export.list' ? 'export.download' : action,
    cameraId: cameraOfStream(cameraId) ?? cameraId,
  });
}

function writeDown(audit: Audit, request: FastifyRequest, reply: FastifyReply): void {
  const { action, cameraParam } = request.routeOptions.config ?? {};
  // Refused before it was asked who sends it.
  if (!action || (request.principal as unknown) === undefined) return;
  const status = reply.raw.statusCode;
  if (status === 403) {
    if (isWorthTelling(request, action)) audit.recordRefusal(entryOf(request, action, cameraParam));
    return;
  }
  if (status >= 400 || request.auditNote === 'nothing-done') return;
  if (views.has(action)) {
    const entry = entryOf(request, action, cameraParam);
    if (entry.cameraId !== undefined || entry.target !== undefined) audit.recordView(entry);
  } else if (changes.test(action) && !quiet.has(action) && !isReading(request))
    audit.record(entryOf(request, action, cameraParam));
}

/** Of pages and their files nobody is refused but who makes addresses up: those could fill the whole log. */
function isWorthTelling({ principal }: FastifyRequest, action: Action): boolean {
  return principal.kind !== 'nobody' && action !== 'page.read' && action !== 'docs.read';
}

function moment(ms: number): string {
  return Math.abs(ms) <= lastMomentMs ? new Date(ms).toISOString() : String(ms);
}

function isReading({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

/** The camera and the other ids of the address, and what the route has noted. */
function entryOf(request: FastifyRequest, action: Action, cameraParam: string | undefined): AuditEntry {
  const params = (request.params ?? {}) as Readonly<Record<string, string>>;
  const camera = cameraParam === undefined ? undefined : params[cameraParam];
  const others = Object.keys(params).filter((name) => name !== cameraParam);
  // What is looked at comes first; the files of it that follow would each be another view.
  const named = views.has(action) ? others.slice(0, camera === undefined ? 1 : 0) : others;
  const target = named.map((name) => params[name]).join(' ');
  const note = request.auditNote;
  return {
    who: request.principal,
    address: clientOf(request).address,
    action,
    cameraId: camera && (cameraOfStream(camera) ?? camera),
    ...(target !== '' && { target }),
    ...(note !== 'nothing-done' && note),
  };
}
