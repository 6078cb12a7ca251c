/**
 * Queries on `audit`: rows in the database, `StoredAudit` outside of it. Rows are added, read and thrown away when they
 * are old; never changed.
 */
import type { Kysely, Selectable } from 'kysely';
import type { Schema } from './schema.ts';

export interface StoredAudit {
  /** Sorts by time among those of one millisecond, too. */
  readonly id: string;
  readonly atMs: number;
  readonly actor: { readonly kind: string; readonly id: string; readonly name: string };
  readonly address: string;
  readonly action: string;
  readonly outcome: string;
  readonly cameraId: string | null;
  readonly target: string;
  readonly detail: string;
}

/** What is absent is not asked for. */
export interface AuditFilter {
  /** The entry that ended the page before. */
  readonly before?: { readonly atMs: number; readonly id: string } | undefined;
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly camera?: string | undefined;
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
}

type Queries = Kysely<Schema>;

export async function insertAudit(queries: Queries, entries: readonly StoredAudit[]): Promise<void> {
  if (entries.length === 0) return;
  await queries.insertInto('audit').values(entries.map(rowOf)).execute();
}

/** The newest first. */
export async function listAudit(
  queries: Queries,
  { before, actor, action, camera, fromMs, toMs }: AuditFilter,
  limit: number,
): Promise<readonly StoredAudit[]> {
  const rows = await queries
    .selectFrom('audit')
    .selectAll()
    .$if(before !== undefined, (query) =>
      query.where((where) =>
        where.or([
          where('at_ms', '<', before?.atMs ?? 0),
          where.and([where('at_ms', '=', before?.atMs ?? 0), where('id', '<', before?.id ?? '')]),
        ]),
      ),
    )
    .$if(actor !== undefined, (query) => query.where('actor_id', '=', actor ?? ''))
    .$if(action !== undefined, (query) => query.where('action', '=', action ?? ''))
    .$if(camera !== undefined, (query) => query.where('camera_id', '=', camera ?? ''))
    .$if(fromMs !== undefined, (query) => query.where('at_ms', '>=', fromMs ?? 0))
    .$if(toMs !== undefined, (query) => query.where('at_ms', '<', toMs ?? 0))
    .orderBy('at_ms', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(auditOf);
}

/** Throws away what is older than `olderThanMs`, and the oldest beyond `maxRows`. */
export async function pruneAudit(queries: Queries, olderThanMs: number, maxRows: number): Promise<void> {
  await queries.deleteFrom('audit').where('at_ms', '<', olderThanMs).execute();
  const last = await queries
    .selectFrom('audit')
    .select('at_ms')
    .orderBy('at_ms', 'desc')
    .orderBy('id', 'desc')
    .offset(maxRows)
    .limit(1)
    .executeTakeFirst();
  if (last) await queries.deleteFrom('audit').where('at_ms', '<=', last.at_ms).execute();
}

function auditOf(row: Selectable<Schema['audit']>): StoredAudit {
  return {
    id: row.id,
    atMs: row.at_ms,
    actor: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
    address: row.address,
    action: row.action,
    outcome: row.outcome,
    cameraId: row.camera_id,
    target: row.target,
    detail: row.detail,
  };
}

function rowOf({ actor, ...entry }: StoredAudit): Schema['audit'] {
  return {
    id: entry.id,
    at_ms: entry.atMs,
    actor_kind: actor.kind,
    actor_id: actor.id,
    actor_name: actor.name,
    address: entry.address,
    action: entry.action,
    outcome: entry.outcome,
    camera_id: entry.cameraId,
    target: entry.target,
    detail: entry.detail,
  };
}
