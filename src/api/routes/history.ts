/**
 * `/api/v1/history`: what happened, newest first, of the cameras that one may replay.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Principal } from '../../accounts/access.ts';
import type { HistoryPlace, HistoryRow } from '../../database/history.ts';
import { historyPage } from '../../database/history.ts';
import type { Schema } from '../../database/schema.ts';
import { always, badRequest } from '../answers.ts';
import { cameraIdSchema } from '../contract/cameras.ts';
import type { HistoryKind, HistoryPage } from '../contract/history.ts';
import { historyKindSchema, historyPageSchema } from '../contract/history.ts';
import { momentQuery } from '../moment.ts';
import { allowed, reach } from '../policy.ts';
import { reducedGap, seesAll } from '../shown.ts';

export interface HistoryApi {
  readonly queries: Kysely<Schema>;
}

const maxItems = 500;
const endOfTimeMs = 8.64e15;
/** The longest id there is, and a time. */
const maxPlaceLength = 100;

const place = z
  .string()
  .max(maxPlaceLength)
  .regex(/^\d{1,16}-[\w-]+$/, { error: 'must be the `next` of a page before' })
  .transform((text): HistoryPlace => {
    const at = text.indexOf('-');
    return { atMs: Number(text.slice(0, at)), id: text.slice(at + 1) };
  })
  .meta({ description: 'The `next` of the page before' });

const query = z.object({
  camera: cameraIdSchema.optional(),
  kind: historyKindSchema.optional(),
  from: momentQuery.optional().meta({ description: 'What began at this moment or later' }),
  to: momentQuery.optional().meta({ description: 'What began before this moment' }),
  before: place.optional(),
  limit: z.coerce.number().int().min(1).max(maxItems).default(100),
});
type Query = z.infer<typeof query>;

export function historyRoutes({ queries }: HistoryApi): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/history', {
      config: { action: 'history.list' },
      schema: {
        tags: ['playback'],
        summary: 'What happened, newest first: events, gaps, clips, holds, damage, deletions',
        querystring: query,
        response: { 200: historyPageSchema, 400: badRequest, ...always },
      },
      handler: async (request, reply) => {
        const { from = 0, to = endOfTimeMs, before, limit, camera, kind } = request.query;
        const who = request.principal;
        const rows = await historyPage(queries, {
          kinds: kindsFor(who, kind),
          cameraIds: camerasFor(who, camera),
          fromMs: from,
          toMs: to,
          before,
          limit,
        });
        return reply.header('cache-control', 'no-store').send(pageFor(who, rows, limit));
      },
    });
  };
}

function pageFor(who: Principal, rows: readonly HistoryRow[], limit: number): HistoryPage {
  const last = rows.at(-1);
  const next = last && rows.length === limit ? `${last.atMs}-${last.id}` : null;
  return historyPageSchema.parse({ items: rows.map((row) => shownTo(who, row)), next });
}

/** Why a camera was away may name its address. */
function shownTo(who: Principal, row: HistoryRow): HistoryRow {
  return row.kind === 'gap' && !seesAll(who, row.cameraId) ? reducedGap(row) : row;
}

/** Deletions are the storage's, clips the server's. */
function kindsFor(who: Principal, wanted: Query['kind']): readonly HistoryKind[] {
  return historyKindSchema.options.filter((kind) => {
    if (wanted !== undefined && kind !== wanted) return false;
    if (kind === 'deletion') return allowed(who, 'storage.read');
    return kind !== 'clip' || allowed(who, 'clip.list');
  });
}

/** Undefined: of all, those that were deleted included. */
function camerasFor(who: Principal, wanted: string | undefined): readonly string[] | undefined {
  const seen = reach(who, 'camera.replay');
  if (wanted === undefined) return seen === 'all' ? undefined : seen;
  return seen === 'all' || seen.includes(wanted) ? [wanted] : [];
}
